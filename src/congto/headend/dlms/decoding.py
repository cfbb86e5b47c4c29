"""Bytes to values, by A-XDR (IEC 61334-6).

Reading is bounded: a meter that lies about a count is refused before memory is spent.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, NamedTuple

from congto.headend.dlms.cursor import Cursor
from congto.headend.dlms.data import Bits, Data
from congto.headend.dlms.faults import DlmsError, Fault
from congto.headend.dlms.tags import FIXED_OCTETS, INTEGERS, Tag

if TYPE_CHECKING:
    from collections.abc import Callable

    Reader = Callable[[Cursor, int], object]
    """Reads what follows a tag, at a depth of containers."""

DEPTH_MAX = 32
"""Containers in containers; the deepest attribute of the Blue Book has six."""

VALUES_PER_BYTE_MAX = 16
"""Nulls of a compact array take no bytes: without a bound a message could make any number of them.
"""


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
    return Data(tag, READERS[tag](cursor, depth))


def _whole_number(size: int, *, signed: bool) -> Reader:
    """Return the reader of a whole number; the cursor's check is repeated here for speed."""

    def read_number(cursor: Cursor, _depth: int) -> int:
        place = cursor.place
        after = place + size
        if after > cursor.end:
            raise cursor.short(size)
        cursor.place = after
        return int.from_bytes(cursor.data[place:after], signed=signed)

    return read_number


def _fixed(size: int) -> Reader:
    return lambda cursor, _depth: cursor.take(size)


def _read_items(cursor: Cursor, depth: int) -> tuple[Data, ...]:
    count = cursor.length()
    if depth >= DEPTH_MAX:
        raise DlmsError(Fault.TOO_DEEP, f"{depth} containers", expected=f"at most {DEPTH_MAX}")
    if count > cursor.left:  # every element takes a byte at least
        raise cursor.short(count)
    depth += 1
    return tuple([read(cursor, depth) for _ in range(count)])


def _read_octets(cursor: Cursor, _depth: int) -> bytes:
    return cursor.octets()


def _read_nothing(_cursor: Cursor, _depth: int) -> None:
    return None


def _read_boolean(cursor: Cursor, _depth: int) -> bool:
    return cursor.u8() != 0


def _read_visible(cursor: Cursor, _depth: int) -> str:
    # ASCII by the standard; makers put other bytes in, and Latin-1 keeps each of them.
    return cursor.octets().decode("latin-1")


def _read_utf8(cursor: Cursor, _depth: int) -> str:
    octets = cursor.octets()
    try:
        return octets.decode()
    except UnicodeDecodeError as error:
        raise DlmsError(Fault.BAD_VALUE, f"utf8-string {octets.hex()}") from error


def _read_float32(cursor: Cursor, _depth: int) -> object:
    return struct.unpack(">f", cursor.take(4))[0]


def _read_float64(cursor: Cursor, _depth: int) -> object:
    return struct.unpack(">d", cursor.take(8))[0]


def _read_bits(cursor: Cursor, _depth: int) -> Bits:
    count = cursor.length()
    size = (count + 7) // 8
    return Bits(count, int.from_bytes(cursor.take(size)) >> (size * 8 - count))


def _refuse(cursor: Cursor, _depth: int) -> object:
    place = cursor.place - 1
    raise DlmsError(
        Fault.UNKNOWN_TAG, f"{cursor.data[place]:#04x} at byte {place}", expected="a tag of Data"
    )


class TypeDescription(NamedTuple):
    """What every element of a compact array is.

    Attributes:
        tag: of the element.
        parts: of a structure, or the one kind of an array's elements.
        repeats: elements of an array.
        least: bytes that an element takes at least.
        values: values that an element makes, itself included.
    """

    tag: int
    parts: tuple[TypeDescription, ...]
    repeats: int
    least: int
    values: int


def _read_compact_array(cursor: Cursor, depth: int) -> tuple[Data, ...]:
    """Read a type and the bare bytes of every element; the same value as a plain array."""
    begin = cursor.place
    kind = _read_description(cursor, depth + 1)
    contents = Cursor(cursor.octets())
    values = kind.values * (contents.left // max(kind.least, 1))
    if values > VALUES_PER_BYTE_MAX * (cursor.place - begin):
        raise DlmsError(
            Fault.TOO_LARGE,
            f"compact array of up to {values} values in {cursor.place - begin} bytes",
            expected=f"at most {VALUES_PER_BYTE_MAX} values a byte",
        )
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
        values = 1 + repeats * part.values
        return TypeDescription(tag, (part,), repeats, repeats * part.least, values)
    if tag == Tag.STRUCTURE:
        count = cursor.length()
        if count > cursor.left:
            raise cursor.short(count)
        parts = tuple([_read_description(cursor, depth + 1) for _ in range(count)])
        least, values = sum(part.least for part in parts), 1 + sum(part.values for part in parts)
        return TypeDescription(tag, parts, 1, least, values)
    size = INTEGERS[tag][0] if tag in INTEGERS else FIXED_OCTETS.get(tag, 1)
    return TypeDescription(tag, (), 1, 0 if tag in {Tag.NULL, Tag.DONT_CARE} else size, 1)


def _read_element(cursor: Cursor, kind: TypeDescription, depth: int) -> Data:
    if kind.least > cursor.left:
        raise cursor.short(kind.least)
    if kind.tag not in {Tag.STRUCTURE, Tag.ARRAY}:
        return Data(kind.tag, READERS[kind.tag](cursor, depth))
    if kind.repeats and not kind.least:
        raise DlmsError(Fault.BAD_VALUE, "an array of nulls", expected="elements with bytes")
    kinds = kind.parts * kind.repeats
    return Data(kind.tag, tuple([_read_element(cursor, one, depth) for one in kinds]))


def _readers() -> tuple[Reader, ...]:
    """Return the reader of every tag."""
    readers: list[Reader] = [_refuse] * 256
    for tag, (size, signed) in INTEGERS.items():
        readers[tag] = _whole_number(size, signed=signed)
    for tag, size in FIXED_OCTETS.items():
        readers[tag] = _fixed(size)
    readers[Tag.NULL] = readers[Tag.DONT_CARE] = _read_nothing
    readers[Tag.ARRAY] = readers[Tag.STRUCTURE] = _read_items
    readers[Tag.COMPACT_ARRAY] = _read_compact_array
    readers[Tag.OCTET_STRING] = _read_octets
    readers[Tag.VISIBLE_STRING] = _read_visible
    readers[Tag.UTF8_STRING] = _read_utf8
    readers[Tag.BOOLEAN] = _read_boolean
    readers[Tag.BIT_STRING] = _read_bits
    readers[Tag.FLOAT32] = _read_float32
    readers[Tag.FLOAT64] = _read_float64
    return tuple(readers)


READERS = _readers()
