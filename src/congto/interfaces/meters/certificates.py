"""Certificates of meters held against the authorities of the books, and the keys they prove."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import Encoding

from congto.headend.dlms.faults import DlmsError, Fault
from congto.headend.dlms.security.agreement import NO_CURVE_KEYS, CurveKeys
from congto.headend.dlms.security.certificates import CertifiedUse, certified_key, read_certificate
from congto.headend.dlms.security.general import Scheme
from congto.headend.dlms.security.hls import Mechanism
from congto.headend.dlms.security.signatures import CURVES, private_key
from congto.office.devices.choices import CertificateUse, SecretUse
from congto.office.devices.operations import Authority, Certified
from congto.vocabulary.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from cryptography.hazmat.primitives.asymmetric import ec

    from congto.headend.profiles.model import Profile
    from congto.office.devices.operations import Opened


class ToldAuthority(NamedTuple):
    """What an authority's certificate says: subject by RFC 4514, validity."""

    der: bytes
    name: str
    valid_from: datetime
    valid_to: datetime


USES = {
    CertificateUse.SIGNING: CertifiedUse.SIGNATURE,
    CertificateUse.AGREEMENT: CertifiedUse.AGREEMENT,
}
AGREED = {Scheme.EPHEMERAL, Scheme.STATIC}
ACTION = "Trust the authority with `congto keys trust FILE`, or import the right certificate"


def uses_needed(profile: Profile) -> frozenset[CertificateUse]:
    """Return what the certificates of a profile's meters are for; none where keys are shared.

    In C(1e,1s) the sender signs its ephemeral key, so both are needed.
    """
    how = profile.associating
    uses = set()
    if how.mechanism is Mechanism.ECDSA or how.signed or how.scheme is Scheme.EPHEMERAL:
        uses.add(CertificateUse.SIGNING)
    if how.scheme in AGREED:
        uses.add(CertificateUse.AGREEMENT)
    return frozenset(uses)


def authority_of(name: str, content: bytes) -> ToldAuthority:
    """Read an authority's certificate, in DER or PEM.

    Args:
        name: of the file, for messages.
        content: its bytes.

    Raises:
        InvalidInputError: it is no certificate, or not one of an authority.
    """
    try:
        pem = content.lstrip().startswith(b"-----BEGIN")
        read = x509.load_pem_x509_certificate if pem else x509.load_der_x509_certificate
        found = read(content)
        issues = found.extensions.get_extension_for_class(x509.KeyUsage).value.key_cert_sign
    except (ValueError, x509.ExtensionNotFound):
        issues = False
    if not issues:
        raise InvalidInputError(
            f"{name} is no certificate of an authority",
            expected="X.509 in DER or PEM whose key may sign certificates",
        )
    return ToldAuthority(
        found.public_bytes(Encoding.DER),
        found.subject.rfc4514_string(),
        found.not_valid_before_utc,
        found.not_valid_after_utc,
    )


def judged(  # noqa: PLR0913  (each is a reason to refuse)
    use: CertificateUse,
    der: bytes,
    title: bytes,
    authorities: Sequence[Authority],
    at: datetime,
    *,
    suite: int,
) -> Certified:
    """Return what a certificate says that an authority of the books vouches for.

    Raises:
        DlmsError: CERTIFICATE, why it is refused.
    """
    certificate = read_certificate(der)
    by = _vouching(certificate, authorities)
    _proved(use, certificate, read_certificate(by.der), title, at, suite)
    return Certified(
        f"{certificate.serial_number:X}",
        certificate.issuer.rfc4514_string(),
        certificate.not_valid_before_utc,
        certificate.not_valid_after_utc,
        by.id,
    )


def curve_keys_of(opened: Opened, profile: Profile) -> CurveKeys:
    """Return our private keys and the meter's proved public ones; none where keys are shared.

    Raises:
        DlmsError: CERTIFICATE, one is missing or refused; BAD_VALUE for a private key.
    """
    needed, suite = uses_needed(profile), profile.associating.suite
    if not needed:
        return NO_CURVE_KEYS
    peer = {use: _peer(opened, use, suite) for use in needed}
    own = {
        use: private_key(CURVES[suite], opened.current[use].value.reveal())
        for use in (SecretUse.AGREEMENT, SecretUse.SIGNING)
        if use in opened.current
    }
    return CurveKeys(
        own.get(SecretUse.AGREEMENT),
        peer.get(CertificateUse.AGREEMENT),
        own.get(SecretUse.SIGNING),
        peer.get(CertificateUse.SIGNING),
    )


def _peer(opened: Opened, use: CertificateUse, suite: int) -> ec.EllipticCurvePublicKey:
    held = opened.certificates.get(use)
    if held is None:
        raise DlmsError(
            Fault.CERTIFICATE,
            f"the books keep no certificate of device {opened.device} for {use}",
            expected="the one that the maker shipped",
            action="Import the maker's shipment file",
        )
    certificate = read_certificate(held.der)
    by = _vouching(certificate, [held.authority] if held.authority else [])
    title = opened.system_title or b""
    return _proved(use, certificate, read_certificate(by.der), title, opened.at, suite)


def _vouching(certificate: x509.Certificate, authorities: Sequence[Authority]) -> Authority:
    """Return the first authority of the books that has the issuer's name and signed it."""
    for one in authorities:
        try:
            certificate.verify_directly_issued_by(read_certificate(one.der))
        except (InvalidSignature, ValueError, TypeError):  # another authority may fit
            continue
        return one
    raise DlmsError(
        Fault.CERTIFICATE,
        f"a certificate is refused: no trusted authority issued it, and it names "
        f"{certificate.issuer.rfc4514_string()}",
        expected="one issued by an authority that the books trust",
        action=ACTION,
    )


def _proved(  # noqa: PLR0913, PLR0917  (what a certificate is held against)
    use: CertificateUse,
    certificate: x509.Certificate,
    authority: x509.Certificate,
    title: bytes,
    at: datetime,
    suite: int,
) -> ec.EllipticCurvePublicKey:
    since, until = authority.not_valid_before_utc, authority.not_valid_after_utc
    if not since <= at <= until:
        raise DlmsError(
            Fault.CERTIFICATE,
            f"a certificate is refused: its authority is valid from {since:%Y-%m-%d} "
            f"to {until:%Y-%m-%d}",
            expected=f"at {at:%Y-%m-%d}",
            action=ACTION,
        )
    return certified_key(certificate, authority, title=title, use=USES[use], suite=suite, at=at)
