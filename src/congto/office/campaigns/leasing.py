"""Leases: a worker takes devices with all their due tasks, as far as permits allow.

One transaction takes tasks, permits and visits together, so whoever dies in it leaves nothing. Two
workers never get one device: PostgreSQL allows one visit to it. Workers meet at the row of the
limit of all, and at rows of cells and concentrators in one order, so permits are never overdrawn.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction

from congto.headend.campaigns.permits import Limit, Permits, denied_wait
from congto.office.campaigns.choices import Priority
from congto.office.devices.choices import LimitKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from django.db.backends.utils import CursorWrapper

LEASE = timedelta(seconds=120)
"""A worker that has not said for so long that it lives has lost its visits."""
LOOK_AT = 4
"""Tasks looked at for each device wanted: some have several, some devices get no permit."""

DUE = """
SELECT t.device_id FROM campaigns_task t JOIN devices_device d ON d.id = t.device_id
WHERE t.state = 'waiting' AND t.due_at <= %(at)s AND t.expires_at > %(at)s AND d.state = 'active'
  AND NOT EXISTS (SELECT FROM campaigns_visit v WHERE v.device_id = t.device_id)
ORDER BY t.priority, t.due_at, t.id LIMIT %(most)s FOR UPDATE OF t SKIP LOCKED
"""
TASKS = """
SELECT id, device_id, kind, args, priority, attempts + 1, attempts_max, subject
FROM campaigns_task
WHERE device_id = ANY(%(devices)s) AND state = 'waiting' AND due_at <= %(at)s
  AND expires_at > %(at)s
ORDER BY priority, due_at, id FOR UPDATE SKIP LOCKED
"""
DEVICES = """
SELECT d.id, m.serial, d.profile, coalesce(nullif(d.host, ''), c.host, ''),
  coalesce(d.port, c.port, 0), d.logical_device, d.cell, coalesce(c.code, '')
FROM devices_device d JOIN meters_meter m ON m.id = d.meter_id
LEFT JOIN devices_concentrator c ON c.id = d.concentrator_id
WHERE d.id = ANY(%(devices)s)
"""
LIMITS = """
SELECT id, kind, code, sessions_max, starts_per_minute, burst, tokens_milli, refilled_at
FROM devices_accesslimit
WHERE kind = 'all' OR (kind = 'cell' AND code = ANY(%(cells)s))
  OR (kind = 'concentrator' AND code = ANY(%(concentrators)s))
ORDER BY kind, code FOR UPDATE
"""
AT_ONCE = """
SELECT cell, concentrator, count(*) FROM campaigns_visit WHERE NOT over GROUP BY 1, 2
"""
SPEND = """
UPDATE devices_accesslimit l SET tokens_milli = g.tokens, refilled_at = g.at
FROM unnest(%s::bigint[], %s::bigint[], %s::timestamptz[]) AS g (id, tokens, at) WHERE l.id = g.id
"""
DENY = """
UPDATE campaigns_task t SET due_at = greatest(t.due_at, g.due_at)
FROM unnest(%s::bigint[], %s::timestamptz[]) AS g (id, due_at)
WHERE t.id = g.id AND t.state = 'waiting'
"""
VISIT = """
INSERT INTO campaigns_visit (device_id, worker, began_at, leased_until, cell, concentrator, over)
SELECT g.device, %s, %s, %s, g.cell, g.concentrator, false
FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS g (device, cell, concentrator)
ON CONFLICT (device_id) DO NOTHING RETURNING id, device_id
"""
TAKE = """
UPDATE campaigns_task t SET state = 'leased', attempts = t.attempts + 1, leased_by = %s,
  leased_until = %s, visit = g.visit
FROM unnest(%s::bigint[], %s::bigint[]) AS g (id, visit) WHERE t.id = g.id
"""
LOST = "DELETE FROM campaigns_visit WHERE leased_until < %s RETURNING id"
GIVE_BACK = """
UPDATE campaigns_task SET visit = NULL, leased_by = '', leased_until = NULL,
  state = CASE WHEN kind = 'command' OR attempts < attempts_max THEN 'waiting' ELSE 'failed' END,
  fault = 'worker_lost',
  ended_at = CASE WHEN kind = 'command' OR attempts < attempts_max THEN NULL
    ELSE %(at)s::timestamptz END
