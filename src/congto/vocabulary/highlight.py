"""Which parts of a text match words that were searched without diacritics."""

from __future__ import annotations

import unicodedata

from congto.vocabulary.text import plain

SHORT = 2


def matched_parts(text: str, words: list[str]) -> list[tuple[str, bool]]:
    """Cut `text` into parts, each with whether it matches one of the plain `words`.

    ("Nguyễn Thị Đào", ["dao"]) -> [("Nguyễn Thị ", False), ("Đào", True)]. A word of one or two
    letters matches only where a word begins: "on" is in "Ổn" and not in "Long".
    """
    composed = unicodedata.normalize("NFC", text)
    bare = "".join(plain(letter)[:1] or " " for letter in composed)
    marked = [False] * len(composed)
    for word in filter(None, words):
        at = bare.find(word)
        while at >= 0:
            if len(word) > SHORT or at == 0 or not bare[at - 1].isalnum():
                marked[at : at + len(word)] = [True] * len(word)
            at = bare.find(word, at + len(word))
    parts: list[tuple[str, bool]] = []
    for letter, mark in zip(composed, marked, strict=True):
        if parts and parts[-1][1] == mark:
            parts[-1] = (parts[-1][0] + letter, mark)
        else:
            parts.append((letter, mark))
    return parts
