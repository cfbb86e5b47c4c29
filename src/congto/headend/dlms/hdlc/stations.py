"""Who speaks with whom on one link: is a frame for this station, and from the other one?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from congto.headend.dlms.faults import DlmsError, Fault
from congto.headend.dlms.hdlc.control import CONTROLS, Kind
from congto.headend.dlms.hdlc.states import Role, State

if TYPE_CHECKING:
    from congto.headend.dlms.hdlc.address import Address
    from congto.headend.dlms.hdlc.frame import Frame


class Stations:
    """The two ends of a link.

    Args:
        role: whether this end is the client or the meter.
        own: this end's address.
        peer: the other end's; a meter may leave it None and take whichever client connects.
    """

    __slots__ = ("_any_peer", "_role", "called", "ignored", "own", "peer")

    def __init__(self, role: Role, own: Address, peer: Address | None) -> None:
        self._role = role
        self._any_peer = peer is None
        self.own = own
        self.peer = peer
        self.called = own
        """The address by which the client called, in its length: a meter answers with it."""
        self.ignored = 0
        """Frames between others, and own frames that came back (optical heads echo)."""

    def admits(self, frame: Frame, state: State) -> bool:
        """Say whether this frame is for this link.

        Raises:
            DlmsError: WRONG_ADDRESS, a client hears from somebody whom it did not ask.
        """
        if self._role is Role.CLIENT:
            return self._admits_answer(frame)
        kind = CONTROLS[frame.control].kind
        broadcast = frame.destination.is_broadcast
        for_us = _same(frame.destination, self.own) or (broadcast and kind is Kind.UNNUMBERED)
        known = frame.source == self.peer or (
            self._any_peer and (state is State.DISCONNECTED or kind is Kind.CONNECT)
        )
        if not (for_us and known):
            self.ignored += 1
            return False
        self.peer = frame.source
        if not broadcast:
            self.called = frame.destination
        return True

    def _admits_answer(self, frame: Frame) -> bool:
        assert self.peer is not None  # a client is made with one
        if _same(frame.source, self.peer) and frame.destination == self.own:
            return True
        if frame.source == self.own:
            self.ignored += 1
            return False
        raise DlmsError(
            Fault.WRONG_ADDRESS,
            f"a frame from {_written(frame.source)} to {_written(frame.destination)}",
            expected=f"from {_written(self.peer)} to {_written(self.own)}",
        )


def _same(one: Address, other: Address) -> bool:
    """Say whether two addresses of perhaps different lengths name the same station."""
    return one.upper == other.upper and (
        one.lower == other.lower or one.size == 1 or other.size == 1
    )


def _written(address: Address) -> str:
    return f"{address.upper}" if address.size == 1 else f"{address.upper}/{address.lower}"
