"""Requests of IEC 61968-9 for readings and events now: each meter is a task, the reply what came.

A meter takes seconds to minutes to answer. The reply tells of each what is there; what is not there
yet is an Error of level INFORM. The same message again asks no meter twice and tells how far it is.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import polars as pl

from congto.interfaces.files.events.iec61968 import events_element
from congto.interfaces.files.iec61968_envelope import INFORM, Trouble, reply
from congto.interfaces.files.readings.iec61968_asked import (
    EVENTS,
    HALF_HOURS,
    REGISTERS,
    Request,
    Shown,
    read_request,
    readings_of,
)
from congto.office.campaigns.choices import TaskKind
from congto.office.campaigns.operations import ask_now
from congto.office.campaigns.queries import DONE, FAILED, is_loaded, progress
from congto.office.commands.operations import find
from congto.office.control.queries import scope_of
from congto.office.intake.queries import days_to_export
from congto.office.meterdata.events_out import events_to_export
from congto.office.meters.queries import points_of_meters
from congto.vocabulary.errors import CongtoError
from congto.vocabulary.frames.delivered import DELIVERED_DAYS
from congto.vocabulary.periods import LOCAL_ZONE, Period

if TYPE_CHECKING:
    from datetime import date

    from django.contrib.auth.models import User
    from lxml import etree

    from congto.office.campaigns.queries import Progress
    from congto.office.control.queries import Scope
    from congto.office.devices.models import Device

EVENT_DAYS = 30
"""Days whose events a reply tells; logs are read as far back."""
STORED = (TaskKind.HALF_HOURS, TaskKind.EVENTS)
"""Kinds whose answer is what the store has once it is loaded."""


class Read(NamedTuple):
    """What a meter has answered: its serial and the results of its tasks by kind."""

    serial: str
    values: dict[str, Any]


def read_and_told(octets: bytes, *, user: User, at: datetime) -> bytes:
    """Ask the meters of a request, or look how far they are, and return the reply.

    A meter that cannot be asked is told in the reply and does not stop the others.

    Raises:
        InvalidInputError: the message cannot be read.
    """
    request = read_request(octets)
    scope, today = scope_of(user), at.astimezone(LOCAL_ZONE).date()
    named = find(request.names, scope, today)
    troubles = [Trouble(one.name, one.why) for one in named.unknown]
    read: list[Read] = []
    for name, device in named.devices.items():
        told = _asked(request, device, scope, user, at)
        if isinstance(told, Read):
            read.append(told)
        else:
            troubles.append(Trouble(name, told.sentence, told.level))
    payload = _payload(request, read, scope, today) if read else None
    return reply(request.header, payload, troubles, at)


def _asked(
    request: Request, device: Device, scope: Scope, user: User, at: datetime
) -> Read | Trouble:
    """Ask a meter once for this message; return what it has answered, or why there is nothing."""
    kinds = [TaskKind(kind) for kind in request.kinds] or [TaskKind.EVENTS]
    serial = device.meter.serial
    try:
        campaign = ask_now(device.pk, kinds, user=user, at=at, key=_key(request, user, serial))
    except CongtoError as error:
        return Trouble(serial, error.sentence())
    told = progress(campaign, scope)
    assert told is not None  # the device is within the scope, and so is its campaign
    if told.stage not in {DONE, FAILED}:
        return Trouble(serial, told.stage, INFORM)
    if told.faults or told.stage == FAILED:
        return Trouble(serial, _why(told))
    if any(kind in STORED for kind in kinds) and not is_loaded(campaign):
        return Trouble(serial, "being loaded", INFORM)
    return Read(serial, told.values)


def _key(request: Request, user: User, serial: str) -> str:
    """Return the key of a meter in a message of a user, of one length whatever its parts."""
    whole = f"{user.pk}/{request.header.noun}/{request.header.message}/{serial}"
    return f"iec:{hashlib.sha256(whole.encode()).hexdigest()[:40]}"


def _why(told: Progress) -> str:
    faults = ", ".join(f"{kind}: {fault}" for kind, fault in told.faults.items())
    return f"{faults or told.stage}. {told.sentence}".strip()


def _payload(
    request: Request, read: list[Read], scope: Scope, today: date
) -> etree._Element | None:
    points = points_of_meters([one.serial for one in read], today)
    codes = sorted(set(points.values()))
    if request.header.noun == EVENTS:
        period = Period(today - timedelta(days=EVENT_DAYS), today + timedelta(days=1))
        return events_element(events_to_export(codes, period, scope)) if codes else None
    shown = [_shown(one) for one in read if REGISTERS in one.values]
    days = [DELIVERED_DAYS.empty()]
    if HALF_HOURS in request.kinds and codes:
        days += [days_to_export(codes, day, scope) for day in (today - timedelta(days=1), today)]
    return readings_of(shown, pl.concat(days))


def _shown(one: Read) -> Shown:
    told = one.values[REGISTERS]
    read_at = datetime.fromisoformat(told["read_at"])
    return Shown(one.serial, read_at, told["clock"] is not None, told["registers"])
