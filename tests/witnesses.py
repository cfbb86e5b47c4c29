"""Foreign clients beside the simulator: each runs by an interpreter of its own.

The environment variables CONGTO_BENCH_GURUX and CONGTO_BENCH_DLMS_COSEM name the interpreters that
have the packages; without them tests with a witness are skipped.
"""

import asyncio
import json
import os
from datetime import timedelta, timezone
from pathlib import Path

import pytest

from congto.headend.dlms.security.signatures import CURVES, UNCOMPRESSED, public_bytes
from congto.headend.simulator.calendars import ZONE_MINUTES, instant_of
from congto.headend.simulator.certificates import client_keys
from congto.headend.simulator.fleet import loopback_address
from congto.headend.simulator.secrets import private_number, secrets_of, system_title
from congto.headend.simulator.server import Server
from world_simulator import CLIENT_TITLE, DAY, HALF_HOUR, SEED

HERE = Path(__file__).parent / "headend" / "witnesses"
METER = 5


def interpreter(variable):
    found = os.environ.get(variable)
    if not found:
        pytest.skip(f"{variable} names no interpreter")
    return found


def told(world, port, *, hdlc):
    """Return what a witness has to know, as JSON."""
    suite = world.plan.security_suite
    made = secrets_of(SEED, METER, suite)
    end = world.age // DAY * DAY
    return {
        "host": loopback_address(METER),
        "port": port,
        "hdlc": hdlc,
        "client": 1,
        "secured": world.plan.secured,
        "title": CLIENT_TITLE.hex(),
        "password": made.password.hex(),
        "unicast": made.unicast.hex(),
        "authentication": made.authentication.hex(),
        "counter": 1,
        "dedicated": "",
        "ciphered": world.plan.ciphered,
        "suite": suite,
        "meter_title": system_title(SEED, METER).hex(),
        **(curve_keys(suite) if suite else {}),
        "begin": local(end - DAY + HALF_HOUR).isoformat(),
        "end": local(end).isoformat(),
    }


def curve_keys(suite):
    """Return the client's private signature key, and the meter's public one as a point."""
    held = client_keys(SEED, METER, suite)
    size = CURVES[suite].size
    return {
        "signing_key": private_number(SEED, 0, "signing", size).hex(),
        "meter_signing": (UNCOMPRESSED + public_bytes(held.peer_signing)).hex(),
    }


def local(age):
    return instant_of(age).astimezone(timezone(timedelta(minutes=ZONE_MINUTES)))


async def asked(world, python, script, *, hdlc, **more):
    """Let a witness read meter 5; return what it says it has read."""
    server = Server(world.fleet, hdlc=hdlc)
    port = await server.start("0.0.0.0", 0)  # noqa: S104  (all of 127/8; others are hung up on)
    pipe = asyncio.subprocess.PIPE
    try:
        process = await asyncio.create_subprocess_exec(
            python, HERE / script, stdin=pipe, stdout=pipe, stderr=pipe, env={"TZ": "UTC"}
        )
        given = json.dumps({**told(world, port, hdlc=hdlc), **more}).encode()
        out, errors = await asyncio.wait_for(process.communicate(given), 60)
        assert process.returncode == 0, errors.decode()[-2000:]
        assert server.counts["malformed"] == 0
        return json.loads(out)
    finally:
        await server.stop()
