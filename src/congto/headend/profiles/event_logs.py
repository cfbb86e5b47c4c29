"""Where a model reports events: its logs, alarm registers and pushes, and what its numbers mean.

Numbers that a profile does not explain are those of the common list (reference, meter_events).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from congto.headend.dlms.apdu.references import Reference
from congto.headend.dlms.faults import DlmsError
from congto.headend.dlms.obis import obis
from congto.headend.profiles.entry_parts import ASKED, LISTED, VALUE, name_at, one_of, reference_of
from congto.reference.fields import refuse
from congto.vocabulary.events import MeterEvent

if TYPE_CHECKING:
    from congto.reference.fields import Entry

PROFILE_CLASS = 7
KINDS = {str(kind): kind for kind in MeterEvent}


class LogKind(StrEnum):
    """What a log is kept for."""

    STANDARD = "standard"
    TAMPER = "tamper"
    RELAY = "relay"
    POWER_QUALITY = "power_quality"
    COMMUNICATION = "communication"


class Cell(StrEnum):
    """What a column of a log holds."""

    CLOCK = "clock"
    CODE = "code"
    OTHER = "other"  # not read by Congto


class LogColumn(NamedTuple):
    """A column of a log."""

    reference: Reference
    cell: Cell


@dataclass(frozen=True, slots=True)
class EventLog:
    """A log of events.

    Attributes:
        kind: what it is kept for. reference: its buffer.
        sort_object: what a range is asked by.
        columns: clock and code, and others.
        asks_columns: the meter is asked which columns it has, in which order.
        codes: numbers of this log that mean something else than in the common list.
    """

    kind: LogKind
    reference: Reference
    sort_object: Reference
    columns: tuple[LogColumn, ...]
    asks_columns: bool
    codes: tuple[tuple[int, MeterEvent], ...] = ()

    @property
    def captured(self) -> Reference:
        """Return where the meter says its columns."""
        return self.reference._replace(number=3)

    @property
    def code_object(self) -> Reference:
        """Return the object that holds the number of the last event; pushes name it."""
        return next(column.reference for column in self.columns if column.cell is Cell.CODE)


class AlarmRegister(NamedTuple):
    """A register with a bit for each alarm."""

    reference: Reference
    bits: tuple[tuple[int, MeterEvent], ...]


@dataclass(frozen=True, slots=True)
class Events:
    """Where a model reports events.

    Attributes:
        logs: buffers to read.
        alarms: registers that pushes carry.
        pushes: push setups that say one thing by pushing at all, as the last gasp does.
    """

    logs: tuple[EventLog, ...] = ()
    alarms: tuple[AlarmRegister, ...] = ()
    pushes: tuple[tuple[bytes, MeterEvent], ...] = ()


NO_EVENTS = Events()


def events_of(entry: Entry) -> Events:
    """Read the key `events` of a profile.

    Raises:
        InvalidInputError: something in it is wrong.
    """
    entry.fields("logs", "alarms", "pushes")
    return Events(
        tuple(map(_log, entry.entries("logs"))) if "logs" in entry.values else (),
        tuple(map(_alarm, entry.entries("alarms"))) if "alarms" in entry.values else (),
        _pushes(entry.entry("pushes")) if "pushes" in entry.values else (),
    )


def _log(entry: Entry) -> EventLog:
    entry.fields("object", "log", "sort_object", "order", "columns", "codes")
    order = entry.text("order")
    if order not in {ASKED, LISTED}:
        raise refuse(entry.at("order"), f"found {order!r}", f"{ASKED} or {LISTED}")
    columns = tuple(map(_column, entry.entries("columns")))
    cells = [column.cell for column in columns]
    if cells.count(Cell.CLOCK) != 1 or cells.count(Cell.CODE) != 1:
        raise refuse(entry.at("columns"), f"found {', '.join(cells)}", "one clock and one code")
    return EventLog(
        entry.word("log", LogKind),
        Reference(PROFILE_CLASS, name_at(entry, "object"), VALUE),
        reference_of(entry.entry("sort_object").fields("object", "class", "attribute")),
        columns,
        asks_columns=order == ASKED,
        codes=_numbers(entry.entry("codes")) if "codes" in entry.values else (),
    )


def _column(entry: Entry) -> LogColumn:
    entry.fields("object", "class", "attribute", "is")
    return LogColumn(reference_of(entry), entry.word("is", Cell))


def _alarm(entry: Entry) -> AlarmRegister:
    entry.fields("object", "class", "attribute", "bits")
    return AlarmRegister(reference_of(entry), _numbers(entry.entry("bits")))


def _numbers(entry: Entry) -> tuple[tuple[int, MeterEvent], ...]:
    if not all(number.isdecimal() for number in entry.values):
        raise refuse(entry.place, f"found {', '.join(entry.values)}", "whole numbers from 0")
    return tuple((int(number), one_of(entry, number, KINDS)) for number in entry.values)


def _pushes(entry: Entry) -> tuple[tuple[bytes, MeterEvent], ...]:
    found = []
    for name in entry.values:
        try:
            found.append((obis(name), one_of(entry, name, KINDS)))
        except DlmsError as error:
            raise refuse(entry.place, f"found {name!r}", '"0-3:25.9.0*255"') from error
    return tuple(found)
