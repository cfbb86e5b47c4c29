"""Requests of IEC 61968-9 for readings and events: each meter asked once, and the answers told."""

import base64
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from lxml import etree

import world_campaigns as world
from congto.headend.simulator.calendars import age_of
from congto.headend.simulator.faults import Trouble
from congto.interfaces.api import devices as door
from congto.interfaces.files.events import iec61968 as event_files
from congto.interfaces.files.iec61968_envelope import opened
from congto.interfaces.files.readings import iec61968 as reading_files
from congto.interfaces.files.readings.iec61968_asked import read_request
from congto.interfaces.files.readings.words import How
from congto.office.campaigns.models import Task
from congto.office.control.choices import Role
from congto.office.control.models import Grant
from congto.office.meterdata.models import MeterEvent
from congto.office.organisation.models import Unit
from congto.vocabulary.errors import InvalidInputError
from congto.vocabulary.intervals import Channel
from world_campaigns import NOW, TODAY

LATER = NOW + timedelta(minutes=2)
NS = {
    "m": "http://iec.ch/TC57/2011/schema/message",
    "r": "http://iec.ch/TC57/2011/MeterReadings#",
    "e": "http://iec.ch/TC57/2011/EndDeviceEvents#",
}
ASKED = """<RequestMessage xmlns="http://iec.ch/TC57/2011/schema/message">
  <Header><Verb>{verb}</Verb><Noun>{noun}</Noun><MessageID>{message}</MessageID></Header>
  <Request><Get{noun} xmlns="http://iec.ch/TC57/2011/Get{noun}#">{parts}</Get{noun}></Request>
</RequestMessage>"""
M1 = "<EndDevice><mRID>M1</mRID></EndDevice>"
P2 = "<UsagePoint><Names><name>P2</name></Names></UsagePoint>"
M9 = "<EndDevice><mRID>M9</mRID></EndDevice>"
HALF_HOURS = '<ReadingType ref="0.0.5.4.1.1.12.0.0.0.0.0.0.0.0.3.72.0"/>'
REGISTERS = (
    "<ReadingType><Names><name>0.0.0.1.1.1.12.0.0.0.0.0.0.0.0.3.72.0</name></Names></ReadingType>"
)


@pytest.fixture(autouse=True)
def _own_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "DATA", tmp_path)
    monkeypatch.setenv("CONGTO_MASTER_KEY", f"hex:{'1d' * 32}")


def asked(parts, noun="MeterReadings", message="r-1", verb="get"):
    return ASKED.format(verb=verb, noun=noun, message=message, parts=parts).encode()


@pytest.fixture
def send(client, monkeypatch):
    """Return a function that sends a message at an instant, and gives the reply."""

    def sent(octets, at=NOW):
        user = User.objects.filter(username="crm").first()
        if user is None:
            user = User.objects.create_user("crm", password="a long pass-phrase")
            Grant.objects.create(user=user, unit=Unit.objects.get(code="D"), role=Role.ANALYST)
        monkeypatch.setattr(door, "_now", lambda: at)
        token = base64.b64encode(b"crm:a long pass-phrase").decode()
        answer = client.post(
            "/api/devices/v1/messages",
            data=octets,
            content_type="application/xml",
            HTTP_AUTHORIZATION=f"Basic {token}",
        )
        return answer.status_code, answer.content

    return sent


def told(content):
    """Return result, and level by name, of a reply."""
    root = etree.fromstring(content)
    errors = root.iterfind("m:Reply/m:Error", NS)
    levels = {one.findtext("m:ID", None, NS): one.findtext("m:level", None, NS) for one in errors}
    return root.findtext("m:Reply/m:Result", None, NS), levels


