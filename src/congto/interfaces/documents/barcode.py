"""QR codes as grey values for typesetting and as SVG for screens."""

from __future__ import annotations

import math
from html import escape

import zxingcpp

QUIET = 4
"""Modules of white around the code, as ISO/IEC 18004 asks."""


def modules(content: str) -> list[int]:
    """Return the code as grey values row by row, 0 dark and 255 light; empty for no content."""
    if not content:
        return []
    code = zxingcpp.create_barcode(content, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    picture = zxingcpp.write_barcode_to_image(code, scale=1, add_quiet_zones=False)
    return list(memoryview(picture).tobytes())  # type: ignore[arg-type]  # it is a buffer


def svg(content: str, label: str) -> str:
    """Return the code as one SVG picture, black on white whatever the colours of the screen."""
    found = modules(content)
    width = math.isqrt(len(found))
    dark = "".join(
        f"M{place % width + QUIET},{place // width + QUIET}h1v1h-1z"
        for place, grey in enumerate(found)
        if grey == 0
    )
    size = width + 2 * QUIET
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" width="220"'
        f' height="220" role="img" aria-label="{escape(label)}">'
        f'<path fill="#fff" d="M0,0h{size}v{size}h-{size}z"/><path fill="#000" d="{dark}"/></svg>'
    )
