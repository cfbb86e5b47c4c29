"""Protecting what one association sends and checking what it receives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

from congto.headend.dlms.faults import DlmsError, Fault
from congto.headend.dlms.security import gcm
from congto.headend.dlms.security.control import BOTH, PLAIN, SecurityControl
from congto.headend.dlms.security.forms import (
    CIPHERED_TAGS,
    TITLE_BYTES,
    Ciphered,
    Form,
    content_bytes,
    decode,
    encode,
    envelope,
    form_for,
)
from congto.headend.dlms.security.general import (
    AgreedKey,
    GeneralHeader,
    IdentifiedKey,
    WrappedKey,
    key_info_bytes,
)
from congto.headend.dlms.security.keys import KeyUse, SecretKey
from congto.headend.dlms.security.wrap import unwrap

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    from congto.headend.dlms.security.counters import OwnCounter, PeerState
    from congto.headend.dlms.security.keys import KeySet

CONFIRMED_SERVICE_ERROR, EXCEPTION_RESPONSE = 0x0E, 0xD8
REFUSALS = frozenset((CONFIRMED_SERVICE_ERROR, EXCEPTION_RESPONSE))
"""A meter that cannot read us says so in plain: never an answer, only the end of waiting."""


class Agreeing(Protocol):
    """Computes the key of a message that names a key agreement."""

    def agreed(self, header: GeneralHeader) -> SecretKey:
        """Return the key; DlmsError if the sender's public key is not proved."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What an association agreed on.

    Attributes:
        sent: protection of what we send.
        demanded: the least protection of what we receive; None = the same.
    """

    sent: SecurityControl = BOTH
    demanded: SecurityControl | None = None

    @property
    def least(self) -> SecurityControl:
        """Return the least protection of what we receive."""
        return self.sent if self.demanded is None else self.demanded


AGREED = Policy()
"""Authenticated encryption both ways, suite 0."""


class Sealing(NamedTuple):
    """How messages of one tag are sealed; worked out once."""

    form: Form
    use: KeyUse
    control: SecurityControl
    cipher: AESGCM
    associated: bytes
    envelope: bytes
    counter: OwnCounter


class Protection:
    """Protects and unprotects the messages of one association.

    When keys or policy change, make a new one.

    Args:
        own_title: the system title that our messages are sealed with, 8 bytes.
        keys: the keys of the association.
        counter: our invocation counter, of the key that `form` uses.
        form: the envelope of what we send; every form is understood.
        policy: the protection agreed.
        initiate_counter: our counter of the global key where `form` uses the dedicated key.
        recipient: the peer's system title, for general-ciphering.
        agreement: computes agreed keys, for general-ciphering.

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
        agreement: Agreeing | None = None,
    ) -> None:
        if len(own_title) != TITLE_BYTES:
            raise DlmsError(
                Fault.BAD_VALUE,
                f"own system title of {len(own_title)} bytes",
                expected=f"{TITLE_BYTES} bytes",
            )
        keys.refuse_other_suite(policy.sent.suite)
        self.own_title = own_title
        self.keys = keys
        self.counter = counter
        self.form = form
        self.policy = policy
        self.initiate_counter = counter if initiate_counter is None else initiate_counter
        self.recipient = recipient
        self.agreement = agreement
        self.received = PLAIN
        self._sealings: dict[int, Sealing] = {}

    def protect(self, apdu: bytes) -> bytes:
        """Protect a message that we send and use up one invocation counter.

        Raises:
            DlmsError: UNKNOWN_KEY, COUNTER_SPENT, TRUNCATED if there is no message.
        """
        if not apdu:
            raise DlmsError(Fault.TRUNCATED, "no message to protect", expected="its tag")
        sealing = self._sealings.get(apdu[0]) or self._sealing(apdu[0])
        counter = sealing.counter.take()
        if sealing.form is Form.GENERAL:
            header = self._header(counter, sealing.use)
            return self.protect_under(header, self.keys.key(sealing.use), apdu, counter)
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
        if not apdu or apdu[0] not in CIPHERED_TAGS:
            return self._plain(apdu)
        message = decode(apdu)
        control = message.control
        self._refuse_less(control)
        title = self._sender(message, peer)
        key, use = self._key_of(message)
        counters = peer.counter(use)
        counters.refuse_replay(message.counter)
        vector = gcm.initial_vector(title, message.counter)
        associated = self._associated(control, message.header)
        plain = gcm.unprotect(control, key.cipher, vector, associated, message.payload)
        if not control.authenticated:
            _refuse_noise(plain, message.plain_tag)
        counters.accept(message.counter, proved=control.authenticated)
        peer.keep(use, counters)
        peer.system_title = title
        self.received = control
        return plain

    def _sealing(self, tag: int) -> Sealing:
        form = form_for(self.form, tag)
        control = self.policy.sent
        use = _use(form, control)
        of_global = self.form.dedicated and not form.dedicated
        shell = Ciphered(form, tag, self.own_title, control, 0, b"")
        made = self._sealings[tag] = Sealing(
            form,
            use,
            control,
            self.keys.key(use).cipher,
            self._associated(control, None),
            b"" if form is Form.GENERAL else envelope(shell),
            self.initiate_counter if of_global else self.counter,
        )
        return made

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
            raise DlmsError(
                Fault.UNPROTECTED,
                f"a message without {lacking}",
                expected="the protection that the association agreed",
                action="Close the association; check the meter's security policy.",
            )

    def _associated(self, control: SecurityControl, header: GeneralHeader | None) -> bytes:
        if not control.authenticated:
            return b""
        held = self.keys.authentication or self.keys.key(KeyUse.AUTHENTICATION)
        fields = b"" if header is None else header.associated
        return gcm.associated_data(control, held.raw, fields)

    def _header(self, counter: int, use: KeyUse) -> GeneralHeader:
        return GeneralHeader(
            counter.to_bytes(8), self.own_title, self.recipient, key_info=IdentifiedKey(use)
        )

    def _sender(self, message: Ciphered, peer: PeerState) -> bytes:
        recipient = message.header.recipient if message.header else b""
        if recipient and recipient != self.own_title:
            raise DlmsError(
                Fault.WRONG_ADDRESS,
                f"a message to system title {recipient.hex()}",
                expected=f"one to us, {self.own_title.hex()}",
            )
        return _title_of(message, peer)

    def _key_of(self, message: Ciphered) -> tuple[SecretKey, KeyUse | bytes]:
        header = message.header
        if header is None or header.key_info is None:
            use = _use(message.form, message.control)
            return self.keys.key(use), use
        info = header.key_info
        if isinstance(info, IdentifiedKey):
            return self.keys.key(info.use), info.use
        # A key for one exchange has counters of its own, known by what made the key.
        made_of = header.transaction_id + key_info_bytes(info)
        if isinstance(info, WrappedKey):
            return unwrap(self.keys.key(KeyUse.MASTER), info.wrapped), made_of
        return self._agreed(header, info), made_of

    def _agreed(self, header: GeneralHeader, info: AgreedKey) -> SecretKey:
        if self.agreement is None:
            raise DlmsError(
                Fault.UNKNOWN_KEY,
                f"a message under a key agreed by scheme {info.parameters.hex() or 'unnamed'}",
                expected="a key agreement set up for this meter (suite 1 or 2)",
            )
        return self.agreement.agreed(header)


def _use(form: Form, control: SecurityControl) -> KeyUse:
    if form.dedicated:
        return KeyUse.DEDICATED
    return KeyUse.BROADCAST if control.broadcast else KeyUse.UNICAST


def _title_of(message: Ciphered, peer: PeerState) -> bytes:
    told, known = message.system_title, peer.system_title
    if told is not None and known is not None and told != known:
        raise DlmsError(
            Fault.BAD_VALUE,
            f"a message of system title {told.hex()}",
            expected=f"{known.hex()}, the other side of this association",
        )
    title = told or known
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
