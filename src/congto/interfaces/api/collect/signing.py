"""The signature of a request: HMAC-SHA256 over method, path, time, nonce and the body's hash.

    Authorization: Congto partner=P01,key=K1,time=1793847600,nonce=3f2a...,signature=<64 hex digits>

What is signed is six lines: method, path with query, time (whole seconds since 1970 UTC), nonce,
the SHA-256 of the body in hexadecimal digits, and the partner's code. The same functions sign and
check, so that a partner's engineer can try them (docs/guides/partner-api.md works an example).
"""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import NamedTuple

HEADER = re.compile(
    r"^Congto partner=(?P<partner>[A-Za-z0-9]{1,16}),key=(?P<key>[A-Za-z0-9._-]{1,40}),"
    r"time=(?P<time>\d{1,12}),nonce=(?P<nonce>[A-Za-z0-9]{8,64}),signature=(?P<signature>[0-9a-f]{64})$"
)
WINDOW_S = 300


class Signed(NamedTuple):
    """What the header of a request says."""

    partner: str
    key: str
    time: int
    nonce: str
    signature: str

    @classmethod
    def of(cls, header: str) -> Signed | None:
        """Read the header; None where it is not one of ours."""
        found = HEADER.match(header)
        if found is None:
            return None
        told = found.groupdict()
        return cls(
            told["partner"], told["key"], int(told["time"]), told["nonce"], told["signature"]
        )

    def fits(self, secret: bytes, method: str, path: str, body: bytes) -> bool:
        """Say whether the signature is that of the request under a secret."""
        expected = signature(secret, signed_text(self, method, path, body))
        return hmac.compare_digest(expected, self.signature)

    @property
    def bytes(self) -> bytes:
        """Return the signature, 32 bytes."""
        return bytes.fromhex(self.signature)

    def header(self) -> str:
        """Write the header."""
        return (
            f"Congto partner={self.partner},key={self.key},time={self.time},nonce={self.nonce},"
            f"signature={self.signature}"
        )


def signed_text(signed: Signed, method: str, path: str, body: bytes) -> bytes:
    """Return the six lines that are signed."""
    hashed = hashlib.sha256(body).hexdigest()
    lines = (method, path, str(signed.time), signed.nonce, hashed, signed.partner)
    return "\n".join(lines).encode()


def signature(secret: bytes, text: bytes) -> str:
    """Return the HMAC-SHA256 in hexadecimal digits."""
    return hmac.new(secret, text, hashlib.sha256).hexdigest()


def sign(  # noqa: PLR0913, PLR0917  (who, when and what)
    partner: str,
    key: str,
    secret: bytes,
    time: int,
    nonce: str,
    method: str,
    path: str,
    body: bytes,
) -> str:
    """Return the header that signs a request."""
    unsigned = Signed(partner, key, time, nonce, "")
    text = signed_text(unsigned, method, path, body)
    return unsigned._replace(signature=signature(secret, text)).header()
