"""Objects of a simulated meter, read, written and acted on by their classes."""

from datetime import time

import pytest

from congto.headend.cosem.classes.activity_calendar import ActivityCalendar, Day, DayAction, Week
from congto.headend.cosem.classes.association import Association
from congto.headend.cosem.classes.clock import Clock, ClockBase
from congto.headend.cosem.classes.data import DataObject
from congto.headend.cosem.classes.disconnect_control import ControlState, DisconnectControl
from congto.headend.cosem.classes.exchange import act, read, read_rows, read_some, write
from congto.headend.cosem.classes.image_transfer import (
    ImageBlock,
    ImageTransfer,
    ImageTransferStatus,
    Initiation,
)
from congto.headend.cosem.classes.kinds import U8
from congto.headend.cosem.classes.limiter import Limiter
from congto.headend.cosem.classes.moments import CosemDate, CosemTime
from congto.headend.cosem.classes.profile_generic import ProfileGeneric, by_entry, by_range
from congto.headend.cosem.classes.push_setup import Destination, PushSetup, Transport
from congto.headend.cosem.classes.registers import Register
from congto.headend.cosem.classes.registry import CLASSES, listed
from congto.headend.cosem.classes.shape import CosemObject, attribute
from congto.headend.cosem.classes.single_action_schedule import (
    ExecutionTime,
    SingleActionSchedule,
)
from congto.headend.cosem.classes.special_days import SpecialDay, SpecialDays
from congto.headend.dlms.apdu.results import AccessResult
from congto.headend.dlms.client import AccessRefusedError
from congto.headend.dlms.data import Bits, octets, u32
from congto.headend.dlms.datetimes import clock_of
from congto.headend.dlms.decoding import decode
from congto.headend.dlms.encoding import encode
from congto.headend.dlms.faults import DlmsError
from congto.headend.dlms.obis import obis
from world_simulator import HALF_HOUR, LOAD_PROFILE, NOW, World, stamp

SCRIPTS = obis("0-0:10.0.100*255")
CLOCK = Clock(obis("0-0:1.0.0*255"))
RELAY = DisconnectControl(obis("0-0:96.3.10*255"))
CALENDAR, SPECIAL = ActivityCalendar(obis("0-0:13.0.0*255")), SpecialDays(obis("0-0:11.0.0*255"))
LOAD = ProfileGeneric(LOAD_PROFILE)


@pytest.fixture
def session():
    return World().visit()


def view(session):
    association = Association(obis("0-0:40.0.0*255"), 1)
    return session.do(read(session.client, association, association.object_list))


def test_every_attribute_of_every_object_is_read_and_written_back_as_it_came(session):
    seen = set()
    for row in view(session):
        asked = listed(row)
        for right in row.access_rights.attribute_access:
            (declared,) = [
                one
                for one in asked.attributes
                if one.number == right.attribute_id and asked.has(one)
            ]
            if right.access_selectors is not None:
                continue  # the buffer of a profile: many rows, read below
            raw = session.do(session.client.get(asked.reference(declared)))
            assert encode(declared.data(declared.value(decode(raw)))) == raw
            seen.add(asked.number)
        known = {one.number for one in asked.methods if asked.has(one)}
        assert {one.method_id for one in row.access_rights.method_access} <= known
    # A meter of today has no demand register and no schedule; all other classes it has.
    assert set(CLASSES) - seen == {5, 10}


def test_a_class_that_is_not_known_here_is_none(session):
    row = view(session)[0]
    assert listed(row._replace(class_id=9000)) is None


class Misread(CosemObject, number=8, version=0, title="Misread", clause="0"):
    time_zone = attribute(3, U8)


def test_some_attributes_are_read_at_once_and_of_each_that_fails_it_is_told_why(session):
    asked = [
        (CLOCK, Clock.time_zone),
        (Register(CLOCK.name), Register.scaler_unit),
        (DataObject(obis("0-0:99.99.9*255")), DataObject.value),
        (Misread(CLOCK.name), Misread.time_zone),
        (CLOCK, Clock.clock_base),
    ]
    zone, other_class, absent, unfit, base = session.do(read_some(session.client, asked))
    assert (zone, base) == (-420, ClockBase.INTERNAL_CRYSTAL)
    assert other_class.result == AccessResult.OBJECT_CLASS_INCONSISTENT
    assert absent.result == AccessResult.OBJECT_UNDEFINED
    assert unfit.found.endswith("attribute 3 time_zone: int16 -420")


def test_the_relay_opens_and_closes(session):
    act_on = [RELAY.remote_disconnect, RELAY.remote_reconnect]
    told = []
    for method in act_on:
        session.do(act(session.client, RELAY, method))
        told.append(
            session.do(
                read_some(
                    session.client, [(RELAY, RELAY.output_state), (RELAY, RELAY.control_state)]
                )
            )
        )
    assert told == [[False, ControlState.DISCONNECTED], [True, ControlState.CONNECTED]]


