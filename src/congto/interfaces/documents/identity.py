"""Who signs: a private key and its certificate, as PEM files in one folder.

A utility puts its own key and certificate there. For trying out, a pair is made on this machine
whose every name says TEST; no one accepts it.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from congto.vocabulary.errors import InvalidInputError

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

KEY_BITS = 2048
"""RSA of 2048 bits with SHA-256: what certificates of Vietnam's public authorities use for
invoices (single source: signatures in public invoices, 256 bytes, rsa-sha256)."""
TEST_NAME = "TEST - KHÔNG CÓ GIÁ TRỊ - Congto"
TEST_DAYS = 3650
KEY_FILE, CERTIFICATE_FILE = "signing_key.pem", "signing_certificate.pem"
TEST_KEY_FILE, TEST_CERTIFICATE_FILE = f"TEST_{KEY_FILE}", f"TEST_{CERTIFICATE_FILE}"


@dataclass(frozen=True, slots=True)
class Identity:
    """Key and certificate of the signer."""

    key: rsa.RSAPrivateKey
    certificate: x509.Certificate

    @property
    def is_test(self) -> bool:
        """Tell whether this is the pair made for trying out."""
        names = self.certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        return any(name.value == TEST_NAME for name in names)


def load_identity(key_file: Path, certificate_file: Path) -> Identity:
    """Read a pair; raises InvalidInputError if the files are no RSA pair."""
    key = serialization.load_pem_private_key(key_file.read_bytes(), password=None)
    certificate = x509.load_pem_x509_certificate(certificate_file.read_bytes())
    if not isinstance(key, rsa.RSAPrivateKey) or key.public_key() != certificate.public_key():
        raise InvalidInputError(
            f"{key_file.name} and {certificate_file.name}",
            expected="an RSA key and the certificate of this key",
            action="put the matching pair there",
        )
    return Identity(key, certificate)


def house_identity(folder: Path, at: datetime) -> Identity:
    """Return the pair that the utility has put into the folder, else the TEST pair."""
    key_file, certificate_file = folder / KEY_FILE, folder / CERTIFICATE_FILE
    if key_file.exists() and certificate_file.exists():
        return load_identity(key_file, certificate_file)
    return test_identity(folder, at)


def test_identity(folder: Path, at: datetime) -> Identity:
    """Return the TEST pair of this folder; made on first use, the same one ever after."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    key_file, certificate_file = folder / TEST_KEY_FILE, folder / TEST_CERTIFICATE_FILE
    if not certificate_file.exists():
        if not key_file.exists():
            key = rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)
            pem = key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            _write_once(key_file, pem)
        found = serialization.load_pem_private_key(key_file.read_bytes(), password=None)
        assert isinstance(found, rsa.RSAPrivateKey)
        _write_once(certificate_file, _certificate(found, at))
    return load_identity(key_file, certificate_file)


def _certificate(key: rsa.RSAPrivateKey, at: datetime) -> bytes:
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "VN"),
            x509.NameAttribute(NameOID.COMMON_NAME, TEST_NAME),
        ]
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - timedelta(days=1))
        .not_valid_after(at + timedelta(days=TEST_DAYS))
        .sign(key, hashes.SHA256())
    )
    return certificate.public_bytes(serialization.Encoding.PEM)


def _write_once(file: Path, content: bytes) -> None:
    """Write whole or not at all; of two processes that start together the first one wins."""
    draft = file.with_name(f"{file.name}.{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_bytes(content)
    try:
        os.link(draft, file)
    except FileExistsError:
        pass  # another process was first; its pair is as good
    finally:
        draft.unlink()
