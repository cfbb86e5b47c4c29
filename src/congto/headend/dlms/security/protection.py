"""Protecting what one association sends and checking what it receives."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from congto.headend.dlms.faults import DlmsError, Fault
from congto.headend.dlms.security import gcm
from congto.headend.dlms.security.agreement import NO_CURVE_KEYS, PEER_SIGNING, SIGNING, known
from congto.headend.dlms.security.control import BOTH, PLAIN, SecurityControl
from congto.headend.dlms.security.counters import counter_from
from congto.headend.dlms.security.forms import (
    CIPHERED_TAGS,
    INITIATE_TAGS,
    TITLE_BYTES,
    Ciphered,
    Form,
    content_bytes,
    decode,
    encode,
    envelope,
    form_for,
)
from congto.headend.dlms.security.general import GeneralHeader, Scheme, scheme_of
from congto.headend.dlms.security.keys import KeyUse, SecretKey
from congto.headend.dlms.security.message_keys import chosen_key, received_key
from congto.headend.dlms.security.signatures import number_bytes
from congto.headend.dlms.security.signed import GENERAL_SIGNING, read_signed, signed

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    from congto.headend.dlms.security.agreement import CurveKeys
    from congto.headend.dlms.security.counters import OwnCounter, PeerState
    from congto.headend.dlms.security.keys import KeySet

CONFIRMED_SERVICE_ERROR, EXCEPTION_RESPONSE = 0x0E, 0xD8
REFUSALS = frozenset((CONFIRMED_SERVICE_ERROR, EXCEPTION_RESPONSE))
"""A meter that cannot read us says so in plain: never an answer, only the end of waiting."""


SIGNED = bytes((GENERAL_SIGNING,))
INITIATES = frozenset(bytes((tag,)) for tag in INITIATE_TAGS)
UNSIGNED = REFUSALS | INITIATE_TAGS
"""What is never signed: refusals, and the agreement on how to speak."""
ENVELOPE_BYTES = 48
"""Room that an envelope, its tag and the header of the message inside take."""
WRAPPED_BYTES = 44


@dataclass(frozen=True, slots=True)
class Policy:
    """What an association agreed on.

    Attributes:
        sent: protection of what we send.
        demanded: the least protection of what we receive; None = the same.
        scheme: the key of what we send in general-ciphering.
        signed: what we send is signed inside its envelope; what we receive has to be as well.
    """

    sent: SecurityControl = BOTH
    demanded: SecurityControl | None = None
    scheme: Scheme = Scheme.IDENTIFIED
    signed: bool = False

    @property
    def least(self) -> SecurityControl:
        """Return the least protection of what we receive."""
        return self.sent if self.demanded is None else self.demanded


AGREED = Policy()
"""Authenticated encryption both ways, suite 0."""


class Sealing(NamedTuple):
    """How messages of one tag are sealed; worked out once."""

    control: SecurityControl
    cipher: AESGCM
    associated: bytes
    envelope: bytes
    counter: OwnCounter


class Protection:
    """Protects and unprotects the messages of one association.

    When keys or policy change, make a new one; only a dedicated key can be taken later.

    Args:
        own_title: the system title that our messages are sealed with, 8 bytes.
        keys: the keys of the association.
        counter: our invocation counter, of the key that `form` uses.
        form: the envelope of what we send; every form is understood.
        policy: the protection agreed.
        initiate_counter: our counter of the global key where `form` uses the dedicated key.
        recipient: the peer's system title, for general-ciphering and signatures.
        curve_keys: for agreed keys and signatures (suites 1 and 2).
        in_kind: answer each message in its envelope, as meters do.

    Attributes:
        received: the protection that the last received message had.
    """

    def __init__(  # noqa: PLR0913  (what an association agreed on)
        self,
        own_title: bytes,
        keys: KeySet,
        counter: OwnCounter,
        form: Form = Form.SERVICE_GLOBAL,
        policy: Policy = AGREED,
        *,
        initiate_counter: OwnCounter | None = None,
        recipient: bytes = b"",
        curve_keys: CurveKeys = NO_CURVE_KEYS,
        in_kind: bool = False,
    ) -> None:
        if len(own_title) != TITLE_BYTES:
            raise DlmsError(
                Fault.BAD_VALUE,
                f"own system title of {len(own_title)} bytes",
                expected=f"{TITLE_BYTES} bytes",
            )
        keys.refuse_other_suite(policy.sent.suite)
        curve_keys.refuse_other_suite(policy.sent.suite)
        self.own_title = own_title
        self.keys = keys
        self.form = form
        self.policy = policy
        self.initiate_counter = counter if initiate_counter is None else initiate_counter
        self.recipient = recipient
        self.curve_keys = curve_keys
        self.received = PLAIN
        self._dedicated_counter = counter if form.dedicated else counter_from(0)
        self._in_kind = in_kind
        self._scheme, self._signs = policy.scheme, policy.signed
        self._seals = policy.sent.authenticated or policy.sent.encrypted
        self._sealings: dict[int, Sealing] = {}

    @property
    def overhead(self) -> int:
        """Return the bytes that protection adds to a message, and some."""
        number = number_bytes(self.policy.sent.suite)
        size = ENVELOPE_BYTES
        if self._signs:
            size += ENVELOPE_BYTES + 2 * number
        if self.form is Form.GENERAL:
            size += ENVELOPE_BYTES
            size += {Scheme.WRAPPED: WRAPPED_BYTES, Scheme.EPHEMERAL: 4 * number}.get(
                self._scheme, 0
            )
        return size

    def take_dedicated(self, raw: bytes) -> None:
        """Take the key that the client's InitiateRequest gave to this association alone.

        Raises:
            DlmsError: UNKNOWN_KEY for a key of another length than the suite's.
        """
        keys = replace(self.keys, dedicated=SecretKey(raw))
        keys.refuse_other_suite(self.policy.sent.suite)
        self.keys = keys
        self._dedicated_counter = counter_from(0)
        self._sealings = {}

    def protect(self, apdu: bytes) -> bytes:
        """Protect a message that we send and use up one invocation counter.

        Raises:
            DlmsError: UNKNOWN_KEY, COUNTER_SPENT, TRUNCATED if there is no message.
        """
        if not apdu:
            raise DlmsError(Fault.TRUNCATED, "no message to protect", expected="its tag")
        initiates = apdu[0] in INITIATE_TAGS
        if self._signs and not initiates:
            apdu = self._signed(apdu)
        if not self._seals:
            return apdu
        if self.form is Form.GENERAL and not initiates:
            return self._general(apdu)
        sealing = self._sealings.get(apdu[0]) or self._sealing(apdu[0])
        counter = sealing.counter.take()
        vector = gcm.initial_vector(self.own_title, counter)
        payload = gcm.protect(sealing.control, sealing.cipher, vector, sealing.associated, apdu)
        return sealing.envelope + content_bytes(sealing.control, counter, payload)

    def protect_under(
        self, header: GeneralHeader, key: SecretKey, apdu: bytes, counter: int = 0
    ) -> bytes:
        """Protect a message in general-ciphering with the key that `header` tells the receiver.

        Args:
            header: with key information; its originator is we.
            key: the wrapped, agreed or identified key.
            apdu: the message.
            counter: never twice with one key; a key made for this exchange starts at 0.
        """
        control = self.policy.sent.unicast
        vector = gcm.initial_vector(header.originator, counter)
        associated = self._associated(control, header)
        payload = gcm.protect(control, key.cipher, vector, associated, apdu)
        return encode(
            Ciphered(Form.GENERAL, None, header.originator, control, counter, payload, header)
        )

    def unprotect(self, apdu: bytes, peer: PeerState) -> bytes:
        """Check and open a message from the peer; `received` then says how it was protected.

        Nothing is remembered of a refused message. A refusal in plain (exception response,
        confirmed service error) passes, as a meter without the key can send nothing else.

        Raises:
            DlmsError: UNPROTECTED (less than demanded), REPLAYED, BAD_TAG, UNKNOWN_KEY,
                WRONG_ADDRESS, and those of a malformed envelope.
        """
        proved = apdu[:1] == SIGNED
        if proved:
            apdu = self._proved(apdu, peer)
        ciphered = bool(apdu) and apdu[0] in CIPHERED_TAGS
        plain = self._opened(apdu, peer) if ciphered else self._plain(apdu)
        if plain[:1] == SIGNED and not proved:
            proved = True
            plain = self._proved(plain, peer)
        if self.policy.signed and not proved and (not plain or plain[0] not in UNSIGNED):
            raise _lacking("signature")
        if self._in_kind:
            self._signs = proved or (self._signs and plain[:1] in INITIATES)
        return plain

    # Sending.

    def _sealing(self, tag: int) -> Sealing:
        form = form_for(self.form, tag)
        control = self.policy.sent
        use = _use(form, control)
        shell = Ciphered(form, tag, self.own_title, control, 0, b"")
        made = self._sealings[tag] = Sealing(
            control,
            self.keys.key(use).cipher,
            self._associated(control, None),
            envelope(shell),
            self._dedicated_counter if form.dedicated else self.initiate_counter,
        )
        return made

    def _general(self, apdu: bytes) -> bytes:
        counter = self.initiate_counter.take()
        suite = self.policy.sent.suite
        header, key = chosen_key(
            self._scheme, self._header(counter), suite, self.keys, self.curve_keys
        )
        return self.protect_under(header, key, apdu, counter)

    def _signed(self, apdu: bytes) -> bytes:
        header = self._header(self.initiate_counter.take())
        return signed(header, apdu, known(self.curve_keys.signing, SIGNING)).encode()

    def _header(self, counter: int) -> GeneralHeader:
        return GeneralHeader(counter.to_bytes(8), self.own_title, self.recipient)

    def _associated(self, control: SecurityControl, header: GeneralHeader | None) -> bytes:
        if not control.authenticated:
            return b""
        held = self.keys.authentication or self.keys.key(KeyUse.AUTHENTICATION)
        fields = b"" if header is None else header.associated
        return gcm.associated_data(control, held.raw, fields)

    # Receiving.

    def _opened(self, apdu: bytes, peer: PeerState) -> bytes:
        message = decode(apdu)
        control, header = message.control, message.header
        self._refuse_less(control)
        if header is not None:
            self._refuse_other_recipient(header)
        title = _title_of(message.system_title, peer)
        key, use = self._key_of(message)
        counters, order = peer.counter(use), _order(message)
        counters.refuse_replay(message.counter)
        if not isinstance(use, KeyUse):
            peer.once.refuse_replay(order)
        vector = gcm.initial_vector(title, message.counter)
        associated = self._associated(control, header)
        plain = gcm.unprotect(control, key.cipher, vector, associated, message.payload)
        if not control.authenticated:
            _refuse_noise(plain, message.plain_tag)
        counters.accept(message.counter, proved=control.authenticated)
        if not isinstance(use, KeyUse):
            peer.once.accept(order, proved=control.authenticated)
        peer.keep(use, counters)
        peer.system_title = title
        self.received = control
        if self._in_kind:
            self._follow(message, plain)
        return plain

    def _key_of(self, message: Ciphered) -> tuple[SecretKey, KeyUse | bytes]:
        if message.header is not None:
            return received_key(message.header, self.keys, self.curve_keys)
        use = _use(message.form, message.control)
        return self.keys.key(use), use

    def _follow(self, message: Ciphered, plain: bytes) -> None:
        """Answer as the client asks; how it agrees on an association says nothing of that."""
        if plain[:1] in INITIATES:
            return
        if message.form is not self.form:
            self.form = message.form
            self._sealings = {}
        if message.header is not None:
            self._scheme = scheme_of(message.header.key_info)
            self.recipient = message.header.originator

    def _proved(self, apdu: bytes, peer: PeerState) -> bytes:
        """Return what a signature is around."""
        message = read_signed(apdu)
        header = message.header
        self._refuse_other_recipient(header)
        _title_of(header.originator or None, peer)
        number = int.from_bytes(header.transaction_id)
        peer.signed.refuse_replay(number)
        message.prove(known(self.curve_keys.peer_signing, PEER_SIGNING))
        peer.signed.accept(number, proved=True)
        return message.content

    def _plain(self, apdu: bytes) -> bytes:
        if not apdu or apdu[0] not in REFUSALS:
            self._refuse_lacking(PLAIN)
        self.received = PLAIN
        return apdu

    def _refuse_less(self, control: SecurityControl) -> None:
        if control == self.policy.sent:
            return
        if control.suite != self.policy.sent.suite:
            raise DlmsError(
                Fault.BAD_VALUE,
                f"a message of security suite {control.suite}",
                expected=f"suite {self.policy.sent.suite}, as the association agreed",
            )
        self._refuse_lacking(control)

    def _refuse_lacking(self, control: SecurityControl) -> None:
        lacking = control.lacks(self.policy.least)
        if lacking:
            raise _lacking(lacking)

    def _refuse_other_recipient(self, header: GeneralHeader) -> None:
        if header.recipient and header.recipient != self.own_title:
            raise DlmsError(
                Fault.WRONG_ADDRESS,
                f"a message to system title {header.recipient.hex()}",
                expected=f"one to us, {self.own_title.hex()}",
            )


def _lacking(what: str) -> DlmsError:
    return DlmsError(
        Fault.UNPROTECTED,
        f"a message without {what}",
        expected="the protection that the association agreed",
        action="Close the association; check the meter's security policy.",
    )


def _use(form: Form, control: SecurityControl) -> KeyUse:
    if form.dedicated:
        return KeyUse.DEDICATED
    return KeyUse.BROADCAST if control.broadcast else KeyUse.UNICAST


def _order(message: Ciphered) -> int:
    """Return what rises from message to message also where each has a key of its own."""
    told = b"" if message.header is None else message.header.transaction_id
    return int.from_bytes(told) if told else message.counter


def _title_of(told: bytes | None, peer: PeerState) -> bytes:
    held = peer.system_title
    if told is not None and held is not None and told != held:
        raise DlmsError(
            Fault.BAD_VALUE,
            f"a message of system title {told.hex()}",
            expected=f"{held.hex()}, the other side of this association",
        )
    title = told or held
    if title is None:
        raise DlmsError(
            Fault.UNKNOWN_KEY,
            "a protected message whose sender is not known",
            expected="a system title in the message or from the association",
        )
    return title


def _refuse_noise(plain: bytes, expected: int | None) -> None:
    """Without a tag a wrong key shows only by what comes out: the message's tag is not there."""
    if expected is None or (plain and (plain[0] == expected or plain[0] in REFUSALS)):
        return
    raise DlmsError(
        Fault.BAD_TAG,
        f"deciphered text begins with {plain[:1].hex() or 'nothing'}",
        expected=f"the message's tag {expected:02x}",
        action="Compare the encryption key and the system title with the meter's.",
    )
