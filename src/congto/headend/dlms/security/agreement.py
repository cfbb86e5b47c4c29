"""Keys that two sides compute without sending them (suites 1 and 2): ECDH and its derivation.

A message's key comes from C(1e,1s): an ephemeral key of the sender, signed, with the receiver's
static one; or from C(0e,2s): both static, made different each time by the transaction id. The
global keys are renewed by C(2e,0s) (method key_agreement): `shared_secret` of two ephemeral keys,
then `derive`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

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
class Agreement:
    """The key pairs for agreeing on message keys with one peer.

    Attributes:
        static: our key agreement key.
        peer_static: the peer's, from its certificate.
        signing: our signature key, to sign an ephemeral key that we send.
        peer_signing: the peer's, to check one that we receive.
        arc: 6 for meters that follow the misprint of the 8th edition.
    """

    static: ec.EllipticCurvePrivateKey = field(repr=False)
    peer_static: ec.EllipticCurvePublicKey
    signing: ec.EllipticCurvePrivateKey | None = field(default=None, repr=False)
    peer_signing: ec.EllipticCurvePublicKey | None = None
    arc: int = DLMS_ARC

    def offered(
        self, header: GeneralHeader, ephemeral: ec.EllipticCurvePrivateKey | None = None
    ) -> tuple[GeneralHeader, SecretKey]:
        """Agree on a key as the sender: with an ephemeral key C(1e,1s), without C(0e,2s).

        Returns:
            The header with its key information, and the key to protect the message with.

        Raises:
            DlmsError: UNKNOWN_KEY if there is no key to sign with.
        """
        if ephemeral is None:
            return header._replace(key_info=AgreedKey(STATIC, b"")), self._static_key(header)
        if self.signing is None:
            raise DlmsError(
                Fault.UNKNOWN_KEY, "no own signature key", expected="one to sign the ephemeral key"
            )
        public = public_bytes(ephemeral.public_key())
        info = AgreedKey(ONE_PASS, public + sign(self.signing, public))
        key = self._key(header, shared_secret(ephemeral, self.peer_static), b"")
        return header._replace(key_info=info), key

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
        ephemeral = self._proved_ephemeral(info.data)
        return self._key(header, shared_secret(self.static, ephemeral), b"")

    def _proved_ephemeral(self, data: bytes) -> ec.EllipticCurvePublicKey:
        """Without this check anybody between could put in a key of his own."""
        if self.peer_signing is None:
            raise DlmsError(
                Fault.UNKNOWN_KEY,
                "no signature key of the peer",
                expected="its certificate, to check the ephemeral key it sent",
            )
        curve = curve_of(self.static)
        public, signature = data[: 2 * curve.size], data[2 * curve.size :]
        verify(self.peer_signing, signature, public)
        return public_key(curve, public)

    def _static_key(self, header: GeneralHeader) -> SecretKey:
        nonce = octets_bytes(header.transaction_id)
        return self._key(header, shared_secret(self.static, self.peer_static), nonce)

    def _key(self, header: GeneralHeader, secret: bytes, nonce: bytes) -> SecretKey:
        curve = curve_of(self.static)
        party_u = header.originator + nonce
        algorithm = ciphering(curve).identifier(self.arc)
        return SecretKey(derive(curve, secret, algorithm, party_u, header.recipient))
