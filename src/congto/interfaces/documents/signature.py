"""The signer's XAdES signature inside DSCKS, and its proof.

Signed are the data by their Id, the signing time where the tax authority looks for it
(Object/SignatureProperties/SignatureProperty, QĐ 1450/QĐ-TCT), the XAdES properties and the
certificate. Only the data are canonicalised; the other parts are written in canonical form to begin
with (namespaces before attributes, no blanks), so their digests are those of the text itself. Same
data, key and instant give the same bytes: RSA with PKCS#1 v1.5 knows no chance.
"""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from lxml import etree
from signxml.exceptions import SignXMLException
from signxml.xades.xades import XAdESVerifier

from congto.interfaces.documents.elements import DS
from congto.vocabulary.errors import InvalidInputError
from congto.vocabulary.periods import LOCAL_ZONE

if TYPE_CHECKING:
    from datetime import datetime

    from cryptography import x509

    from congto.interfaces.documents.identity import Identity

C14N = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
XADES = "http://uri.etsi.org/01903/v1.3.2#"
XADES_PROPERTIES = "http://uri.etsi.org/01903#SignedProperties"
TIME = "http://example.org/#signatureProperties"
"""Namespace of the signing time in public invoices of several providers (single source each)."""
REFERENCES = 4
"""Data, signing time, XAdES properties, certificate."""


class Signer:
    """Signs many documents as one identity."""

    def __init__(self, identity: Identity) -> None:
        der = identity.certificate.public_bytes(serialization.Encoding.DER)
        self._key = identity.key
        self._certificate = b64encode(der).decode()
        self._certificate_digest = _digest(der)

    def sign(self, root: etree._Element, at: datetime) -> etree._Element:
        """Put the signature of the first child into the empty place in DSCKS; return `root`.

        `root` is HDon or BTHDLieu as its builder left it; `at` is the instant of signing.
        """
        data, place = root[0], root[-1][0]
        time = at.astimezone(LOCAL_ZONE).isoformat(timespec="seconds")
        parts = {
            "time": _time(place.tag, time),
            "properties": _properties(place.tag, time, self._certificate_digest),
            "key": _key_info(place.tag, self._certificate),
        }
        info = _signed_info(
            place.tag,
            data.get("Id") or "",
            _digest(etree.tostring(data, method="c14n")),
            **{name: _digest(text.encode()) for name, text in parts.items()},
        )
        value = self._key.sign(info.encode(), padding.PKCS1v15(), hashes.SHA256())
        place.append(
            etree.fromstring(
                f'<ds:Signature xmlns:ds="{DS}" Id="Signature-{place.tag}">{info}'
                f"<ds:SignatureValue>{b64encode(value).decode()}</ds:SignatureValue>{parts['key']}"
                f"<ds:Object>{parts['time']}</ds:Object><ds:Object>"
                f'<xades:QualifyingProperties xmlns:xades="{XADES}"'
                f' Target="#Signature-{place.tag}">{parts["properties"]}'
                f"</xades:QualifyingProperties></ds:Object></ds:Signature>"
            )
        )
        return root


def verify(content: bytes, certificate: x509.Certificate) -> etree._Element:
    """Return the signed data of a file (DLHDon or DLBTHop) if `certificate` signed just these.

    Raises InvalidInputError if anything signed was changed, the signature is another's, or what is
    signed is not the file's own data.
    """
    root = etree.fromstring(content, parser=etree.XMLParser(resolve_entities=False))
    try:
        results = XAdESVerifier().verify(
            root, x509_cert=certificate, id_attribute="Id", expect_references=REFERENCES
        )
    except (SignXMLException, etree.DocumentInvalid) as error:
        raise _refusal(str(error)) from error
    signed = results[0].signed_xml
    if signed is None or etree.tostring(signed, method="c14n") != etree.tostring(
        root[0], method="c14n"
    ):
        raise _refusal("the signature is of other data than the file's own")
    return signed


def _time(place: str, time: str) -> str:
    return (
        f'<ds:SignatureProperties xmlns:ds="{DS}" Id="SigningTime-{place}">'
        f'<ds:SignatureProperty Target="#Signature-{place}">'
        f'<p:SigningTime xmlns:p="{TIME}">{time}</p:SigningTime>'
        "</ds:SignatureProperty></ds:SignatureProperties>"
    )


def _properties(place: str, time: str, certificate_digest: str) -> str:
    return (
        f'<xades:SignedProperties xmlns:ds="{DS}" xmlns:xades="{XADES}"'
        f' Id="SignedProperties-{place}"><xades:SignedSignatureProperties>'
        f"<xades:SigningTime>{time}</xades:SigningTime>"
        "<xades:SigningCertificateV2><xades:Cert><xades:CertDigest>"
        f'<ds:DigestMethod Algorithm="{SHA256}"></ds:DigestMethod>'
        f"<ds:DigestValue>{certificate_digest}</ds:DigestValue>"
        "</xades:CertDigest></xades:Cert></xades:SigningCertificateV2>"
        "</xades:SignedSignatureProperties><xades:SignedDataObjectProperties>"
        f'<xades:DataObjectFormat ObjectReference="#Data-{place}">'
        "<xades:MimeType>text/xml</xades:MimeType></xades:DataObjectFormat>"
        "</xades:SignedDataObjectProperties></xades:SignedProperties>"
    )


def _key_info(place: str, certificate: str) -> str:
    return (
        f'<ds:KeyInfo xmlns:ds="{DS}" Id="Certificate-{place}"><ds:X509Data>'
        f"<ds:X509Certificate>{certificate}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>"
    )


def _signed_info(  # noqa: PLR0913  (one digest per reference)
    place: str, data_id: str, data: str, *, time: str, properties: str, key: str
) -> str:
    enveloped = (
        f'<ds:Transforms><ds:Transform Algorithm="{DS}enveloped-signature"></ds:Transform>'
        f'<ds:Transform Algorithm="{C14N}"></ds:Transform></ds:Transforms>'
    )
    return (
        f'<ds:SignedInfo xmlns:ds="{DS}">'
        f'<ds:CanonicalizationMethod Algorithm="{C14N}"></ds:CanonicalizationMethod>'
        f'<ds:SignatureMethod Algorithm="{RSA_SHA256}"></ds:SignatureMethod>'
        + _reference(f'Id="Data-{place}" URI="#{data_id}"', data, enveloped)
        + _reference(f'Type="{DS}SignatureProperties" URI="#SigningTime-{place}"', time)
        + _reference(f'Type="{XADES_PROPERTIES}" URI="#SignedProperties-{place}"', properties)
        + _reference(f'URI="#Certificate-{place}"', key)
        + "</ds:SignedInfo>"
    )


def _reference(attributes: str, digest: str, transforms: str = "") -> str:
    return (
        f"<ds:Reference {attributes}>{transforms}"
        f'<ds:DigestMethod Algorithm="{SHA256}"></ds:DigestMethod>'
        f"<ds:DigestValue>{digest}</ds:DigestValue></ds:Reference>"
    )


def _digest(content: bytes) -> str:
    return b64encode(sha256(content).digest()).decode()


def _refusal(reason: str) -> InvalidInputError:
    return InvalidInputError(
        f"signature does not hold: {reason}",
        expected="a file as it was signed",
        action="do not use this file; make it again from the books",
    )
