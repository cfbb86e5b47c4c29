"""Curve keys and certificates of a fleet of suite 1 or 2: a test scheme, as all its secrets.

Meters and the head end have a pair for signatures and one for agreement; one authority certifies.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from congto.headend.dlms.security.agreement import CurveKeys
from congto.headend.dlms.security.certificates import CertifiedUse
from congto.headend.dlms.security.signatures import CURVES, Curve, private_key
from congto.headend.simulator.secrets import private_number, system_title

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

VALID = datetime(2024, 1, 1, tzinfo=UTC), datetime(2049, 1, 1, tzinfo=UTC)
CLIENT = 0
AUTHORITY = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Congto simulated authority")])


class Certified(NamedTuple):
    """What a shipment file has of suites 1 and 2, as bytes: the client's keys, the meter's proofs.

    Attributes:
        client_signing_key, client_agreement_key: private numbers.
        signing_certificate, agreement_certificate: of the meter. authority: who issued them.
    """

    client_signing_key: bytes = b""
    client_agreement_key: bytes = b""
    signing_certificate: bytes = b""
    agreement_certificate: bytes = b""
    authority: bytes = b""


@lru_cache(maxsize=64)
def _key(seed: int, number: int, use: str, suite: int) -> EllipticCurvePrivateKey:
    curve = CURVES[suite]
    return private_key(curve, private_number(seed, number, use, curve.size))


def meter_keys(seed: int, number: int, suite: int) -> CurveKeys:
    """Return what a meter holds: its own private keys and the public ones of the head end."""
    return _held(seed, suite, number, CLIENT)


def client_keys(seed: int, number: int, suite: int) -> CurveKeys:
    """Return what the head end holds for a meter."""
    return _held(seed, suite, CLIENT, number)


def _held(seed: int, suite: int, own: int, peer: int) -> CurveKeys:
    return CurveKeys(
        _key(seed, own, "agreement", suite),
        _key(seed, peer, "agreement", suite).public_key(),
        _key(seed, own, "signing", suite),
        _key(seed, peer, "signing", suite).public_key(),
    )


def certified(seed: int, number: int, suite: int) -> Certified:
    """Return what belongs into the shipment file for a meter."""
    curve = CURVES[suite]
    return Certified(
        private_number(seed, CLIENT, "signing", curve.size),
        private_number(seed, CLIENT, "agreement", curve.size),
        certificate(seed, number, suite, CertifiedUse.SIGNATURE),
        certificate(seed, number, suite, CertifiedUse.AGREEMENT),
        authority(seed, suite),
    )


def certificate(seed: int, number: int, suite: int, use: CertifiedUse) -> bytes:
    """Return a meter's certificate in DER."""
    signs = use is CertifiedUse.SIGNATURE
    key = _key(seed, number, "signing" if signs else "agreement", suite)
    title = system_title(seed, number).hex().upper()
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, title)])
    return _issued(seed, CURVES[suite], subject, key, _usage(signs=signs, agrees=not signs))


@lru_cache(maxsize=8)
def authority(seed: int, suite: int) -> bytes:
    """Return the authority's own certificate in DER."""
    key = _key(seed, CLIENT, "authority", suite)
    return _issued(seed, CURVES[suite], AUTHORITY, key, _usage(issues=True))


def _issued(
    seed: int,
    curve: Curve,
    subject: x509.Name,
    key: EllipticCurvePrivateKey,
    usage: x509.KeyUsage,
) -> bytes:
    since, until = VALID
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(AUTHORITY)
        .public_key(key.public_key())
        .serial_number(1 + key.public_key().public_numbers().x % (1 << 64))
        .not_valid_before(since)
        .not_valid_after(until)
        .add_extension(usage, critical=True)
    )
    issuer = _key(seed, CLIENT, "authority", curve.suite)
    made = builder.sign(issuer, curve.hashing, ecdsa_deterministic=True)
    return made.public_bytes(Encoding.DER)


def _usage(*, signs: bool = False, agrees: bool = False, issues: bool = False) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=signs,
        key_agreement=agrees,
        key_cert_sign=issues,
        crl_sign=issues,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        encipher_only=False,
        decipher_only=False,
    )
