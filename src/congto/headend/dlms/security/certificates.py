"""Certificates of meters and clients (suites 1 and 2): whose key, for what, and who vouches for it.

X.509 version 3; the subject's common name is the system title as hexadecimal digits (Green Book,
clause 9.2.6.4; recalled). One authority vouches for all: the root of the utility or of the maker.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from congto.headend.dlms.faults import DlmsError, Fault
from congto.headend.dlms.security.signatures import curve_of

if TYPE_CHECKING:
    from datetime import datetime


class CertifiedUse(StrEnum):
    """What a certified key is for."""

    SIGNATURE = "for digital signatures"
    AGREEMENT = "for key agreement"


def read_certificate(der: bytes) -> x509.Certificate:
    """Read a certificate.

    Raises:
        DlmsError: CERTIFICATE, it is none.
    """
    try:
        return x509.load_der_x509_certificate(der)
    except ValueError as error:
        raise _refused(f"{len(der)} bytes that are none", "X.509 in DER") from error


def certified_key(  # noqa: PLR0913  (each is a reason to refuse)
    certificate: x509.Certificate,
    authority: x509.Certificate,
    *,
    title: bytes,
    use: CertifiedUse,
    suite: int,
    at: datetime,
) -> ec.EllipticCurvePublicKey:
    """Return the public key of a certificate that was checked.

    Args:
        certificate: of the other side.
        authority: the certificate of who vouches for it; itself trusted.
        title: the system title of the other side.
        use: what the key has to be for.
        suite: 1 needs a key on P-256, 2 on P-384.
        at: the certificate is valid then.

    Raises:
        DlmsError: CERTIFICATE, saying which of these does not hold.
    """
    _refuse_other_issuer(certificate, authority)
    if not certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc:
        since, until = certificate.not_valid_before_utc, certificate.not_valid_after_utc
        raise _refused(f"one valid from {since:%Y-%m-%d} to {until:%Y-%m-%d}", f"at {at:%Y-%m-%d}")
    named = _common_name(certificate)
    if named.upper() != title.hex().upper():
        raise _refused(f"one of {named or 'nobody'}", f"of system title {title.hex().upper()}")
    _refuse_other_use(certificate, use)
    key = certificate.public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey) or curve_of(key).suite != suite:
        curve = key.curve.name if isinstance(key, ec.EllipticCurvePublicKey) else "no curve"
        raise _refused(f"one with a key on {curve}", f"a key of security suite {suite}")
    return key


def _refuse_other_issuer(certificate: x509.Certificate, authority: x509.Certificate) -> None:
    vouching = f"issued by {authority.subject.rfc4514_string()}"
    try:
        certificate.verify_directly_issued_by(authority)
    except (InvalidSignature, ValueError, TypeError) as error:
        named = certificate.issuer.rfc4514_string()
        raise _refused(f"one that names {named} as issuer", f"one {vouching}, signed by it") from (
            error
        )


def _refuse_other_use(certificate: x509.Certificate, use: CertifiedUse) -> None:
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except (x509.ExtensionNotFound, ValueError) as error:
        raise _refused("one that does not say what its key is for", use) from error
    fits = usage.digital_signature if use is CertifiedUse.SIGNATURE else usage.key_agreement
    if not fits:
        raise _refused("one whose key is for something else", use)


def _common_name(certificate: x509.Certificate) -> str:
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(names[0].value) if names else ""


def _refused(found: str, expected: str) -> DlmsError:
    return DlmsError(
        Fault.CERTIFICATE,
        f"a certificate is refused: {found}",
        expected=expected,
        action="Import the certificate that the maker or the utility's authority issued",
    )
