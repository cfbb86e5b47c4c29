"""Keys and passwords of simulated meters: a test scheme that anybody can compute.

Every secret is SHA-256 (SHA-384 in suite 2) over the words "congto simulated meter", the seed, the
meter's number and the use. That is why no such key may ever be loaded into a true meter.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from congto.headend.dlms.security.control import KEY_BYTES
from congto.headend.dlms.security.keys import KeySet

PASSWORD_DIGITS = 8
TITLE_MAKER = b"SIM"
"""Three letters of the maker; not registered with the DLMS User Association."""


@dataclass(frozen=True, slots=True)
class Secrets:
    """What a maker writes into one meter and into its shipment file."""

    password: bytes = field(repr=False)
    unicast: bytes = field(repr=False)
    authentication: bytes = field(repr=False)
    master: bytes = field(repr=False)

    def keys(self) -> KeySet:
        """Return the keys as the protocol uses them."""
        return KeySet.of(
            unicast=self.unicast, authentication=self.authentication, master=self.master
        )


def _made(seed: int, number: int, use: str) -> bytes:
    return hashlib.sha256(f"congto simulated meter|{seed}|{number}|{use}".encode()).digest()


def secrets_of(seed: int, number: int, suite: int = 0) -> Secrets:
    """Return the secrets of one meter; suite 2 has keys of 32 bytes."""
    digits = int.from_bytes(_made(seed, number, "password")) % 10**PASSWORD_DIGITS
    size = KEY_BYTES[suite]
    return Secrets(
        f"{digits:0{PASSWORD_DIGITS}}".encode(),
        _made(seed, number, "unicast")[:size],
        _made(seed, number, "authentication")[:size],
        _made(seed, number, "master")[:size],
    )


def private_number(seed: int, number: int, use: str, size: int) -> bytes:
    """Return a private key of an elliptic curve; number 0 is the client and the authority."""
    text = f"congto simulated meter|{seed}|{number}|{use}".encode()
    return (hashlib.sha256 if size == 32 else hashlib.sha384)(text).digest()


def system_title(seed: int, number: int) -> bytes:
    """Return the eight bytes that name a meter in ciphered messages."""
    return TITLE_MAKER + bytes((seed & 0xFF,)) + number.to_bytes(4)


def serial_of(seed: int, number: int) -> str:
    """Return the number on the meter's plate."""
    return f"SIM{seed % 1000:03}{number:07}"
