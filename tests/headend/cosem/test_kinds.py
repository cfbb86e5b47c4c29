"""What is not of its kind is refused with its place; what fits is written back as it was."""

import os
import traceback

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from congto.headend.cosem.classes.activity_calendar import ActivityCalendar, Day, DayAction
from congto.headend.cosem.classes.association import Association, AttributeAccess
from congto.headend.cosem.classes.clock import Clock
from congto.headend.cosem.classes.disconnect_control import DisconnectControl
from congto.headend.cosem.classes.image_transfer import ImageTransfer, Initiation
from congto.headend.cosem.classes.kinds import I8, U8, record
from congto.headend.cosem.classes.limiter import Limiter
from congto.headend.cosem.classes.moments import CosemTime
from congto.headend.cosem.classes.parts import ScalerUnit
from congto.headend.cosem.classes.registers import Register
from congto.headend.cosem.classes.schedule import Schedule
from congto.headend.cosem.classes.security_setup import SecuritySetup, WrappedKey
from congto.headend.cosem.classes.shape import CosemObject, attribute
from congto.headend.dlms.data import Data, array, boolean, octets, structure, u8, u16
from congto.headend.dlms.datetimes import CosemClock
from congto.headend.dlms.decoding import decode
from congto.headend.dlms.faults import DlmsError, Fault
from congto.headend.dlms.obis import obis
from congto.headend.dlms.tags import CONTAINERS, INTEGERS, Tag
from cosem_values import ATTRIBUTES

EXAMPLES = int(os.environ.get("CONGTO_EXAMPLES", "25"))
SCRIPTS = obis("0-0:10.0.100*255")


def refusal(call, value) -> str:
    with pytest.raises(DlmsError) as caught:
        call(value)
    assert caught.value.fault is Fault.BAD_VALUE
    return f"{caught.value.found} | {caught.value.expected}"


def test_a_value_of_another_type_names_class_attribute_what_was_found_and_what_is_expected():
    assert refusal(Clock.time_zone.value, u8(7)) == (
        "bad-value: class 8 Clock, attribute 3 time_zone: uint8 7 | long"
    )


def test_the_place_inside_a_structure_is_told():
    action = structure(octets(bytes(4)), octets(SCRIPTS), u8(1))
    days = array([structure(u8(1), array([])), structure(u8(2), array([action]))])
    assert refusal(ActivityCalendar.day_profile_table_active.value, days) == (
        "bad-value: class 20 Activity calendar, attribute 5 day_profile_table_active"
        "[2].day_schedule[1].script_selector: uint8 1 | long-unsigned"
    )


def test_a_value_that_cannot_be_written_is_refused_before_it_is_sent():
    day = Day(1, (DayAction(CosemTime(0, 0), SCRIPTS, 70_000),))
    assert "day_schedule[1].script_selector: 70000 | long-unsigned, 0 to 65535" in refusal(
        ActivityCalendar.day_profile_table_passive.data, (day,)
    )


@pytest.mark.parametrize(
    ("declared", "value", "told"),
    [
        (Clock.time, octets(bytes(11)), "11 octets 0000000000000000000000 | octet-string[12]"),
        (Clock.time, u16(1), "uint16 1 | octet-string[12] (date-time)"),
        (DisconnectControl.output_state, u8(1), "uint8 1 | boolean"),
        (DisconnectControl.control_state, Data(Tag.ENUM, 9), "9 | enum (0 disconnected, 1 conn"),
        (Register.scaler_unit, structure(u8(1)), "structure [1] | structure {scaler: integer, "),
        (Register.scaler_unit, array([]), "array [] | structure {"),
        (Schedule.entries, structure(), "structure [] | array of structure {index"),
        (Register.logical_name, octets(bytes(5)), "5 octets 0000000000 | octet-string[6] (log"),
    ],
)
def test_what_was_found_is_shown(declared, value, told):
    assert told.replace("{index", "{number") in refusal(declared.value, value)


@pytest.mark.parametrize(
    ("declared", "value", "told"),
    [
        (Clock.time, CosemClock(70_000, 1, 1, 1, 0, 0, 0, 0, 0, 0), "70000"),
        (Clock.time, None, "None | octet-string[12]"),
        (Clock.time_zone, True, "True | long"),
        (DisconnectControl.output_state, 1, "1 | boolean"),
        (DisconnectControl.control_mode, 7, "7 | enum (0 none"),
        (Register.scaler_unit, (0, 30), "(0, 30) | ScalerUnit"),
        (Register.scaler_unit, ScalerUnit(200, 30), ".scaler: 200 | integer, -128 to 127"),
    ],
)
def test_what_was_given_is_shown(declared, value, told):
    assert told in refusal(declared.data, value)


def test_a_secret_is_never_in_a_message():
    assert "a value | octet-string" in refusal(Association.secret.data, "geheim")
    keys = (WrappedKey(99, b"geheim"),)
    with pytest.raises(DlmsError) as caught:
        SecuritySetup.key_transfer.parameter(keys)
    told = "".join(traceback.format_exception(caught.value, limit=0))
    assert "geheim" not in told
    assert "99" not in told


def test_a_long_value_is_cut_in_messages():
    told = refusal(Clock.time_zone.value, octets(bytes(1000)))
    assert len(told) < 200


def test_what_is_expected_is_cut_too():
    told = refusal(Association.object_list.value, array([u8(1)]))
    assert "attribute 2 object_list[1]: uint8 1 | structure {class_id: long-unsigned" in told
    assert len(told) < 400