WHERE visit = ANY(%(visits)s) AND state = 'leased'
"""
ALIVE = """
UPDATE campaigns_visit SET leased_until = %(until)s, over = over OR id = ANY(%(over)s),
  associated_at = CASE WHEN id = ANY(%(associated)s) THEN coalesce(associated_at, %(at)s)
    ELSE associated_at END
WHERE id = ANY(%(held)s) RETURNING id
"""


@dataclass(frozen=True, slots=True)
class LeasedTask:
    """A task in the hands of a worker; `attempt` counts from 1."""

    id: int
    kind: str
    args: dict[str, Any]
    priority: int
    attempt: int
    attempts_max: int
    subject: str


@dataclass(frozen=True, slots=True)
class LeasedVisit:
    """A device that a worker may talk to, and what is to be done there.

    Attributes:
        id: number of the visit. device: number of the device. serial: of its meter.
        profile: name of its model's profile.
        host, port, logical_device: where it is reached.
        began_at: when it was leased.
        tasks: by priority, then by when they were due.
    """

    id: int
    device: int
    serial: str
    profile: str
    host: str
    port: int
    logical_device: int
    began_at: datetime
    tasks: tuple[LeasedTask, ...]


@dataclass(slots=True)
class _Candidate:
    """A device with due tasks."""

    device: int
    row: tuple[Any, ...]
    tasks: list[LeasedTask] = field(default_factory=list)

    @property
    def cell(self) -> str:
        return str(self.row[6])

    @property
    def concentrator(self) -> str:
        return str(self.row[7])

    def leased(self, visit: int, at: datetime) -> LeasedVisit:
        device, serial, profile, host, port, logical_device, *_ = self.row
        tasks = tuple(self.tasks)
        return LeasedVisit(visit, device, serial, profile, host, port, logical_device, at, tasks)


def lease(worker: str, most: int, *, at: datetime) -> list[LeasedVisit]:
    """Take up to so many devices, each with all its due tasks.

    A device whose cell or concentrator has no permit left comes again after 50 to 70 seconds (2
    where it is urgent); that is no attempt. Where the limit of all is spent nothing more is taken.
    """
    if most <= 0:
        return []
    with transaction.atomic():
        found = _candidates(most, at)
        if not found:
            return []
        limits = _limits(found, at)
        granted, denied = _permitted(found, limits, most)
        _deny(denied, at)
        visits = _begin(worker, granted, at)
        _spend(limits)
    return visits


def give_back_lost(*, at: datetime) -> int:
    """Give back the tasks of workers that died; return how many visits were lost."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(LOST, [at])
        lost = [row[0] for row in cursor.fetchall()]
        if lost:
            cursor.execute(GIVE_BACK, {"visits": lost, "at": at})
    return len(lost)


def still_held(
    held: Sequence[int],
    *,
    over: Iterable[int] = (),
    associated: Iterable[int] = (),
    at: datetime,
) -> set[int]:
    """Say that a worker lives: its leases go on; return the visits that are still its own.

    Args:
        held: its visits.
        over: those whose session has ended: their permits are free again.
        associated: those whose meter has answered.
        at: now.
    """
    if not held:
        return set()
    given: dict[str, Any] = {
        "held": list(held),
        "over": list(over),
        "associated": list(associated),
        "until": at + LEASE,
        "at": at,
    }
    with connection.cursor() as cursor:
        cursor.execute(ALIVE, given)
        return {row[0] for row in cursor.fetchall()}


def _candidates(most: int, at: datetime) -> list[_Candidate]:
    """Return the devices with due tasks, the most urgent first, their tasks locked."""
    with connection.cursor() as cursor:
        cursor.execute(DUE, {"at": at, "most": most * LOOK_AT})
        order = dict.fromkeys(row[0] for row in cursor.fetchall())
        if not order:
            return []
        cursor.execute(DEVICES, {"devices": list(order)})
        rows = {row[0]: row for row in cursor.fetchall()}
        found = {device: _Candidate(device, rows[device]) for device in order}
        cursor.execute(TASKS, {"devices": list(order), "at": at})
        for number, device, kind, args, priority, attempt, attempts_max, subject in cursor:
            found[device].tasks.append(
                LeasedTask(number, kind, _plain(args), priority, attempt, attempts_max, subject)
            )
    return [one for one in found.values() if one.tasks]


