"""Load limits: written and read back in the meter's steps, refused where it cannot hold them."""

from decimal import Decimal

import pytest

from congto.headend.campaigns.limits import Limit, limit_load, view_limit
from congto.headend.campaigns.proof import Verdict
from congto.headend.dlms.faults import DlmsError, Fault
from world_commands import Mischief, carry, meddled
from world_simulator import World

LIMITER = "0.0.17.0.0.255"
THREE_KILOWATTS = Limit(3_000, 30, 60)


@pytest.fixture
def meddler(monkeypatch):
    return meddled(monkeypatch)


def limited(session, limit=None, told=None):
    told = [] if told is None else told
    return carry(session, limit_load(session.client, limit, tell=told.append))


def test_a_limit_is_written_read_back_and_lifted(meddler):
    session, told = World().visit(), []
    outcome = limited(session, THREE_KILOWATTS, told)
    assert (outcome.verdict, outcome.sent) == (Verdict.CONFIRMED, True)
    assert outcome.after.limit == THREE_KILOWATTS
    assert (outcome.after.active, outcome.after.unit) == (3_000, "W")
    assert told == [outcome.before]
    assert outcome.before.limit == (None, 60, 60)
    # As delivered the limiter compares watts of 1-0:1.7.0, scaler 0.
    assert [session.get(71, LIMITER, number) for number in (3, 4, 6, 7)] == [3_000, 3_000, 30, 60]
    lifted = limited(session, Limit(None, 60, 60))
    assert (lifted.verdict, lifted.after.active) == (Verdict.CONFIRMED, None)
    assert session.get(71, LIMITER, 4) == 0xFFFF_FFFF


def test_a_limit_that_holds_already_is_not_written_again(meddler):
    session = World().visit()
    limited(session, THREE_KILOWATTS)
    meddler.heard.clear()
    outcome = limited(session, THREE_KILOWATTS)
    assert (outcome.verdict, outcome.sent, meddler.heard) == (Verdict.CONFIRMED, False, [])


@pytest.mark.parametrize(
    ("scaler", "watts", "raw"),
    [(1, 3_300, 330), (3, 3_000, 3), (-1, 3_300, 33_000), (-1, Decimal("0.5"), 5)],
)
def test_the_threshold_is_written_in_the_steps_of_the_meter(meddler, scaler, watts, raw):
    session = World().visit()
    meddler.tell(3, 3, b"\x02\x02\x0f" + scaler.to_bytes(1, signed=True) + b"\x16\x1b")
    outcome = limited(session, Limit(watts, 30, 60))
    assert outcome.verdict is Verdict.CONFIRMED
    assert session.get(71, LIMITER, 4) == raw


@pytest.mark.parametrize(
    ("scaler", "unit", "watts"),
    [(3, 0x1B, 3_300), (0, 0x1B, 0xFFFF_FFFF), (0, 0x1B, -1), (0, 0x1E, 3_000)],
)
def test_what_the_limiter_cannot_hold_is_refused_and_nothing_is_written(
    meddler, scaler, unit, watts
):
    session = World().visit()
    meddler.tell(3, 3, b"\x02\x02\x0f" + bytes((scaler, 0x16, unit)))
    with pytest.raises(DlmsError) as caught:
        limited(session, Limit(watts, 30, 60))
    assert (caught.value.fault, meddler.heard) == (Fault.BAD_VALUE, [])


@pytest.mark.parametrize(
    ("mischief", "verdict"),
    [
        (Mischief.NOT_DONE, Verdict.NOT_DONE),
        (Mischief.REFUSED, Verdict.NOT_DONE),
        (Mischief.DENIED_DONE, Verdict.CONFIRMED),
        (Mischief.ANSWER_LOST, Verdict.UNCERTAIN),
        (Mischief.REQUEST_LOST, Verdict.UNCERTAIN),
    ],
)
def test_what_counts_is_what_is_read_back(meddler, mischief, verdict):
    world = World()
    meddler.plan("set", 71, 4, mischief)
    assert limited(world.visit(), THREE_KILOWATTS).verdict is verdict
    meddler.gone = False
    again = limited(world.visit(), THREE_KILOWATTS)
    assert again.verdict is Verdict.CONFIRMED
    assert again.sent is (mischief not in {Mischief.DENIED_DONE, Mischief.ANSWER_LOST})


def test_a_threshold_that_is_not_active_is_not_done(meddler):
    session = World().visit()
    old = b"\x06\xff\xff\xff\xff"
    meddler.tell(71, 3, old, old)
    assert limited(session, THREE_KILOWATTS).verdict is Verdict.NOT_DONE


def test_a_limiter_is_read():
    view = carry(session := World().visit(), view_limit(session.client))
    assert (view.limit, view.active, view.emergency) == ((None, 60, 60), None, False)
