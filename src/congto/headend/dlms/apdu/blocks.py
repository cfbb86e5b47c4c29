"""A block of a value that does not fit one message, as GET, SET and ACTION carry it."""

from __future__ import annotations

from typing import NamedTuple

from congto.headend.dlms.cursor import Cursor, octets_bytes


class Block(NamedTuple):
    """Part of an encoded value: numbered from 1, `last` on the final one."""

    last: bool
    number: int
    raw: bytes

    def encode(self) -> bytes:
        """Write the flag, the number and the bytes."""
        return bytes((self.last,)) + self.number.to_bytes(4) + octets_bytes(self.raw)


def read_block(cursor: Cursor) -> Block:
    """Read a block."""
    last = cursor.u8() != 0
    return Block(last, cursor.u32(), cursor.octets())


def split(raw: bytes, size: int, first: int = 1) -> list[Block]:
    """Cut bytes into blocks of at most `size` bytes, numbered from `first`; one at least."""
    parts = [raw[start : start + size] for start in range(0, len(raw), size)] or [b""]
    final = len(parts) - 1
    return [Block(at == final, first + at, part) for at, part in enumerate(parts)]
