"""Messages with a signature around them: general-signing (suites 1 and 2).

The signature covers the fields before it, each with its length, without the tag (recalled: no
printed example of it was found).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from congto.headend.dlms.cursor import Cursor, octets_bytes
from congto.headend.dlms.faults import DlmsError, Fault
from congto.headend.dlms.security.general import GeneralHeader
from congto.headend.dlms.security.signatures import sign, verify

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import (
        EllipticCurvePrivateKey,
        EllipticCurvePublicKey,
    )

GENERAL_SIGNING = 0xDF


class Signed(NamedTuple):
    """A signed message; `header` has no key information."""

    header: GeneralHeader
    content: bytes
    signature: bytes

    @property
    def covered(self) -> bytes:
        """Return what the signature is over."""
        return self.header.associated + octets_bytes(self.content)

    def encode(self) -> bytes:
        """Write the message."""
        return bytes((GENERAL_SIGNING,)) + self.covered + octets_bytes(self.signature)

    def prove(self, signer: EllipticCurvePublicKey) -> None:
        """Check the signature.

        Raises:
            DlmsError: BAD_TAG if it does not fit, BAD_VALUE for another length.
        """
        verify(signer, self.signature, self.covered)


def signed(header: GeneralHeader, content: bytes, key: EllipticCurvePrivateKey) -> Signed:
    """Sign a message."""
    unsigned = Signed(header, content, b"")
    return unsigned._replace(signature=sign(key, unsigned.covered))


def read_signed(apdu: bytes) -> Signed:
    """Read a signed message; nothing of it is proved yet.

    Raises:
        DlmsError: UNKNOWN_TAG, TRUNCATED, TRAILING.
    """
    cursor = Cursor(apdu)
    tag = cursor.u8()
    if tag != GENERAL_SIGNING:
        raise DlmsError(Fault.UNKNOWN_TAG, f"tag {tag:#04x}", expected="DF, general-signing")
    octets = cursor.octets
    header = GeneralHeader(octets(), octets(), octets(), octets(), octets())
    message = Signed(header, octets(), octets())
    cursor.finish()
    return message
