"""Keys that two sides compute without sending them (suites 1 and 2): ECDH and its derivation.

A message's key comes from C(1e,1s): an ephemeral key of the sender, signed, with the receiver's
static one; or from C(0e,2s): both static, made different each time by the transaction id. The
global keys are renewed by C(2e,0s) (method key_agreement): `shared_secret` of two ephemeral keys,
then `derive`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import TypeVar

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.kdf.concatkdf import ConcatKDFHash

from congto.headend.dlms.cursor import octets_bytes
from congto.headend.dlms.faults import DlmsError, Fault
from congto.headend.dlms.security.control import KEY_BYTES
from congto.headend.dlms.security.general import ONE_PASS, STATIC, AgreedKey, GeneralHeader
from congto.headend.dlms.security.keys import SecretKey
from congto.headend.dlms.security.signatures import (
    Curve,
    curve_of,
    public_bytes,
    public_key,
    sign,
    verify,
)

Key = TypeVar("Key", ec.EllipticCurvePrivateKey, ec.EllipticCurvePublicKey)
DLMS_ARC = 5
"""The arc of DLMS UA in 2.16.756.5.8; the Green Book's 8th edition printed 6 in Table 18."""


class Algorithm(IntEnum):
    """What a derived key is for, by the last arc of 2.16.756.5.8.3."""

    AES_GCM_128 = 0
    AES_GCM_256 = 1
    AES_WRAP_128 = 2
    AES_WRAP_256 = 3

    def identifier(self, arc: int = DLMS_ARC) -> bytes:
        """Return the 7 bytes that go into the derivation."""
        return bytes((0x60, 0x85, 0x74, arc, 0x08, 0x03, self))


def ciphering(curve: Curve) -> Algorithm:
    """Return the algorithm that protects messages in the curve's suite."""
    return Algorithm.AES_GCM_128 if curve.suite == 1 else Algorithm.AES_GCM_256


def shared_secret(own: ec.EllipticCurvePrivateKey, peer: ec.EllipticCurvePublicKey) -> bytes:
    """Return Z, the x of the common point. It must not outlive the derivation.

    Raises:
        DlmsError: BAD_VALUE if the keys are of two curves.
    """
    if curve_of(own) != curve_of(peer):
        raise DlmsError(
            Fault.BAD_VALUE,
            f"keys on {own.curve.name} and {peer.curve.name}",
            expected="two keys of one curve",
        )
    return own.exchange(ec.ECDH(), peer)


def derive(curve: Curve, secret: bytes, algorithm: bytes, party_u: bytes, party_v: bytes) -> bytes:
    """Derive a key (NIST SP 800-56A concatenation; Green Book 9.2.3.4.6.5, Tables 17 and 18).

    Args:
        curve: gives hash and length: 16 bytes in suite 1, 32 in suite 2.
        secret: Z.
        algorithm: what the key is for, `Algorithm.identifier`.
        party_u: the sender's system title, in C(0e,2s) with length and value of the transaction id.
        party_v: the receiver's system title.
    """
    info = algorithm + party_u + party_v
    return ConcatKDFHash(curve.hashing, KEY_BYTES[curve.suite], info).derive(secret)


