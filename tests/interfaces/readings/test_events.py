"""Files of meter events: what each format says, what cannot be read, and the way back."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import polars as pl
import pytest

from congto.interfaces.files.events.formats import EVENT_FORMATS
from congto.interfaces.files.readings.words import How
from congto.office.meterdata.choices import EventKind
from congto.reference.meter_events import kinds_by_code, load_meter_events
from congto.vocabulary.errors import InvalidInputError
from congto.vocabulary.events import MeterEvent
from congto.vocabulary.frames.events import DELIVERED_EVENTS, as_moments

if TYPE_CHECKING:
    from pathlib import Path

AT = datetime(2026, 7, 3, tzinfo=UTC)

# The published shape of the message (IEC 61968-9), with the codes utilities send: 3.26.0.47 is
# power down, 3.26.0.216 power up; 3.21.38.223 (end of a voltage sag) means nothing to us.
MESSAGE = """<EventMessage xmlns="http://iec.ch/TC57/2011/schema/message">
<Header><Verb>created</Verb><Noun>EndDeviceEvents</Noun></Header><Payload>
<EndDeviceEvents xmlns="http://iec.ch/TC57/2011/EndDeviceEvents#">
<EndDeviceEvent><createdDateTime>2026-07-02T03:12:00+07:00</createdDateTime>
 <EndDeviceEventType ref="3.26.0.47"/>
 <Assets><mRID>SIM0000000000001</mRID></Assets></EndDeviceEvent>
<EndDeviceEvent><createdDateTime>2026-07-02T05:40:30+07:00</createdDateTime>
 <EndDeviceEventType><type>3</type><domain>26</domain><subDomain>0</subDomain>
 <eventOrAction>216</eventOrAction></EndDeviceEventType>
 <Assets><mRID>SIM0000000000001</mRID></Assets></EndDeviceEvent>
<EndDeviceEvent><createdDateTime>2026-07-01T22:00:00Z</createdDateTime>
 <reason>sag</reason><EndDeviceEventType ref="3.21.38.223"/>
 <UsagePoint><mRID>PE1</mRID></UsagePoint></EndDeviceEvent>
