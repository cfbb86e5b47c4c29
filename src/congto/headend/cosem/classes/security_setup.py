"""The security setup (class 64): policy, suite, system titles, keys and certificates.

Version 0 numbers the policy 0 to 3, version 1 makes it bits: 0x04, 0x08, 0x10 requests are
authenticated, encrypted, signed; 0x20, 0x40, 0x80 responses. Certificates: recalled, not tried.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, NamedTuple

from congto.headend.cosem.classes.kinds import ANY, ENUM, OCTETS, array_of, enumerated, record
from congto.headend.cosem.classes.shape import CosemObject, answering, attribute, method
from congto.headend.dlms.security.wrap import KeyId

if TYPE_CHECKING:
    from congto.headend.dlms.data import Data


class SecuritySuite(IntEnum):
    """Algorithms by their number."""

    AES_GCM_128 = 0
    ECDSA_P256_AES_GCM_128 = 1
    ECDSA_P384_AES_GCM_256 = 2


class CertificateEntity(IntEnum):
    """Whose certificate it is."""

    SERVER = 0
    CLIENT = 1
    CERTIFICATION_AUTHORITY = 2
    OTHER = 3


class CertificateType(IntEnum):
    """What a certificate or key pair is for."""

    DIGITAL_SIGNATURE = 0
    KEY_AGREEMENT = 1
    TLS = 2
    OTHER = 3


class Certificate(NamedTuple):
    """A certificate that the meter holds."""

    certificate_entity: CertificateEntity
    certificate_type: CertificateType
    serial_number: bytes
    issuer: bytes
    subject: bytes
    subject_alt_name: bytes


class WrappedKey(NamedTuple):
    """A new key, wrapped with the master key."""

    key_id: KeyId
    key_wrapped: bytes


class KeyData(NamedTuple):
    """One side's part of a key agreement."""

    key_id: KeyId
    key_data: bytes


class CertificateNamed(NamedTuple):
    """Which certificate: by its entity, type and title (0), or by serial number and issuer (1)."""

    certificate_identification_type: int
    certificate_identification_options: Data


KEY_ID, TYPE = enumerated(KeyId), enumerated(CertificateType)
KEY_DATA = array_of(record(KeyData, KEY_ID, OCTETS))
NAMED = record(CertificateNamed, ENUM, ANY)
CERTIFICATE = record(
    Certificate, enumerated(CertificateEntity), TYPE, OCTETS, OCTETS, OCTETS, OCTETS
)


class SecuritySetup(CosemObject, number=64, version=1, title="Security setup", clause="4.4.7"):
    """What protects the messages of the associations that refer to it."""

    security_policy = attribute(2, ENUM)
    security_suite = attribute(3, enumerated(SecuritySuite))
    client_system_title = attribute(4, OCTETS)
    server_system_title = attribute(5, OCTETS)
    certificates = attribute(6, array_of(CERTIFICATE), since=1)

    security_activate = method(1, ENUM)
    key_transfer = method(2, array_of(record(WrappedKey, KEY_ID, OCTETS)), secret=True)
    key_agreement = answering(3, KEY_DATA, KEY_DATA, since=1)
    generate_key_pair = method(4, TYPE, since=1)
    generate_certificate_request = answering(5, TYPE, OCTETS, since=1)
    import_certificate = method(6, OCTETS, since=1)
    export_certificate = answering(7, NAMED, OCTETS, since=1)
    remove_certificate = method(8, NAMED, since=1)
