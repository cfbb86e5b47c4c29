"""One association as a state machine: messages out to bytes, bytes in to messages.

Client and meter use the same table, because both see the same messages in the same order; only the
side that may send each of them differs.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from congto.headend.dlms.apdu import access, acse, action, get, initiate, notices
from congto.headend.dlms.apdu import set as setting
from congto.headend.dlms.apdu.general_block import GeneralBlock
from congto.headend.dlms.apdu.messages import parse
from congto.headend.dlms.faults import DlmsError, Fault
from congto.headend.dlms.security.hls import mechanism_of
from congto.headend.dlms.security.keys import KeyUse
from congto.headend.dlms.security.protection import ENVELOPE_BYTES

if TYPE_CHECKING:
    from congto.headend.dlms.apdu.messages import Message
    from congto.headend.dlms.security.counters import PeerState
    from congto.headend.dlms.security.protection import Protection


class Side(StrEnum):
    """Who we are."""

    CLIENT = "client"
    METER = "meter"


class State(StrEnum):
    """Where the association stands."""

    CLOSED = "closed"
    OPENING = "opening"  # the meter has been asked for an association
    CHALLENGED = "challenged"  # challenges are exchanged, nothing is proved yet
    PROVING = "proving"  # the client has answered the challenge
    OPEN = "open"
    ASKED = "asked"  # a request waits for its response
    RELEASING = "releasing"


REQUESTS: tuple[type, ...] = (
    get.GetRequest,
    get.GetNext,
    get.GetList,
    setting.SetRequest,
    setting.SetFirstBlock,
    setting.SetBlock,
    setting.SetList,
    setting.SetListFirstBlock,
    action.ActionRequest,
    action.ActionNext,
    action.ActionList,
    action.ActionFirstBlock,
    action.ActionBlock,
    access.AccessRequest,
)
RESPONSES: tuple[type, ...] = (
    get.GetResponse,
    get.GetBlock,
    get.GetListResponse,
    setting.SetResponse,
    setting.SetNext,
    setting.SetListResponse,
    action.ActionResponse,
    action.ActionAnswerBlock,
    action.ActionListResponse,
    action.ActionContinue,
    access.AccessResponse,
)
NOTICES: tuple[type, ...] = (notices.DataNotification, notices.EventNotification)
REFUSALS: tuple[type, ...] = (notices.ExceptionResponse, initiate.ConfirmedServiceError)
ACSE: tuple[type, ...] = (
    acse.AssociationRequest,
    acse.AssociationResponse,
    acse.ReleaseRequest,
    acse.ReleaseResponse,
)
PLAIN: tuple[type, ...] = (*ACSE, *REFUSALS, GeneralBlock)
"""Messages that are not protected themselves; of ACSE the part inside is, pieces carry a protected
message, and a meter that cannot read us refuses in plain."""

FROM_CLIENT: frozenset[type] = frozenset((*REQUESTS, acse.AssociationRequest, acse.ReleaseRequest))
FROM_METER: frozenset[type] = frozenset(
    (*RESPONSES, *NOTICES, *REFUSALS, acse.AssociationResponse, acse.ReleaseResponse)
)

TABLE: dict[tuple[State, type], State] = {
    (State.CLOSED, acse.AssociationRequest): State.OPENING,
    # An accepted association that asks for proof goes to CHALLENGED, a refused one to CLOSED.
    (State.OPENING, acse.AssociationResponse): State.OPEN,
    (State.CHALLENGED, action.ActionRequest): State.PROVING,
    (State.PROVING, action.ActionResponse): State.OPEN,
    **{(State.OPEN, request): State.ASKED for request in REQUESTS},
    **{(State.ASKED, response): State.OPEN for response in RESPONSES},
    **{(State.ASKED, refusal): State.OPEN for refusal in REFUSALS},
    **{(State.OPENING, refusal): State.CLOSED for refusal in REFUSALS},
    **{(State.PROVING, refusal): State.CLOSED for refusal in REFUSALS},
    # A meter that cannot release us any more has forgotten us already.
    **{(State.RELEASING, refusal): State.CLOSED for refusal in REFUSALS},
    **{(state, notice): state for state in State for notice in NOTICES},
    **{(state, GeneralBlock): state for state in State},
    (State.OPEN, acse.ReleaseRequest): State.RELEASING,
    (State.ASKED, acse.ReleaseRequest): State.RELEASING,
    (State.CHALLENGED, acse.ReleaseRequest): State.RELEASING,
    (State.RELEASING, acse.ReleaseResponse): State.CLOSED,
}
"""(state, message) -> next state; what is not here is refused."""


class Connection:
    """An association between one client and one meter.

    Args:
        side: who we are.
        protection: how messages are protected; None for a plain association.
        peer: what is known of the other side; with a protection only.
    """

    def __init__(
        self, side: Side, protection: Protection | None = None, peer: PeerState | None = None
    ) -> None:
        if (protection is None) != (peer is None):
            raise DlmsError(
                Fault.UNKNOWN_KEY, "protection or peer alone", expected="both of them or none"
            )
        self.side = side
        self.state = State.CLOSED
        self.protection = protection
        self.peer = peer

    @property
    def overhead(self) -> int:
        """Return the bytes that a message has beside its value, and some."""
        return ENVELOPE_BYTES if self.protection is None else self.protection.overhead

    def send(self, message: Message) -> bytes:
        """Return the bytes of a message that we send.

        Raises:
            DlmsError: UNEXPECTED in this state; those of protection.
        """
        kind = type(message)
        if kind in (FROM_METER if self.side is Side.CLIENT else FROM_CLIENT):
            raise self._unexpected(kind, "sent")
        following = self._following(message, "sent")
        octets = message.encode()
        if self.protection is not None and kind not in PLAIN:
            octets = self.protection.protect(octets)
        self.state = following
        return octets

    def receive(self, octets: bytes) -> Message:
        """Return the message that bytes from the other side carry.

        Raises:
            DlmsError: malformed, badly protected, or UNEXPECTED in this state. The state stays.
        """
        message = self._opened(octets)
        kind = type(message)
        if kind in (FROM_CLIENT if self.side is Side.CLIENT else FROM_METER):
            raise self._unexpected(kind, "received")
        self.state = self._following(message, "received")
        return message

    def seal(self, octets: bytes) -> bytes:
        """Protect the initiate message that an ACSE message carries."""
        return octets if self.protection is None else self.protection.protect(octets)

    def unseal(self, octets: bytes) -> bytes:
        """Open the initiate message that an ACSE message carries."""
        if self.protection is None or self.peer is None:
            return octets
        return self.protection.unprotect(octets, self.peer)

    def meets(self, title: bytes) -> None:
        """Take the system title by which the other side introduced itself."""
        if self.protection is not None and self.peer is not None:
            self.protection.recipient = self.peer.system_title = title

    def take_dedicated(self, raw: bytes) -> None:
        """Take the key of this association alone; counters under it begin at 0."""
        if raw and self.protection is not None and self.peer is not None:
            self.protection.take_dedicated(raw)
            self.peer.begin(KeyUse.DEDICATED)

    def close(self) -> None:
        """Forget the association: the link is gone or the other side cannot be trusted."""
        self.state = State.CLOSED

    def _opened(self, octets: bytes) -> Message:
        if self.protection is None or self.peer is None or octets[:1] in PLAIN_TAGS:
            return parse(octets)
        return parse(self.protection.unprotect(octets, self.peer))

    def _following(self, message: Message, how: str) -> State:
        following = TABLE.get((self.state, type(message)))
        if following is None:
            raise self._unexpected(type(message), how)
        if isinstance(message, acse.AssociationResponse):
            if message.result != acse.ACCEPTED:
                return State.CLOSED
            return State.CHALLENGED if mechanism_of(message.mechanism).high else State.OPEN
        return following

    def _unexpected(self, kind: type, how: str) -> DlmsError:
        allowed = sorted(one.__name__ for state, one in TABLE if state is self.state)
        return DlmsError(
            Fault.UNEXPECTED,
            f"{kind.__name__} {how} by the {self.side} in state {self.state}",
            expected=", ".join(allowed),
        )


PLAIN_TAGS = frozenset(bytes((tag,)) for tag in (0x60, 0x61, 0x62, 0x63, 0xE0))
"""First bytes of ACSE messages and pieces, which `unprotect` must not see."""
