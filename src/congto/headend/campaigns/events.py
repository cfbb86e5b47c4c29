"""Events of meters: read from their logs, or pushed, and named as files of events name them.

A number is "dlms:N" unless the model says that it means something else; what nobody has mapped is
kept under that name, so nothing that a meter reported is lost on the way to the books.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from congto.headend.cosem.classes.kinds import UnfitError
from congto.headend.cosem.classes.parts import CAPTURE_OBJECT
from congto.headend.cosem.profile_rows import profile_rows
from congto.headend.cosem.pushed import VALUE_ATTRIBUTE, pushed_rows
from congto.headend.dlms.apdu.notices import EventNotification
from congto.headend.dlms.connection import State
from congto.headend.dlms.datetimes import clock
from congto.headend.dlms.faults import DlmsError, Fault
from congto.headend.dlms.tags import Tag
from congto.headend.profiles.event_logs import Cell, LogColumn
from congto.headend.profiles.model import CLOCK_CLASS
from congto.headend.profiles.ranges import between
from congto.vocabulary.events import MeterEvent

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from congto.headend.cosem.profile_rows import Row
    from congto.headend.cosem.pushed import PushedRow
    from congto.headend.dlms.client import Client, Exchange, Notice
    from congto.headend.dlms.data import Data
    from congto.headend.profiles.event_logs import EventLog
    from congto.headend.profiles.model import Profile, Times
    from congto.headend.profiles.readout import Span

PUSH_SETUP_CLASS, NAME_ATTRIBUTE = 40, 1
CLOCK_BEFORE, CLOCK_AFTER = "dlms:4", "dlms:5"
"""A clock was moved: a row at its old time, then one at its new time (DSMR)."""


class EventReport(NamedTuple):
    """One event, as files of events say it.

    Attributes:
        event: a word of MeterEvent, or "dlms:N".
        at: when, in UTC.
        seconds: of a clock that was set: moved forward by; None where the meter does not say.
        detail: where it was reported.
    """

    event: str
    at: datetime
    seconds: int | None
    detail: str


@dataclass(slots=True)
class EventsRead:
    """What logs told.

    Attributes:
        reports: each event once, in the order of the logs.
        refused: log -> why it, or some of its rows, are not here.
    """

    reports: list[EventReport] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)


def read_events(client: Client, profile: Profile, span: Span) -> Exchange[EventsRead]:
    """Read all logs of a model from one instant to another, both included.

    A log that the meter does not have is named in `refused`; the others are read all the same.

    Raises:
        DlmsError: the session cannot go on.
    """
    read = EventsRead()
    for log in profile.events.logs:
        try:
            columns = yield from _columns(client, log)
            asked = between(log.reference, log.sort_object, profile.times, *span)
            rows = profile_rows((yield from client.get(asked)))
            reports, undated = log_reports(rows, log, profile.times, columns)
        except DlmsError as error:
            if client.connection.state is not State.OPEN:
                raise
            read.refused[str(log.reference)] = error.found
            continue
        read.reports += reports
        if undated:
            read.refused[str(log.reference)] = f"{undated} events without a valid time"
    return read


def log_reports(
    rows: Sequence[Row], log: EventLog, times: Times, columns: Sequence[LogColumn]
) -> tuple[list[EventReport], int]:
    """Return the events of a log's rows, and how many rows have no valid time.

    Raises:
        DlmsError: BAD_VALUE, rows of other columns, or a code that is no number.
    """
    cells = [column.cell for column in columns]
    when, what = cells.index(Cell.CLOCK), cells.index(Cell.CODE)
    meanings = dict(log.codes)
    found: list[EventReport] = []
    undated = 0
    for row in rows:
        if len(row) != len(cells):
            raise _unlike(f"{len(row)} columns", log, f"{len(cells)} columns")
        at, code = _instant(row[when], times), row[what]
        if isinstance(code, bool) or not isinstance(code, int):
            raise _unlike(repr(code), log, "a number")
        if at is None:
            undated += 1
            continue
        event = str(meanings.get(code, f"dlms:{code}"))
        found.append(EventReport(event, at, None, f"{log.kind} log"))
    return _with_seconds(list(dict.fromkeys(found))), undated


def pushed_reports(profile: Profile, notice: Notice, heard_at: datetime) -> list[EventReport]:
    """Return the events that a push tells; none where it carries values only.

    Args:
        profile: the model of the meter that pushed.
        notice: what it sent.
        heard_at: when it was heard, for pushes without a valid time.

    Raises:
        DlmsError: a layout that is not known.
    """
    if isinstance(notice, EventNotification):
        at = _instant(notice.time, profile.times) or heard_at
        reference = notice.reference
        told = [(reference.class_id, reference.name, reference.number, notice.value)]
        return list(_told(profile, told, at))
    _, rows = pushed_rows(notice.value)
    at = _pushed_at(profile, notice.time, rows) or heard_at
    values = [_attribute_of(row) for row in rows]
    setup = _setup_of(notice.value)
    if setup is not None:
        values.insert(0, setup)
    return list(dict.fromkeys(_told(profile, values, at)))


Told = tuple[int | None, bytes, int, "Data"]
"""Class (None: not said), logical name, attribute, value."""


def _told(profile: Profile, values: Sequence[Told], at: datetime) -> Iterator[EventReport]:
    """Yield what values of a push say by log, alarm bit, or push setup."""
    events = profile.events
    logs = {log.code_object.name: log for log in events.logs}
    alarms = {alarm.reference.name: alarm for alarm in events.alarms}
    setups = dict(events.pushes)
    for class_id, name, attribute, value in values:
        if class_id == PUSH_SETUP_CLASS and attribute == NAME_ATTRIBUTE:
            if (event := setups.get(value.octets)) is not None:
                yield EventReport(event, at, None, "push")
        elif attribute != VALUE_ATTRIBUTE:
            continue
        elif (log := logs.get(name)) is not None:
            code = dict(log.codes).get(value.number, f"dlms:{value.number}")
            if value.number:  # 0: nothing has happened yet
                yield EventReport(str(code), at, None, f"{log.kind} push")
        elif (alarm := alarms.get(name)) is not None:
            for bit, event in alarm.bits:
                if value.number >> bit & 1:
                    yield EventReport(event, at, None, f"alarm bit {bit}")


def _attribute_of(row: PushedRow) -> Told:
    return row.class_id, row.code, row.attribute, row.value


def _setup_of(value: Data) -> Told | None:
    """Return the push setup that a push list names first: itself."""
    if value.tag not in {Tag.ARRAY, Tag.STRUCTURE} or not value.items:
        return None
    listed = value.items[0]
    if listed.tag != Tag.ARRAY or not listed.items:
        return None
    first = listed.items[0]
    if first.tag != Tag.STRUCTURE or len(first.items) < 2:
        return None
    class_id, name = first.items[:2]
    if class_id.value != PUSH_SETUP_CLASS or name.tag != Tag.OCTET_STRING:
        return None
    return PUSH_SETUP_CLASS, name.octets, NAME_ATTRIBUTE, name


def _pushed_at(profile: Profile, time: bytes, rows: Sequence[PushedRow]) -> datetime | None:
    """Return when a push says that it was sent: in its head, or by the clock in its values."""
    at = _instant(time, profile.times)
    if at is not None:
        return at
    for row in rows:
        if row.class_id in {None, CLOCK_CLASS} and row.code == profile.clock.name:
            return _instant(row.value.value, profile.times)
    return None


def _columns(client: Client, log: EventLog) -> Exchange[tuple[LogColumn, ...]]:
    """Return a log's columns in the meter's order, asked for where the profile leaves it open."""
    if not log.asks_columns:
        return log.columns
    known = {column.reference: column for column in log.columns}
    captured = (yield from client.get_data(log.captured)).items
    try:
        references = [CAPTURE_OBJECT.read(item).reference for item in captured]
    except UnfitError as error:
        raise _unlike(error.found, log, error.expected) from error
    found = tuple(known.get(one, LogColumn(one, Cell.OTHER)) for one in references)
    cells = [column.cell for column in found]
    if Cell.CLOCK not in cells or Cell.CODE not in cells:
        raise _unlike(", ".join(map(str, references)), log, "a clock and the event's number")
    return found


def _with_seconds(reports: list[EventReport]) -> list[EventReport]:
    """Return the events with the step of each clock that was set, where both its times are told."""
    found = reports.copy()
    for place, (one, after) in enumerate(pairwise(reports), 1):
        if (one.event, after.event) == (CLOCK_BEFORE, CLOCK_AFTER) and one.at != after.at:
            step = round((after.at - one.at).total_seconds())
            found[place] = after._replace(event=MeterEvent.CLOCK_SET, seconds=step)
    return found


def _instant(told: object, times: Times) -> datetime | None:
    """Return the instant that twelve bytes tell; None where they tell none."""
    if not isinstance(told, bytes) or not told:
        return None
    try:
        return clock(told).instant(times.zone_minutes, inverted=times.inverted)
    except DlmsError:  # a meter that has lost its clock still reports what happens
        return None


def _unlike(found: str, log: EventLog, expected: str) -> DlmsError:
    return DlmsError(Fault.BAD_VALUE, f"{found} in {log.reference}", expected=expected)
