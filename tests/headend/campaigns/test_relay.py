"""Orders to a relay: judged by what it shows afterwards, never by an answer."""

import pytest

from congto.headend.campaigns.proof import LOOKS, Verdict
from congto.headend.campaigns.relay import (
    Order,
    RelayState,
    Why,
    judge_relay,
    look_again,
    switch,
    view_relay,
)
from congto.headend.cosem.classes.disconnect_control import ControlState
from congto.headend.dlms.data import enum
from congto.headend.dlms.faults import DlmsError
from congto.headend.simulator.faults import Trouble
from world_commands import Mischief, carry, meddled
from world_simulator import World

RELAY = "0.0.96.3.10.255"
CLOSED = RelayState(ControlState.CONNECTED, closed=True)
OPEN = RelayState(ControlState.DISCONNECTED, closed=False)
READY = RelayState(ControlState.READY_FOR_RECONNECTION, closed=False)
DISCONNECT, RECONNECT = ("act", 70, 1), ("act", 70, 2)


@pytest.fixture
def meddler(monkeypatch):
    return meddled(monkeypatch)


@pytest.fixture
def world():
    return World()


def ordered(session, order, told=None):
    told = [] if told is None else told
    return carry(session, switch(session.client, order, tell=told.append))


def test_an_order_is_confirmed_by_state_and_output(world, meddler):
    session = world.visit()
    told = []
    off = ordered(session, Order.DISCONNECT, told)
    assert (off.verdict, off.why, off.sent, off.seen) == (
        Verdict.CONFIRMED, Why.SHOWN, True, (OPEN,),
    )  # fmt: skip
    assert off.before.state == CLOSED
    assert [(one.order, one.before.state) for one in told] == [(Order.DISCONNECT, CLOSED)]
    on = ordered(session, Order.CONNECT)
    assert (on.verdict, on.seen, on.answer) == (Verdict.CONFIRMED, (CLOSED,), "")
    assert meddler.heard == [DISCONNECT, RECONNECT]


def test_nothing_is_sent_where_it_is_so_already(world, meddler):
    told = []
    outcome = ordered(world.visit(), Order.CONNECT, told)
    assert (outcome.verdict, outcome.why, outcome.sent) == (Verdict.CONFIRMED, Why.ALREADY, False)
    assert (meddler.heard, told) == ([], [])


@pytest.mark.parametrize("mode", [1, 3, 5, 6])
def test_where_the_customer_presses_the_button_a_relay_is_armed_and_never_connected(
    world, meddler, mode
):
    session = world.visit()
    session.set(70, RELAY, 4, enum(mode))
    ordered(session, Order.DISCONNECT)
    refused = ordered(session, Order.CONNECT)
    assert (refused.verdict, refused.why, refused.sent) == (Verdict.NOT_DONE, Why.MODE, False)
    armed = ordered(session, Order.ARM)
    assert (armed.verdict, armed.seen) == (Verdict.CONFIRMED, (READY,))
    assert meddler.sent("act", 70) == [DISCONNECT, RECONNECT]
    again = ordered(session, Order.DISCONNECT)
    assert (again.verdict, again.seen) == (Verdict.CONFIRMED, (OPEN,))


@pytest.mark.parametrize("mode", [2, 4])
def test_arming_never_switches_a_plant_on_with_nobody_beside_it(world, meddler, mode):
    session = world.visit()
    session.set(70, RELAY, 4, enum(mode))
    ordered(session, Order.DISCONNECT)
    armed = ordered(session, Order.ARM)
    assert (armed.verdict, armed.why, armed.sent) == (Verdict.NOT_DONE, Why.MODE, False)
    assert meddler.sent("act", 70) == [DISCONNECT]


def test_a_relay_without_control_is_not_told_anything(world, meddler):
    session = world.visit()
    session.set(70, RELAY, 4, enum(0))
    outcome = ordered(session, Order.DISCONNECT)
    assert (outcome.verdict, outcome.why) == (Verdict.NOT_DONE, Why.MODE)
    assert meddler.sent("act", 70) == []


