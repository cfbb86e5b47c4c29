"""Values to bytes, by A-XDR (IEC 61334-6)."""

from __future__ import annotations

import struct

from congto.headend.dlms.cursor import length_bytes, octets_bytes
from congto.headend.dlms.data import Bits, Data, tag_name
from congto.headend.dlms.faults import DlmsError, Fault
from congto.headend.dlms.tags import CONTAINERS, FIXED_OCTETS, INTEGERS, Tag

FLOATS = frozenset({Tag.FLOAT32, Tag.FLOAT64})
EMPTY = frozenset({Tag.NULL, Tag.DONT_CARE})
WRITTEN_AS: dict[int, int] = {Tag.COMPACT_ARRAY: Tag.ARRAY}
"""Elements of a compact array carry their tags once read: they are written as a plain array."""


def encode(data: Data) -> bytes:
    """Write a value with its tag.

    Raises:
        DlmsError: the value does not fit its tag.
    """
    out = bytearray()
    _write(out, data)
    return bytes(out)


def _write(out: bytearray, data: Data) -> None:
    tag, value = data
    out.append(WRITTEN_AS.get(tag, tag))
    whole = INTEGERS.get(tag)
    if whole is not None:
        size, signed = whole
        if not isinstance(value, int):
            raise _unfit(data)
        try:
            out += value.to_bytes(size, signed=signed)
        except OverflowError as error:
            raise _unfit(data) from error
    elif tag == Tag.OCTET_STRING:
        out += octets_bytes(data.octets)
    elif tag in CONTAINERS:
        items = data.items
        out += length_bytes(len(items))
        for item in items:
            _write(out, item)
    elif tag not in EMPTY:
        out += _rare_bytes(data)


def _rare_bytes(data: Data) -> bytes:
    """Write what is neither a whole number, octets, a container nor null."""
    tag, value = data
    if tag == Tag.BOOLEAN and isinstance(value, bool):
        return b"\x01" if value else b"\x00"
    if tag == Tag.VISIBLE_STRING and isinstance(value, str):
        return octets_bytes(value.encode("latin-1"))
    if tag == Tag.UTF8_STRING and isinstance(value, str):
        return octets_bytes(value.encode())
    if tag in FIXED_OCTETS and isinstance(value, bytes) and len(value) == FIXED_OCTETS[tag]:
        return value
    if tag == Tag.BIT_STRING and isinstance(value, Bits):
        size = (value.size + 7) // 8
        return length_bytes(value.size) + (value.value << (size * 8 - value.size)).to_bytes(size)
    if tag in FLOATS and isinstance(value, float):
        return struct.pack(">f" if tag == Tag.FLOAT32 else ">d", value)
    raise _unfit(data)


def _unfit(data: Data) -> DlmsError:
    return DlmsError(
        Fault.BAD_VALUE, f"{data.value!r}", expected=f"a value of type {tag_name(data.tag)}"
    )
