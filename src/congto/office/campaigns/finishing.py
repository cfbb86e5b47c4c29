"""What came of visits enters the books: delivery, sessions and tasks in one transaction, each once.

The caller has the half-hours and this very batch on its disk before it calls, and calls again with
the same batch after a crash: a visit's session is entered once by its number, a task is ended only
while it is leased to that visit.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction

from congto.office.devices.operations import Seen, keep_proved, seen
from congto.office.intake.choices import Way
from congto.office.intake.operations import receive
from congto.vocabulary.periods import LOCAL_ZONE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from congto.office.campaigns.choices import SessionOutcome, TaskState
    from congto.office.intake.models import Delivery
    from congto.office.intake.receiving import Content

SOURCE = "headend"
"""Under which name the deliveries of sessions are received."""
HALF_HOURS_FORMAT = "headend"
"""Format of the file that holds half-hours of sessions."""
REGISTERS_FORMAT = "headend-registers"
"""Format of the file that holds registers of sessions."""
DRIFT_S_MAX = 30
"""A clock further off is put right (a head end's usual limit; recalled)."""
CLOCK_WITHIN = timedelta(hours=6)
TEXTS = {
    "HES-001": "Công tơ %%s: phiên đọc hỏng vì khóa, mật khẩu hoặc bộ đếm (%(fault)s)."
    " Đối chiếu khóa với hồ sơ của nhà sản xuất.",
    "HES-002": "Công tơ %%s không đọc được như mẫu của loại công tơ nói (%(fault)s)."
    " Sửa mẫu hoặc địa chỉ, hoặc kiểm tra công tơ.",
    "HES-004": "Công tơ %%s: đồng hồ lệch quá, không chỉnh được từ xa (%(fault)s)."
    " Cần người quyết định hoặc đến tại chỗ.",
}
"""Of each rule, with the serial and the fault; what the meter said is with the session."""
SENTENCE_LENGTH, FAULT_LENGTH = 400, 40

SESSIONS = """
INSERT INTO campaigns_session (visit, device_id, worker, began_at, ended_at, outcome, fault,
  sentence, delivery_id, first_at, last_at, half_hours, register_delivery_id, registers,
  frames_file, frames_offset, frames_bytes)
SELECT visit, device, worker, began_at, ended_at, outcome, fault, sentence,
  CASE WHEN half_hours > 0 THEN %(half_hours)s::bigint END, first_at, last_at, half_hours,
  CASE WHEN registers > 0 THEN %(registers)s::bigint END, registers,
  frames_file, frames_offset, frames_bytes
FROM json_to_recordset(%(rows)s::json) AS g (visit bigint, device bigint, worker text,
  began_at timestamptz, ended_at timestamptz, outcome text, fault text, sentence text,
  first_at timestamptz, last_at timestamptz, half_hours int, registers int, frames_file text,
  frames_offset bigint, frames_bytes int)
ON CONFLICT (visit) DO NOTHING
"""
TASKS = """
UPDATE campaigns_task t SET state = g.state, fault = g.fault, result = g.result,
  due_at = coalesce(g.due_at, t.due_at), priority = coalesce(g.priority, t.priority),
  ended_at = CASE WHEN g.state = 'waiting' THEN NULL ELSE g.ended_at END,
  session_id = s.id, visit = NULL, leased_by = '', leased_until = NULL
FROM json_to_recordset(%(rows)s::json) AS g (id bigint, visit bigint, state text, fault text,
  result jsonb, due_at timestamptz, priority smallint, ended_at timestamptz)
LEFT JOIN campaigns_session s ON s.visit = g.visit
WHERE t.id = g.id AND t.visit = g.visit AND t.state = 'leased'
"""
LACKED = """
INSERT INTO campaigns_lackedday AS held (device_id, local_day, answers)
SELECT t.device_id, l.key::date,
  ARRAY(SELECT ((l.value::bigint >> s) & 1)::smallint FROM generate_series(0, 47) s ORDER BY s)
FROM json_to_recordset(%(rows)s::json) AS g (id bigint, visit bigint, state text, result jsonb)
JOIN campaigns_task t ON t.id = g.id AND t.visit = g.visit AND t.state = 'leased'
CROSS JOIN LATERAL jsonb_each_text(g.result->'without_row') AS l
WHERE g.state = 'done' AND t.key IS NOT NULL
ON CONFLICT (device_id, local_day) DO UPDATE SET answers = ARRAY(
  SELECT least(one + other, 99) FROM unnest(held.answers, excluded.answers)
  WITH ORDINALITY AS u (one, other, place) ORDER BY place)
"""
"""Rows that a window asked for and a whole answer lacked: counted while the task is its visit's, so
once. What a person asked for has no key and counts nothing: it is one answer, whenever it comes."""
OVER = "DELETE FROM campaigns_visit WHERE id = ANY(%s)"
TECHNICIAN = """
INSERT INTO control_findingrecord (rule, severity, subject_kind, subject, unit_id, period_from,
  period_to, observed, expected, text, state, found_at)
SELECT g.rule, 'warning', 'meter', m.serial, d.unit_id, %(day)s, %(next)s, left(g.fault, 240),
  'công tơ đọc được', left(format(g.text, m.serial), 400), 'open', %(at)s
FROM json_to_recordset(%(rows)s::json) AS g (device bigint, rule text, fault text, text text)
JOIN devices_device d ON d.id = g.device JOIN meters_meter m ON m.id = d.meter_id
WHERE NOT EXISTS (SELECT FROM control_findingrecord f
  WHERE f.subject_kind = 'meter' AND f.subject = m.serial AND f.rule = g.rule AND f.state = 'open')
ON CONFLICT DO NOTHING
"""


CLOCKS = """
INSERT INTO campaigns_task (device_id, kind, args, subject, key, priority, state, created_at,
  due_at, expires_at, attempts, attempts_max, leased_by, fault)
SELECT g.device, 'clock', '{}', '', 'clock:' || g.device || ':' || %(day)s, 20, 'waiting', %(at)s,
  %(at)s, %(until)s, 0, 3, '', ''
FROM unnest(%(devices)s::bigint[]) AS g (device)
WHERE NOT EXISTS (SELECT FROM campaigns_task t WHERE t.device_id = g.device AND t.kind = 'clock'
  AND t.state IN ('waiting', 'leased'))
ON CONFLICT (key) DO NOTHING
"""


@dataclass(frozen=True, slots=True)
class TaskEnd:
    """What came of one task.

    Attributes:
        id: of the task.
        state: DONE, FAILED, or WAITING for another try.
        fault: why not; empty where done.
        sentence: the same for a person.
        rule: of the finding that a technician gets; empty: none.
        result: in its kind's own words.
        due_at, priority: of the next try.
    """

    id: int
    state: TaskState
    fault: str = ""
    sentence: str = ""
    rule: str = ""
    result: dict[str, Any] | None = None
    due_at: datetime | None = None
    priority: int | None = None


@dataclass(frozen=True, slots=True)
class VisitEnd:
    """What came of one visit.

    Attributes:
        visit, device, worker: whose it was.
        began_at, ended_at: of the session.
        outcome, fault, sentence: how it went.
        tasks: what came of each.
        answered: the session came to its end; False: it never began, or broke.
        drift_s: the meter's clock ahead of ours; None: not read.
        proved: secret -> the meter's counter that a tag proves.
        first_at, last_at, half_hours: span and number of what it read.
        registers: of 00:00 that it read.
        frames_file, frames_offset, frames_bytes: where its frames are kept.
    """

    visit: int
    device: int
    worker: str
    began_at: datetime
    ended_at: datetime
    outcome: SessionOutcome
    fault: str
    sentence: str
    tasks: tuple[TaskEnd, ...]
    answered: bool = True
    drift_s: int | None = None
    proved: dict[int, int] = field(default_factory=dict)
    first_at: datetime | None = None
    last_at: datetime | None = None
    half_hours: int = 0
    registers: int = 0
    frames_file: str = ""
    frames_offset: int = 0
    frames_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Delivered:
    """A file of what visits read: number of the delivery and its content."""

    number: str
    content: Content


def finish(
    ends: Sequence[VisitEnd], delivered: Sequence[Delivered] = (), *, at: datetime
) -> list[Delivery]:
    """Enter what came of visits; doing it again with the same changes nothing.

    Args:
        ends: the visits.
        delivered: files of what they read; sessions refer to those of half-hours and registers.
        at: now.

    Returns:
        The deliveries, to be loaded.
    """
    with transaction.atomic():
        received = [
            receive(SOURCE, one.number, one.content, way=Way.METER, user=None, at=at)[0]
            for one in delivered
        ]
        with connection.cursor() as cursor:
            new = _sessions(ends, received)
            _tasks(ends)
            cursor.execute(OVER, [[one.visit for one in ends]])
        fresh = [one for one in ends if one.visit in new]
        seen([_seen(one) for one in fresh])
        proved = _proved(fresh)
        if proved:
            keep_proved(proved)
        _technician(fresh, at)
        _clocks(fresh, at)
    return received


def _sessions(ends: Sequence[VisitEnd], received: Sequence[Delivery]) -> set[int]:
    """Enter the sessions; return the visits of those that were not there."""
    rows = [
        {
            "visit": one.visit,
            "device": one.device,
            "worker": one.worker,
            "began_at": _text(one.began_at),
            "ended_at": _text(one.ended_at),
            "outcome": one.outcome,
            "fault": one.fault[:FAULT_LENGTH],
            "sentence": one.sentence[:SENTENCE_LENGTH],
            "first_at": _text(one.first_at),
            "last_at": _text(one.last_at),
            "half_hours": one.half_hours,
            "registers": one.registers,
            "frames_file": one.frames_file,
            "frames_offset": one.frames_offset,
            "frames_bytes": one.frames_bytes,
        }
        for one in ends
    ]
    with connection.cursor() as cursor:
        formats = {one.format: one.pk for one in received}
        given = {
            "rows": json.dumps(rows),
            "half_hours": formats.get(HALF_HOURS_FORMAT),
            "registers": formats.get(REGISTERS_FORMAT),
        }
        cursor.execute(f"{SESSIONS} RETURNING visit", given)
        return {row[0] for row in cursor.fetchall()}


def _tasks(ends: Sequence[VisitEnd]) -> None:
    rows: list[dict[str, object]] = [
        {
            "id": task.id,
            "visit": one.visit,
            "state": task.state,
            "fault": task.fault[:FAULT_LENGTH],
            "result": task.result,
            "due_at": _text(task.due_at),
            "priority": task.priority,
            "ended_at": _text(one.ended_at),
        }
        for one in ends
        for task in one.tasks
    ]
    _run(LACKED, rows)
    _run(TASKS, rows)


def _seen(one: VisitEnd) -> Seen:
    return Seen(one.device, one.ended_at, "" if one.answered else one.fault, one.drift_s)


def _proved(ends: Sequence[VisitEnd]) -> dict[int, int]:
    highest: dict[int, int] = {}
    for one in ends:
        for secret, number in one.proved.items():
            highest[secret] = max(number, highest.get(secret, number))
    return highest


def _technician(ends: Sequence[VisitEnd], at: datetime) -> None:
    """Keep a finding for each device that a person has to look at, unless one is open."""
    told = {
        (one.device, task.rule): {
            "device": one.device,
            "rule": task.rule,
            "fault": task.fault,
            "text": TEXTS[task.rule] % {"fault": task.fault},
        }
        for one in ends
        for task in one.tasks
        if task.rule
    }
    day = at.astimezone(LOCAL_ZONE).date()
    if told:
        _run(TECHNICIAN, [*told.values()], day=day, next=day + timedelta(days=1), at=at)


def _clocks(ends: Sequence[VisitEnd], at: datetime) -> None:
    """Ask for the clocks that are too far off to be put right: once a day each."""
    off = [one.device for one in ends if abs(one.drift_s or 0) > DRIFT_S_MAX]
    if off:
        day = at.astimezone(LOCAL_ZONE).date()
        given: dict[str, Any] = {
            "devices": off,
            "at": at,
            "until": at + CLOCK_WITHIN,
            "day": day.isoformat(),
        }
        with connection.cursor() as cursor:
            cursor.execute(CLOCKS, given)


def _run(sql: str, rows: list[dict[str, object]], **given: date | datetime) -> None:
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(sql, {"rows": json.dumps(rows), **given})


def _text(instant: datetime | None) -> str | None:
    return None if instant is None else instant.isoformat()
