"""The meter's side of one association: answers what a client asks of its objects.

The simulator and the tests of foreign clients stand on it; it is the same codec and state table as
the client's, seen from the other side.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from functools import singledispatchmethod
from typing import TYPE_CHECKING, Protocol

from congto.headend.dlms.apdu import acse
from congto.headend.dlms.apdu import action as acting
from congto.headend.dlms.apdu import get as getting
from congto.headend.dlms.apdu import set as setting
from congto.headend.dlms.apdu.blocks import Block, split
from congto.headend.dlms.apdu.initiate import (
    ConfirmedServiceError,
    Conformance,
    InitiateRequest,
    InitiateResponse,
)
from congto.headend.dlms.apdu.messages import Message, parse
from congto.headend.dlms.apdu.notices import ExceptionResponse
from congto.headend.dlms.apdu.results import AccessResult, ServiceError, StateError
from congto.headend.dlms.association import (
    ALL_SERVICES,
    ASSOCIATION_CLASS,
    REPLY_TO_CHALLENGE,
    protected,
    room,
)
from congto.headend.dlms.connection import Connection, Side, State
from congto.headend.dlms.cursor import Cursor
from congto.headend.dlms.data import NULL, Data, octets
from congto.headend.dlms.decoding import decode
from congto.headend.dlms.encoding import encode
from congto.headend.dlms.faults import DlmsError, Fault
from congto.headend.dlms.security.agreement import NO_CURVE_KEYS, CurveKeys
from congto.headend.dlms.security.hls import Mechanism, Party, new_challenge, password_fits

if TYPE_CHECKING:
    from collections.abc import Callable

    from congto.headend.dlms.apdu.references import Reference
    from congto.headend.dlms.security.counters import PeerState
    from congto.headend.dlms.security.protection import Protection


class Objects(Protocol):
    """What a meter measures and can do."""

    def get(self, reference: Reference) -> bytes | AccessResult:
        """Return an attribute's encoded value, or why not."""

    def set(self, reference: Reference, value: Data) -> AccessResult:
        """Write an attribute."""

    def act(self, method: Reference, parameter: Data | None) -> tuple[AccessResult, Data | None]:
        """Invoke a method; return the result and what it gives back."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What a meter offers the client of one number.

    Attributes:
        mechanism, secret: how the client has to prove itself.
        protection, peer: of a ciphered association; None of a plain one.
        title: the meter's system title.
        curve_keys: the signature keys of mechanism 7.
        conformance, pdu_max: what the meter can.
        takes_lists: it serves GET with a list; some say so in their conformance and do not.
    """

    mechanism: Mechanism = Mechanism.NONE
    secret: bytes = field(default=b"", repr=False)
    protection: Protection | None = None
    peer: PeerState | None = None
    title: bytes = b""
    curve_keys: CurveKeys = NO_CURVE_KEYS
    conformance: Conformance = ALL_SERVICES
    pdu_max: int = 1024
    takes_lists: bool = True