def test_the_clock_is_set_and_shifted(session):
    session.do(write(session.client, CLOCK, Clock.time, clock_of(NOW, 420)))
    session.do(act(session.client, CLOCK, Clock.shift_time, -30))
    told = session.do(read(session.client, CLOCK, Clock.time)).instant(None)
    assert (told - NOW).total_seconds() == -30


def test_a_calendar_is_written_activated_and_read_back(session):
    def script(hour, rate):
        return DayAction(CosemTime.of(time(hour)), SCRIPTS, rate)

    days = (Day(1, (script(0, 3), script(4, 1))), Day(2, (script(0, 2),)))
    week = (Week(b"1", 1, 1, 1, 1, 1, 1, 2),)
    client = session.client
    session.do(write(client, CALENDAR, CALENDAR.calendar_name_passive, b"NEW"))
    session.do(write(client, CALENDAR, CALENDAR.day_profile_table_passive, days))
    session.do(write(client, CALENDAR, CALENDAR.week_profile_table_passive, week))
    session.do(act(client, CALENDAR, CALENDAR.activate_passive_calendar))
    read_back = session.do(
        read_some(
            client,
            [
                (CALENDAR, CALENDAR.calendar_name_active),
                (CALENDAR, CALENDAR.day_profile_table_active),
                (CALENDAR, CALENDAR.week_profile_table_active),
            ],
        )
    )
    assert read_back == [b"NEW", days, week]


def test_special_days_are_added_and_taken_away(session):
    national, new_year = (
        SpecialDay(1, CosemDate.each_year(9, 2), 1),
        SpecialDay(2, CosemDate(2027, 2, 6), 1),
    )
    for day in (national, new_year):
        session.do(act(session.client, SPECIAL, SPECIAL.insert, day))
    assert session.do(read(session.client, SPECIAL, SPECIAL.entries)) == (national, new_year)
    session.do(act(session.client, SPECIAL, SPECIAL.delete, 1))
    assert session.do(read(session.client, SPECIAL, SPECIAL.entries)) == (new_year,)


def test_an_image_is_transferred(session):
    image, client = ImageTransfer(obis("0-0:44.0.0*255")), session.client
    size = session.do(read(client, image, image.image_block_size))
    content = bytes(range(256)) * 2 + b"end"
    name = b"CONGTO-SIM-2.0"
    session.do(act(client, image, image.image_transfer_initiate, Initiation(name, len(content))))
    for number in (0, 2):
        block = ImageBlock(number, content[number * size : (number + 1) * size])
        session.do(act(client, image, image.image_block_transfer, block))
    arrived = session.do(read(client, image, image.image_transferred_blocks_status))
    assert arrived == Bits(3, 0b101)
    assert session.do(read(client, image, image.image_first_not_transferred_block_number)) == 1
    block = ImageBlock(1, content[size : 2 * size])
    session.do(act(client, image, image.image_block_transfer, block))
    session.do(act(client, image, image.image_verify))
    session.do(act(client, image, image.image_activate))
    status = session.do(read(client, image, image.image_transfer_status))
    assert status is ImageTransferStatus.ACTIVATION_SUCCESSFUL


def test_threshold_push_and_single_action_are_written(session):
    limiter, push = Limiter(obis("0-0:17.0.0*255")), PushSetup(obis("0-0:25.9.0*255"))
    action = SingleActionSchedule(obis("0-0:15.0.2*255"))
    written = [
        (limiter, limiter.threshold_normal, u32(5600)),
        (
            push,
            push.send_destination_and_method,
            Destination(Transport.UDP, b"10.0.0.1:4059", 0),
        ),
        (
            action,
            action.execution_time,
            (ExecutionTime(CosemTime(2, 0), CosemDate(2026, 12, 1)),),
        ),
    ]
    for changed, declared, value in written:
        session.do(write(session.client, changed, declared, value))
        assert session.do(read(session.client, changed, declared)) == value


def test_rows_of_a_range_and_of_entries(session):
    restricting = session.do(read(session.client, LOAD, LOAD.sort_object))
    columns = session.do(read(session.client, LOAD, LOAD.capture_objects))
    last = session.world.age // HALF_HOUR * HALF_HOUR
    bounds = (octets(stamp(age)) for age in (last - HALF_HOUR, last))
    rows = session.do(
        read_rows(session.client, LOAD, by_range(restricting, *bounds, [columns[0], columns[2]]))
    )
    assert [row[0] for row in rows] == [stamp(last - HALF_HOUR), stamp(last)]
    count = session.do(read(session.client, LOAD, LOAD.entries_in_use))
    newest = session.do(read_rows(session.client, LOAD, by_entry(count - 1, columns=(1, 3))))
    assert [(row[0], row[2]) for row in newest] == rows


def test_nothing_is_sent_where_the_value_does_not_fit(session):
    exchange = write(session.client, CLOCK, Clock.time_zone, 100_000)
    with pytest.raises(DlmsError, match="attribute 3 time_zone: 100000"):
        next(exchange)


def test_what_a_meter_refuses_is_told(session):
    with pytest.raises(AccessRefusedError, match="read-write-denied"):
        session.do(write(session.client, CLOCK, Clock.time_zone, -420))
