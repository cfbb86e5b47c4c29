"""The relay that cuts and connects a customer: told, then looked at until it shows what was asked.

A success is no proof (relays stick behind it), an error no proof of the contrary, and silence
neither. Control state and output are read until both are as asked or the time given is over.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from congto.headend.campaigns.proof import LOOKS, Verdict, looked, told, tried, untold
from congto.headend.cosem.classes.disconnect_control import (
    ControlMode,
    ControlState,
    DisconnectControl,
)
from congto.headend.cosem.classes.exchange import act, read
from congto.headend.dlms.client import AccessRefusedError
from congto.headend.dlms.obis import obis

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from congto.headend.cosem.classes.shape import Method
    from congto.headend.dlms.client import Client, Exchange, Steps

RELAY = DisconnectControl(obis("0-0:96.3.10*255"))
"""Where the standard has it (IEC 62056-6-1, disconnect control)."""
DIRECT = frozenset({ControlMode.REMOTE_DIRECT_BY_HAND, ControlMode.REMOTE_DIRECT})
"""Modes in which the command connects; in the others the customer presses a button after it."""


class Order(StrEnum):
    """What a relay is told."""

    CONNECT = "connect"
    DISCONNECT = "disconnect"
    ARM = "arm"  # the customer may connect at the meter


class Why(StrEnum):
    """The reason of a verdict."""

    ALREADY = "already"  # it was so before; nothing was sent
    SHOWN = "shown"
    MODE = "mode"  # the relay's mode does something else at this command; nothing was sent
    UNCHANGED = "unchanged"  # it shows the state that it had
    STUCK = "stuck"  # the control state is as asked, the output is not
    OTHER = "other"  # it shows a third state
    UNSEEN = "unseen"  # it could not be looked at since


class RelayState(NamedTuple):
    """What a relay shows: what it was told, and whether it is closed (None: it does not say)."""

    control: ControlState
    closed: bool | None


class RelayView(NamedTuple):
    """State and mode of a relay."""

    state: RelayState
    mode: ControlMode


WANTED = {
    Order.CONNECT: RelayState(ControlState.CONNECTED, closed=True),
    Order.DISCONNECT: RelayState(ControlState.DISCONNECTED, closed=False),
    Order.ARM: RelayState(ControlState.READY_FOR_RECONNECTION, closed=False),
}


class Sending(NamedTuple):
    """What is about to be sent: written down first, so that a restart looks and repeats nothing."""

    order: Order
    before: RelayView


@dataclass(frozen=True, slots=True)
class RelayOutcome:
    """What is known of an order.

    Attributes:
        verdict, why: what is known, and by what.
        sent: whether a command went out.
        before: state and mode before; None where only looked at.
        seen: what the relay showed afterwards, each state once in a row.
        answer: what the meter answered against the command; empty for success or none sent.
    """

    order: Order
    verdict: Verdict
    why: Why
    sent: bool
    before: RelayView | None = None
    seen: tuple[RelayState, ...] = ()
    answer: str = ""


def view_relay(client: Client, relay: DisconnectControl = RELAY) -> Exchange[RelayView]:
    """Read a relay's state and mode.

    Raises:
        DlmsError: the meter has none, or the session cannot go on.
    """
    state = yield from _state(client, relay)
    return RelayView(state, (yield from read(client, relay, DisconnectControl.control_mode)))


def switch(
    client: Client,
    order: Order,
    relay: DisconnectControl = RELAY,
    looks: Sequence[float] = LOOKS,
    tell: Callable[[Sending], None] = untold,
) -> Steps[RelayOutcome]:
    """Carry out an order and prove it; nothing is sent where the relay is so already.

    Args:
        client: associated.
        order: what is asked.
        relay: the object.
        looks: seconds before each look; their sum is the time given to the relay.
        tell: takes what is about to be sent.

    Raises:
        DlmsError: the relay could not be read, and nothing was sent.
    """
    before = yield from view_relay(client, relay)
    if _is_done(order, before.state):
        return RelayOutcome(order, Verdict.CONFIRMED, Why.ALREADY, sent=False, before=before)
    if not _fits(order, before):
        return RelayOutcome(order, Verdict.NOT_DONE, Why.MODE, sent=False, before=before)
    tell(Sending(order, before))
    against = yield from tried(act(client, relay, _method(order)))
    seen = yield from _look(client, order, relay, looks)
    verdict, why = judge_relay(order, seen, before.state)
    return RelayOutcome(order, verdict, why, True, before, tuple(seen), told(against))


def look_again(
    client: Client,
    order: Order,
    relay: DisconnectControl = RELAY,
    looks: Sequence[float] = LOOKS,
    before: RelayState | None = None,
) -> Steps[RelayOutcome]:
    """Look at the relay in a session after one whose end was not seen; nothing is sent."""
    seen = yield from _look(client, order, relay, looks)
    verdict, why = judge_relay(order, seen, before)
    return RelayOutcome(order, verdict, why, sent=True, seen=tuple(seen))


def judge_relay(
    order: Order, seen: Sequence[RelayState], before: RelayState | None = None
) -> tuple[Verdict, Why]:
    """Judge an order by what the relay showed after it."""
    if not seen:
        return Verdict.UNCERTAIN, Why.UNSEEN
    last = seen[-1]
    if _is_done(order, last):
        return Verdict.CONFIRMED, Why.SHOWN
    if last.closed is None and last.control is WANTED[order].control:
        return Verdict.UNCERTAIN, Why.UNSEEN  # told so, and it does not say what it did
    if last.control is WANTED[order].control:
        return Verdict.NOT_DONE, Why.STUCK
    return Verdict.NOT_DONE, Why.UNCHANGED if last == before else Why.OTHER


def _look(
    client: Client, order: Order, relay: DisconnectControl, looks: Sequence[float]
) -> Steps[list[RelayState]]:
    return (
        yield from looked(
            client, lambda: _state(client, relay), lambda seen: _is_done(order, seen), looks
        )
    )


def _state(client: Client, relay: DisconnectControl) -> Exchange[RelayState]:
    control = yield from read(client, relay, DisconnectControl.control_state)
    try:
        closed = yield from read(client, relay, DisconnectControl.output_state)
    except AccessRefusedError:
        return RelayState(control, None)
    return RelayState(control, closed)


def _is_done(order: Order, state: RelayState) -> bool:
    """Say whether a state is what was asked; who armed a relay is content if it is connected."""
    return state == WANTED[order] or (order is Order.ARM and state == WANTED[Order.CONNECT])


def _fits(order: Order, before: RelayView) -> bool:
    """Say whether the mode lets the command do what is asked, and no more.

    In a direct mode `arm` would switch the customer's plant on with nobody beside it; in the other
    modes `connect` would only arm. Blue Book, class 70, table of transitions by mode.
    """
    if before.mode is ControlMode.NONE:
        return False
    if order is Order.DISCONNECT:
        return True
    return (before.mode in DIRECT) is (order is Order.CONNECT)


def _method(order: Order) -> Method[None, None]:
    if order is Order.DISCONNECT:
        return DisconnectControl.remote_disconnect
    return DisconnectControl.remote_reconnect
