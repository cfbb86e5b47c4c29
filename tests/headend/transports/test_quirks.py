"""Difficult makes: what a profile has to say so that their meters are read, and what else fails."""

import asyncio
from contextlib import asynccontextmanager
from datetime import timedelta
from importlib.resources import files

import pytest

from congto.headend.dlms.faults import DlmsError, Fault
from congto.headend.profiles.loader import load_profile
from congto.headend.profiles.readout import Span, read_meter
from congto.headend.simulator.fleet import Secured
from congto.headend.simulator.quirks import SMALL_BYTES, Quirk, parse_quirks
from congto.headend.simulator.secrets import secrets_of
from congto.headend.simulator.server import Server
from congto.headend.transports.access import Access
from congto.headend.transports.session import Deadlines
from congto.headend.transports.visit import Habits, Place, open_session
from congto.vocabulary.errors import InvalidInputError
from congto.vocabulary.intervals import Channel
from world_simulator import DAY, SEED, World, by_range, instant_of

METER = 4
# Two makes, each with the changes that its profile has against the simulator's.
ONE = frozenset((Quirk.NO_DEVIATION, Quirk.NO_LISTS, Quirk.SMALL_MESSAGES))
OTHER = frozenset((Quirk.NEWEST_FIRST, Quirk.CLOCK_LAST))
PLAIN = (("mechanism: gmac", "mechanism: lls"), ("security: both", "security: none"))
OF_ONE = (("deviation: send", "deviation: skip"), ('list_max: "16"', 'list_max: "1"'))
OF_OTHER = (("order: listed", "order: read"),)


def profile_with(folder, changes):
    text = files("congto.headend.profiles").joinpath("congto-simulator.yaml").read_text()
    for right, other in (*PLAIN, *changes):
        assert right in text
        text = text.replace(right, other)
    (folder / "mine.yaml").write_text(text)
    return load_profile("mine", folder)


@asynccontextmanager
async def serving(quirks):
    world = World(secured=Secured.PASSWORD, quirks=quirks)
    server = Server(world.fleet)
    port = await server.start("127.0.0.1", 0)
    try:
        yield world, Place("127.0.0.1", port, METER)
    finally:
        await server.stop()


def read(quirks, profile, sizes=None):
    def trace(sent, octets):
        if not sent and sizes is not None:
            sizes.append(len(octets))

    async def reading():
        async with serving(quirks) as (world, place):
            access = Access(secrets_of(SEED, METER).password)
            habits = Habits(Deadlines(5.0, 5.0, 5.0), trace=trace)
            end = instant_of(world.age // DAY * DAY)
            span = Span(end - timedelta(days=1), end)
            async with await open_session(place, profile, access, habits) as session:
                return world, await session.run(read_meter(session.client, profile, span))

    return asyncio.run(reading())


def expect_all(world, told):
    assert told.refused == {}
    assert len(told.readings) == 6
    found, meter = told.half_hours, world.meter(METER)
    measured = meter.half_hours(world.age // DAY * 48 - 48, 48)
    assert found.channels == (
        Channel.ACTIVE_IMPORT,
        Channel.ACTIVE_EXPORT,
        Channel.REACTIVE_IMPORT,
    )
    rows = sorted(found.rows)
    assert [row.values for row in rows] == list(
        zip(
            measured.import_wh.tolist(),
            measured.export_wh.tolist(),
            measured.reactive_varh.tolist(),
            strict=True,
        )
    )
    begin = instant_of(world.age // DAY * DAY) - timedelta(days=1)
    assert [row.begins for row in rows] == [begin + timedelta(minutes=30 * n) for n in range(48)]
    return found.rows


@pytest.mark.parametrize("quirks", [frozenset(), ONE, OTHER, frozenset(Quirk)])
def test_the_generic_profile_reads_everything_of_every_make(quirks):
    expect_all(*read(quirks, load_profile("generic")))


def test_a_make_without_deviations_and_lists_in_small_messages_is_read(tmp_path):
    sizes = []
    expect_all(*read(ONE, profile_with(tmp_path, OF_ONE), sizes))
    assert max(sizes) <= SMALL_BYTES + 8  # and the wrapper's header


def test_a_make_with_the_newest_row_first_and_the_clock_last_is_read(tmp_path):
    rows = expect_all(*read(OTHER, profile_with(tmp_path, OF_OTHER)))
    assert rows == sorted(rows, reverse=True)


@pytest.mark.parametrize(
    ("quirk", "told"),
    [
        (Quirk.NO_DEVIATION, "type-unmatched"),
        (Quirk.CLOCK_LAST, "bad-value"),
    ],
)
def test_without_its_setting_the_load_profile_is_refused_by_name(tmp_path, quirk, told):
    _, found = read(frozenset((quirk,)), profile_with(tmp_path, ()))
    assert list(found.refused) == ["7/1-0:99.1.0*255/2"]
    assert told in next(iter(found.refused.values()))
    assert len(found.readings) == 6


def test_without_its_setting_lists_are_refused(tmp_path):
    with pytest.raises(DlmsError) as caught:
        read(frozenset((Quirk.NO_LISTS,)), profile_with(tmp_path, ()))
    assert caught.value.fault is Fault.REFUSED
    assert "service-not-supported" in caught.value.sentence()


def test_quirks_are_named():
    assert parse_quirks("no-lists, clock-last") == {Quirk.NO_LISTS, Quirk.CLOCK_LAST}
    assert parse_quirks("") == frozenset()
    with pytest.raises(InvalidInputError, match="newest-first"):
        parse_quirks("slowest")


def test_the_register_of_the_half_hour_ends_as_the_row_of_the_profile():
    """Blue Book, value group D 29: since the half-hour began; by hand, from the total before."""
    world = World(secured=Secured.NONE)
    world.age += 1_800 - world.age % 1_800  # a half-hour begins
    session = world.visit(METER)
    assert session.get(3, "1.0.1.29.0.255") == 0
    before = session.get(3, "1.0.1.8.0.255")
    world.age += 1_799
    flowed = session.get(3, "1.0.1.29.0.255")
    assert flowed == session.get(3, "1.0.1.8.0.255") - before
    assert flowed > 0
    world.age += 1
    (row,) = session.rows(by_range(world.age, world.age))
    assert 0 <= row[2] - flowed <= 1 + row[2] // 100
