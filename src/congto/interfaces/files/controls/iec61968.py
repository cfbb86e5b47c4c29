"""IEC 61968-9 EndDeviceControls: a request to create, cancel or get orders, and its reply.

Read are RequestMessages whose header has the verb create, cancel or get and the noun
EndDeviceControls. One EndDeviceControl is one order: its type, reason, interval and devices, named
by the meter's serial or the usage point's code. The reply has an error for each device that was
refused and each command with its state. Element names are recalled from the standard, edition 2;
the order of elements is no matter.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from congto.interfaces.files.iec61968_envelope import (
    Header,
    Trouble,
    checked,
    local,
    opened,
    reply,
)
from congto.interfaces.files.readings.words import LOCAL
from congto.interfaces.files.readings.xml_parts import Maker, line_of, text
from congto.office.commands.choices import CommandKind
from congto.reference.end_device_controls import load_control_types
from congto.vocabulary.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lxml import etree

NAMESPACE = "http://iec.ch/TC57/2011/EndDeviceControls#"
NOUN = "EndDeviceControls"
TYPES = {one.code: CommandKind(one.kind) for one in load_control_types()}
"""Type of an EndDeviceControl -> kind; "congto:" and a kind's own word name every kind."""
OWN = "congto:"
DEVICES = ("EndDevices", "Meters", "UsagePoints")
NUMBERS = ("watts", "over_seconds", "under_seconds")


class Verb(StrEnum):
    """What is asked for."""

    CREATE = "create"
    CANCEL = "cancel"
    GET = "get"


@dataclass(frozen=True, slots=True)
class Control:
    """One EndDeviceControl: an order to be, or the number of one that is.

    Attributes:
        kind: CommandKind; empty where an order is only named.
        names: serials of meters and codes of usage points.
        number: of the order that is meant by cancel and get.
    """

    kind: str = ""
    names: tuple[str, ...] = ()
    reason: str = ""
    args: dict[str, Any] = field(default_factory=dict)
    begin: datetime | None = None
    end: datetime | None = None
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """A message of another system; `message` is its own number for it, and its key."""

    verb: Verb
    message: str
    controls: tuple[Control, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """A command as a reply tells it."""

    order: int
    name: str
    state: str
    message: str
    changed_at: datetime


def read_request(octets: bytes) -> Request:
    """Read a message.

    Raises:
        InvalidInputError: it is no XML, too large, another message, or a part cannot be read; names
            the line.
    """
    root, header = opened(octets, NOUN)
    checked(header, [*Verb], (NOUN,))
    found = root.iterfind("{*}Payload/{*}EndDeviceControls/{*}EndDeviceControl")
    asked = Verb(header.verb)
    controls = tuple(_named(one) if asked is not Verb.CREATE else _control(one) for one in found)
    if not controls:
        raise InvalidInputError("the message has no EndDeviceControl", expected="one or more")
    return Request(asked, header.message, controls)


def _control(one: etree._Element) -> Control:
    kind = one.find("{*}EndDeviceControlType")
    ref = "" if kind is None else (kind.get("ref") or kind.text or "").strip()
    own = ref.removeprefix(OWN)
    said = TYPES.get(ref) or (own if ref.startswith(OWN) and own in CommandKind.values else None)
    if said is None:
        raise InvalidInputError(
            f"line {line_of(one)}: type of control '{ref[:60]}'",
            expected=", ".join([*TYPES, *(f"{OWN}{kind}" for kind in CommandKind.values)]),
        )
    return Control(
        str(said),
        _names(one),
        text(one, "reason") or "",
        _args(one),
        _instant(one, "scheduledInterval/start"),
        _instant(one, "scheduledInterval/end"),
    )


def _names(one: etree._Element) -> tuple[str, ...]:
    parts = [part for name in DEVICES for part in one.iterfind(f"{{*}}{name}")]
    names = [text(part, "mRID") or text(part, "Names/name") for part in parts]
    if not names or None in names:
        raise InvalidInputError(
            f"line {line_of(one)}: a control without a device, or a device without a name",
            expected=f"{', '.join(DEVICES)} with mRID or Names/name",
        )
    return tuple(dict.fromkeys(name for name in names if name is not None))


def _args(one: etree._Element) -> dict[str, Any]:
    """Return parameters: whole numbers of limits, else words; "none" stands for no limit."""
    args: dict[str, Any] = {}
    for part in one.iterfind("{*}parameters"):
        name, value = text(part, "name") or "", text(part, "value") or ""
        if name in NUMBERS:
            args[name] = None if value == "none" else int(value) if value.isdecimal() else value
        elif name == "across":
            args[name] = value == "true"
        elif name == "uses":
            args[name] = value.split()
        else:
            args[name] = value
    return args


def _instant(one: etree._Element, path: str) -> datetime | None:
    said = text(one, path)
    if said is None:
        return None
    try:
        found = datetime.fromisoformat(said)
    except ValueError as error:
        raise InvalidInputError(
            f"line {line_of(one)}: {path} '{said[:40]}'",
            expected="a time such as 2026-12-01T08:00:00",
        ) from error
    return found if found.tzinfo else found.replace(tzinfo=LOCAL)


def _named(one: etree._Element) -> Control:
    number = text(one, "mRID") or ""
    if not number.isdecimal():
        raise InvalidInputError(
            f"line {line_of(one)}: EndDeviceControl '{number[:40]}'",
            expected="mRID with the number of an order",
        )
    return Control(reason=text(one, "reason") or "", number=int(number))


def write_reply(
    request: Request, told: Sequence[Told], troubles: Sequence[Trouble], at: datetime
) -> bytes:
    """Return the reply to a message.

    Args:
        request: the message.
        told: commands with their states, each as an EndDeviceControl.
        troubles: what was refused, each as an Error.
        at: now.
    """
    make = Maker(NAMESPACE)
    payload = make(NOUN, *(_told(one, make) for one in told)) if told else None
    return reply(Header("reply", NOUN, request.message), payload, troubles, at)


def _told(one: Told, make: Maker) -> etree._Element:
    """Return a command: number of its order, its meter, its state and since when."""
    status = make("status", make("dateTime", local(one.changed_at)), make("value", one.state))
    if one.message:
        status.append(make("reason", one.message))
    devices = make("EndDevices", make("mRID", one.name))
    return make("EndDeviceControl", make("mRID", str(one.order)), status, devices)
