"""The REST door of devices and commands, and EndDeviceControls of IEC 61968-9."""

import base64
import json
from pathlib import Path

import pytest
from lxml import etree

from congto.interfaces.api.devices import api
from congto.interfaces.files.controls.iec61968 import Verb, read_request
from congto.interfaces.files.iec61968_envelope import BYTES_MAX
from congto.office.commands.models import Command, CommandOrder
from congto.office.commands.operations import begin, ended
from congto.office.control.choices import Role
from congto.vocabulary.errors import InvalidInputError
from world_orders import AT, make_command_world

PATH = "/api/devices/v1"
CREATE = """<?xml version="1.0" encoding="UTF-8"?>
<RequestMessage xmlns="http://iec.ch/TC57/2011/schema/message">
  <Header><Verb>{verb}</Verb><Noun>EndDeviceControls</Noun><MessageID>{message}</MessageID></Header>
  <Payload>
    <EndDeviceControls xmlns="http://iec.ch/TC57/2011/EndDeviceControls#">{controls}
    </EndDeviceControls>
  </Payload>
</RequestMessage>"""
CONNECT = """
      <EndDeviceControl>
        <reason>đã trả nợ</reason>
        <EndDeviceControlType ref="3.31.0.18"/>
        <EndDevices><mRID>M1</mRID></EndDevices>
      </EndDeviceControl>"""
CUT = """
      <EndDeviceControl>
        <reason>nợ quá hạn</reason>
        <EndDeviceControlType ref="congto:disconnect"/>
        <EndDevices><mRID>M1</mRID></EndDevices>
        <EndDevices><Names><name>M2</name></Names></EndDevices>
        <UsagePoints><mRID>P3</mRID></UsagePoints>
        <UsagePoints><mRID>P9</mRID></UsagePoints>
      </EndDeviceControl>"""
NS = {
    "m": "http://iec.ch/TC57/2011/schema/message",
    "c": "http://iec.ch/TC57/2011/EndDeviceControls#",
}


@pytest.fixture
def world(db):
    return make_command_world()


def signed(user):
    token = base64.b64encode(f"{user.username}:a long pass-phrase".encode()).decode()
    return {"HTTP_AUTHORIZATION": f"Basic {token}"}


def post(client, path, content, user, **headers):
    return client.post(
        f"{PATH}{path}",
        data=json.dumps(content),
        content_type="application/json",
        **signed(user),
        **headers,
    )


def send(client, user, controls, *, verb="create", message="m-1"):
    text = CREATE.format(verb=verb, message=message, controls=controls)
    return client.post(
        f"{PATH}/messages", data=text.encode(), content_type="application/xml", **signed(user)
    )


def test_the_guide_names_every_request():
    guide = (Path(__file__).parents[2] / "docs/guides/commands.md").read_text(encoding="utf-8")
    asked = {
        f"`{verb.upper()} {path.removeprefix(PATH)}"
        for path, verbs in api.get_openapi_schema()["paths"].items()
        for verb in verbs
    }
    assert len(asked) == 9
    assert [one for one in asked if one not in guide] == []


def test_nobody_comes_in_without_a_name(client, world):
    assert client.get(f"{PATH}/devices").status_code == 401
    assert client.post(
        f"{PATH}/orders", data="{}", content_type="application/json"
    ).status_code in {
        401,
        403,
    }


def test_devices_of_ones_units_are_listed_without_secrets(client, world):
    north = world.units.person("bắc", Role.ANALYST, world.units.north)
    told = client.get(f"{PATH}/devices", **signed(north)).json()
    assert [one["meter"] for one in told] == ["M1", "M3"]
    assert told[0]["unit"] == "PB0101"
    assert not {"secrets", "sealed", "system_title"} & told[0].keys()
    assert client.get(f"{PATH}/devices?after=M1&limit=1", **signed(north)).json() == told[1:]
    assert client.get(f"{PATH}/devices/M1", **signed(north)).json() == told[0]
    assert client.get(f"{PATH}/devices/M2", **signed(north)).status_code == 404
    assert client.get(f"{PATH}/devices/M1/sessions", **signed(north)).json() == []


