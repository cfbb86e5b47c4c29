"""Cuts a PDF of many bills into one file per page, byte for byte, without reading the pages.

The typesetter writes plain objects and a plain table of offsets (no object streams). A file for one
page takes over, unchanged and under their old numbers, the objects that this page names; only the
list of pages is written anew. Fonts are made once for all bills of the batch, which is what makes a
bill cheap. Another customer's text is never carried along: texts are in the pages' own streams.
"""

from __future__ import annotations

import re
from itertools import pairwise

from congto.vocabulary.errors import CongtoError

_ENTRY = 20
"""Bytes of one line of the table of offsets (ISO 32000-1, 7.5.4)."""
_NAMED = re.compile(rb"(\d+) 0 R")
_PARENT = re.compile(rb"/Parent \d+ 0 R")


class BrokenPdfError(CongtoError):
    """The typesetter wrote a PDF of a shape that is not known here."""


class Pages:
    """The pages of one PDF."""

    def __init__(self, content: bytes) -> None:
        self._objects = _objects_of(content)
        self._trailer = content[content.rindex(b"trailer") : content.rindex(b"startxref")]
        root = self._objects[int(_found(rb"/Root (\d+) 0 R", self._trailer))]
        self._tree = int(_found(rb"/Pages (\d+) 0 R", root))
        kids = _found(rb"/Kids\s*\[([^\]]*)\]", self._objects[self._tree])
        self._pages = [int(number) for number in _NAMED.findall(kids)]
        self._always = self._needed([int(n) for n in _NAMED.findall(self._trailer)])
        self._head = content[: content.index(b"\n\n") + 1]

    def __len__(self) -> int:
        return len(self._pages)

    def single(self, index: int) -> bytes:
        """Return the page as a PDF of its own."""
        page = self._pages[index]
        numbers = sorted(self._always | self._needed([page]) | {self._tree})
        tree = b"%d 0 obj\n<</Type/Pages/Count 1/Kids[%d 0 R]>>\nendobj\n\n" % (self._tree, page)
        parts, offsets, at = [self._head], {}, len(self._head)
        for number in numbers:
            body = tree if number == self._tree else self._objects[number]
            offsets[number] = at
            parts.append(body)
            at += len(body)
        parts += [_table(offsets), self._trailer, b"startxref\n%d\n%%%%EOF\n" % at]
        return b"".join(parts)

    def _needed(self, start: list[int]) -> set[int]:
        """Return the objects that are named from some, without going up to the list of pages."""
        found: set[int] = set()
        waiting = list(start)
        while waiting:
            number = waiting.pop()
            if number in found or number == self._tree_or_none():
                continue
            found.add(number)
            named = _PARENT.sub(b"", _dictionary(self._objects[number]))
            waiting += [int(one) for one in _NAMED.findall(named)]
        return found

    def _tree_or_none(self) -> int:
        return getattr(self, "_tree", -1)


def _objects_of(content: bytes) -> dict[int, bytes]:
    """Return the objects by number, each with everything up to the next one."""
    start = int(_found(rb"startxref\s+(\d+)\s+%%EOF\s*$", content[-64:]))
    head = re.compile(rb"xref\s+0 (\d+)\s+").match(content, start)
    if head is None:
        raise _unknown("no table of offsets at its end")
    lines = [
        content[at : at + _ENTRY]
        for at in range(head.end(), head.end() + _ENTRY * int(head[1]), _ENTRY)
    ]
    offsets = {number: int(line[:10]) for number, line in enumerate(lines) if line[17:18] == b"n"}
    ends = sorted([*offsets.values(), start])
    following = dict(pairwise(ends))
    return {number: content[at : following[at]] for number, at in offsets.items()}


def _dictionary(body: bytes) -> bytes:
    """Return the object without its stream."""
    return body.partition(b"stream\n")[0]


def _table(offsets: dict[int, int]) -> bytes:
    """Write the table of offsets with a section per run of numbers."""
    runs: list[list[int]] = []
    for number in sorted(offsets):
        if runs and runs[-1][-1] == number - 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    parts = [b"xref\n0 1\n0000000000 65535 f\r\n"]
    for run in runs:
        parts.append(b"%d %d\n" % (run[0], len(run)))
        parts += [b"%010d 00000 n\r\n" % offsets[number] for number in run]
    return b"".join(parts)


def _found(pattern: bytes, content: bytes) -> bytes:
    match = re.search(pattern, content)
    if match is None:
        raise _unknown(f"no {pattern.decode('ascii')}")
    return match[1]


def _unknown(what: str) -> BrokenPdfError:
    return BrokenPdfError(
        f"PDF of the typesetter: {what}",
        expected="plain objects and a table of offsets, as typst 0.13 to 0.15 writes them",
        action="install the locked version of typst",
    )
