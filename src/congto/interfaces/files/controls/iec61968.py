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

from lxml import etree

from congto.interfaces.files.readings.iec61968 import MESSAGE
from congto.interfaces.files.readings.words import LOCAL
from congto.interfaces.files.readings.xml_parts import Maker, line_of, text
from congto.office.commands.choices import CommandKind
from congto.vocabulary.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Sequence

NAMESPACE = "http://iec.ch/TC57/2011/EndDeviceControls#"
NOUN = "EndDeviceControls"
BYTES_MAX = 4 * 2**20
TYPES = {
    "3.31.0.23": CommandKind.DISCONNECT,
    "3.31.0.18": CommandKind.CONNECT,
    "3.31.0.5": CommandKind.ARM,
    "3.15.0.38": CommandKind.LOAD_LIMIT,
    "3.36.0.24": CommandKind.CLOCK,
}
"""Type of an EndDeviceControl -> kind (recalled: IEC 61968-9 Annex F); "congto:" and a kind's own
word name every kind."""
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


@dataclass(frozen=True, slots=True)
class Trouble:
    """What could not be: the meter or the order, and the sentence."""

    name: str
    sentence: str


def read_request(octets: bytes) -> Request:
    """Read a message.

    Raises:
        InvalidInputError: it is no XML, too large, another message, or a part cannot be read; names
            the line.
    """
    root = _root(octets)
    header = root.find("{*}Header")
    verb = "" if header is None else text(header, "Verb") or ""
    noun = "" if header is None else text(header, "Noun") or ""
    message = "" if header is None else text(header, "MessageID") or ""
    if verb not in [*Verb] or noun != NOUN or not 1 <= len(message) <= 60:
        raise InvalidInputError(
            f"a message {verb or '-'} {noun or '-'} with MessageID '{message[:60]}'",
            expected=f"{', '.join(Verb)} of {NOUN} with a MessageID of at most 60 characters",
            action="correct the header",
        )
    found = root.iterfind("{*}Payload/{*}EndDeviceControls/{*}EndDeviceControl")
    asked = Verb(verb)
    controls = tuple(_named(one) if asked is not Verb.CREATE else _control(one) for one in found)
    if not controls:
        raise InvalidInputError("the message has no EndDeviceControl", expected="one or more")
    return Request(asked, message, controls)


def _root(octets: bytes) -> etree._Element:
    if len(octets) > BYTES_MAX:
        raise InvalidInputError(
            f"a message of {len(octets)} bytes", expected=f"at most {BYTES_MAX}"
        )
    # No entity is resolved and nothing is fetched: the message comes from elsewhere.
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True)
    try:
        return etree.fromstring(octets, parser)
    except etree.XMLSyntaxError as error:
        raise InvalidInputError(
            f"line {error.lineno or 0}: no XML ({error.msg})",
            expected=f"a RequestMessage of IEC 61968-9 with {NOUN}",
        ) from error


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
    envelope = Maker(MESSAGE)
    header = envelope(
        "Header",
        envelope("Verb", "reply"),
        envelope("Noun", NOUN),
        envelope("Timestamp", _local(at)),
        envelope("CorrelationID", request.message),
    )
    result = "OK" if not troubles else "PARTIAL" if told else "FAILED"
    errors = [
        envelope(
            "Error",
            envelope("level", "FATAL"),
            envelope("details", one.sentence),
            envelope("ID", one.name, kind="name"),
        )
        for one in troubles
    ]
    reply = envelope("Reply", envelope("Result", result), *errors)
    parts = [header, reply]
    if told:
        make = Maker(NAMESPACE)
        controls = make("EndDeviceControls", *(_told(one, make) for one in told))
        parts.append(envelope("Payload", controls))
    message = envelope("ResponseMessage", *parts)
    return etree.tostring(message, xml_declaration=True, encoding="utf-8")


def _told(one: Told, make: Maker) -> etree._Element:
    """Return a command: number of its order, its meter, its state and since when."""
    status = make("status", make("dateTime", _local(one.changed_at)), make("value", one.state))
    if one.message:
        status.append(make("reason", one.message))
    devices = make("EndDevices", make("mRID", one.name))
    return make("EndDeviceControl", make("mRID", str(one.order)), status, devices)


def _local(at: datetime) -> str:
    return at.astimezone(LOCAL).isoformat(timespec="seconds")