def test_a_reading_on_demand_is_asked_for_and_told(client, world):
    answer = post(client, "/devices/M1/readings", {"kinds": ["registers"]}, world.maker)
    assert answer.status_code == 202
    told = answer.json()
    assert told["stage"] == "queued"
    again = client.get(f"{PATH}/readings/{told['reading']}", **signed(world.maker)).json()
    assert again == told
    south = world.units.person("nam", Role.ANALYST, world.units.south)
    assert client.get(f"{PATH}/readings/{told['reading']}", **signed(south)).status_code == 404
    assert post(client, "/devices/M1/readings", {}, south).status_code == 404


def test_an_order_waits_and_is_told_until_its_end(client, world):
    given = {"kind": "connect", "meters": ["P1"], "reason": "đã trả nợ"}
    key = {"HTTP_IDEMPOTENCY_KEY": "crm-7"}
    first = post(client, "/orders", given, world.maker, **key)
    assert first.status_code == 202
    told = first.json()
    assert (told["states"], told["waits_for_approval"]) == ({"queued": 1}, False)
    again = post(client, "/orders", given, world.maker, **key)
    assert (again.status_code, again.json()["order"]) == (200, told["order"])
    command = Command.objects.get()
    begin(command.pk, at=command.order.not_before)
    ended(command.pk, "confirmed", {"closed": True}, message="", at=AT)
    seen = client.get(f"{PATH}/orders/{told['order']}", **signed(world.maker)).json()
    assert [(one["meter"], one["state"], one["seen"]) for one in seen["commands"]] == [
        ("M1", "confirmed", {"closed": True})
    ]


def test_a_refused_order_names_each_meter_in_english(client, world):
    world.protect("P2")
    given = {"kind": "disconnect", "meters": ["M1", "M2"], "reason": "nợ quá hạn"}
    answer = post(client, "/orders", given, world.maker)
    assert answer.status_code == 409
    told = answer.json()
    assert [one["meter"] for one in told["refused"]] == ["M2"]
    assert "usage point P2 is protected" in told["refused"][0]["why"]
    taken = post(client, "/orders", given | {"skip_refused": True}, world.maker)
    assert taken.status_code == 202
    assert taken.json()["states"] == {"proposed": 1}
    assert taken.json()["waits_for_approval"] is True
    assert [one["meter"] for one in taken.json()["refused"]] == ["M2"]


def test_who_may_not_command_orders_nothing(client, world):
    given = {"kind": "connect", "meters": ["M1"], "reason": "thử"}
    assert post(client, "/orders", given, world.clerk).status_code == 409
    assert post(client, "/orders", given | {"kind": "x"}, world.maker).status_code == 400
    assert post(client, "/orders", given | {"meters": ["M77"]}, world.maker).status_code == 409
    assert not CommandOrder.objects.exists()


def test_an_order_is_withdrawn(client, world):
    given = {"kind": "connect", "meters": ["M1"], "reason": "thử"}
    number = post(client, "/orders", given, world.maker).json()["order"]
    told = post(client, f"/orders/{number}/withdraw", {"reason": "nhầm"}, world.maker)
    assert told.json()["states"] == {"withdrawn": 1}
    assert (
        post(client, f"/orders/{number}/withdraw", {"reason": "nhầm"}, world.maker).status_code
        == 409
    )


