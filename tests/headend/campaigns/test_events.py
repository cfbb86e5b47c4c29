"""Events of logs and pushes, named as files of events name them."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from congto.headend.campaigns.events import (
    EventReport,
    log_reports,
    pushed_reports,
    read_events,
)
from congto.headend.dlms.apdu.messages import parse
from congto.headend.dlms.apdu.notices import DataNotification, EventNotification
from congto.headend.dlms.apdu.references import Reference
from congto.headend.dlms.data import array, i8, octets, structure, u8, u16, u32
from congto.headend.dlms.datetimes import clock_of
from congto.headend.dlms.encoding import encode
from congto.headend.dlms.faults import DlmsError
from congto.headend.dlms.obis import obis
from congto.headend.dlms.wrapper import WrapperReader
from congto.headend.profiles.event_logs import AlarmRegister, Events, LogKind
from congto.headend.profiles.loader import load_profile
from congto.headend.profiles.readout import Span
from congto.headend.simulator.calendars import instant_of
from congto.headend.simulator.faults import Trouble
from congto.headend.simulator.fleet import Secured
from congto.headend.simulator.push import push_datagram
from congto.interfaces.files.events.formats import EVENT_FORMATS
from congto.interfaces.files.readings.words import How
from congto.vocabulary.events import MeterEvent
from world_commands import carry, clock_of_world, meddled
from world_simulator import DAY, World

PROFILE, GENERIC = load_profile("congto-simulator"), load_profile("generic")
LOG = PROFILE.events.logs[0]
AT = datetime(2026, 11, 24, 20, 12, 30, tzinfo=UTC)
STAMP = clock_of(AT, 420).octets()
LOST = bytes.fromhex("FFFFFFFFFFFFFFFFFF8000FF")
HEARD = AT + timedelta(minutes=3)


def week_of(world):
    return Span(instant_of(world.age - 7 * DAY), instant_of(world.age))


def read(session, profile=PROFILE):
    return carry(session, read_events(session.client, profile, week_of(session.world)))


def told(rows, log=LOG):
    return log_reports(rows, log, PROFILE.times, log.columns)


def test_an_outage_is_read_from_the_log_of_a_meter():
    world = World(faults={Trouble.OUTAGE: 1.0})
    meter = world.meter()
    ((begin, end),) = meter.dark
    found = read(world.visit())
    assert found.refused == {}
    assert found.reports == [
        EventReport("dlms:1", instant_of(begin), None, "standard log"),
        EventReport("dlms:2", instant_of(end), None, "standard log"),
    ]


def test_only_the_span_is_asked_for():
    world = World(faults={Trouble.OUTAGE: 1.0})
    ((begin, end),) = world.meter().dark
    session = world.visit()
    exchange = read_events(session.client, PROFILE, Span(instant_of(begin + 1), instant_of(end)))
    assert [one.event for one in carry(session, exchange).reports] == ["dlms:2"]


def test_a_meter_that_says_its_columns_is_asked_and_logs_it_lacks_are_named():
    world = World(faults={Trouble.OUTAGE: 1.0})
    found = read(world.visit(), replace(PROFILE, events=GENERIC.events))
    assert [one.event for one in found.reports] == ["dlms:1", "dlms:2"]
    assert len(found.refused) == 4
    assert all("object-undefined" in why for why in found.refused.values())


def test_a_log_without_the_columns_of_its_profile_is_refused_by_name(monkeypatch):
    meddler = meddled(monkeypatch)
    meddler.tell(7, 3, b"\x01\x00")
    found = read(World().visit(), replace(PROFILE, events=Events(GENERIC.events.logs[:1])))
    (why,) = found.refused.values()
    assert "7/0-0:99.98.0*255/2" in why


def test_a_line_that_ends_while_reading_is_an_error(monkeypatch):
    meddler = meddled(monkeypatch)
    session = World().visit()
    meddler.gone = True
    with pytest.raises(DlmsError, match="connection ended"):
        read(session)


def test_rows_become_reports_each_once_and_unknown_numbers_keep_their_name():
    reports, undated = told([(STAMP, 44), (STAMP, 44), (STAMP, 777)])
    assert (reports, undated) == (
        [
            EventReport("dlms:44", AT, None, "standard log"),
            EventReport("dlms:777", AT, None, "standard log"),
        ],
        0,
    )


def test_a_clock_that_was_set_tells_its_step_where_both_its_times_are_told():
    later = clock_of(AT + timedelta(seconds=95), 420).octets()
    (before, after), _ = told([(STAMP, 4), (later, 5)])
    assert before == EventReport("dlms:4", AT, None, "standard log")
    assert after == EventReport("clock_set", AT + timedelta(seconds=95), 95, "standard log")
    (_, back), _ = told([(later, 4), (STAMP, 5)])
    assert back.seconds == -95
    (_, same), _ = told([(STAMP, 4), (STAMP, 5)])
    assert (same.event, same.seconds) == ("dlms:5", None)


def test_events_without_a_valid_time_are_counted_and_the_others_kept(monkeypatch):
    reports, undated = told([(LOST, 6), (STAMP, 5), (None, 1)])
    assert ([one.event for one in reports], undated) == (["dlms:5"], 2)
    meddler = meddled(monkeypatch)
    raw = array((structure(octets(LOST), u16(6)),))
    meddler.tell(7, 2, encode(raw))
    assert read(World().visit()).refused == {"7/0-0:99.98.0*255/2": "1 events without a valid time"}


@pytest.mark.parametrize("row", [(STAMP,), (STAMP, 1, 2), (STAMP, b"\x01"), (STAMP, True)])
def test_rows_of_another_form_are_refused(row):
    with pytest.raises(DlmsError, match=r"99\.98\.0"):
        told([row])


def test_numbers_that_mean_something_else_in_a_model_are_told_by_their_meaning():
    own = replace(LOG, codes=((12, MeterEvent.COVER_OPEN),), kind=LogKind.TAMPER)
    reports, _ = told([(STAMP, 12), (STAMP, 13)], own)
    assert [one.event for one in reports] == ["cover_open", "dlms:13"]
    assert reports[0].detail == "tamper log"


# Pushes. The layouts are those of cosem.pushed; the alarm push of a public open head end carries
# the meter's name, the push setup's name (40, 0-1:25.9.0, 1) and the alarm register.


def listed(*rows):
    return array(
        structure(u16(kind), octets(obis(name)), i8(number), u16(0)) for kind, name, number in rows
    )


def test_the_last_gasp_is_a_power_failure():
    setup = "0.3.25.9.0.255"
    rows = listed((1, "0.0.96.1.1.255", 2), (40, setup, 1))
    value = structure(rows, octets(b"SIM0070000001"), octets(obis(setup)))
    found = pushed_reports(GENERIC, DataNotification(1, STAMP, value), HEARD)
    assert found == [EventReport("power_down", AT, None, "push")]
    itself = structure(listed((40, setup, 2), (1, "0.0.96.1.1.255", 2)), octets(b"SIM0070000001"))
    found = pushed_reports(GENERIC, DataNotification(1, b"", itself), HEARD)
    assert found == [EventReport("power_down", HEARD, None, "push")]


def test_power_up_is_an_alarm_bit():
    rows = listed((1, "0.0.96.1.1.255", 2), (40, "0.1.25.9.0.255", 1), (1, "0.0.97.98.0.255", 2))
    value = structure(rows, octets(b"M"), octets(obis("0.1.25.9.0.255")), u32(0b10_0000_0000_0101))
    found = pushed_reports(GENERIC, DataNotification(1, STAMP, value), HEARD)
    assert [(one.event, one.detail) for one in found] == [
        ("clock_invalid", "alarm bit 0"),
        ("power_up", "alarm bit 2"),
        ("tamper", "alarm bit 13"),
    ]


def test_an_event_notification_names_the_last_event_of_a_log():
    reference = Reference(1, obis("0.0.96.11.1.255"), 2)
    found = pushed_reports(GENERIC, EventNotification(STAMP, reference, u8(44)), HEARD)
    assert found == [EventReport("dlms:44", AT, None, "tamper push")]
    undated = pushed_reports(GENERIC, EventNotification(None, reference, u8(44)), HEARD)
    assert undated[0].at == HEARD
    nothing = pushed_reports(GENERIC, EventNotification(STAMP, reference, u8(0)), HEARD)
    assert nothing == []


def test_a_clock_among_the_values_tells_when():
    rows = listed((8, "0.0.1.0.0.255", 2), (1, "0.0.96.11.0.255", 2))
    value = structure(rows, octets(STAMP), u16(1))
    found = pushed_reports(GENERIC, DataNotification(1, b"", value), HEARD)
    assert found == [EventReport("dlms:1", AT, None, "standard push")]


@pytest.mark.parametrize("faults", [{}, {Trouble.TAMPER: 1.0}])
def test_the_push_of_a_simulated_meter_tells_its_alarm_and_no_event_of_its_values(faults):
    world = World(secured=Secured.NONE, faults=faults)
    (frame,) = WrapperReader().feed(push_datagram(world.fleet, world.meter()))
    found = pushed_reports(PROFILE, parse(frame.apdu), clock_of_world(world)())
    assert [one.event for one in found] == (["tamper"] if faults else [])


def test_a_push_that_is_no_known_layout_is_refused():
    with pytest.raises(DlmsError, match="layout"):
        pushed_reports(GENERIC, DataNotification(1, STAMP, structure(u8(1), u8(2))), HEARD)


def test_alarms_are_those_of_the_profile():
    assert PROFILE.events.alarms == (
        AlarmRegister(Reference(1, obis("0.0.97.98.0.255"), 2), ((13, MeterEvent.TAMPER),)),
    )


def test_reports_are_taken_by_the_door_of_events(tmp_path):
    world = World(faults={Trouble.OUTAGE: 1.0, Trouble.TAMPER: 1.0})
    reports = read(world.visit(), PROFILE).reports
    reports += [EventReport("clock_set", AT, -95, "standard log")]
    path = tmp_path / "events.jsonl"
    lines = [
        {"meter": "SIM0070000001", "event": one.event, "began_at": one.at.isoformat(),
         "seconds": one.seconds, "detail": one.detail}
        for one in reports
    ]  # fmt: skip
    path.write_text("\n".join(map(json.dumps, lines)))
    parts = list(EVENT_FORMATS["events-json"].read(path, How()))
    taken = pl.concat([part.frame for part in parts])
    assert sum(part.errors.height for part in parts) == 0
    assert sorted(taken["kind"]) == sorted(
        ["power_down", "power_up", "cover_open", "magnetic_field", "clock_set"]
    )