def test_a_compact_array_is_read_as_one():
    # By hand (Blue Book, 4.1.5): elements are long-unsigned, four bytes of contents: 4 and 500
    told = decode(bytes.fromhex("13 12 04 0004 01F4"))
    assert Limiter.emergency_profile_group_id_list.value(told) == (4, 500)


def test_parameters_are_refused_likewise():
    told = refusal(ImageTransfer.image_transfer_initiate.parameter, Initiation(b"A", -1))
    assert "class 18 Image transfer, method 1 image_transfer_initiate.image_size: -1" in told


def test_an_object_is_not_asked_for_the_attribute_of_another_class():
    with pytest.raises(TypeError, match="class 8 Clock, attribute 2 time is asked of Register"):
        Register(obis("1-0:1.8.0*255")).reference(Clock.time)


def test_a_record_has_a_kind_for_each_of_its_parts():
    with pytest.raises(TypeError, match="ScalerUnit has 2 parts, 1 kinds"):
        record(ScalerUnit, I8)


def test_what_a_class_declares_is_in_order_and_knows_its_class():
    class Made(CosemObject, number=9000, version=1, title="Made", clause="0"):
        second = attribute(3, U8, since=1)
        first = attribute(2, U8, until=0)

    assert [str(one) for one in Made.attributes] == [
        "class 9000 Made, attribute 1 logical_name",
        "class 9000 Made, attribute 2 first",
        "class 9000 Made, attribute 3 second",
    ]
    old, new = Made(bytes(6), 0), Made(bytes(6))
    assert [old.has(one) for one in Made.attributes] == [True, True, False]
    assert [new.has(one) for one in Made.attributes] == [True, False, True]


@pytest.mark.parametrize(
    ("mode", "version", "rights"),
    [
        # Versions 0 to 2: 1 read, 2 write, 3 both, 4 to 6 the same, authenticated
        (0, 0, (False, False)),
        (1, 1, (True, False)),
        (2, 2, (False, True)),
        (3, 1, (True, True)),
        (4, 1, (True, False)),
        (5, 1, (False, True)),
        (6, 1, (True, True)),
        # Version 3: bit 0 read, bit 1 write; 0x24: authenticated request and response alone
        (0x24, 3, (False, False)),
        (0x25, 3, (True, False)),
        (0x27, 3, (True, True)),
    ],
)
def test_rights_by_the_version_of_the_association(mode, version, rights):
    access = AttributeAccess(2, mode, None)
    assert (access.readable(version), access.writable(version)) == rights


def test_a_meter_that_writes_true_as_ff_allows_its_methods():
    # By hand: a list of version 0 whose meter writes FF for true, as published lists do
    row = "0101 0204 120046 1100 0906 000060030AFF 0202 0100 0102 0202 0F01 03FF 0202 0F02 0300"
    (listed,) = Association.object_list.value(decode(bytes.fromhex(row)))
    assert [one.access_mode for one in listed.access_rights.method_access] == [True, False]


def test_a_day_that_a_meter_sends_with_a_tag_of_its_own_is_read():
    day = bytes.fromhex("07EA0902FF")
    told = structure(
        u16(1), boolean(value=True), octets(SCRIPTS), u16(1), Data(Tag.TIME, bytes(4)), u16(0),
        decode(bytes.fromhex("0407FE")), decode(b"\x04\x00"), Data(Tag.DATE, day), octets(day),
    )  # fmt: skip
    (entry,) = Schedule.entries.value(array([told]))
    assert entry.begin_date == entry.end_date
    assert entry.switch_time == CosemTime(0, 0)


# Whatever a meter sends: refused with a name, or read and written back as it came.


def near(data: Data) -> st.SearchStrategy[Data]:
    """Values like one: the same, another value of its type, or another type."""
    tag, value = data
    others = st.sampled_from(
        [u8(1), octets(b""), structure(), array([]), Data(Tag.NULL, None), Data(Tag.ENUM, 1)]
    )
    if tag in CONTAINERS:
        same = st.tuples(*map(near, value)).map(lambda items: Data(tag, items))
        fewer = st.integers(0, len(value)).map(lambda count: Data(tag, value[:count]))
        twice = st.just(Data(tag, value * 2))
        return st.one_of(same, same, same, fewer, twice, others)
    if tag in INTEGERS:
        size, signed = INTEGERS[tag]
        low, high = (-(1 << size * 8 - 1), (1 << size * 8 - 1) - 1) if signed else (0, 255)
        changed = st.integers(low, high).map(lambda number: Data(tag, number))
    elif tag == Tag.OCTET_STRING:
        sized = st.binary(min_size=len(value), max_size=len(value))
        changed = st.one_of(sized, st.binary(max_size=20)).map(octets)
    else:
        changed = st.just(data)
    return st.one_of(st.just(data), st.just(data), changed, others)


def read(declared, sent):
    try:
        return declared.value(sent)
    except DlmsError as error:
        return error


@settings(max_examples=EXAMPLES)
@given(st.data())
@pytest.mark.parametrize("case", ATTRIBUTES)
def test_anything_is_refused_by_name_or_written_back(case, data):
    declared, text, _ = ATTRIBUTES[case]
    sent = data.draw(near(decode(bytes.fromhex(text))))
    outcome = read(declared, sent)
    if isinstance(outcome, DlmsError):
        assert outcome.fault is Fault.BAD_VALUE
        assert str(declared) in outcome.found
        assert outcome.expected
    else:
        assert declared.data(outcome) == sent
