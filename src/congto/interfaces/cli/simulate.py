"""`congto simulate meters`: thousands of meters that answer as true ones, on one port.

congto simulate meters --count 2000 --seed 7 --port 4059 --shipment meters.csv
congto simulate meters --count 50 --hdlc --secured lls --faults silent=0.01,relay-stuck=0.05

Meter n answers at 127.0.0.n (further at 127.x.y.z, n = x*65536 + y*256 + z) as logical device 1,
and at 127.0.0.1 as logical device n; with --host ADDRESS also from other machines. Client 16 is
public; client 1 reads and commands.

`congto simulate concentrators --help`: the files that concentrators would write.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import resource
import signal
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from congto.headend.dlms.security.control import KEY_BYTES
from congto.headend.profiles.model import Framing
from congto.headend.simulator.calendars import age_of
from congto.headend.simulator.faults import Trouble, parse_shares
from congto.headend.simulator.fleet import METERS_MAX, Fleet, Plan, Secured, write_shipment
from congto.headend.simulator.mode_c import ModeCLine
from congto.headend.simulator.push import Pusher
from congto.headend.simulator.quirks import Quirk, parse_quirks
from congto.headend.simulator.server import CONNECTIONS, Habits, Server
from congto.vocabulary.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Callable

PORT = 4059
"""The port registered for DLMS/COSEM."""
PDU_BYTES = range(64, 0x1_0000)
EVERY = "0.0.0.0"  # noqa: S104  (the only way to have all of 127/8; others are hung up on)


def main(arguments: list[str]) -> int:
    """Serve until stopped; then print what came and which faults struck."""
    if arguments[:1] == ["concentrators"]:
        from congto.interfaces.cli import simulate_concentrators

        return simulate_concentrators.main(arguments[1:])
    given = _parser().parse_args(arguments)
    if not 1 <= given.count <= METERS_MAX:
        raise InvalidInputError(
            f"{given.count} meters", expected=f"1 to {METERS_MAX}", action="change --count"
        )
    if given.pdu_max not in PDU_BYTES:
        raise InvalidInputError(
            f"--pdu-max {given.pdu_max}", expected=f"{PDU_BYTES.start} to {PDU_BYTES.stop - 1}"
        )
    if given.push:
        _address(given.push)
    faults = parse_shares(given.faults)
    if given.hdlc:
        given.framing = Framing.HDLC
    if faults.get(Trouble.WRONG_CHECK) and given.framing == Framing.WRAPPER:
        raise InvalidInputError(
            f"fault {Trouble.WRONG_CHECK} over TCP with the wrapper",
            expected="HDLC: the wrapper has no check sequence",
            action="add --hdlc",
        )
    plan = Plan(
        given.count,
        given.seed,
        Secured(given.secured),
        given.pdu_max,
        faults,
        given.suite,
        parse_quirks(given.quirks),
        _serials(given.serials),
    )
    fleet = Fleet(plan, _now(given.at))
    if given.shipment:
        _ship(fleet, given)
    asyncio.run(_serve(fleet, given))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="congto simulate",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("what", choices=["meters"])
    parser.add_argument("--count", type=int, default=100, help="meters, numbered from 1")
    parser.add_argument("--seed", type=int, default=7, help="decides loads, keys and faults")
    parser.add_argument(
        "--host", default="", help="address of the network (default: this machine only)"
    )
    parser.add_argument("--port", type=int, default=PORT)
    parser.add_argument(
        "--framing",
        choices=list(Framing),
        default=Framing.WRAPPER,
        help="how meters speak",
    )
    parser.add_argument("--hdlc", action="store_true", help="the same as --framing hdlc")
    parser.add_argument(
        "--secured",
        choices=list(Secured),
        default=Secured.GMAC,
        help="how client 1 proves itself; gmac, sha256 and ecdsa are ciphered",
    )
    parser.add_argument(
        "--suite", type=int, choices=list(KEY_BYTES), help="security suite: cipher messages by it"
    )
    parser.add_argument("--pdu-max", type=int, default=1024, help="bytes of a message")
    parser.add_argument(
        "--faults", default="", help=f"NAME=SHARE,... of {', '.join(Trouble)}; share from 0 to 1"
    )
    parser.add_argument(
        "--quirks", default="", help=f"habits that all have, NAME,... of {', '.join(Quirk)}"
    )
    parser.add_argument("--slow-seconds", type=float, default=5.0, help="delay of the fault slow")
    parser.add_argument("--push", metavar="HOST:PORT", help="meters push to this UDP port")
    parser.add_argument("--push-seconds", type=float, default=60.0, help="a push of each so often")
    parser.add_argument("--shipment", type=Path, help="write the maker's file of keys here")
    parser.add_argument(
        "--serials", type=Path, help="file with what the plates say, a meter a line"
    )
    parser.add_argument(
        "--at", type=datetime.fromisoformat, help="pretend to start at this instant, with zone"
    )
    parser.add_argument("--seconds", type=float, help="stop after so many seconds")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    return parser


def _serials(path: Path | None) -> list[str]:
    """Return the serials of a file: line n is that of meter n."""
    if path is None:
        return []
    try:
        return path.read_text(encoding="utf-8").split()
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInputError(
            f"--serials {path}: {error}", expected="a text file with a serial a line"
        ) from error


def _now(at: datetime | None) -> Callable[[], int]:
    """Return the clock of the fleet: true time, or time that began to run at an instant."""
    if at is not None and at.tzinfo is None:
        raise InvalidInputError(f"--at {at.isoformat()}", expected="a zone, as +07:00 at the end")
    real = time.time()
    start = age_of(datetime.fromtimestamp(real, UTC) if at is None else at)
    return lambda: start + int(time.time() - real)


def _ship(fleet: Fleet, given: argparse.Namespace) -> None:
    private = os.open(given.shipment, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(private, "w", encoding="utf-8", newline="") as file:
        write_shipment(fleet.shipment(given.host, given.port, framing=given.framing), file)


async def _serve(fleet: Fleet, given: argparse.Namespace) -> None:
    habits = Habits(given.slow_seconds, only_here=not given.host)
    line = ModeCLine if given.framing == Framing.MODE_C else None
    server = Server(fleet, hdlc=given.framing == Framing.HDLC, habits=habits, line=line)
    try:
        port = await server.start(given.host or EVERY, given.port)
    except OSError as error:
        raise InvalidInputError(
            f"port {given.port} cannot be listened at: {error.strerror}",
            expected="a free port",
            action="choose another with --port",
        ) from error
    sys.stdout.write(f"{given.count:,} meters of seed {given.seed} answer at port {port}.\n")
    sys.stdout.flush()
    begun = time.process_time()
    tasks = [asyncio.create_task(_stopped(given.seconds))]
    if given.push:
        tasks.append(asyncio.create_task(_push(server, given)))
    done, others = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in others:
        task.cancel()
    await asyncio.gather(server.stop(), *others, return_exceptions=True)
    for task in done:
        task.result()  # raises what ended it
    _report(_figures(server, time.process_time() - begun), as_json=given.json)


async def _push(server: Server, given: argparse.Namespace) -> None:
    host, port = _address(given.push)
    try:
        await Pusher(server.fleet, server.counts).run(host, port, given.push_seconds)
    except OSError as error:
        raise InvalidInputError(
            f"--push {given.push}: {error.strerror}", expected="an address that can be sent to"
        ) from error


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit() or not 0 < int(port) <= 0xFFFF:
        raise InvalidInputError(f"--push {text}", expected="HOST:PORT, as 127.0.0.1:4060")
    return host, int(port)


async def _stopped(seconds: float | None) -> None:
    """Wait for Ctrl-C, a request to end, or the time."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(sign, stop.set)
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return


def _figures(server: Server, cpu_seconds: float) -> dict[str, Any]:
    connections = server.counts[CONNECTIONS]
    return {
        **server.counts,
        "faults": dict(server.fleet.troubles.counts),
        "cpu_ms_per_connection": round(cpu_seconds * 1000 / connections, 3) if connections else 0,
        "peak_rss_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    }


def _report(figures: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps(figures) + "\n")
        return
    for name, value in figures.items():
        sys.stdout.write(f"{name}: {value}\n")
