"""Published values, and ones by hand from the Blue Book, read and written by their classes."""

import pytest

import green_book as book
from congto.headend.cosem.classes.activity_calendar import ActivityCalendar, Season, Week
from congto.headend.cosem.classes.parts import CaptureObject
from congto.headend.cosem.classes.profile_generic import by_entry, by_range
from congto.headend.cosem.classes.push_setup import PushSetup
from congto.headend.dlms.apdu.messages import parse
from congto.headend.dlms.data import octets, u16, u32
from congto.headend.dlms.datetimes import CosemClock
from congto.headend.dlms.decoding import decode
from congto.headend.dlms.encoding import encode
from congto.headend.dlms.obis import obis
from cosem_values import ATTRIBUTES, NOON, NOON_HEX, OF_CLOCK, PARAMETERS, STAMP
from dlms_captures import captures, message


@pytest.mark.parametrize("case", ATTRIBUTES)
def test_an_attribute_is_read_and_written_back(case):
    attribute, text, value = ATTRIBUTES[case]
    raw = bytes.fromhex(text)
    assert attribute.value(decode(raw)) == value
    assert encode(attribute.data(value)) == raw


@pytest.mark.parametrize("case", PARAMETERS)
def test_a_parameter_is_written(case):
    method, text, value = PARAMETERS[case]
    assert encode(method.parameter(value)) == bytes.fromhex(text)


def test_the_calendar_of_the_green_book():
    # DLMS UA 1000-2, edition 8, Table 41: an access request that writes the passive calendar
    request = parse(book.ACCESS_REQUEST)
    seasons, weeks = request.values[2:]
    calendar = ActivityCalendar(obis("0-0:13.0.0*255"))
    assert [one.reference for one in request.steps[2:]] == [
        calendar.reference(ActivityCalendar.season_profile_passive),
        calendar.reference(ActivityCalendar.week_profile_table_passive),
    ]
    # As printed: four seasons that begin at no date, each with the week FF
    begins = CosemClock(0xFFFF, 255, 255, 255, 255, 255, 0, 0, 0, 0)
    assert ActivityCalendar.season_profile_passive.value(seasons) == tuple(
        Season(bytes((one,)), begins, b"\xff") for one in range(4)
    )
    assert ActivityCalendar.week_profile_table_passive.value(weeks) == (
        Week(b"\x00", *[255] * 7),
        Week(b"\x01", 2, *[1] * 6),
        Week(b"\x02", *[255] * 7),
        Week(b"\x03", 1, *[2] * 6),
    )


@pytest.mark.shared
def test_the_list_of_a_push_that_was_captured(shared):
    # A Landis+Gyr E450 begins its push with the list of what it pushes.
    pushed = parse(message(captures(shared)["hdlc_landis_gyr_e450_cyprus"]))
    listed = PushSetup.push_object_list.value(pushed.value.items[0])
    assert len(listed) == 21
    assert listed[:3] == (
        CaptureObject(40, obis("0-8:25.9.0*255"), 2),
        STAMP,
        CaptureObject(3, obis("1-0:21.7.0*255"), 2),
    )
    assert PushSetup.push_object_list.data(listed) == pushed.value.items[0]


def test_a_range_is_asked_for_by_the_sort_object():
    selection = by_range(STAMP, octets(NOON.octets()), octets(NOON.octets()), [STAMP])
    assert selection.selector == 1
    assert encode(selection.parameter) == bytes.fromhex(
        f"0204 {OF_CLOCK} {NOON_HEX} {NOON_HEX} 0101 {OF_CLOCK}"
    )


def test_entries_are_asked_for_by_place():
    assert encode(by_entry(1, 2).parameter) == bytes.fromhex(
        "0204 0600000001 0600000002 120001 120000"
    )
    assert by_entry(3, columns=(2, 4)).parameter.items[1:] == (u32(0), u16(2), u16(4))
