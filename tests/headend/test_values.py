"""A-XDR values: every tag both ways, and what lies about itself.

By hand from the Data type of IEC 62056-5-3 and IEC 61334-6; compact arrays as in the DLMS UA's
Blue Book, clause 4.1.5 (contents-description, then the bare bytes).
"""

import math
import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from congto.headend.dlms.data import Bits, Data, array, octets, structure, tag_name, u8, u16, u32
from congto.headend.dlms.decoding import DEPTH_MAX, decode
from congto.headend.dlms.encoding import encode
from congto.headend.dlms.faults import DlmsError, Fault
from congto.headend.dlms.tags import FIXED_OCTETS, INTEGERS, Tag

EXAMPLES = int(os.environ.get("CONGTO_EXAMPLES", "40"))

VALUES = {
    "00": Data(Tag.NULL, None),
    "0102 1101 1102": array([u8(1), u8(2)]),
    "0100": array([]),
    "0202 1101 120002": structure(u8(1), u16(2)),
    "0301": Data(Tag.BOOLEAN, True),
    "0300": Data(Tag.BOOLEAN, False),
    "0400": Data(Tag.BIT_STRING, Bits(0, 0)),
    "0405 A8": Data(Tag.BIT_STRING, Bits(5, 0b10101)),  # three bits at the end fill the byte
    "0408 01": Data(Tag.BIT_STRING, Bits(8, 1)),
    "0409 0080": Data(Tag.BIT_STRING, Bits(9, 1)),
    "05 FFFFFFFF": Data(Tag.INT32, -1),
    "06 FFFFFFFF": u32(2**32 - 1),
    "0903 010203": octets(b"\x01\x02\x03"),
    "0900": octets(b""),
    "0A03 414243": Data(Tag.VISIBLE_STRING, "ABC"),
    "0A01 B0": Data(Tag.VISIBLE_STRING, "°"),  # not ASCII: makers send it, and it stays
    "0C05 4B57E1BBA7": Data(Tag.UTF8_STRING, "KWủ"),
    "0D 12": Data(Tag.BCD, 0x12),
    "0F 80": Data(Tag.INT8, -128),
    "10 8000": Data(Tag.INT16, -32768),
    "11 FF": u8(255),
    "12 FFFF": u16(65535),
    "14 8000000000000000": Data(Tag.INT64, -(2**63)),
    "15 FFFFFFFFFFFFFFFF": Data(Tag.UINT64, 2**64 - 1),
    "16 1E": Data(Tag.ENUM, 30),
    "17 43600000": Data(Tag.FLOAT32, 224.0),  # 0x43600000 = 1.75 x 2^7
    "18 406C000000000000": Data(Tag.FLOAT64, 224.0),
    "19 07EA0B190315000000FE5C00": Data(Tag.DATE_TIME, bytes.fromhex("07EA0B190315000000FE5C00")),
    "1A 07EA0B1903": Data(Tag.DATE, bytes.fromhex("07EA0B1903")),
    "1B 15000000": Data(Tag.TIME, bytes.fromhex("15000000")),
    "1C FF": Data(Tag.DELTA_INT8, -1),
    "1D FFFF": Data(Tag.DELTA_INT16, -1),
    "1E FFFFFFFF": Data(Tag.DELTA_INT32, -1),
    "1F FF": Data(Tag.DELTA_UINT8, 255),
    "20 FFFF": Data(Tag.DELTA_UINT16, 65535),
    "21 FFFFFFFF": Data(Tag.DELTA_UINT32, 2**32 - 1),
    "FF": Data(Tag.DONT_CARE, None),
}


@pytest.mark.parametrize("written", VALUES)
def test_a_value_is_read_and_written(written):
    value = VALUES[written]
    assert decode(bytes.fromhex(written)) == value
    assert encode(value) == bytes.fromhex(written)


def test_every_tag_but_the_compact_array_is_shown():
    assert {value.tag for value in VALUES.values()} == set(Tag) - {Tag.COMPACT_ARRAY}


def test_a_length_of_128_takes_a_byte_more():
    assert encode(octets(bytes(127)))[:3] == bytes.fromhex("097F00")
    assert encode(octets(bytes(128)))[:4] == bytes.fromhex("09818000")
    assert encode(octets(bytes(256)))[:5] == bytes.fromhex("0982010000")
    assert decode(bytes.fromhex("0982 0003 010203")).octets == b"\x01\x02\x03"  # a long short one


COMPACT = {
    # two elements of long-unsigned
    "13 12 04 0001 0002": (u16(1), u16(2)),
    # structure of unsigned and octet-string: lengths stay in the contents
    "13 02 02 11 09 07 01 02 AABB 02 01 CC": (
        structure(u8(1), octets(b"\xaa\xbb")),
        structure(u8(2), octets(b"\xcc")),
    ),
    # an array of two integers in each element: the count has two bytes in the description
    "13 01 0002 0F 04 01 FF 02 FE": (
        array([Data(Tag.INT8, 1), Data(Tag.INT8, -1)]),
        array([Data(Tag.INT8, 2), Data(Tag.INT8, -2)]),
    ),
    "13 11 00": (),
    # nulls beside values take no bytes
    "13 02 02 00 11 02 07 08": (
        structure(Data(Tag.NULL, None), u8(7)),
        structure(Data(Tag.NULL, None), u8(8)),
    ),
}


@pytest.mark.parametrize("written", COMPACT)
def test_a_compact_array_is_read_as_its_elements(written):
    found = decode(bytes.fromhex(written))
    assert found == (Tag.COMPACT_ARRAY, COMPACT[written])
    assert decode(encode(found)) == array(COMPACT[written])


