"""OBIS codes: six bytes that name what an object measures (IEC 62056-6-1)."""

from __future__ import annotations

import re

from congto.headend.dlms.faults import DlmsError, Fault

OBIS_BYTES = 6
WRITTEN = re.compile(r"(?:(\d+)-(\d+):)?(\d+)\.(\d+)(?:\.(\d+))?(?:[*&.](\d+))?")
DOTTED = re.compile(r"\d+(\.\d+){5}")


def obis(text: str) -> bytes:
    """Return the six bytes of a code written as 1-0:1.8.0*255 or 1.0.1.8.0.255.

    Left out parts of the first form are 1-0, 0 and 255.

    Raises:
        DlmsError: no OBIS code, or a part above 255.
    """
    parts: list[str | None] = []
    if DOTTED.fullmatch(text):
        parts = list(text.split("."))
    elif found := WRITTEN.fullmatch(text):
        parts = list(found.groups())
    defaults = ("1", "0", "0", "0", "0", "255")
    numbers = [int(part or default) for part, default in zip(parts, defaults, strict=False)]
    if len(numbers) != OBIS_BYTES or max(numbers) > 255:
        raise DlmsError(Fault.BAD_VALUE, f"OBIS code {text!r}", expected="such as 1-0:1.8.0*255")
    return bytes(numbers)


def obis_text(code: bytes) -> str:
    """Return a code as 1-0:1.8.0*255; other lengths as hexadecimal digits."""
    if len(code) != OBIS_BYTES:
        return code.hex()
    a, b, c, d, e, f = code
    return f"{a}-{b}:{c}.{d}.{e}*{f}"