def test_registers_are_read_now_and_told_with_their_reading_types(books, send) -> None:
    with world.simulated(2) as meters:
        world.build(2, meters.port)
        status, content = send(asked(M1 + P2 + M9))
        assert status == 200
        assert told(content) == ("PARTIAL", {"M9": "FATAL", "M1": "INFORM", "P2": "INFORM"})
        world.work()
        _, content = send(asked(M1 + P2 + M9), LATER)
        assert told(content) == ("PARTIAL", {"M9": "FATAL"})
        shown = [meters.fleet.meter(number).energies(age_of(NOW)) for number in (1, 2)]
        after = [meters.fleet.meter(number).energies(age_of(LATER)) for number in (1, 2)]
    assert Task.objects.count() == 2  # the message again asked nobody again
    root = etree.fromstring(content)
    assert root.findtext("m:Header/m:CorrelationID", None, NS) == "r-1"
    for place, reading in enumerate(root.iterfind(".//r:MeterReading", NS)):
        assert reading.findtext("r:Meter/r:mRID", None, NS) == f"M{place + 1}"
        values = {
            one.find("r:ReadingType", NS).get("ref"): int(one.findtext("r:value", None, NS))
            for one in reading.iterfind("r:Readings", NS)
        }
        # Reading types by facts of the trade, d.1: bulk (1) of Wh (72), rate as the 12th number.
        total = values["0.0.0.1.1.1.12.0.0.0.0.0.0.0.0.0.72.0"]
        assert shown[place].total_wh <= total <= after[place].total_wh
        rates = [values[f"0.0.0.1.1.1.12.0.0.0.0.{rate}.0.0.0.0.72.0"] for rate in (1, 2, 3)]
        assert sum(rates) == total
        assert len(values) == 6
        assert "0.0.0.1.19.1.12.0.0.0.0.0.0.0.0.0.72.0" in values
        assert "0.0.0.1.1.1.12.0.0.0.0.0.0.0.0.0.73.0" in values


def test_half_hours_of_a_reply_are_read_by_the_format_of_files(books, send, tmp_path) -> None:
    with world.simulated(1) as meters:
        world.build(1, meters.port)
        send(asked(M1 + HALF_HOURS, verb="create"))
        world.work()
        _, content = send(asked(M1 + HALF_HOURS, verb="create"), LATER)
        assert told(content) == ("OK", {})
        path = tmp_path / "reply.xml"
        path.write_bytes(content)
        (piece,) = reading_files.read(path, How())
        assert piece.errors.is_empty()
        yesterday = TODAY - timedelta(days=1)
        found = {
            (row["channel"], row["local_day"]): row["values"]
            for row in piece.frame.iter_rows(named=True)
        }
        for channel, values in world.measured(meters, 1, yesterday).items():
            assert found[channel, yesterday] == values
        own = world.measured(meters, 1, TODAY)[Channel.ACTIVE_IMPORT]
        assert found[Channel.ACTIVE_IMPORT, TODAY] == own[:20] + [None] * 28


def test_events_are_read_now_and_their_message_is_read_by_the_format_of_files(
    books, send, tmp_path
) -> None:
    with world.simulated(2, faults={Trouble.TAMPER: 1.0}) as meters:
        world.build(2, meters.port)
        everyone = "<Meter><mRID>M1</mRID></Meter><Meter><mRID>M2</mRID></Meter>"
        _, content = send(asked(everyone, "EndDeviceEvents"))
        assert set(told(content)[1].values()) == {"INFORM"}
        world.work()
        _, content = send(asked(everyone, "EndDeviceEvents"), LATER)
    assert told(content) == ("OK", {})
    path = tmp_path / "reply.xml"
    path.write_bytes(content)
    (piece,) = event_files.read(path, How())
    assert piece.errors.is_empty()
    in_store = MeterEvent.objects.count()
    moments = MeterEvent.objects.exclude(ended_at=None).count()
    assert in_store > 0
    # An event that has an end is two in a message: its begin and its end.
    root = etree.fromstring(content)
    assert in_store <= len(root.findall(".//e:EndDeviceEvent", NS)) <= in_store + moments
    stored = set(MeterEvent.objects.values_list("usage_point__code", "began_at"))
    read = set(piece.frame.select("usage_point", "began_at").iter_rows())
    assert stored <= read


@pytest.mark.parametrize(
    ("octets", "words"),
    [
        (asked(""), "names no device"),
        (asked("<EndDevice/>"), "line 3: a device without a name"),
        (asked(M1, verb="cancel"), "a message cancel MeterReadings"),
        (asked(M1, message=""), "MessageID ''"),
        (asked(M1 + '<ReadingType ref="1.2"/>'), "reading type '1.2'"),
        # Hours (7) are not kept.
        (asked(M1 + HALF_HOURS.replace("0.0.5.4", "0.0.7.4")), "reading type '0.0.7.4"),
        (b"<a>", "no XML"),
    ],
)
def test_what_cannot_be_asked_is_one_sentence(octets, words) -> None:
    with pytest.raises(InvalidInputError, match=words.replace(".", r"\.")):
        read_request(octets)


def test_a_request_says_what_is_wanted_of_whom() -> None:
    request = read_request(asked(M1 + P2 + M1 + HALF_HOURS + REGISTERS))
    assert (request.names, request.kinds) == (("M1", "P2"), ("half_hours", "registers"))
    assert read_request(asked(M1)).kinds == ("registers",)
    assert opened(asked(M1), "it")[1].message == "r-1"