</EndDeviceEvents></Payload></EventMessage>
"""


def load(form: str, path: Path) -> tuple[pl.DataFrame, list[str]]:
    parts = list(EVENT_FORMATS[form].read(path, How()))
    errors = pl.concat([part.errors for part in parts])
    said = [f"{row['line']}: {row['found']}" for row in errors.iter_rows(named=True)]
    return pl.concat([part.frame for part in parts]), said


def written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_the_published_message_is_read(tmp_path):
    events, errors = load("events-xml", written(tmp_path / "e.xml", MESSAGE))
    assert errors == []
    assert events.select("line", "usage_point", "meter", "kind", "code", "began_at").rows() == [
        (4, None, "SIM0000000000001", "power_down", "", datetime(2026, 7, 1, 20, 12, tzinfo=UTC)),
        (7, None, "SIM0000000000001", "power_up", "", datetime(2026, 7, 1, 22, 40, 30, tzinfo=UTC)),
        (11, "PE1", None, "other", "3.21.38.223", datetime(2026, 7, 1, 22, tzinfo=UTC)),
    ]
    assert events["detail"].to_list() == ["", "", "sag"]


def test_a_message_cut_in_half_keeps_what_stands_before(tmp_path):
    cut = MESSAGE[: MESSAGE.index("<reason>")]
    events, errors = load("events-xml", written(tmp_path / "e.xml", cut))
    assert events["kind"].to_list() == ["power_down", "power_up"]
    assert len(errors) == 1
    assert "breaks off" in errors[0]


TABLE = """event,began_at,ended_at,meter,usage_point,seconds,detail
power_down,2026-10-05T10:00:00,2026-10-05T11:30:00,M1,P1,,
dlms:44,2026-10-05 12:00:00+07:00,,M1,,,front
Clock_Set,2026-10-05T13:00,,,P1,-1200,
dlms:199,2026-10-05T14:00,,,P1,,
power_dwon,2026-10-05T10:00:00,,M1,,,
tamper,2026-10-05T10:00:00,,,,,
tamper,yesterday,,M1,,,
tamper,1970-01-01T00:00:00,,M1,,,
tamper,2026-10-05T10:00:00,2026-10-05T11:00:00,M1,,,
power_down,2026-10-05T10:00:00,2026-10-05T09:00:00,M1,,,
clock_off,2026-10-05T10:00:00,,M1,,1.5,
tamper,2026-10-05T10:00:00,,M1,,12,
"""


def test_a_table_is_read_and_each_wrong_row_is_a_sentence(tmp_path):
    events, errors = load("events", written(tmp_path / "e.csv", TABLE))
    columns = ("line", "usage_point", "meter", "kind", "code", "seconds", "detail")
    assert events.select(columns).rows() == [
        (2, "P1", "M1", "power_down", "", None, ""),
        (3, None, "M1", "cover_open", "", None, "front"),
        (4, "P1", None, "clock_set", "", -1200, ""),
        (5, "P1", None, "other", "dlms:199", None, ""),
    ]
    # 11:30 in Viet Nam is 04:30 UTC.
    assert events["ended_at"][0] == datetime(2026, 10, 5, 4, 30, tzinfo=UTC)
    assert errors == [
        "6: event 'power_dwon'",
        "7: the event names neither usage point nor meter",
        "8: began_at is 'yesterday'",
        "9: the event is of 1970-01-01",
        "10: tamper has an end",
        "11: the event ends before it begins",
        "12: seconds is '1.5'",
        "13: tamper has seconds",
    ]


def test_json_lines_are_read_and_a_broken_line_is_a_sentence(tmp_path):
    text = (
        '{"event": "3.26.0.47", "meter": "M1", "began_at": "2026-10-05T10:00:00.123456Z"}\n'
        '{"event": "clock_off", "usage_point": "P1", "began_at": "2026-10-05T10:00",'
        ' "seconds": 45}\n'
        '{"event": "tamper", "metre": "M1"}\n[1]\n{"event": "tam'
    )
    events, errors = load("events-json", written(tmp_path / "e.jsonl", text))
    assert events.select("kind", "began_at", "seconds").rows() == [
        ("power_down", datetime(2026, 10, 5, 10, tzinfo=UTC), None),
        ("clock_off", datetime(2026, 10, 5, 3, tzinfo=UTC), 45),
    ]
    assert errors == [
        "3: the line has the unknown name 'metre'",
        "4: the line is no object: '[1]'",
        '5: the line is no JSON: \'{"event": "tam\'',
    ]


@pytest.mark.parametrize(
    ("form", "text", "sentence"),
    [
        ("events", "event,begun\n", "lacks the column began_at"),
        ("events-json", "hello\n", "has no line that is an event"),
        ("events-xml", "<MeterReadings/>", "has no EndDeviceEvent"),
        ("events-xml", "hello", "is not XML"),
    ],
)
def test_a_file_that_is_none_is_refused(tmp_path, form, text, sentence):
    with pytest.raises(InvalidInputError, match=sentence):
        load(form, written(tmp_path / "e.txt", text))


def one(kind: str, began: datetime, **more: object) -> dict[str, object]:
    row = {"line": 1, "usage_point": "P1", "meter": "M1", "kind": kind, "began_at": began}
    return row | {"code": "", "detail": "", "ended_at": None, "seconds": None} | more


EVENTS = pl.DataFrame(
    [
        one("power_down", AT.replace(hour=1), ended_at=AT.replace(hour=2, second=7)),
        *(one(kind, AT.replace(hour=3)) for kind in MeterEvent if kind != "other"),
        one("clock_set", AT.replace(hour=4), seconds=-1200, detail="sau khi thay pin"),
        one("other", AT.replace(hour=4), code="3.21.38.223"),
    ],
    schema=DELIVERED_EVENTS.columns,
)


@pytest.mark.parametrize(
    ("form", "suffix"),
    [(form, suffix) for form, found in EVENT_FORMATS.items() for suffix in found.suffixes],
)
def test_what_is_written_is_read_again(tmp_path, form, suffix):
    path = tmp_path / f"events{suffix}"
    EVENT_FORMATS[form].write(path, EVENTS, AT)
    again, errors = load(form, path)
    assert errors == []
    key = ["began_at", "kind", "code"]
    said = [name for name in DELIVERED_EVENTS.columns if name != "line"]
    assert (
        as_moments(again).sort(key).select(said).rows()
        == as_moments(EVENTS).sort(key).select(said).rows()
    )


def test_every_kind_has_words_and_every_kind_but_other_a_code():
    assert [kind.value for kind in EventKind] == [kind.value for kind in MeterEvent]
    coded = {one.kind for one in load_meter_events() if one.list == "iec"}
    assert coded == {*MeterEvent} - {MeterEvent.OTHER}
    # Events in real use (public outage analyses), and the numbers of a DSMR event log.
    assert kinds_by_code("iec")["26.136.216"] == "power_up"
    assert (kinds_by_code("dlms")["1"], kinds_by_code("dlms")["2"]) == ("power_down", "power_up")
