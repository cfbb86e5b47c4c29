"""The security control byte: which suite, which protection and which key a message has."""

from __future__ import annotations

from typing import NamedTuple

from congto.headend.dlms.faults import DlmsError, Fault

KEY_BYTES = {0: 16, 1: 16, 2: 32}
"""Suite -> bytes of its symmetric keys: 0 AES-GCM-128, 1 with P-256, 2 AES-GCM-256 with P-384."""

SUITE_BITS = 0x0F
AUTHENTICATED = 0x10
ENCRYPTED = 0x20
BROADCAST = 0x40
COMPRESSED = 0x80


class SecurityControl(NamedTuple):
    """What a security control byte says (Green Book, 9.2.7.2.4.2); made by `control_of` only.

    Attributes:
        byte: the byte.
        suite: bits 0 to 3, the security suite.
        authenticated: bit 4, a tag proves the message.
        encrypted: bit 5, the message is secret.
        broadcast: bit 6, the broadcast key in place of the unicast key.
    """

    byte: int
    suite: int
    authenticated: bool
    encrypted: bool
    broadcast: bool

    @property
    def unicast(self) -> SecurityControl:
        """Return the same without the broadcast bit, which general-ciphering does not have."""
        return control_of(self.byte & ~BROADCAST)

    def lacks(self, demanded: SecurityControl) -> str:
        """Name the demanded protection that this does not give; empty if nothing lacks."""
        missing = (
            "authentication" if demanded.authenticated and not self.authenticated else "",
            "encryption" if demanded.encrypted and not self.encrypted else "",
        )
        return " and ".join(filter(None, missing))


_CONTROLS = tuple(
    SecurityControl(
        byte,
        byte & SUITE_BITS,
        bool(byte & AUTHENTICATED),
        bool(byte & ENCRYPTED),
        bool(byte & BROADCAST),
    )
    for byte in range(256)
)


def control_of(byte: int) -> SecurityControl:
    """Read a security control byte.

    Raises:
        DlmsError: BAD_VALUE for a suite that does not exist or a compressed message.
    """
    control = _CONTROLS[byte]
    if control.suite not in KEY_BYTES:
        raise DlmsError(
            Fault.BAD_VALUE,
            f"security suite {control.suite} in control byte {byte:#04x}",
            expected="suite 0, 1 or 2",
        )
    if byte & COMPRESSED:
        raise DlmsError(
            Fault.BAD_VALUE,
            f"compression in control byte {byte:#04x}",
            expected="a message without compression (ITU-T V.44)",
            action="Switch compression off in the meter's security setup.",
        )
    return control


PLAIN = control_of(0)
AUTHENTICATION = control_of(AUTHENTICATED)
ENCRYPTION = control_of(ENCRYPTED)
BOTH = control_of(AUTHENTICATED | ENCRYPTED)
"""The protections of suite 0; of suite 1 `control_of(0x31)` and so on."""
