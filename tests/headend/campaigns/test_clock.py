"""A meter's clock: left, shifted, set or postponed; never across the end of a half-hour unasked."""

from datetime import UTC, datetime, timedelta

import pytest

from congto.headend.campaigns.clock import (
    ClockReading,
    ClockRule,
    Deed,
    keep_clock,
    touched_by,
    wait_for_room,
)
from congto.headend.campaigns.proof import Verdict
from congto.headend.dlms.faults import DlmsError
from congto.headend.profiles.loader import load_profile
from world_commands import Mischief, carry, clock_of_world, meddled
from world_simulator import NOW, World

PROFILE = load_profile("congto-simulator")
TEN = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)  # 10:00 in Viet Nam
HALF_HOUR = (TEN, TEN + timedelta(minutes=30))


@pytest.fixture
def meddler(monkeypatch):
    return meddled(monkeypatch)


def visited(ahead, now=NOW):
    """Return a world and a session with a meter whose clock is so many seconds ahead."""
    world = World()
    world.age += round((now - NOW).total_seconds())
    session = world.visit()
    world.meter().clock_offset = ahead
    return world, session


def kept(session=None, seconds_each_way=0, **given):
    exchange = keep_clock(session.client, PROFILE, clock_of_world(session.world), **given)
    return carry(session, exchange, seconds_each_way)


def test_a_clock_within_the_limit_is_left(meddler):
    _, session = visited(-10)
    outcome = kept(session)
    assert (outcome.verdict, outcome.deed) == (Verdict.CONFIRMED, Deed.LEFT)
    assert outcome.before.seconds_ahead == -10
    assert (outcome.touched, meddler.heard) == (None, [])


@pytest.mark.parametrize("ahead", [11, -11, 120, -120])
def test_a_small_drift_is_shifted_and_the_half_hour_named(meddler, ahead):
    world, session = visited(ahead)
    told = []
    outcome = kept(session, tell=told.append)
    assert (outcome.verdict, outcome.deed) == (Verdict.CONFIRMED, Deed.SHIFTED)
    assert (outcome.before.seconds_ahead, outcome.after.seconds_ahead) == (ahead, 0)
    assert world.meter().clock_offset == 0
    assert outcome.touched == HALF_HOUR
    assert meddler.heard == [("act", 8, 6)]
    assert [(one.deed, one.touched) for one in told] == [(Deed.SHIFTED, HALF_HOUR)]


@pytest.mark.parametrize("ahead", [121, -500])
def test_a_large_drift_is_set(meddler, ahead):
    world, session = visited(ahead)
    outcome = kept(session)
    assert (outcome.verdict, outcome.deed) == (Verdict.CONFIRMED, Deed.SET)
    assert world.meter().clock_offset == 0
    assert meddler.heard == [("set", 8, 2)]


def test_a_slow_line_does_not_move_the_clock_by_its_delay():
    world, session = visited(300)
    outcome = kept(session, seconds_each_way=4)
    assert outcome.before.seconds_ahead == 300
    assert outcome.before.seconds_unsure == 4
    assert (outcome.verdict, world.meter().clock_offset) == (Verdict.CONFIRMED, 0)


def test_a_drift_that_the_line_cannot_measure_is_left():
    _, session = visited(30)
    outcome = kept(session, seconds_each_way=20)
    assert (outcome.deed, outcome.before.seconds_unsure) == (Deed.LEFT, 20)


# By hand, with a margin of 5 s. A meter 200 s ahead at 10:28:00 shows 10:31:20: to move it back
# would close the half-hour from 10:00 twice. At 10:30:05 both are past 10:30 by the margin.
# A meter 200 s behind at 10:32:00 shows 10:28:40, and is past 10:30 by the margin at 10:33:25.
@pytest.mark.parametrize(
    ("ahead", "true", "possible"),
    [
        (200, "10:28:00", "10:30:05"),
        (200, "10:26:36", "10:30:05"),  # it shows 10:29:56: too near
        (-200, "10:32:00", "10:33:25"),
        (-200, "10:29:56", "10:33:25"),
        (200, "10:26:30", None),  # 10:29:50 and 5 s: just before
        (-200, "10:33:25", None),
    ],
)
def test_no_move_crosses_the_end_of_a_half_hour(meddler, ahead, true, possible):
    now = datetime.fromisoformat(f"2026-11-25T{true}+07:00")
    world, session = visited(ahead, now)
    outcome = kept(session)
    if possible is None:
        assert (outcome.verdict, outcome.deed) == (Verdict.CONFIRMED, Deed.SET)
        return
    assert (outcome.verdict, outcome.deed) == (Verdict.NOT_DONE, Deed.POSTPONED)
    assert (outcome.touched, meddler.heard) == (None, [])
    assert outcome.not_before == datetime.fromisoformat(f"2026-11-25T{possible}+07:00")
    world.age += round((outcome.not_before - now).total_seconds())
    assert kept(session).verdict is Verdict.CONFIRMED


