"""Vietnamese text for searching: lower case, without diacritics."""

from __future__ import annotations

import unicodedata


def plain(text: str) -> str:
    """Return `text` in lower case without diacritics and with single blanks.

    "Nguyễn  Thị Đào" -> "nguyen thi dao".  đ has no decomposition in Unicode, hence its own rule.
    """
    decomposed = unicodedata.normalize("NFD", text.lower().replace("đ", "d"))
    bare = "".join(mark for mark in decomposed if not unicodedata.combining(mark))
    return " ".join(bare.split())
