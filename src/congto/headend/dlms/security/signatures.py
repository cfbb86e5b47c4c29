"""ECDSA signatures and elliptic curve keys as DLMS/COSEM writes them: bare numbers, no DER."""

from __future__ import annotations

from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from cryptography.hazmat.primitives.hashes import SHA256, SHA384

from congto.headend.dlms.faults import DlmsError, Fault

UNCOMPRESSED = b"\x04"


@dataclass(frozen=True, slots=True)
class Curve:
    """A curve with what belongs to it.

    Attributes:
        suite: the security suite it serves.
        group: the curve.
        hashing: the hash of signatures and key derivation.
        size: bytes of one number; a public key and a signature are two.
    """

    suite: int
    group: ec.EllipticCurve
    hashing: SHA256 | SHA384
    size: int


P256 = Curve(1, ec.SECP256R1(), SHA256(), 32)
P384 = Curve(2, ec.SECP384R1(), SHA384(), 48)
_BY_BITS = {256: P256, 384: P384}
CURVES = {curve.suite: curve for curve in (P256, P384)}


def number_bytes(suite: int) -> int:
    """Return the bytes of a number on the suite's curve; suite 0 has none."""
    return CURVES[suite].size if suite in CURVES else 0


def curve_of(key: ec.EllipticCurvePrivateKey | ec.EllipticCurvePublicKey) -> Curve:
    """Return the curve of a key.

    Raises:
        DlmsError: UNKNOWN_KEY for any other curve than P-256 and P-384.
    """
    known = _BY_BITS.get(key.curve.key_size)
    if known is None or known.group.name != key.curve.name:
        raise DlmsError(
            Fault.UNKNOWN_KEY, f"a key on curve {key.curve.name}", expected="P-256 or P-384"
        )
    return known


def public_key(curve: Curve, raw: bytes) -> ec.EllipticCurvePublicKey:
    """Read a public key x || y and check that it is a point of the curve.

    Raises:
        DlmsError: BAD_VALUE.
    """
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(curve.group, UNCOMPRESSED + raw)
    except ValueError as error:
        raise DlmsError(
            Fault.BAD_VALUE,
            f"a public key of {len(raw)} bytes that is no point of {curve.group.name}",
            expected=f"x and y, {2 * curve.size} bytes, on the curve",
        ) from error


def public_bytes(key: ec.EllipticCurvePublicKey) -> bytes:
    """Write a public key as x || y."""
    size = curve_of(key).size
    numbers = key.public_numbers()
    return numbers.x.to_bytes(size) + numbers.y.to_bytes(size)


def private_key(curve: Curve, raw: bytes) -> ec.EllipticCurvePrivateKey:
    """Read a private key, a number of the curve's size.

    Raises:
        DlmsError: BAD_VALUE.
    """
    try:
        return ec.derive_private_key(int.from_bytes(raw), curve.group)
    except ValueError as error:
        raise DlmsError(
            Fault.BAD_VALUE,
            f"a private key of {len(raw)} bytes outside {curve.group.name}",
            expected=f"a number of {curve.size} bytes, above 0 and below the curve's order",
        ) from error


def sign(key: ec.EllipticCurvePrivateKey, message: bytes) -> bytes:
    """Sign a message: r || s, 64 bytes on P-256, 96 on P-384.

    By RFC 6979: the number that each signature needs, and that would reveal the key where it came
    twice, follows from key and message, so a poor source of chance harms nothing.
    """
    curve = curve_of(key)
    signing = ec.ECDSA(curve.hashing, deterministic_signing=True)
    r, s = decode_dss_signature(key.sign(message, signing))
    return r.to_bytes(curve.size) + s.to_bytes(curve.size)


def verify(key: ec.EllipticCurvePublicKey, signature: bytes, message: bytes) -> None:
    """Check a signature r || s.

    Raises:
        DlmsError: BAD_TAG if it does not fit, BAD_VALUE if it has another length.
    """
    curve = curve_of(key)
    size = curve.size
    if len(signature) != 2 * size:
        raise DlmsError(
            Fault.BAD_VALUE,
            f"a signature of {len(signature)} bytes",
            expected=f"{2 * size}: r and s without any wrapping",
        )
    r, s = int.from_bytes(signature[:size]), int.from_bytes(signature[size:])
    try:
        key.verify(encode_dss_signature(r, s), message, ec.ECDSA(curve.hashing))
    except InvalidSignature as error:
        raise DlmsError(
            Fault.BAD_TAG,
            "the signature does not fit the message",
            expected="one by the holder of the certificate that is on file",
        ) from error