@pytest.mark.parametrize(
    ("written", "fault"),
    [
        ("", Fault.TRUNCATED),
        ("07", Fault.UNKNOWN_TAG),  # floating point of old editions
        ("22", Fault.UNKNOWN_TAG),
        ("06000000", Fault.TRUNCATED),
        ("0600000000 00", Fault.TRAILING),
        ("0905 01020304", Fault.TRUNCATED),
        ("0984 FFFFFFFF 00", Fault.TRUNCATED),
        ("0985 0000000001 00", Fault.BAD_VALUE),  # a length of five bytes
        ("0980", Fault.BAD_VALUE),  # BER's "no length yet" is not A-XDR's
        ("0184 FFFFFFFF", Fault.TRUNCATED),  # a huge array
        ("0284 FFFFFFFF 00000000", Fault.TRUNCATED),
        ("0484 FFFFFFFF 00", Fault.TRUNCATED),
        ("0C02 C328", Fault.BAD_VALUE),
        ("0101" * (DEPTH_MAX + 1) + "00", Fault.TOO_DEEP),  # ever deeper arrays of one
        ("13 00 01 00", Fault.BAD_VALUE),  # a compact array of nulls never comes to an end
        ("13 01 0002 00 01 00", Fault.BAD_VALUE),
        ("13 02 02 01 0002 00 11 01 05", Fault.BAD_VALUE),
        ("13 01 FFFF 00 01 00", Fault.TOO_LARGE),
        ("13 02 02 01 FFFF 00 11 01 05", Fault.TOO_LARGE),
        ("13 02 84 FFFFFFFF 11", Fault.TRUNCATED),
        # 100 nulls and a byte in each of 100 elements: 10 200 values of 205 bytes
        ("13 02 65" + "00" * 100 + "11 64" + "01" * 100, Fault.TOO_LARGE),
        ("13 12 03 000102", Fault.TRUNCATED),  # half an element
        ("13 01 FFFF 01 FFFF 15 08 0000000000000000", Fault.TRUNCATED),
        ("13" + "010001" * (DEPTH_MAX + 2) + "11 01 00", Fault.TOO_DEEP),
    ],
)
def test_what_lies_is_refused_by_name(written, fault):
    with pytest.raises(DlmsError) as refused:
        decode(bytes.fromhex(written))
    assert refused.value.fault is fault


def test_depth_is_bounded():
    nested = u8(1)
    for _ in range(DEPTH_MAX):
        nested = structure(nested)
    assert decode(encode(nested)) == nested
    with pytest.raises(DlmsError) as refused:
        decode(encode(structure(nested)))
    assert refused.value.fault is Fault.TOO_DEEP


@pytest.mark.parametrize(
    "value",
    [
        Data(Tag.UINT8, 256),
        Data(Tag.INT8, -129),
        Data(Tag.UINT8, "1"),
        Data(Tag.OCTET_STRING, "text"),
        Data(Tag.DATE_TIME, b"short"),
        Data(Tag.BIT_STRING, 5),
        Data(Tag.FLOAT32, 1),
        Data(Tag.BOOLEAN, 1),
        Data(8, None),
    ],
)
def test_what_does_not_fit_its_tag_is_not_written(value):
    with pytest.raises(DlmsError) as refused:
        encode(value)
    assert refused.value.fault is Fault.BAD_VALUE
    assert tag_name(value.tag) in str(refused.value)


def integers(tag):
    size, signed = INTEGERS[tag]
    bits = size * 8
    low, high = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if signed else (0, 2**bits - 1)
    return st.integers(low, high).map(lambda value: Data(tag, value))


def bits():
    return st.integers(0, 40).flatmap(
        lambda size: st.integers(0, 2**size - 1).map(
            lambda value: Data(Tag.BIT_STRING, Bits(size, value))
        )
    )


PLAIN = st.one_of(
    st.sampled_from([Data(Tag.NULL, None), Data(Tag.DONT_CARE, None)]),
    st.booleans().map(lambda value: Data(Tag.BOOLEAN, value)),
    st.one_of([integers(tag) for tag in INTEGERS]),
    st.one_of(
        [
            st.binary(min_size=size, max_size=size).map(lambda value, tag=tag: Data(tag, value))
            for tag, size in FIXED_OCTETS.items()
        ]
    ),
    st.binary(max_size=300).map(octets),
    st.text(st.characters(max_codepoint=255), max_size=40).map(
        lambda value: Data(Tag.VISIBLE_STRING, value)
    ),
    st.text(max_size=40).map(lambda value: Data(Tag.UTF8_STRING, value)),
    st.floats(width=32, allow_nan=False).map(lambda value: Data(Tag.FLOAT32, value)),
    st.floats(allow_nan=False).map(lambda value: Data(Tag.FLOAT64, value)),
    bits(),
)
ANY = st.recursive(
    PLAIN,
    lambda inner: st.lists(inner, max_size=6).flatmap(
        lambda items: st.sampled_from([array(items), structure(*items)])
    ),
    max_leaves=30,
)


@given(ANY)
@settings(max_examples=EXAMPLES, deadline=None, print_blob=True)
def test_a_written_value_is_read_again(value):
    assert decode(encode(value)) == value


@given(st.binary(max_size=120))
@settings(max_examples=EXAMPLES * 2, deadline=None, print_blob=True)
def test_any_bytes_are_a_value_or_a_fault(octets_):
    try:
        value = decode(octets_)
    except DlmsError:
        return
    again = encode(value)
    assert encode(decode(again)) == again  # what was read once has one form


def test_not_a_number_stays_one():
    found = decode(bytes.fromhex("177FC00000"))
    assert math.isnan(found.value)
    assert encode(found) == bytes.fromhex("177FC00000")
