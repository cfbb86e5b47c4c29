"""Bytes to values, by A-XDR (IEC 61334-6).

Reading is bounded: a meter that lies about a count is refused before memory is spent.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

from congto.headend.dlms.cursor import Cursor
from congto.headend.dlms.data import Bits, Data
from congto.headend.dlms.faults import DlmsError, Fault
from congto.headend.dlms.tags import FIXED_OCTETS, INTEGERS, Tag

DEPTH_MAX = 32
"""Containers in containers; the deepest attribute of the Blue Book has six."""


def decode(octets: bytes) -> Data:
    """Read one value that fills the bytes.

    Raises:
        DlmsError: truncated, nested too deep, an unknown tag, or bytes left over.
    """
    cursor = Cursor(octets)
    value = read(cursor)
    cursor.finish()
    return value


def read(cursor: Cursor, depth: int = 0) -> Data:
    """Read one value at the cursor and move on."""
    tag = cursor.u8()
    return Data(tag, read_body(cursor, tag, depth))


def read_body(cursor: Cursor, tag: int, depth: int = 0) -> object:  # noqa: PLR0911  (one tag each)
    """Read what follows a tag."""
    whole = INTEGERS.get(tag)
    if whole is not None:
        size, signed = whole
        return int.from_bytes(cursor.take(size), signed=signed)
    if tag == Tag.OCTET_STRING:
        return cursor.octets()
    if tag in {Tag.STRUCTURE, Tag.ARRAY}:
        return _read_items(cursor, depth)
    if tag in {Tag.NULL, Tag.DONT_CARE}:
        return None
    if tag == Tag.BOOLEAN:
        return cursor.u8() != 0
    if tag in {Tag.VISIBLE_STRING, Tag.UTF8_STRING}:
        return _read_text(cursor, tag)
    if tag in FIXED_OCTETS:
        return cursor.take(FIXED_OCTETS[tag])
    return _read_rare(cursor, tag, depth)


def _read_items(cursor: Cursor, depth: int) -> tuple[Data, ...]:
    count = cursor.length()
    if depth >= DEPTH_MAX:
        raise DlmsError(Fault.TOO_DEEP, f"{depth} containers", expected=f"at most {DEPTH_MAX}")
    if count > cursor.left:  # every element takes a byte at least
        raise cursor.short(count)
    return tuple([read(cursor, depth + 1) for _ in range(count)])


def _read_text(cursor: Cursor, tag: int) -> str:
    octets = cursor.octets()
    if tag == Tag.VISIBLE_STRING:
        # ASCII by the standard; makers put other bytes in, and Latin-1 keeps each of them.
        return octets.decode("latin-1")
    try:
        return octets.decode()
    except UnicodeDecodeError as error:
        raise DlmsError(Fault.BAD_VALUE, f"utf8-string {octets.hex()}") from error


def _read_rare(cursor: Cursor, tag: int, depth: int) -> object:
    if tag == Tag.FLOAT32:
        return struct.unpack(">f", cursor.take(4))[0]
    if tag == Tag.FLOAT64:
        return struct.unpack(">d", cursor.take(8))[0]
    if tag == Tag.BIT_STRING:
        count = cursor.length()
        size = (count + 7) // 8
        return Bits(count, int.from_bytes(cursor.take(size)) >> (size * 8 - count))
    if tag == Tag.COMPACT_ARRAY:
        return _read_compact_array(cursor, depth)
    raise DlmsError(
        Fault.UNKNOWN_TAG, f"{tag:#04x} at byte {cursor.place - 1}", expected="a tag of Data"
    )


class TypeDescription(NamedTuple):
    """What every element of a compact array is.

    Attributes:
        tag: of the element.
        parts: of a structure, or the one kind of an array's elements.
        repeats: elements of an array.
        least: bytes that an element takes at least.
    """

    tag: int
    parts: tuple[TypeDescription, ...]
    repeats: int
    least: int


def _read_compact_array(cursor: Cursor, depth: int) -> tuple[Data, ...]:
    """Read a type and the bare bytes of every element; the same value as a plain array."""
    kind = _read_description(cursor, depth + 1)
    contents = Cursor(cursor.octets())
    if contents.left and not kind.least:
        raise DlmsError(
            Fault.BAD_VALUE, f"compact array of {kind.tag:#04x}", expected="elements with bytes"
        )
    found: list[Data] = []
    while contents.left:
        found.append(_read_element(contents, kind, depth + 1))
    return tuple(found)


def _read_description(cursor: Cursor, depth: int) -> TypeDescription:
    if depth > DEPTH_MAX:
        raise DlmsError(Fault.TOO_DEEP, f"{depth} containers", expected=f"at most {DEPTH_MAX}")
    tag = cursor.u8()
    if tag == Tag.ARRAY:
        repeats = cursor.u16()
        part = _read_description(cursor, depth + 1)
        return TypeDescription(tag, (part,), repeats, repeats * part.least)
    if tag == Tag.STRUCTURE:
        count = cursor.length()
        if count > cursor.left:
            raise cursor.short(count)
        parts = tuple([_read_description(cursor, depth + 1) for _ in range(count)])
        return TypeDescription(tag, parts, 1, sum(part.least for part in parts))
    size = INTEGERS[tag][0] if tag in INTEGERS else FIXED_OCTETS.get(tag, 1)
    return TypeDescription(tag, (), 1, 0 if tag in {Tag.NULL, Tag.DONT_CARE} else size)


def _read_element(cursor: Cursor, kind: TypeDescription, depth: int) -> Data:
    if kind.least > cursor.left:
        raise cursor.short(kind.least)
    if kind.tag == Tag.ARRAY and kind.repeats:
        if not kind.parts[0].least:
            raise DlmsError(Fault.BAD_VALUE, "an array of nulls", expected="elements with bytes")
        kinds = kind.parts * kind.repeats
        return Data(kind.tag, tuple([_read_element(cursor, one, depth) for one in kinds]))
    if kind.tag in {Tag.STRUCTURE, Tag.ARRAY}:
        return Data(kind.tag, tuple([_read_element(cursor, one, depth) for one in kind.parts]))
    return Data(kind.tag, read_body(cursor, kind.tag, depth))
