"""What happened at a usage point in some days: events of its meters, meters hung and changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from typing import TYPE_CHECKING

from django.db.models import Q

from congto.office.meterdata.models import MeterEvent
from congto.office.meters.models import MeterInstallation
from congto.vocabulary.events import BEGIN_OF, END_OF
from congto.vocabulary.events import MeterEvent as Kind
from congto.vocabulary.periods import LOCAL_ZONE

if TYPE_CHECKING:
    from datetime import date

    from congto.vocabulary.periods import Period

HUNG, EXCHANGED, TAKEN_DOWN = "meter_hung", "meter_exchanged", "meter_taken_down"
"""Kinds that are no event of a meter: what people did with the meter itself."""

STANDS = (Kind.RELAY_OPEN,)
"""Kinds that last until their end is reported, however long ago they began."""


@dataclass(frozen=True, slots=True)
class Happening:
    """One entry of the time line.

    Attributes:
        kind: vocabulary.events.MeterEvent, or one of the three kinds of this module.
        day: local day. began_at: None where only the day is known.
        lasting: whether it begins something; without ended_at its end is not known.
        seconds: of a clock. code, detail, source: as delivered.
        old, new: serial numbers of meters.
    """

    kind: str
    day: date
    began_at: datetime | None = None
    ended_at: datetime | None = None
    lasting: bool = False
    seconds: int | None = None
    code: str = ""
    detail: str = ""
    source: str = ""
    old: str = ""
    new: str = ""


def happenings(point: int, period: Period) -> list[Happening]:
    """Return what happened at a point in a period, also what began before and lasted into it.

    An end stands beside its begin and is no entry of its own.
    """
    begin, end = (datetime.combine(day, time(), LOCAL_ZONE) for day in (period.start, period.end))
    lasted = Q(began_at__gte=begin) | Q(ended_at__gt=begin) | Q(kind__in=STANDS, ended_at=None)
    found = list(MeterEvent.objects.filter(lasted, usage_point=point, began_at__lt=end))
    ends = {(END_OF[Kind(one.kind)], one.ended_at) for one in found if one.ended_at is not None}
    events = [
        _of_event(one)
        for one in found
        if (one.kind, one.began_at) not in ends or one.kind not in BEGIN_OF
    ]
    entries = [*events, *_of_meters(point, period)]
    return sorted(entries, key=lambda one: (one.began_at or _midnight(one.day), one.kind))


def _of_event(event: MeterEvent) -> Happening:
    return Happening(
        kind=event.kind,
        day=event.began_at.astimezone(LOCAL_ZONE).date(),
        began_at=event.began_at,
        ended_at=event.ended_at,
        lasting=event.kind in END_OF,
        seconds=event.seconds,
        code=event.code,
        detail=event.detail,
        source=event.source,
    )


def _of_meters(point: int, period: Period) -> list[Happening]:
    """Return meters hung, exchanged and taken down: the books know the day, not the hour."""
    rows = MeterInstallation.objects.filter(usage_point=point).select_related("meter")
    hung = list(rows.order_by("valid_from"))
    entries, before = [], None
    for one in hung:
        serial, old = one.meter.serial, ""
        if before is not None and before.valid_to == one.valid_from:
            old = before.meter.serial
        kind = EXCHANGED if old else HUNG
        entries.append(Happening(kind, one.valid_from, old=old, new=serial))
        before = one
    followed = {one.valid_from for one in hung}
    entries += [
        Happening(TAKEN_DOWN, one.valid_to, old=one.meter.serial)
        for one in hung
        if one.valid_to is not None and one.valid_to not in followed
    ]
    return [one for one in entries if period.start <= one.day < period.end]


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), LOCAL_ZONE)
