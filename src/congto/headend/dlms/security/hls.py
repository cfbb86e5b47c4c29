"""Authentication of both sides by challenge and answer (Green Book, 9.2.7.4, Table 42)."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field
from enum import IntEnum
from hmac import compare_digest
from typing import TYPE_CHECKING

from congto.headend.dlms.faults import DlmsError, Fault
from congto.headend.dlms.security import gcm
from congto.headend.dlms.security.control import AUTHENTICATED, SecurityControl, control_of
from congto.headend.dlms.security.keys import KeySet, KeyUse
from congto.headend.dlms.security.signatures import sign, verify

if TYPE_CHECKING:
    from collections.abc import Callable

    from cryptography.hazmat.primitives.asymmetric.ec import (
        EllipticCurvePrivateKey,
        EllipticCurvePublicKey,
    )

    from congto.headend.dlms.security.counters import OwnCounter

GMAC_ANSWER_BYTES = 1 + 4 + gcm.TAG_BYTES
CHALLENGE_BYTES_MAX = 64


class Mechanism(IntEnum):
    """The authentication mechanisms, by the last arc of 2.16.756.5.8.2."""

    NONE = 0
    LOW = 1  # a password, readable unless the association is ciphered
    MANUFACTURER = 2
    MD5 = 3
    SHA1 = 4
    GMAC = 5
    SHA256 = 6
    ECDSA = 7

    @property
    def high(self) -> bool:
        """Return whether challenges are exchanged."""
        return self >= Mechanism.MANUFACTURER

    @property
    def challenge_bytes_min(self) -> int:
        """Return the least length of a challenge."""
        return 32 if self is Mechanism.ECDSA else 8


def mechanism_of(number: int) -> Mechanism:
    """Return the mechanism of a number.

    Raises:
        DlmsError: BAD_VALUE for an unknown one, REFUSED for the manufacturer's own.
    """
    try:
        mechanism = Mechanism(number)
    except ValueError as error:
        raise DlmsError(
            Fault.BAD_VALUE, f"authentication mechanism {number}", expected="0 to 7"
        ) from error
    if mechanism is Mechanism.MANUFACTURER:
        raise DlmsError(
            Fault.REFUSED,
            "authentication mechanism 2, whose answers each manufacturer defines in secret",
            expected="mechanism 3 to 7",
            action="Configure the meter for GMAC (5).",
        )
    return mechanism


def new_challenge(
    mechanism: Mechanism, random: Callable[[int], bytes] = secrets.token_bytes
) -> bytes:
    """Return a challenge to send: 16 random bytes, 32 for ECDSA."""
    return random(max(16, mechanism.challenge_bytes_min))


def password_fits(expected: bytes, received: bytes) -> bool:
    """Compare an LLS password in a time that does not tell where it differs."""
    return compare_digest(expected, received)


@dataclass(frozen=True, slots=True)
class Party:
    """What one side of a handshake knows; the meter's side is the same with roles changed.

    Attributes:
        mechanism: 3 to 7.
        own_title, peer_title: system titles, 8 bytes (mechanisms 5 to 7).
        sent: the challenge that we sent.
        received: the challenge that the peer sent.
        secret: the HLS secret (mechanisms 3, 4 and 6).
        keys: encryption and authentication key (mechanism 5).
        counter: our invocation counter (mechanism 5).
        suite: the security suite (mechanism 5).
        own_signing, peer_signing: signature keys (mechanism 7).
    """

    mechanism: Mechanism
    sent: bytes = field(repr=False)
    received: bytes = field(repr=False)
    own_title: bytes = b""
    peer_title: bytes = b""
    secret: bytes = field(default=b"", repr=False)
    keys: KeySet = field(default_factory=KeySet)
    counter: OwnCounter | None = field(default=None, repr=False)
    suite: int = 0
    own_signing: EllipticCurvePrivateKey | None = field(default=None, repr=False)
    peer_signing: EllipticCurvePublicKey | None = None

    def refuse_bad_challenge(self) -> None:
        """Refuse a challenge that is our own come back, or of a length that does not exist.

        Raises:
            DlmsError: REJECTED, BAD_VALUE.
        """
        if compare_digest(self.sent, self.received):
            raise DlmsError(
                Fault.REJECTED,
                "the peer sent our own challenge back",
                expected="a challenge of its own",
                action="Abort: somebody may be answering us with our own answer.",
            )
        least = self.mechanism.challenge_bytes_min
        if not least <= len(self.received) <= CHALLENGE_BYTES_MAX:
            raise DlmsError(
                Fault.BAD_VALUE,
                f"a challenge of {len(self.received)} bytes",
                expected=f"{least} to {CHALLENGE_BYTES_MAX} bytes",
            )

    def answer(self) -> bytes:
        """Return our answer to the received challenge: f(StoC) at the client, f(CtoS) at the meter.

        Raises:
            DlmsError: REFUSED (no such handshake), UNKNOWN_KEY, COUNTER_SPENT.
        """
        if self.mechanism is Mechanism.GMAC:
            return self._gmac_answer()
        if self.mechanism is Mechanism.ECDSA:
            if self.own_signing is None:
                raise _no_signing_key("own private")
            return sign(self.own_signing, self._titled(own=True))
        return self._digest(own=True)

    def check(self, answer: bytes) -> None:
        """Check the peer's answer to the challenge that we sent.

        The counter in a GMAC answer is not held against replay: the challenge was fresh, and the
        counter of the envelope around it may be the higher one.

        Raises:
            DlmsError: BAD_TAG if it is wrong; BAD_VALUE, TRUNCATED if it is malformed; UNKNOWN_KEY.
        """
        if self.mechanism is Mechanism.ECDSA:
            if self.peer_signing is None:
                raise _no_signing_key("peer's public")
            verify(self.peer_signing, answer, self._titled(own=False))
        elif self.mechanism is Mechanism.GMAC:
            self._check_gmac(answer)
        elif not compare_digest(answer, self._digest(own=False)):
            raise _wrong_answer()

    def _titled(self, *, own: bool) -> bytes:
        if own:
            return self.own_title + self.peer_title + self.received + self.sent
        return self.peer_title + self.own_title + self.sent + self.received

    def _digest(self, *, own: bool) -> bytes:
        challenge = self.received if own else self.sent
        if self.mechanism is Mechanism.MD5:
            return hashlib.md5(challenge + self.secret, usedforsecurity=False).digest()
        if self.mechanism is Mechanism.SHA1:
            return hashlib.sha1(challenge + self.secret, usedforsecurity=False).digest()
        if self.mechanism is Mechanism.SHA256:
            return hashlib.sha256(self.secret + self._titled(own=own)).digest()
        raise DlmsError(
            Fault.REFUSED,
            f"a handshake by mechanism {self.mechanism.value}",
            expected="mechanism 3 to 7",
        )

    def _gmac_answer(self) -> bytes:
        if self.counter is None:
            raise DlmsError(
                Fault.COUNTER_SPENT,
                "no invocation counter for the GMAC answer",
                expected="the counter of the unicast key",
            )
        control = control_of(self.suite | AUTHENTICATED)
        number = self.counter.take()
        tag = self._gmac(control, self.own_title, number, self.received)
        return control.byte.to_bytes() + number.to_bytes(4) + tag

    def _check_gmac(self, answer: bytes) -> None:
        if len(answer) != GMAC_ANSWER_BYTES:
            raise DlmsError(
                Fault.BAD_VALUE,
                f"a GMAC answer of {len(answer)} bytes",
                expected=f"{GMAC_ANSWER_BYTES}: control byte, counter and tag",
            )
        control = control_of(answer[0])
        if control.suite != self.suite or not control.authenticated:
            raise DlmsError(
                Fault.BAD_VALUE,
                f"control byte {answer[0]:#04x} in a GMAC answer",
                expected=f"authentication of suite {self.suite}",
            )
        number = int.from_bytes(answer[1:5])
        if not compare_digest(self._gmac(control, self.peer_title, number, self.sent), answer[5:]):
            raise _wrong_answer()

    def _gmac(self, control: SecurityControl, title: bytes, number: int, text: bytes) -> bytes:
        use = KeyUse.BROADCAST if control.broadcast else KeyUse.UNICAST
        authentication = self.keys.key(KeyUse.AUTHENTICATION).raw
        vector = gcm.initial_vector(title, number)
        associated = gcm.associated_data(control, authentication)
        return gcm.mac(self.keys.key(use).cipher, vector, associated + text)


def _wrong_answer() -> DlmsError:
    return DlmsError(
        Fault.BAD_TAG,
        "the answer to our challenge is wrong",
        expected="the answer of a peer that holds the same secret",
        action="Close the association; check the meter's secret, keys and system title.",
    )


def _no_signing_key(which: str) -> DlmsError:
    return DlmsError(
        Fault.UNKNOWN_KEY, f"no {which} signature key", expected="one for mechanism 7 (ECDSA)"
    )
