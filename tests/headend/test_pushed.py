"""Pushes of real meters give the values that were published with them."""

from decimal import Decimal

import pytest

from congto.headend.cosem.pushed import NO_CODE, Layout, pushed
from congto.headend.dlms.datetimes import clock
from congto.headend.dlms.faults import DlmsError, Fault
from congto.headend.dlms.obis import obis, obis_text
from congto.headend.dlms.tags import Tag
from dlms_captures import captures, message

LAYOUTS = {
    "hdlc_iskra550": Layout.OBJECTS,
    "hdlc_kamstrup_omnipower": Layout.SEQUENCE,
    "hdlc_landis_gyr_e450": Layout.SEQUENCE,
    "hdlc_landis_gyr_e450_cyprus": Layout.DESCRIBED,
    "hdlc_norway_han_1phase": Layout.OBJECTS,
    "hdlc_norway_han_3phase": Layout.OBJECTS,
    "raw_egd_example": Layout.BARE,
    "raw_sagemcom_xt211": Layout.BARE,
}
"""Captures published with a value for every code; the other two are below."""


def text(value) -> str:
    """Write a value as the publication does."""
    octets = value.value
    if isinstance(octets, str):
        return octets
    if len(octets) != 12:
        return octets.decode() if octets.isascii() else ""  # it writes no other octets
    fields = clock(octets)
    day = f"{fields.year:04}-{fields.month:02}-{fields.day:02}"
    return f"{day} {fields.hour:02}:{fields.minute:02}:{fields.second:02}"


@pytest.mark.shared
@pytest.mark.parametrize("name", LAYOUTS)
def test_every_published_value_is_read(shared, name):
    capture = captures(shared)[name]
    read = pushed(message(capture))
    assert read.layout is LAYOUTS[name]
    rows = {".".join(map(str, row.code)): row for row in read.rows}
    numbers = {code: rows[code].number for code in capture["floats"]}
    assert numbers == {code: Decimal(str(value)) for code, value in capture["floats"].items()}
    strings = {code: text(rows[code].value) for code in capture["strings"]}
    assert strings == capture["strings"]
    assert len(read.rows) == capture["expected_count"] == len(numbers) + len(strings)


@pytest.mark.shared
def test_a_list_without_codes_is_read_by_its_makers_list(shared):
    # Kaifa MA304H3E is published without values; these are by hand from its bytes: 000003b4 W,
    # 00000588 mA, 00000951 tenths of a volt.
    read = pushed(message(captures(shared)["hdlc_kaifa_ma304h3e"]))
    assert read.layout is Layout.POSITIONS
    rows = {obis_text(row.code): row for row in read.rows}
    assert rows["1-0:1.7.0*255"].number == 0x3B4
    assert rows["1-0:31.7.0*255"].number == Decimal("1.416")
    assert rows["1-0:32.7.0*255"].number == Decimal("238.5")
    assert rows["0-0:96.1.7*255"].value.value == b"MA304H3E"
    assert clock(read.time)[:7] == (2017, 9, 15, 5, 5, 33, 40)


@pytest.mark.shared
def test_a_push_that_brings_its_list_is_read_by_it(shared):
    capture = captures(shared)["raw_energomera"]
    read = pushed(message(capture))
    assert read.layout is Layout.DESCRIBED
    rows = {".".join(map(str, row.code)): row for row in read.rows}
    # Published is 0 for each code of the list: its data index, not a value. The list itself, the
    # first of its seven, has no row. The last value is published: 3.
    assert set(rows) == set(capture["floats"]) - {"0.0.25.9.0.255"}
    assert rows["0.0.99.98.4.255"].number == capture["floats"]["0.0.99.98.4.255"] == 3
    assert rows["0.0.96.5.134.255"].value == (Tag.ENUM, 1)
    assert rows["0.0.42.0.0.255"].value.value == b"EMR0222173608710"
    assert rows["0.0.97.98.0.255"].value.value == 16


# A frame as github.com/UtilitechAS/amsreader-firmware, frames/austria.raw, shows it opened (its
# first values): everything in one structure, the meter's number at the end without a code.
AUSTRIAN = (
    "0F803E3771 0C07E50C1B010E002D00FFC402 0208 090C07E50C1B010E002D00FFC402"
    "090601000108 00FF 0600433D0A 02020F00161E"
    "090601002007 00FF 12 0934 02020FFF1623 090C313738323130303135313635"
)


def test_codes_values_and_scalers_in_one_structure():
    read = pushed(bytes.fromhex(AUSTRIAN))
    assert read.layout is Layout.SEQUENCE
    first, energy, voltage, last = read.rows
    assert (first.code, last.code) == (NO_CODE, NO_CODE)
    assert last.value.value == b"178210015165"
    assert (energy.code, energy.number, energy.unit) == (obis("1-0:1.8.0*255"), 0x433D0A, 30)
    assert (voltage.number, voltage.unit) == (Decimal("235.6"), 35)


@pytest.mark.parametrize(
    ("apdu", "fault"),
    [
        ("C401C10006000003B4", Fault.UNEXPECTED),
        ("0F0000000100020112000112", Fault.TRAILING),
        ("0F0000000100020212000112 0002", Fault.BAD_VALUE),
        ("0F000000010002021601010202020001", Fault.TRUNCATED),
        ("0F0000000100020216010103 020200", Fault.TRUNCATED),
        # a list of one other object and then two values
        (
            "0F00000001000203 0101 0204 120003 090601000108 00FF 0F02 120000 0600000001 0600000002",
            Fault.BAD_VALUE,
        ),
    ],
)
def test_a_push_of_no_known_form_is_refused_by_name(apdu, fault):
    with pytest.raises(DlmsError) as refused:
        pushed(bytes.fromhex(apdu))
    assert refused.value.fault is fault