def test_the_way_of_the_message_belongs_to_the_margin(meddler):
    # Read by 10:26:40, set at 10:26:50 at the earliest: the meter shows 10:30:10 by then.
    world, session = visited(200, datetime.fromisoformat("2026-11-25T10:26:20+07:00"))
    outcome = kept(session, seconds_each_way=10)
    assert (outcome.deed, meddler.heard) == (Deed.POSTPONED, [])
    assert world.meter().clock_offset == 200


@pytest.mark.parametrize("ahead", [1_790, -1_790, 40_000])
def test_what_always_crosses_waits_for_a_person_and_names_all_that_it_touches(meddler, ahead):
    world, session = visited(ahead)
    outcome = kept(session)
    assert (outcome.verdict, outcome.deed, meddler.heard) == (Verdict.NOT_DONE, Deed.BEYOND, [])
    outcome = kept(session, across=True)
    assert (outcome.verdict, outcome.deed) == (Verdict.CONFIRMED, Deed.SET)
    assert world.meter().clock_offset == 0
    # 10:10:17 and 10:40:07, 09:40:27 or 21:16:57.
    begin, end = {1_790: (0, 2), -1_790: (-1, 1), 40_000: (0, 23)}[ahead]
    half_hour = timedelta(minutes=30)
    assert outcome.touched == (TEN + begin * half_hour, TEN + end * half_hour)


def test_a_clock_that_has_lost_its_time_is_set_by_decision_only(meddler):
    _, session = visited(0)
    lost = b"\x09\x0c" + bytes.fromhex("FFFFFFFFFFFFFFFFFF8000FF")
    meddler.tell(8, 2, lost, lost)
    assert kept(session).deed is Deed.BEYOND
    outcome = kept(session, across=True)
    assert (outcome.verdict, outcome.before.told) == (Verdict.CONFIRMED, None)
    assert outcome.touched == HALF_HOUR


def test_where_shifting_is_refused_the_clock_is_set(meddler):
    _, session = visited(60)
    meddler.plan("act", 8, 6, Mischief.REFUSED)
    outcome = kept(session)
    assert (outcome.verdict, outcome.deed) == (Verdict.CONFIRMED, Deed.SET)
    assert meddler.heard == [("act", 8, 6), ("set", 8, 2)]


def test_a_shift_that_was_done_and_denied_is_not_doubled(meddler):
    world, session = visited(60)
    meddler.plan("act", 8, 6, Mischief.DENIED_DONE)
    assert kept(session).verdict is Verdict.CONFIRMED
    assert world.meter().clock_offset == 0


def test_a_success_that_moved_nothing_is_not_done(meddler):
    _, session = visited(300)
    meddler.plan("set", 8, 2, Mischief.NOT_DONE)
    outcome = kept(session)
    assert (outcome.verdict, outcome.answer) == (Verdict.NOT_DONE, "")
    assert outcome.after.seconds_ahead == 300


@pytest.mark.parametrize("mischief", [Mischief.ANSWER_LOST, Mischief.REQUEST_LOST])
def test_a_line_that_ends_after_sending_is_uncertain_and_the_next_visit_reads_first(
    meddler, mischief
):
    world, session = visited(60)
    meddler.plan("act", 8, 6, mischief)
    outcome = kept(session)
    assert (outcome.verdict, outcome.after) == (Verdict.UNCERTAIN, None)
    assert outcome.touched == HALF_HOUR  # it may have moved: flagged all the same
    meddler.gone = False
    assert kept(world.visit()).verdict is Verdict.CONFIRMED
    assert world.meter().clock_offset == 0


def test_a_line_that_ends_while_reading_is_an_error(meddler):
    _, session = visited(60)
    meddler.gone, told = True, []
    with pytest.raises(DlmsError, match="connection ended"):
        kept(session, tell=told.append)
    assert told == []


def test_room_is_found_within_one_half_hour_or_never():
    true, margin = TEN + timedelta(minutes=10), timedelta(seconds=5)
    for ahead in range(-1_788, 1_789, 7):
        meter = true + timedelta(seconds=ahead)
        wait = wait_for_room(true, meter, margin)
        moved = sorted((true + wait, meter + wait))
        first, last = moved[0] - margin, moved[1] + margin
        assert (first - TEN) // timedelta(minutes=30) == (last - TEN) // timedelta(minutes=30)
        assert wait < timedelta(minutes=30)
    assert wait_for_room(true, true + timedelta(seconds=1_790), margin) is None


def test_the_half_hours_of_a_move_are_those_of_both_times():
    reading = ClockReading(TEN - timedelta(seconds=1), TEN + timedelta(seconds=1), 0)
    half_hour = timedelta(minutes=30)
    assert touched_by(reading) == (TEN - half_hour, TEN + half_hour)


def test_a_rule_beyond_the_standards_shift_sets(meddler):
    _, session = visited(901 - 300)  # at 10:10:17 there is room for it
    rule = ClockRule(shift_seconds=5_000)
    assert kept(session, rule=rule).deed is Deed.SHIFTED
    _, session = visited(901)
    assert kept(session, rule=rule).deed is Deed.SET
