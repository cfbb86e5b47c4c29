"""Foreign clients read the simulator: gurux-dlms and dlms-cosem (see witnesses).

What is read is compared with what the meter has measured, so this proves the bytes in between and
not the consumption.
"""

import asyncio
from datetime import datetime, timedelta

import pytest

from congto.headend.dlms.datetimes import clock
from congto.headend.dlms.security.control import KEY_BYTES
from congto.headend.dlms.security.keys import KeyUse
from congto.headend.simulator.calendars import instant_of
from congto.headend.simulator.fleet import Secured
from congto.headend.simulator.objects import THINGS
from witnesses import METER, asked, interpreter
from world_simulator import DAY, NOW, World

BY_CHANCE = (Secured.GMAC, True)
"""dlms-cosem waits for ever on an HDLC frame whose check sequence ends in 7E, as one in 256 does.
Ciphered frames differ from run to run; plain ones are the same, and none of a day ends so."""
WAYS = [
    (secured, hdlc)
    for secured in (Secured.NONE, Secured.PASSWORD, Secured.GMAC)
    for hdlc in (False, True)
]

SUITES = [
    (Secured.MD5, False, None),
    (Secured.SHA1, False, None),
    (Secured.SHA256, False, 0),
    (Secured.GMAC, False, 1),
    (Secured.GMAC, False, 2),
    (Secured.ECDSA, False, 1),
]
"""Further mechanisms and suites, which are the same over either framing; this client signs by P-256
alone."""


def measured(world):
    """Return registers and yesterday's rows without their stamps."""
    meter = World().meter(METER)
    first = (world.age // DAY - 1) * 48
    halves = meter.half_hours(first, 48)
    columns = (halves.import_wh, halves.export_wh, halves.reactive_varh)
    rows = [[0, *values] for values in zip(*(column.tolist() for column in columns), strict=True)]
    energies = meter.energies(world.age)
    return [energies.total_wh, *energies.rates], rows


@pytest.mark.parametrize(("secured", "hdlc"), [way for way in WAYS if way != BY_CHANCE])
def test_dlms_cosem_reads_the_simulator(secured, hdlc):
    python = interpreter("CONGTO_BENCH_DLMS_COSEM")
    world = World(secured=secured)
    found = asyncio.run(asked(world, python, "read_with_dlms_cosem.py", hdlc=hdlc))
    registers, rows = measured(world)
    assert found["registers"] == registers
    assert [row[1:] for row in found["rows"]] == rows
    stamps = [clock(bytes.fromhex(row[0])).instant(None) for row in found["rows"]]
    first = instant_of(world.age // DAY * DAY - DAY)
    assert stamps == [first + timedelta(minutes=30 * place) for place in range(1, 49)]
    assert clock(bytes.fromhex(found["clock"])).instant(None) == NOW
    assert found["serial"] == "SIM0070000005"
    assert found["scaler_unit"] == [0, 30]
    assert found["columns"] == 5
    assert hdlc or found["all_rows"] == 60 * 48
    assert found["objects"] == len(THINGS)
    assert found["relay"] == [False, True]


@pytest.mark.parametrize(("secured", "hdlc", "suite"), [*((*way, None) for way in WAYS), *SUITES])
def test_gurux_reads_the_simulator(secured, hdlc, suite):
    python = interpreter("CONGTO_BENCH_GURUX")
    world = World(secured=secured, suite=suite)
    found = asyncio.run(asked(world, python, "read_with_gurux.py", hdlc=hdlc))
    registers, rows = measured(world)
    assert found["registers"] == found["listed"] == registers
    assert [row[1:] for row in found["rows"]] == rows
    # This client turns clocks with a deviation into the system's time, which is UTC here.
    stamps = [datetime.strptime(row[0], "%m/%d/%y %H:%M:%S") for row in found["rows"]]  # noqa: DTZ007  (it prints no zone)
    first = instant_of(world.age // DAY * DAY - DAY).replace(tzinfo=None)
    assert stamps == [first + timedelta(minutes=30 * place) for place in range(1, 49)]
    assert found["serial"] == "SIM0070000005"
    assert found["scaler_unit"] == [1.0, 30]
    assert found["columns"] == 5
    assert len(found["entries"]) == 2
    assert found["objects"] == len(THINGS)
    assert found["relay"] == [False, True]


@pytest.mark.parametrize("suite", [0, 2])
def test_gurux_reads_the_simulator_under_a_dedicated_key(suite):
    python = interpreter("CONGTO_BENCH_GURUX")
    world = World(suite=suite)
    key = bytes(range(KEY_BYTES[suite])).hex()
    found = asyncio.run(asked(world, python, "read_with_gurux.py", hdlc=False, dedicated=key))
    assert found["registers"] == measured(world)[0]
    assert world.meter(METER).peer.counter(KeyUse.DEDICATED).proved > 0
