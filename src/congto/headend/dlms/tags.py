"""Tags of the Data type (IEC 62056-5-3; DLMS Blue Book, clause 4.1.5)."""

from __future__ import annotations

from enum import IntEnum


class Tag(IntEnum):
    """What a value says it is."""

    NULL = 0
    ARRAY = 1
    STRUCTURE = 2
    BOOLEAN = 3
    BIT_STRING = 4
    INT32 = 5  # double-long
    UINT32 = 6  # double-long-unsigned
    OCTET_STRING = 9
    VISIBLE_STRING = 10
    UTF8_STRING = 12
    BCD = 13
    INT8 = 15  # integer
    INT16 = 16  # long
    UINT8 = 17  # unsigned
    UINT16 = 18  # long-unsigned
    COMPACT_ARRAY = 19
    INT64 = 20  # long64
    UINT64 = 21  # long64-unsigned
    ENUM = 22
    FLOAT32 = 23
    FLOAT64 = 24
    DATE_TIME = 25
    DATE = 26
    TIME = 27
    DELTA_INT8 = 28
    DELTA_INT16 = 29
    DELTA_INT32 = 30
    DELTA_UINT8 = 31
    DELTA_UINT16 = 32
    DELTA_UINT32 = 33
    DONT_CARE = 255


INTEGERS: dict[int, tuple[int, bool]] = {
    Tag.INT8: (1, True),
    Tag.INT16: (2, True),
    Tag.INT32: (4, True),
    Tag.INT64: (8, True),
    Tag.UINT8: (1, False),
    Tag.UINT16: (2, False),
    Tag.UINT32: (4, False),
    Tag.UINT64: (8, False),
    Tag.ENUM: (1, False),
    Tag.BCD: (1, False),
    Tag.DELTA_INT8: (1, True),
    Tag.DELTA_INT16: (2, True),
    Tag.DELTA_INT32: (4, True),
    Tag.DELTA_UINT8: (1, False),
    Tag.DELTA_UINT16: (2, False),
    Tag.DELTA_UINT32: (4, False),
}
"""Bytes and signedness of the whole numbers. BCD is kept as its byte: makers differ in its use."""

FIXED_OCTETS: dict[int, int] = {Tag.DATE_TIME: 12, Tag.DATE: 5, Tag.TIME: 4}
"""Types that are so many octets without a length."""

CONTAINERS = frozenset({Tag.ARRAY, Tag.STRUCTURE, Tag.COMPACT_ARRAY})
