"""What a client says to a meter, as exchanges: generators that yield bytes and are sent answers.

A transport drives them: it sends what they yield and gives back the answer. So the same exchange
runs over TCP, HDLC or a recorded session, and none knows a socket or a clock.
"""

from __future__ import annotations

import secrets
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from congto.headend.dlms.apdu import acse, initiate
from congto.headend.dlms.apdu.action import (
    ActionAnswerBlock,
    ActionBlock,
    ActionContinue,
    ActionFirstBlock,
    ActionNext,
    ActionRequest,
    ActionResponse,
    read_outcome,
)
from congto.headend.dlms.apdu.blocks import split
from congto.headend.dlms.apdu.general_block import Assembly, GeneralBlock
from congto.headend.dlms.apdu.get import (
    GetBlock,
    GetList,
    GetListResponse,
    GetNext,
    GetRequest,
    GetResponse,
    read_list,
)
from congto.headend.dlms.apdu.initiate import Conformance, InitiateRequest, InitiateResponse
from congto.headend.dlms.apdu.messages import parse
from congto.headend.dlms.apdu.notices import (
    DataNotification,
    EventNotification,
    ExceptionResponse,
)
from congto.headend.dlms.apdu.references import CONFIRMED, INVOKE_ID, PRIORITY_HIGH, Reference
from congto.headend.dlms.apdu.results import AccessResult, result_name
from congto.headend.dlms.apdu.set import (
    SetBlock,
    SetFirstBlock,
    SetNext,
    SetRequest,
    SetResponse,
)
from congto.headend.dlms.association import (
    ALL_SERVICES,
    ASSOCIATION_CLASS,
    CURRENT_ASSOCIATION,
    REPLY_TO_CHALLENGE,
    protected,
    room,
)
from congto.headend.dlms.connection import RESPONSES, Connection, Side, State
from congto.headend.dlms.cursor import Cursor
from congto.headend.dlms.data import Data, octets
from congto.headend.dlms.decoding import read
from congto.headend.dlms.encoding import encode
from congto.headend.dlms.faults import DlmsError, Fault
from congto.headend.dlms.security.agreement import NO_CURVE_KEYS, CurveKeys
from congto.headend.dlms.security.hls import Mechanism, Party, new_challenge

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from congto.headend.dlms.apdu.blocks import Block
    from congto.headend.dlms.apdu.messages import Message
    from congto.headend.dlms.security.counters import PeerState
    from congto.headend.dlms.security.protection import Protection

Answer = TypeVar("Answer")
Value = TypeVar("Value")
Exchange = Generator[bytes, bytes, Answer]
"""Yields an APDU to send, is sent the APDU that answers it, returns what came of it.

NOTHING yielded means: send nothing, wait for the next message (the last one was a notice).
"""


class Pause(NamedTuple):
    """Yielded in place of a message: for so many seconds nothing goes out; NOTHING is sent in."""

    seconds: float


Steps = Generator[bytes | Pause, bytes, Answer]
"""An exchange that also waits between its messages; every Exchange is one.

Where an answer is lost, its driver throws the DlmsError in, so that a command can tell what it
knows; after that it may send no more in this association.
"""
NOTHING = b""
NOTICES_MAX = 64
"""So many pushes may come before an answer; a meter that sends more never answers."""
Notice = DataNotification | EventNotification


@dataclass(frozen=True, slots=True)
class Settings:
    """How to associate with a meter; what differs between models is data of the model.

    Attributes:
        mechanism: how the client proves itself.
        secret: the password (LLS) or the secret of HLS 3, 4 and 6.
        own_title: the client's system title, of a ciphered association.
        conformance: services proposed. pdu_max: bytes of a message that we take.
        value_bytes_max: bytes of one value put together of blocks.
        association: logical name of the association object that answers challenges.
        list_max: attributes in one GET with list; 1 where the model does not take lists.
        dedicated_key: for this association only, where the protection uses one.
        curve_keys: the signature keys of mechanism 7.
        certificate: of our signature key, for a meter that does not have it yet.
    """

    mechanism: Mechanism = Mechanism.NONE
    secret: bytes = field(default=b"", repr=False)
    own_title: bytes = b""
    conformance: Conformance = ALL_SERVICES
    pdu_max: int = 0xFFFF
    value_bytes_max: int = 4 * 1024 * 1024
    association: bytes = CURRENT_ASSOCIATION
    list_max: int = 16
    dedicated_key: bytes = field(default=b"", repr=False)
    curve_keys: CurveKeys = NO_CURVE_KEYS
    certificate: bytes = field(default=b"", repr=False)


