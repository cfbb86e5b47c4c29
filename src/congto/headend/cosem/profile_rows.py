"""Rows of a generic profile's buffer (class 7), read many at once where all look alike.

Nearly every buffer has rows of one layout. The layout is learned from the first row; then one
comparison proves that every other row has the same tags and lengths, and one pass unpacks the
values. Buffers with other rows (nulls for values that repeat, strings of various lengths) are read
one value after another.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import numpy as np

from congto.headend.dlms.cursor import Cursor
from congto.headend.dlms.decoding import decode, read
from congto.headend.dlms.faults import DlmsError, Fault
from congto.headend.dlms.tags import FIXED_OCTETS, Tag

if TYPE_CHECKING:
    from congto.headend.dlms.data import Data, Plain

CODES: dict[int, str] = {
    Tag.INT8: "b",
    Tag.INT16: "h",
    Tag.INT32: "i",
    Tag.INT64: "q",
    Tag.UINT8: "B",
    Tag.UINT16: "H",
    Tag.UINT32: "I",
    Tag.UINT64: "Q",
    Tag.ENUM: "B",
    Tag.BCD: "B",
    Tag.FLOAT32: "f",
    Tag.FLOAT64: "d",
}
SHORT_LENGTH = 0x80
"""Lengths below this one are one byte."""

Row = tuple["Plain", ...]


def profile_rows(raw: bytes) -> list[Row]:
    """Return the rows of an encoded buffer, each a tuple of plain values.

    Args:
        raw: the encoded attribute 2 of a generic profile: an array (or compact array) of
            structures.

    Raises:
        DlmsError: no array of structures, truncated, or bytes left over.
    """
    cursor = Cursor(raw)
    tag = cursor.u8()
    if tag != Tag.ARRAY:
        return _compact_rows(raw)
    count = cursor.length()
    alike = _alike(raw, cursor, count) if count > 1 else None
    if alike is not None:
        return alike
    if count > cursor.left:  # a row takes a byte at least
        raise cursor.short(count)
    rows = [_values(read(cursor, 1)) for _ in range(count)]
    cursor.finish()
    return rows


def _alike(raw: bytes, cursor: Cursor, count: int) -> list[Row] | None:
    """Return the rows if all have the first one's layout, else None and the cursor unmoved."""
    start = cursor.place
    first = read(cursor, 1)
    size = cursor.place - start
    cursor.place = start
    layout = _layout(first) if size * count == cursor.left else None
    if layout is None:
        return None
    pattern, fixed = layout
    table = np.frombuffer(raw, np.uint8, offset=start).reshape(count, size)[:, fixed]
    if not np.array_equal(table, np.broadcast_to(table[0], table.shape)):
        return None
    return list(struct.iter_unpack(pattern, memoryview(raw)[start:]))


def _compact_rows(raw: bytes) -> list[Row]:
    data = decode(raw)
    if data.tag != Tag.COMPACT_ARRAY:
        raise _no_rows(data.tag)
    return [_values(item) for item in data.items]


def _layout(row: Data) -> tuple[str, list[int]] | None:
    """Return how to unpack a row, and the places of its bytes that are the same in all rows.

    None for a row with a value that has no fixed place.
    """
    if row.tag != Tag.STRUCTURE or len(row.items) >= SHORT_LENGTH:
        return None
    pattern, fixed, place = [">2x"], [0, 1], 2
    for tag, value in row.items:
        fixed.append(place)
        if tag in CODES:
            part = f"x{CODES[tag]}"
        elif tag == Tag.OCTET_STRING and isinstance(value, bytes) and len(value) < SHORT_LENGTH:
            part = f"2x{len(value)}s"
            fixed.append(place + 1)
        elif tag in FIXED_OCTETS:
            part = f"x{FIXED_OCTETS[tag]}s"
        else:
            return None
        pattern.append(part)
        place += struct.calcsize(">" + part)
    return "".join(pattern), fixed


def _values(row: Data) -> Row:
    if row.tag != Tag.STRUCTURE:
        raise _no_rows(row.tag)
    return tuple([item.plain() for item in row.items])


def _no_rows(tag: int) -> DlmsError:
    return DlmsError(Fault.BAD_VALUE, f"tag {tag:#04x} in a buffer", expected="rows of values")
