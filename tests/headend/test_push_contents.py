"""What pushes say in whole Wh: built by hand as meters build them, read by codes and scales."""

from datetime import UTC, datetime

import pytest

from congto.headend.dlms.apdu.notices import DataNotification, EventNotification
from congto.headend.dlms.apdu.references import Reference
from congto.headend.dlms.data import array, enum, i8, octets, structure, u16, u32
from congto.headend.dlms.datetimes import clock_of
from congto.headend.dlms.obis import obis
from congto.headend.profiles.loader import load_profile
from congto.headend.profiles.push_contents import (
    TakenEvent,
    TakenHalfHour,
    TakenRegister,
    contents_of,
    name_of,
)
from congto.vocabulary.groups import Register
from congto.vocabulary.intervals import Channel, Status

PROFILE = load_profile("congto-simulator")
MIDNIGHT = datetime(2026, 11, 24, 17, tzinfo=UTC)  # 00:00 of the 25th in Viet Nam
WH, VARH, VOLT = 30, 32, 35


def stamp(at: datetime) -> bytes:
    return clock_of(at, 420).octets()


def quantity(code: str, value: int, scaler: int, unit: int):
    return structure(octets(obis(code)), u32(value), structure(i8(scaler), enum(unit)))


def notice(*items, at: datetime = MIDNIGHT) -> DataNotification:
    return DataNotification(1, stamp(at), structure(*items))


def test_registers_are_taken_with_the_scaler_that_the_push_says() -> None:
    # 123456 x 10 Wh = 1,234,560 Wh; 98765 x 0.1 varh = 9,876 completed varh; volts are no energy.
    found = contents_of(
        notice(
            quantity("1-0:1.8.0*255", 123_456, 1, WH),
            quantity("1-0:3.8.0*255", 98_765, -1, VARH),
            quantity("1-0:32.7.0*255", 2301, -1, VOLT),
        ),
        PROFILE,
    )
    assert found.at == MIDNIGHT
    assert found.registers == [
        TakenRegister(MIDNIGHT, Register.TOTAL, 1_234_560),
        TakenRegister(MIDNIGHT, Register.REACTIVE, 9_876),
    ]
    assert (found.half_hours, found.events, found.left_out) == ([], [], {})


def test_a_half_hour_belongs_to_the_one_that_ended_at_the_clock() -> None:
    found = contents_of(notice(quantity("1-0:1.29.0*255", 250, 0, WH)), PROFILE)
    begun = datetime(2026, 11, 24, 16, 30, tzinfo=UTC)
    assert found.half_hours == [TakenHalfHour(begun, Channel.ACTIVE_IMPORT, 250, 0)]


@pytest.mark.parametrize(
    ("item", "at", "why"),
    [
        (quantity("1-0:1.8.0*255", 5, 0, VARH), MIDNIGHT, "unit 32"),
        (quantity("1-0:1.29.0*255", 5, 0, WH), MIDNIGHT.replace(minute=7), "a half-hour at"),
        (quantity("1-0:1.29.0*255", 5, -1, WH), MIDNIGHT, "5 x 10^-1"),
        (structure(octets(obis("1-0:4.29.0*255")), u32(5)), MIDNIGHT, "a value without scaler"),
        (structure(octets(obis("1-0:1.8.0*255")), octets(b"x")), MIDNIGHT, "b'x'"),
    ],
)
def test_a_value_that_cannot_be_believed_is_left_out_and_named(item, at, why) -> None:
    found = contents_of(notice(item, quantity("1-0:1.8.1*255", 7, 0, WH), at=at), PROFILE)
    assert (found.half_hours, len(found.registers)) == ([], 1)
    (told,) = found.left_out.values()
    assert why in told


def test_rows_of_a_load_profile_are_half_hours() -> None:
    # Rows as congto-simulator has them: clock (end), status, A+, A-, Q+; bit 7 is no voltage.
    rows = array(
        [
            structure(octets(stamp(MIDNIGHT)), u16(1 << 7), u32(100), u32(0), u32(20)),
        ]
    )
    described = array(
        [
            structure(u16(kind), octets(obis(code)), i8(2), u16(0))
            for kind, code in ((40, "0-0:25.9.0*255"), (7, "1-0:99.1.0*255"))
        ]
    )
    found = contents_of(DataNotification(1, b"", structure(described, rows)), PROFILE)
    begun, dark = datetime(2026, 11, 24, 16, 30, tzinfo=UTC), int(Status.POWER_DOWN)
    assert found.half_hours == [
        TakenHalfHour(begun, Channel.ACTIVE_IMPORT, 100, dark),
        TakenHalfHour(begun, Channel.ACTIVE_EXPORT, 0, dark),
        TakenHalfHour(begun, Channel.REACTIVE_IMPORT, 20, dark),
    ]


def test_an_event_notification_brings_the_code_of_its_log() -> None:
    told = EventNotification(stamp(MIDNIGHT), Reference(1, obis("0-0:96.11.1*255"), 2), u16(42))
    assert contents_of(told, PROFILE).events == [TakenEvent(MIDNIGHT, 42)]


def test_the_name_in_a_push_is_read_apart() -> None:
    name = structure(octets(obis("0-0:42.0.0*255")), octets(b"CTOM1"))
    assert name_of(notice(name, quantity("1-0:1.8.0*255", 1, 0, WH))) == "CTOM1"
    assert name_of(notice(quantity("1-0:1.8.0*255", 1, 0, WH))) == ""