BLOCKS_MAX = 0x10000
"""Blocks of one value; a meter that sends a byte in each would hold the client for ever."""


class AccessRefusedError(DlmsError):
    """The meter answered a request with a result that is not success; `result` says which."""

    def __init__(self, reference: Reference, result: int) -> None:
        self.result = result
        super().__init__(Fault.REFUSED, f"{reference} answered {result_name(result)}")


class NotServedError(DlmsError):
    """The meter answered a request with an exception response, kept in `answer`."""

    def __init__(self, asked: str, answer: ExceptionResponse) -> None:
        self.answer = answer
        super().__init__(Fault.REFUSED, f"{asked}: {answer}")


class NotAssociatedError(DlmsError):
    """The meter refused the association.

    Attributes:
        for_now: the meter says that another try may be accepted.
        diagnostic: its reason, acse.Diagnostic unless the provider gave it.
    """

    def __init__(self, answer: acse.AssociationResponse) -> None:
        self.for_now = answer.result == acse.REJECTED_TRANSIENT
        self.diagnostic = None if answer.by_provider else answer.diagnostic
        super().__init__(
            Fault.REJECTED,
            f"the meter refuses the association {'for now' if self.for_now else 'for good'}:"
            f" {_reason(answer)}",
            action="Compare client number, mechanism, password and keys with the meter's.",
        )


class _Parts:
    """The blocks of one value, in order; refuses what would never end."""

    def __init__(self, bytes_max: int) -> None:
        self._bytes_max = bytes_max
        self._parts: list[bytes] = []
        self._size = 0

    def take(self, block: Block) -> None:
        """Take the next block."""
        number = len(self._parts) + 1
        if block.number != number:
            expected = f"block {number}"
            raise DlmsError(Fault.BAD_SEQUENCE, f"block {block.number}", expected=expected)
        if not block.raw and not block.last:
            raise DlmsError(
                Fault.BAD_VALUE, f"empty block {number}, not the last", expected="bytes in it"
            )
        self._parts.append(block.raw)
        self._size += len(block.raw)
        if self._size > self._bytes_max or number > BLOCKS_MAX:
            raise DlmsError(
                Fault.TOO_LARGE,
                f"{self._size} bytes in {number} blocks",
                expected=f"at most {self._bytes_max} bytes in {BLOCKS_MAX} blocks",
            )

    def whole(self) -> bytes:
        """Return the value."""
        return b"".join(self._parts)