def test_a_message_orders_and_its_reply_tells_every_meter(client, world):
    world.protect("P2")
    answer = send(client, world.maker, CONNECT + CUT)
    reply = etree.fromstring(answer.content)
    assert reply.findtext("m:Header/m:CorrelationID", namespaces=NS) == "m-1"
    assert reply.findtext("m:Reply/m:Result", namespaces=NS) == "PARTIAL"
    told = [
        (
            one.findtext("c:EndDevices/c:mRID", namespaces=NS),
            one.findtext("c:status/c:value", namespaces=NS),
        )
        for one in reply.iterfind(".//c:EndDeviceControl", NS)
    ]
    assert told == [("M1", "queued"), ("M1", "proposed"), ("M3", "proposed")]
    errors = {
        one.findtext("m:ID", namespaces=NS): one.findtext("m:details", namespaces=NS)
        for one in reply.iterfind("m:Reply/m:Error", NS)
    }
    assert errors.keys() == {"M2", "P9"}
    assert "protected" in errors["M2"]
    assert send(client, world.maker, CONNECT + CUT).status_code == 200
    assert CommandOrder.objects.count() == 2


def test_a_message_cancels_and_asks(client, world):
    send(client, world.maker, CONNECT)
    number = CommandOrder.objects.get().pk
    named = f"<EndDeviceControl><mRID>{number}</mRID></EndDeviceControl>"
    asked = etree.fromstring(send(client, world.maker, named, verb="get", message="m-2").content)
    assert asked.findtext(".//c:status/c:value", namespaces=NS) == "queued"
    gone = etree.fromstring(send(client, world.maker, named, verb="cancel", message="m-3").content)
    assert gone.findtext(".//c:status/c:value", namespaces=NS) == "withdrawn"
    again = etree.fromstring(send(client, world.maker, named, verb="cancel", message="m-4").content)
    assert again.findtext("m:Reply/m:Result", namespaces=NS) == "FAILED"


@pytest.mark.parametrize(
    ("octets", "words"),
    [
        (b"", "no XML"),
        (b"<a>", "no XML"),
        (CREATE.format(verb="delete", message="1", controls=CUT).encode(), "delete"),
        (CREATE.format(verb="create", message="", controls=CUT).encode(), "MessageID"),
        (CREATE.format(verb="create", message="1", controls="").encode(), "no EndDeviceControl"),
        (
            CREATE.format(
                verb="create", message="1", controls=CUT.replace("congto:disconnect", "9.9")
            ).encode(),
            "line 6: type of control '9.9'",
        ),
        (
            CREATE.format(verb="get", message="1", controls=CUT).encode(),
            "mRID with the number of an order",
        ),
        (b" " * (BYTES_MAX + 1), "at most"),
    ],
)
def test_what_is_no_message_is_said(octets, words):
    with pytest.raises(InvalidInputError, match=words):
        read_request(octets)


def test_a_message_gives_its_parts():
    more = CUT.replace(
        "</EndDeviceControl>",
        "<scheduledInterval><start>2026-12-01T08:00:00</start>"
        "<end>2026-12-01T10:00:00+07:00</end></scheduledInterval>"
        "<parameters><name>watts</name><value>none</value></parameters></EndDeviceControl>",
    ).replace("congto:disconnect", "congto:load_limit")
    found = read_request(CREATE.format(verb="create", message="7", controls=more).encode())
    (control,) = found.controls
    assert (found.verb, found.message) == (Verb.CREATE, "7")
    assert (control.kind, control.names) == ("load_limit", ("M1", "M2", "P3", "P9"))
    assert control.args == {"watts": None}
    assert control.begin.isoformat() == "2026-12-01T08:00:00+07:00"
    assert control.end.isoformat() == "2026-12-01T10:00:00+07:00"


def test_an_entity_of_a_message_is_not_resolved(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("M1")
    doctype = f'<!DOCTYPE x [<!ENTITY e SYSTEM "file://{secret}">]>'
    text = CREATE.replace("?>", f"?>{doctype}", 1).replace("<RequestMessage", "<RequestMessage", 1)
    controls = CONNECT.replace("<mRID>M1</mRID>", "<mRID>&e;</mRID>")
    with pytest.raises(InvalidInputError, match="device"):
        read_request(text.format(verb="create", message="1", controls=controls).encode())
