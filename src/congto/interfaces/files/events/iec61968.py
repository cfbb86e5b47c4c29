"""IEC 61968-9 EndDeviceEvents: each event with its instant, its event type and the meter.

An event type is four numbers: type of device, domain, subdomain, event or action. What a code means
is data (reference/vn/meter_events.yaml). A begin and its end are two events. Our own files tell the
seconds of a clock in EndDeviceEventDetails named "seconds", and a detail as the event's reason.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl
from lxml import etree

from congto.interfaces.files.delivery import Delivery
from congto.interfaces.files.events.rows import FIELDS, events_of, rows_of
from congto.interfaces.files.readings.iec61968 import MESSAGE
from congto.interfaces.files.readings.words import LOCAL
from congto.interfaces.files.readings.xml_parts import (
    AT_ONCE,
    Found,
    Maker,
    elements,
    line_of,
    text,
)
from congto.reference.meter_events import iec_code_of
from congto.vocabulary.errors import InvalidInputError
from congto.vocabulary.events import MeterEvent
from congto.vocabulary.frames.events import as_moments

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from congto.interfaces.files.readings.words import How

NAMESPACE = "http://iec.ch/TC57/2011/EndDeviceEvents#"
EXPECTED = "EndDeviceEvents of IEC 61968-9"
SCHEMA = {"line": pl.Int64(), **dict.fromkeys(FIELDS, pl.String())}
METER = ("Assets/mRID", "Assets/Names/name", "EndDevice/mRID", "Meter/mRID", "Meter/Names/name")
POINT = ("UsagePoint/mRID", "UsagePoint/Names/name")
TYPE = ("type", "domain", "subDomain", "eventOrAction")


def read(path: Path, how: How) -> Iterator[Delivery]:
    """Read a file: its events (DELIVERED_EVENTS) and errors.

    Raises:
        InvalidInputError: the file is absent, empty, no XML, or has no event.
    """
    found, rows, count = Found(path.name, how), [], 0
    for event in elements(path, "EndDeviceEvent", found, EXPECTED):
        rows.append(_row(event))
        if len(rows) >= AT_ONCE:
            count += len(rows)
            yield _piece(path.name, rows, found)
            rows = []
    if not (rows or count or found.wrong):
        raise InvalidInputError(
            f"{path.name} has no EndDeviceEvent",
            expected=EXPECTED,
            action="deliver such a file or name the format it has",
        )
    yield _piece(path.name, rows, found)


def _piece(file: str, rows: list[tuple[object, ...]], found: Found) -> Delivery:
    made = events_of(file, pl.DataFrame(rows, schema=SCHEMA, orient="row"), found.how.zone)
    errors = pl.concat([found.piece().errors, made.errors])
    return Delivery(made.frame, errors.sort("line", "column"))


def _row(event: etree._Element) -> tuple[object, ...]:
    """Return line and FIELDS of an event."""
    return (
        line_of(event),
        _first(event, POINT),
        _first(event, METER),
        _type(event),
        text(event, "createdDateTime"),
        None,
        _seconds(event),
        text(event, "reason"),
    )


def _first(event: etree._Element, paths: tuple[str, ...]) -> str | None:
    return next((said for path in paths if (said := text(event, path))), None)


def _type(event: etree._Element) -> str | None:
    """Return the event type, whether it stands as a reference or number by number."""
    kind = event.find("{*}EndDeviceEventType")
    if kind is None:
        return None
    if ref := kind.get("ref"):
        return ref.strip()
    return ".".join(text(kind, name) or "0" for name in TYPE)


def _seconds(event: etree._Element) -> str | None:
    for detail in event.iterfind("{*}EndDeviceEventDetails"):
        if text(detail, "name") == "seconds":
            return text(detail, "value")
    return None


def write(path: Path, events: pl.DataFrame, at: datetime) -> None:
    """Write events (DELIVERED_EVENTS) to a file; an end is an event of its own."""
    make, envelope = Maker(NAMESPACE), Maker(MESSAGE)
    rows = rows_of(as_moments(events))
    with etree.xmlfile(str(path), encoding="utf-8") as file:
        file.write_declaration()
        with file.element(f"{{{MESSAGE}}}EventMessage", nsmap={None: MESSAGE}):
            stamp = at.astimezone(LOCAL).isoformat(timespec="seconds")
            head = envelope("Verb", "created"), envelope("Noun", "EndDeviceEvents")
            file.write(envelope("Header", *head, envelope("Timestamp", stamp)))
            with (
                file.element(f"{{{MESSAGE}}}Payload"),
                file.element(f"{{{NAMESPACE}}}EndDeviceEvents", nsmap={None: NAMESPACE}),
            ):
                for row in rows.iter_rows(named=True):
                    file.write(_event(row, make))


def events_element(events: pl.DataFrame) -> etree._Element:
    """Return events (DELIVERED_EVENTS) as one element, the payload of a message."""
    make = Maker(NAMESPACE)
    rows = rows_of(as_moments(events)).iter_rows(named=True)
    return make("EndDeviceEvents", *(_event(row, make) for row in rows))


def _event(row: dict[str, Any], make: Maker) -> etree._Element:
    """Return one event, its parts in the order of the schema."""
    event = make("EndDeviceEvent", make("createdDateTime", row["began_at"]))
    if row["detail"]:
        event.append(make("reason", row["detail"]))
    if row["meter"]:
        event.append(make("Assets", make("mRID", row["meter"])))
    if row["seconds"] is not None:
        parts = make("name", "seconds"), make("value", str(row["seconds"]))
        event.append(make("EndDeviceEventDetails", *parts))
    event.append(make("EndDeviceEventType", ref=_ref(row["event"])))
    event.append(make("UsagePoint", make("mRID", row["usage_point"])))
    return event


def _ref(word: str) -> str:
    """Return the event type of a word; a code that is no kind stays as its sender wrote it."""
    if word not in [*MeterEvent] or word == MeterEvent.OTHER:
        return word
    return iec_code_of(MeterEvent(word))
