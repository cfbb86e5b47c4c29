"""Caps of a day: how many commands of a kind a unit may give, under any interleaving.

A command that has not been sent counts on every local day that its window touches, a sent one on
the day it was sent. So whatever waits may all be sent on one day and the cap of that day still
holds, and sending itself need not count. Who orders or approves a kind holds its lock.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from django.db import connection
from django.db.models import Count, Q
from django.utils.translation import gettext as _

from congto.office.commands.choices import CommandKind, CommandState
from congto.office.commands.models import Command, CommandCap
from congto.office.commands.rules import DEFAULTS, Cap
from congto.office.organisation.models import Unit
from congto.vocabulary import format_vi
from congto.vocabulary.errors import RefusedError
from congto.vocabulary.periods import LOCAL_ZONE, Period

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterable
    from datetime import date

UNSENT = (CommandState.PROPOSED, CommandState.QUEUED)


@dataclass(frozen=True, slots=True)
class UnitCap:
    """What holds for a kind in a unit and everything below it."""

    unit: Unit
    cap: Cap


def lock_kind(kind: str) -> None:
    """Hold the lock of a kind until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"commands.cap/{kind}"]
        )


def days_of(begin: datetime, end: datetime) -> list[date]:
    """Return the local days that [begin, end) touches."""
    first = begin.astimezone(LOCAL_ZONE).date()
    last = (end - timedelta(microseconds=1)).astimezone(LOCAL_ZONE).date()
    return Period(first, last + timedelta(days=1)).each_day()


def caps_over(kind: str, units: Iterable[Unit]) -> list[UnitCap]:
    """Return the caps over these units: their own (else the default), and those of units above."""
    own = {unit.path: unit for unit in units}
    above = {
        path[: end + 1] for path in own for end, sign in enumerate(path) if sign == "/"
    } - own.keys()
    rows = CommandCap.objects.filter(kind=kind, unit__path__in=[*own, *above])
    said = {
        row.unit.path: UnitCap(row.unit, Cap(row.per_day, row.two_persons_from))
        for row in rows.select_related("unit")
    }
    default = DEFAULTS[CommandKind(kind)]
    said |= {path: UnitCap(unit, default) for path, unit in own.items() if path not in said}
    return [said[path] for path in sorted(said)]


def refuse_over_cap(kind: str, more: Counter[str], begin: datetime, end: datetime) -> None:
    """Refuse where a cap would be passed on a day of the window; `lock_kind` is held.

    Args:
        kind: of the commands.
        more: path of a unit -> commands there that are not in the books yet (0: all are).
        begin: of the window.
        end: of the window.

    Raises:
        RefusedError: names the unit, the day, the cap and what is left of it.
    """
    units = Unit.objects.filter(path__in=list(more))
    for over in caps_over(kind, units):
        new = sum(count for path, count in more.items() if path.startswith(over.unit.path))
        for day in days_of(begin, end):
            given = given_on(kind, over.unit, day)
            if given + new > over.cap.per_day:
                raise _over(kind, over, day, given, new)


def given_on(kind: str, unit: Unit, day: date) -> int:
    """Return how many commands of a kind count on a day in a unit and below it."""
    start = datetime.combine(day, time(), LOCAL_ZONE)
    end = start + timedelta(days=1)
    sent = Q(sent_at__gte=start, sent_at__lt=end)
    waiting = Q(state__in=UNSENT, order__not_before__lt=end, order__not_after__gt=start)
    rows = Command.objects.filter(kind=kind, device__unit__path__startswith=unit.path)
    return rows.filter(sent | waiting).aggregate(count=Count("pk"))["count"] or 0


def _over(kind: str, over: UnitCap, day: date, given: int, new: int) -> RefusedError:
    words = {
        "unit": over.unit.name,
        "day": format_vi.day(day),
        "kind": _(str(CommandKind(kind).label)),
        "cap": over.cap.per_day,
        "given": given,
        "new": new,
    }
    text = _(
        "%(unit)s ngày %(day)s: hạn mức %(cap)d lệnh %(kind)s, đã có %(given)d, thêm %(new)d là quá"
    )
    return RefusedError(
        text % words, action=_("giảm số công tơ, chọn ngày khác, hoặc đề nghị nâng hạn mức")
    )