class MeterAssociation:
    """One association of a meter with one client."""

    def __init__(
        self,
        offer: Offer,
        objects: Objects,
        *,
        random: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        self.offer = offer
        self.objects = objects
        self.connection = Connection(Side.METER, offer.protection, offer.peer)
        self._random = random
        self._pdu_max = offer.pdu_max
        self._party: Party | None = None
        self._sending: list[Block] = []
        self._gathering: tuple[Reference, list[bytes]] | None = None

    def receive(self, apdu: bytes) -> bytes:
        """Return the answer to what a client sent.

        What cannot be read or is not allowed is answered with an exception that says why; a wrong
        tag or a replayed counter closes the association.
        """
        try:
            message = self.connection.receive(apdu)
            answer = self._answer(message)
        except DlmsError as error:
            return self._exception(error)
        return self.connection.send(answer)

    def _exception(self, error: DlmsError) -> bytes:
        if error.fault in {Fault.BAD_TAG, Fault.REPLAYED, Fault.UNPROTECTED, Fault.UNKNOWN_KEY}:
            self.connection.close()
            if error.fault is Fault.REPLAYED and self.offer.peer is not None:
                expected = max(self.offer.peer.proved.values(), default=-1) + 1
                kind = ServiceError.INVOCATION_COUNTER_ERROR
                return ExceptionResponse(StateError.SERVICE_UNKNOWN, kind, expected).encode()
            service = ServiceError.DECIPHERING_ERROR
            return ExceptionResponse(StateError.SERVICE_UNKNOWN, service).encode()
        if self.connection.state is State.ASKED:
            self.connection.state = State.OPEN
        if error.fault is Fault.UNEXPECTED:
            state, service = StateError.SERVICE_NOT_ALLOWED, ServiceError.OPERATION_NOT_POSSIBLE
        else:
            state, service = StateError.SERVICE_UNKNOWN, ServiceError.OTHER_REASON
        return ExceptionResponse(state, service).encode()

    @singledispatchmethod
    def _answer(self, message: Message) -> Message:
        """Return the answer to a message of a kind that nothing below serves."""
        del message
        return ExceptionResponse(StateError.SERVICE_UNKNOWN, ServiceError.SERVICE_NOT_SUPPORTED)

    # Opening and releasing.

    @_answer.register
    def _(self, message: acse.AssociationRequest) -> Message:
        refused = self._refusal(message)
        if refused is not None:
            return self._rejection(refused)
        self.connection.meets(message.title)
        proposed = parse(self.connection.unseal(message.information))
        if not isinstance(proposed, InitiateRequest):
            return ConfirmedServiceError(1, 6, 0)
        self.connection.take_dedicated(proposed.dedicated_key)
        agreed = InitiateResponse(proposed.conformance & self.offer.conformance, self.offer.pdu_max)
        self._pdu_max = proposed.pdu_max
        challenge = b""
        if self.offer.mechanism.high:
            challenge = new_challenge(self.offer.mechanism, self._random)
            self._party = self._proving(challenge, message)
        return acse.AssociationResponse(
            context=message.context,
            result=acse.ACCEPTED,
            diagnostic=acse.Diagnostic.AUTHENTICATION_REQUIRED
            if challenge
            else acse.Diagnostic.NULL,
            information=self.connection.seal(agreed.encode()),
            title=self.offer.title,
            mechanism=self.offer.mechanism if challenge else Mechanism.NONE,
            secret=challenge,
        )

    @_answer.register
    def _(self, message: acse.ReleaseRequest) -> Message:
        del message
        self._party, self._sending, self._gathering = None, [], None
        return acse.ReleaseResponse()

    def _refusal(self, message: acse.AssociationRequest) -> acse.Diagnostic | None:
        """Return why an association is refused, or None."""
        ciphered = self.offer.protection is not None
        context = acse.Context.LOGICAL_NAMES_CIPHERED if ciphered else acse.Context.LOGICAL_NAMES
        if message.context != context:
            return acse.Diagnostic.CONTEXT_NOT_SUPPORTED
        if ciphered and not message.title:
            return acse.Diagnostic.CALLING_TITLE_UNKNOWN
        if message.mechanism != self.offer.mechanism:
            return acse.Diagnostic.MECHANISM_NOT_RECOGNISED
        if self.offer.mechanism is Mechanism.LOW and not password_fits(
            self.offer.secret, message.secret
        ):
            return acse.Diagnostic.AUTHENTICATION_FAILURE
        return None

    def _rejection(self, diagnostic: acse.Diagnostic) -> acse.AssociationResponse:
        return acse.AssociationResponse(
            acse.Context.LOGICAL_NAMES, acse.REJECTED_PERMANENT, diagnostic
        )

    def _proving(self, challenge: bytes, message: acse.AssociationRequest) -> Party:
        party = Party(
            self.offer.mechanism,
            sent=challenge,
            received=message.secret,
            own_title=self.offer.title,
            peer_title=message.title,
            secret=self.offer.secret,
        )
        return protected(party, self.offer.protection, self.offer.curve_keys)

    def _proved(self, invoke: int, answer: bytes) -> Message:
        """Check the client's answer to our challenge and answer its challenge."""
        if self._party is None:
            raise DlmsError(Fault.UNEXPECTED, "an answer without a challenge")
        try:
            self._party.check(answer)
        except DlmsError:
            self.connection.close()
            raise
        return acting.ActionResponse(invoke, 0, octets(self._party.answer()))

    # Reading.

    @_answer.register
    def _(self, message: getting.GetRequest) -> Message:
        value = self._value(message.reference)
        if isinstance(value, AccessResult):
            return getting.GetResponse(message.invoke, None, value)
        if len(value) <= self._room:
            return getting.GetResponse(message.invoke, value)
        return self._first_block(message.invoke, value)

    @_answer.register
    def _(self, message: getting.GetList) -> Message:
        if not self.offer.takes_lists:
            return ExceptionResponse(StateError.SERVICE_UNKNOWN, ServiceError.SERVICE_NOT_SUPPORTED)
        items: list[Data | int] = []
        for reference in message.references:
            value = self._value(reference)
            items.append(int(value) if isinstance(value, AccessResult) else decode(value))
        raw = getting.list_bytes(tuple(items))
        if len(raw) <= self._room:
            return getting.GetListResponse(message.invoke, tuple(items))
        return self._first_block(message.invoke, raw)

    @_answer.register
    def _(self, message: getting.GetNext) -> Message:
        if not self._sending:
            result = AccessResult.NO_LONG_IN_PROGRESS
        elif self._sending[0].number != message.number + 1:
            result = AccessResult.DATA_BLOCK_NUMBER_INVALID
        else:
            return getting.GetBlock(message.invoke, self._sending.pop(0))
        self._sending = []
        return getting.GetBlock(message.invoke, Block(True, message.number, b""), result)

    def _value(self, reference: Reference) -> bytes | AccessResult:
        return self.objects.get(reference)

    def _first_block(self, invoke: int, raw: bytes) -> Message:
        first, *self._sending = split(raw, self._room)
        return getting.GetBlock(invoke, first)

    @property
    def _room(self) -> int:
        """Return the bytes of a value that fit one message to the client."""
        overhead = self.connection.overhead
        return min(room(self._pdu_max, overhead), room(self.offer.pdu_max, overhead))

    # Writing.

    @_answer.register
    def _(self, message: setting.SetRequest) -> Message:
        return setting.SetResponse(
            message.invoke, self.objects.set(message.reference, message.value)
        )

    @_answer.register
    def _(self, message: setting.SetList) -> Message:
        pairs = zip(message.references, message.values, strict=False)
        results = tuple(int(self.objects.set(reference, value)) for reference, value in pairs)
        return setting.SetListResponse(message.invoke, results)

    @_answer.register
    def _(self, message: setting.SetFirstBlock) -> Message:
        self._gathering = (message.reference, [])
        return self._set_block(message.invoke, message.block)

    @_answer.register
    def _(self, message: setting.SetBlock) -> Message:
        return self._set_block(message.invoke, message.block)

    def _set_block(self, invoke: int, block: Block) -> Message:
        if self._gathering is None:
            return setting.SetResponse(invoke, AccessResult.NO_LONG_SET_IN_PROGRESS, block.number)
        reference, parts = self._gathering
        if block.number != len(parts) + 1:
            self._gathering = None
            return setting.SetResponse(invoke, AccessResult.LONG_SET_ABORTED, block.number)
        parts.append(block.raw)
        if not block.last:
            return setting.SetNext(invoke, block.number)
        self._gathering = None
        result = self.objects.set(reference, decode(b"".join(parts)))
        return setting.SetResponse(invoke, result, block.number)

    # Methods.

    @_answer.register
    def _(self, message: acting.ActionRequest) -> Message:
        method = message.method
        if (method.class_id, method.number) == (ASSOCIATION_CLASS, REPLY_TO_CHALLENGE):
            parameter = message.parameter or NULL
            return self._proved(message.invoke, parameter.octets)
        return self._acted(message.invoke, method, message.parameter)

    @_answer.register
    def _(self, message: acting.ActionFirstBlock) -> Message:
        self._gathering = (message.method, [])
        return self._action_block(message.invoke, message.block)

    @_answer.register
    def _(self, message: acting.ActionBlock) -> Message:
        return self._action_block(message.invoke, message.block)

    @_answer.register
    def _(self, message: acting.ActionNext) -> Message:
        if not self._sending or self._sending[0].number != message.number + 1:
            return acting.ActionResponse(message.invoke, AccessResult.LONG_ABORTED)
        return acting.ActionAnswerBlock(message.invoke, self._sending.pop(0))

    def _action_block(self, invoke: int, block: Block) -> Message:
        if self._gathering is None:
            return acting.ActionResponse(invoke, AccessResult.NO_LONG_IN_PROGRESS)
        method, parts = self._gathering
        if block.number != len(parts) + 1:
            self._gathering = None
            return acting.ActionResponse(invoke, AccessResult.LONG_ABORTED)
        parts.append(block.raw)
        if not block.last:
            return acting.ActionContinue(invoke, block.number)
        self._gathering = None
        cursor = Cursor(b"".join(parts))
        return self._acted(invoke, method, decode(cursor.rest()))

    def _acted(self, invoke: int, method: Reference, parameter: Data | None) -> Message:
        result, returned = self.objects.act(method, parameter)
        raw = b"" if returned is None else encode(returned)
        if len(raw) <= self._room:
            return acting.ActionResponse(invoke, result, returned)
        first, *self._sending = split(acting.outcome_bytes((result, returned)), self._room)
        return acting.ActionAnswerBlock(invoke, first)