@dataclass(frozen=True, slots=True)
class CurveKeys:
    """The elliptic curve keys of one side and what it knows of the other's; None: not known.

    Attributes:
        static: our key agreement key.
        peer_static: the peer's, from its certificate.
        signing: our signature key.
        peer_signing: the peer's, to check what it signs.
        arc: 6 for meters that follow the misprint of the 8th edition.
    """

    static: ec.EllipticCurvePrivateKey | None = field(default=None, repr=False)
    peer_static: ec.EllipticCurvePublicKey | None = None
    signing: ec.EllipticCurvePrivateKey | None = field(default=None, repr=False)
    peer_signing: ec.EllipticCurvePublicKey | None = None
    arc: int = DLMS_ARC

    def refuse_other_suite(self, suite: int) -> None:
        """Refuse keys on another curve than the suite's.

        Raises:
            DlmsError: UNKNOWN_KEY.
        """
        for key in (self.static, self.peer_static, self.signing, self.peer_signing):
            if key is not None and curve_of(key).suite != suite:
                raise DlmsError(
                    Fault.UNKNOWN_KEY,
                    f"a key on curve {key.curve.name} in security suite {suite}",
                    expected="P-256 in suite 1, P-384 in suite 2",
                )

    def offered(
        self, header: GeneralHeader, ephemeral: ec.EllipticCurvePrivateKey | None = None
    ) -> tuple[GeneralHeader, SecretKey]:
        """Agree on a key as the sender: with an ephemeral key C(1e,1s), without C(0e,2s).

        Returns:
            The header with its key information, and the key to protect the message with.

        Raises:
            DlmsError: UNKNOWN_KEY if a key for it is missing, BAD_VALUE for keys of two curves.
        """
        if ephemeral is None:
            return header._replace(key_info=AgreedKey(STATIC, b"")), self._static_key(header)
        public = public_bytes(ephemeral.public_key())
        info = AgreedKey(ONE_PASS, public + sign(known(self.signing, SIGNING), public))
        secret = shared_secret(ephemeral, known(self.peer_static, PEER_STATIC))
        return header._replace(key_info=info), self._key(header, curve_of(ephemeral), secret)

    def offered_once(self, header: GeneralHeader) -> tuple[GeneralHeader, SecretKey]:
        """Agree by C(1e,1s) with an ephemeral key made for this message."""
        curve = curve_of(known(self.peer_static, PEER_STATIC))
        return self.offered(header, ec.generate_private_key(curve.group))

    def agreed(self, header: GeneralHeader) -> SecretKey:
        """Compute the key of a received message.

        Raises:
            DlmsError: BAD_TAG if the ephemeral key is not signed by the peer, BAD_VALUE,
                UNKNOWN_KEY.
        """
        info = header.key_info
        if not isinstance(info, AgreedKey) or info.parameters not in (ONE_PASS, STATIC):
            raise DlmsError(
                Fault.BAD_VALUE,
                "a key agreement that the Green Book does not have",
                expected="01 for C(1e,1s) or 02 for C(0e,2s)",
            )
        if info.parameters == STATIC:
            return self._static_key(header)
        own = known(self.static, OWN_STATIC)
        curve = curve_of(own)
        ephemeral = self._proved_ephemeral(curve, info.data)
        return self._key(header, curve, shared_secret(own, ephemeral))

    def _proved_ephemeral(self, curve: Curve, data: bytes) -> ec.EllipticCurvePublicKey:
        """Without this check anybody between could put in a key of his own."""
        public, signature = data[: 2 * curve.size], data[2 * curve.size :]
        verify(known(self.peer_signing, PEER_SIGNING), signature, public)
        return public_key(curve, public)

    def _static_key(self, header: GeneralHeader) -> SecretKey:
        own, peer = known(self.static, OWN_STATIC), known(self.peer_static, PEER_STATIC)
        nonce = octets_bytes(header.transaction_id)
        return self._key(header, curve_of(own), shared_secret(own, peer), nonce)

    def _key(
        self, header: GeneralHeader, curve: Curve, secret: bytes, nonce: bytes = b""
    ) -> SecretKey:
        algorithm = ciphering(curve).identifier(self.arc)
        party_u = header.originator + nonce
        return SecretKey(derive(curve, secret, algorithm, party_u, header.recipient))


NO_CURVE_KEYS = CurveKeys()
"""Of suite 0."""
SIGNING, PEER_SIGNING = "own private signature key", "signature key of the peer"
OWN_STATIC, PEER_STATIC = "own private key agreement key", "key agreement key of the peer"


def known(key: Key | None, which: str) -> Key:
    """Return a key that a message needs.

    Raises:
        DlmsError: UNKNOWN_KEY if it is None.
    """
    if key is None:
        raise DlmsError(
            Fault.UNKNOWN_KEY,
            f"no {which} is known",
            expected="for a peer the key in its certificate, of our own the private one",
            action="Import the meter's certificates and the client's private keys",
        )
    return key