class Client:
    """The client's side of one association.

    Attributes:
        notices: what the meter sent unasked between answers; the owner takes it away.
    """

    def __init__(
        self,
        settings: Settings,
        protection: Protection | None = None,
        peer: PeerState | None = None,
        *,
        random: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        self.settings = settings
        self.connection = Connection(Side.CLIENT, protection, peer)
        self.agreed = InitiateResponse(Conformance(0), 0)
        self.notices: list[Notice] = []
        self._random = random
        self._invoked = 0

    def associate(self) -> Exchange[InitiateResponse]:
        """Open the association and prove both sides where the mechanism asks for it.

        Raises:
            DlmsError: REJECTED with the meter's diagnostic, BAD_TAG where the meter fails to prove
                itself, those of protection.
        """
        settings = self.settings
        challenge = settings.secret
        if settings.mechanism.high:
            challenge = new_challenge(settings.mechanism, self._random)
        answer = yield from self._ask(self._association_request(challenge))
        if not isinstance(answer, acse.AssociationResponse):
            raise self._unexpected(answer)
        if answer.result != acse.ACCEPTED:
            raise NotAssociatedError(answer)
        if self.connection.peer is not None and answer.title:
            self.connection.meets(answer.title)
        self.agreed = self._initiated(answer)
        if settings.mechanism.high:
            yield from self._prove(challenge, answer)
        return self.agreed

    def get(self, reference: Reference) -> Exchange[bytes]:
        """Read an attribute; return its encoded value, put together of blocks.

        Raises:
            AccessRefusedError: the meter gives a result in place of the value.
            DlmsError: blocks out of order or beyond the size allowed.
        """
        invoke = self._invoke()
        answer = yield from self._ask(GetRequest(invoke, reference))
        if isinstance(answer, GetResponse):
            if answer.raw is None:
                raise AccessRefusedError(reference, answer.result)
            return answer.raw
        return (yield from self._blocks(answer, invoke, reference))

    def get_data(self, reference: Reference) -> Exchange[Data]:
        """Read an attribute; return its value."""
        return self._read(read, (yield from self.get(reference)))

    def get_list(self, references: Sequence[Reference]) -> Exchange[list[Data | int]]:
        """Read several attributes; of each the value, or the result in its place.

        As many at once as the model takes, one by one where it takes no lists.
        """
        found: list[Data | int] = []
        size = self.settings.list_max
        if not self.agreed.conformance & Conformance.MULTIPLE_REFERENCES:
            size = 1
        for start in range(0, len(references), size):
            part = references[start : start + size]
            found += (yield from self._some(part)) if size > 1 else (yield from self._one(part[0]))
        return found

    def set(self, reference: Reference, value: Data) -> Exchange[None]:
        """Write an attribute, in blocks where it does not fit one message.

        Raises:
            AccessRefusedError: the meter refuses the value.
        """
        invoke, size = self._invoke(), self._room
        raw = encode(value)
        if len(raw) <= size:
            answer = yield from self._ask(SetRequest(invoke, reference, value))
        else:
            first, *others = split(raw, size)
            answer = yield from self._ask(SetFirstBlock(invoke, reference, first))
            for block in others:
                if not isinstance(answer, SetNext) or answer.number != block.number - 1:
                    break  # a refusal: what the answer says is told below
                answer = yield from self._ask(SetBlock(invoke, block))
        if not isinstance(answer, SetResponse):
            raise self._unexpected(answer)
        if answer.result:
            raise AccessRefusedError(reference, answer.result)

    def act(self, method: Reference, parameter: Data | None = None) -> Exchange[Data | None]:
        """Invoke a method; return what it gives back.

        Raises:
            AccessRefusedError: the meter refuses or the method fails.
        """
        invoke, size = self._invoke(), self._room
        raw = b"" if parameter is None else encode(parameter)
        if len(raw) <= size:
            answer = yield from self._ask(ActionRequest(invoke, method, parameter))
        else:
            first, *others = split(raw, size)
            answer = yield from self._ask(ActionFirstBlock(invoke, method, first))
            for block in others:
                if not isinstance(answer, ActionContinue) or answer.number != block.number - 1:
                    break
                answer = yield from self._ask(ActionBlock(invoke, block))
        result, returned = yield from self._outcome(answer, invoke)
        if result or isinstance(returned, int):
            raise AccessRefusedError(method, result or AccessResult.OTHER_REASON)
        return returned

    def release(self) -> Exchange[None]:
        """Release the association; a meter keeps the only one it has until it is told."""
        if self.connection.state is State.CLOSED:
            return
        information = b""
        if self.connection.protection is not None:
            information = self.connection.seal(self._initiate_request())
        yield from self._ask(acse.ReleaseRequest(0, information))

    # What exchanges share.

    def _ask(self, message: Message) -> Exchange[Message]:
        """Send a message, gather its answer from pieces, and turn refusals into errors.

        An answer that lies closes the association: nothing after it could be trusted.
        """
        answer = self._heard((yield self.connection.send(message)))
        pushes = 0
        while isinstance(answer, Notice):
            pushes += 1
            if pushes > NOTICES_MAX:
                raise self._distrust(_no_end_of_pushes())
            self.notices.append(answer)
            answer = self._heard((yield NOTHING))
        if isinstance(answer, GeneralBlock):
            whole = yield from self._pieces(answer)
            answer = self._heard(whole)
        if isinstance(answer, ExceptionResponse):
            raise NotServedError(type(message).__name__, answer)
        if isinstance(answer, initiate.ConfirmedServiceError):
            kinds = (answer.service, answer.kind, answer.value)
            raise DlmsError(Fault.REFUSED, f"confirmed service error {kinds}")
        self._refuse_other_invoke(message, answer)
        return answer

    def _heard(self, raw: bytes) -> Message:
        """Return the message that an answer carries."""
        try:
            return self.connection.receive(raw)
        except DlmsError:
            self.connection.close()
            raise

    def _distrust(self, error: DlmsError) -> DlmsError:
        """Close the association because of an answer and return the error to raise."""
        self.connection.close()
        return error

    def _refuse_other_invoke(self, asked: Message, answer: Message) -> None:
        """Refuse the answer to another request, or to none."""
        wanted = getattr(asked, "invoke", None)
        if wanted is None:
            return
        if not isinstance(answer, RESPONSES):
            raise self._unexpected(answer)
        found = getattr(answer, "invoke", 0)
        if (found ^ wanted) & INVOKE_ID:
            raise self._distrust(
                DlmsError(
                    Fault.WRONG_INVOKE_ID,
                    f"{type(answer).__name__} to request {found & INVOKE_ID}",
                    expected=f"the answer to request {wanted & INVOKE_ID}",
                )
            )

    def _pieces(self, piece: GeneralBlock) -> Exchange[bytes]:
        """Gather the pieces of general block transfer; one piece is answered by one message."""
        assembly = Assembly(self.settings.value_bytes_max)
        while True:
            try:
                whole = assembly.take(piece)
            except DlmsError:
                self.connection.close()
                raise
            if whole is not None:
                return whole
            received = assembly.received
            answer = GeneralBlock(
                last=True, streaming=False, window=1, number=0, answered=received, raw=b""
            )
            following = self._heard((yield self.connection.send(answer)))
            if not isinstance(following, GeneralBlock):
                raise self._unexpected(following)
            piece = following

    def _blocks(self, answer: Message, invoke: int, reference: Reference) -> Exchange[bytes]:
        """Gather the blocks of an answer to GET."""
        parts = _Parts(self.settings.value_bytes_max)
        while isinstance(answer, GetBlock):
            if answer.result:
                raise AccessRefusedError(reference, answer.result)
            self._gather(parts, answer.block)
            if answer.block.last:
                return parts.whole()
            answer = yield from self._ask(GetNext(invoke, answer.block.number))
        if isinstance(answer, GetResponse) and answer.raw is None:
            raise AccessRefusedError(reference, answer.result)
        raise self._unexpected(answer)

    def _gather(self, parts: _Parts, block: Block) -> None:
        try:
            parts.take(block)
        except DlmsError:
            self.connection.close()
            raise

    def _read(self, reader: Callable[[Cursor], Value], octets: bytes) -> Value:
        """Read what an answer carries, to its last byte."""
        cursor = Cursor(octets)
        try:
            value = reader(cursor)
            cursor.finish()
        except DlmsError:
            self.connection.close()
            raise
        return value

    def _one(self, reference: Reference) -> Exchange[list[Data | int]]:
        try:
            return [(yield from self.get_data(reference))]
        except AccessRefusedError as refused:
            return [refused.result]

    def _some(self, references: Sequence[Reference]) -> Exchange[list[Data | int]]:
        invoke = self._invoke()
        answer = yield from self._ask(GetList(invoke, tuple(references)))
        if isinstance(answer, GetListResponse):
            items = answer.items
        else:
            whole = yield from self._blocks(answer, invoke, references[0])
            items = self._read(read_list, whole)
        if len(items) != len(references):
            expected = f"{len(references)} of them"
            raise self._distrust(
                DlmsError(Fault.BAD_VALUE, f"{len(items)} values", expected=expected)
            )
        return list(items)

    def _outcome(self, answer: Message, invoke: int) -> Exchange[tuple[int, Data | int | None]]:
        """Return result and answer of a method, gathered of blocks."""
        parts = _Parts(self.settings.value_bytes_max)
        while isinstance(answer, ActionAnswerBlock):
            self._gather(parts, answer.block)
            if answer.block.last:
                return self._read(read_outcome, parts.whole())
            answer = yield from self._ask(ActionNext(invoke, answer.block.number))
        if not isinstance(answer, ActionResponse):
            raise self._unexpected(answer)
        return answer.result, answer.returned

    def _association_request(self, challenge: bytes) -> acse.AssociationRequest:
        settings = self.settings
        protection = self.connection.protection
        titled = protection is not None or settings.mechanism >= Mechanism.GMAC
        return acse.AssociationRequest(
            context=acse.Context.LOGICAL_NAMES
            if protection is None
            else acse.Context.LOGICAL_NAMES_CIPHERED,
            information=self.connection.seal(self._initiate_request()),
            mechanism=settings.mechanism,
            secret=challenge,
            title=settings.own_title if titled else b"",
            qualifier=settings.certificate,
        )

    def _initiate_request(self) -> bytes:
        settings = self.settings
        return InitiateRequest(
            settings.conformance, settings.pdu_max, settings.dedicated_key
        ).encode()

    def _initiated(self, answer: acse.AssociationResponse) -> InitiateResponse:
        try:
            initiated = parse(self.connection.unseal(answer.information))
        except DlmsError:
            self.connection.close()
            raise
        if not isinstance(initiated, InitiateResponse):
            raise self._unexpected(initiated)
        return initiated

    def _prove(self, challenge: bytes, answer: acse.AssociationResponse) -> Exchange[None]:
        """Exchange the answers to the challenges; close the association where the meter's fails."""
        party = self._party(challenge, answer)
        party.refuse_bad_challenge()
        method = Reference(ASSOCIATION_CLASS, self.settings.association, REPLY_TO_CHALLENGE)
        try:
            returned = yield from self.act(method, octets(party.answer()))
            party.check(b"" if returned is None else returned.octets)
        except DlmsError:
            self.connection.close()
            raise

    def _party(self, challenge: bytes, answer: acse.AssociationResponse) -> Party:
        settings = self.settings
        party = Party(
            settings.mechanism,
            sent=challenge,
            received=answer.secret,
            own_title=settings.own_title,
            peer_title=answer.title,
            secret=settings.secret,
        )
        return protected(party, self.connection.protection, settings.curve_keys)

    @property
    def _room(self) -> int:
        """Return the bytes of a value that fit one message to the meter."""
        return room(self.agreed.pdu_max, self.connection.overhead)

    def _invoke(self) -> int:
        """Return the next number of a request with the flags of a confirmed one."""
        self._invoked = self._invoked % INVOKE_ID + 1
        return PRIORITY_HIGH | CONFIRMED | self._invoked

    def _unexpected(self, message: Message) -> DlmsError:
        error = DlmsError(Fault.UNEXPECTED, type(message).__name__, expected="another answer")
        return self._distrust(error)


def _no_end_of_pushes() -> DlmsError:
    return DlmsError(
        Fault.TOO_LARGE, f"more than {NOTICES_MAX} pushes before an answer", expected="an answer"
    )


def _reason(answer: acse.AssociationResponse) -> str:
    if answer.by_provider:
        return f"of the provider, {answer.diagnostic}"
    try:
        return acse.Diagnostic(answer.diagnostic).name.lower().replace("_", " ")
    except ValueError:
        return str(answer.diagnostic)