def test_a_stuck_relay_is_not_done_although_it_answered_success():
    world = World(faults={Trouble.RELAY_STUCK: 1.0})
    session, begun = world.visit(), world.age
    outcome = carry(session, switch(session.client, Order.DISCONNECT))
    assert (outcome.verdict, outcome.why, outcome.answer) == (Verdict.NOT_DONE, Why.STUCK, "")
    assert outcome.seen == (RelayState(ControlState.DISCONNECTED, closed=True),)
    assert world.age - begun == sum(LOOKS)  # all the time that is given to it


def test_a_slow_relay_is_looked_at_until_it_has_moved(world, meddler):
    session = world.visit()
    closed = b"\x03\x01"
    meddler.tell(70, 2, closed, closed, closed)  # the one before, and two looks
    outcome = ordered(session, Order.DISCONNECT)
    assert outcome.verdict is Verdict.CONFIRMED
    assert outcome.seen == (RelayState(ControlState.DISCONNECTED, closed=True), OPEN)
    assert meddler.sent("act", 70) == [DISCONNECT]


def test_a_meter_that_did_it_and_answers_an_error_has_done_it(world, meddler):
    meddler.plan("act", 70, 1, Mischief.DENIED_DONE)
    outcome = ordered(world.visit(), Order.DISCONNECT)
    assert (outcome.verdict, outcome.seen) == (Verdict.CONFIRMED, (OPEN,))
    assert "other-reason" in outcome.answer


@pytest.mark.parametrize(
    ("mischief", "answer"), [(Mischief.NOT_DONE, ""), (Mischief.REFUSED, "other-reason")]
)
def test_a_meter_that_did_nothing_has_not_done_it_whatever_it_answers(
    world, meddler, mischief, answer
):
    meddler.plan("act", 70, 1, mischief)
    outcome = ordered(world.visit(), Order.DISCONNECT)
    assert (outcome.verdict, outcome.why, outcome.seen) == (
        Verdict.NOT_DONE, Why.UNCHANGED, (CLOSED,),
    )  # fmt: skip
    assert answer in outcome.answer


@pytest.mark.parametrize(
    ("mischief", "found"),
    [
        (Mischief.ANSWER_LOST, (Verdict.CONFIRMED, Why.SHOWN)),
        (Mischief.REQUEST_LOST, (Verdict.NOT_DONE, Why.UNCHANGED)),
    ],
)
def test_a_line_that_ends_after_sending_is_uncertain_until_another_session_looks(
    world, meddler, mischief, found
):
    meddler.plan("act", 70, 1, mischief)
    outcome = ordered(world.visit(), Order.DISCONNECT)
    assert (outcome.verdict, outcome.why, outcome.seen) == (Verdict.UNCERTAIN, Why.UNSEEN, ())
    assert "connection ended" in outcome.answer
    meddler.gone = False
    session, before = world.visit(), outcome.before.state
    steps = look_again(session.client, Order.DISCONNECT, before=before)
    looked = carry(session, steps)
    assert (looked.verdict, looked.why) == found
    assert len(meddler.sent("act", 70)) <= 1  # looking repeats nothing


def test_a_line_that_ends_before_sending_is_an_error_and_no_outcome(world, meddler):
    session = world.visit()
    told, meddler.gone = [], True
    with pytest.raises(DlmsError, match="connection ended"):
        ordered(session, Order.DISCONNECT, told)
    assert (told, meddler.heard) == ([], [])


def test_a_relay_that_does_not_say_its_output_is_never_taken_for_switched():
    half = RelayState(ControlState.DISCONNECTED, closed=None)
    assert judge_relay(Order.DISCONNECT, [half]) == (Verdict.UNCERTAIN, Why.UNSEEN)
    assert judge_relay(Order.CONNECT, [half]) == (Verdict.NOT_DONE, Why.OTHER)


def test_state_and_mode_are_read(world):
    session = world.visit()
    assert carry(session, view_relay(session.client)) == (CLOSED, 4)