def _plain(args: str | dict[str, Any]) -> dict[str, Any]:
    """Return arguments as a dictionary; Django's connection leaves JSON as text."""
    found: dict[str, Any] = json.loads(args) if isinstance(args, str) else args
    return found


def _limits(found: list[_Candidate], at: datetime) -> dict[tuple[str, str], tuple[int, Permits]]:
    """Return the limits that these devices meet, locked, refilled, with the sessions of now."""
    given = {
        "cells": sorted({one.cell for one in found} - {""}),
        "concentrators": sorted({one.concentrator for one in found} - {""}),
    }
    limits = {}
    with connection.cursor() as cursor:
        cursor.execute(LIMITS, given)
        rows = cursor.fetchall()
        sessions = _sessions(cursor)
    for number, kind, code, most, starts, burst, tokens, refilled in rows:
        key = (str(kind), "" if kind == LimitKind.ALL else code)
        permits = Permits(Limit(most, starts, burst), tokens, refilled, sessions[key])
        permits.refill(at)
        limits[key] = number, permits
    return limits


def _sessions(cursor: CursorWrapper) -> Counter[tuple[str, str]]:
    """Count the sessions that hold a permit now: of all, by cell and by concentrator."""
    found: Counter[tuple[str, str]] = Counter()
    cursor.execute(AT_ONCE)
    for cell, concentrator, count in cursor.fetchall():
        found[LimitKind.ALL.value, ""] += count
        found[LimitKind.CELL.value, cell] += count
        found[LimitKind.CONCENTRATOR.value, concentrator] += count
    return found


def _permitted(
    found: list[_Candidate], limits: dict[tuple[str, str], tuple[int, Permits]], most: int
) -> tuple[list[_Candidate], list[_Candidate]]:
    """Give permits in order; return who has one and whom a cell or concentrator denies."""
    granted: list[_Candidate] = []
    denied: list[_Candidate] = []
    whole = limits.get((LimitKind.ALL, ""))
    for one in found:
        if len(granted) == most or (whole is not None and not whole[1].free):
            break
        keys = [(LimitKind.CELL, one.cell), (LimitKind.CONCENTRATOR, one.concentrator)]
        own = [limits[key][1] for key in keys if key in limits]
        if any(not permits.free for permits in own):
            denied.append(one)
            continue
        for permits in [*own, *([whole[1]] if whole is not None else [])]:
            permits.take()
        granted.append(one)
    return granted, denied


def _deny(denied: list[_Candidate], at: datetime) -> None:
    rows = [
        (task.id, at + denied_wait(one.device, at, urgent=task.priority < Priority.GAP))
        for one in denied
        for task in one.tasks
    ]
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(DENY, [list(column) for column in zip(*rows, strict=True)])


def _begin(worker: str, granted: list[_Candidate], at: datetime) -> list[LeasedVisit]:
    """Enter the visits and take their tasks."""
    if not granted:
        return []
    until = at + LEASE
    rows = sorted((one.device, one.cell, one.concentrator) for one in granted)
    columns = [list(column) for column in zip(*rows, strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(VISIT, [worker, at, until, *columns])
        numbers = {device: number for number, device in cursor.fetchall()}
        begun = [one for one in granted if one.device in numbers]
        pairs = [(task.id, numbers[one.device]) for one in begun for task in one.tasks]
        if pairs:
            cursor.execute(TAKE, [worker, until, *(list(c) for c in zip(*pairs, strict=True))])
    return [one.leased(numbers[one.device], at) for one in begun]


def _spend(limits: dict[tuple[str, str], tuple[int, Permits]]) -> None:
    """Keep what is left of the permits; one that a rival took with its device stays spent."""
    rows = [(number, held.tokens_milli, held.refilled_at) for number, held in limits.values()]
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(SPEND, [list(column) for column in zip(*rows, strict=True)])
