"""The plans that a company begins with; numbers of the head ends studied, to be changed at will.

Concentrators deliver their files from 00:05 to 04:00 by themselves. What is lacking then is asked
of the meters in three passes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from congto.office.campaigns.choices import Priority, TaskKind
from congto.office.campaigns.models import Plan
from congto.office.control.audit import operation
from congto.office.devices.choices import LimitKind, Path
from congto.office.devices.models import AccessLimit

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.auth.models import User

    from congto.office.organisation.models import Unit


class Default(NamedTuple):
    """A plan: code, name, what, whom, begin and length in minutes of the day, priority."""

    code: str
    name: str
    kinds: tuple[TaskKind, ...]
    path: str
    begins: tuple[int, ...]
    window_minutes: int
    priority: Priority


_ALL = (TaskKind.HALF_HOURS, TaskKind.REGISTERS, TaskKind.EVENTS)
_GAP = (TaskKind.HALF_HOURS,)
DEFAULTS = (
    Default("night", "Đọc trực tiếp ban đêm", _ALL, Path.DIRECT, (5,), 235, Priority.SCHEDULE),
    Default("gap-1", "Đọc bù lần 1", _GAP, "", (240,), 180, Priority.GAP),
    Default("gap-2", "Đọc bù lần 2", _GAP, "", (720,), 180, Priority.GAP),
    Default("gap-3", "Đọc bù lần 3, đêm sau", _GAP, "", (1320,), 120, Priority.GAP),
)
SESSIONS_MAX, STARTS_PER_MINUTE, BURST = 1_000, 1_800, 300
"""Of all meters together: a thousand at once, thirty new ones a second (GXF's numbers)."""


def make_default_plans(unit: Unit, *, user: User | None, at: datetime) -> list[Plan]:
    """Make the default plans for a unit, and the limit of all; what is there stays as it is."""
    made = []
    with operation(user, "campaign.default_plans", "plan", unit=unit, at=at) as work:
        for one in DEFAULTS:
            plan, new = Plan.objects.get_or_create(
                code=one.code,
                defaults={
                    "name": one.name,
                    "kinds": list(one.kinds),
                    "unit": unit,
                    "path": one.path,
                    "begins": list(one.begins),
                    "window_minutes": one.window_minutes,
                    "priority": one.priority,
                },
            )
            made += [plan] if new else []
        AccessLimit.objects.get_or_create(
            kind=LimitKind.ALL,
            code="",
            defaults={
                "sessions_max": SESSIONS_MAX,
                "starts_per_minute": STARTS_PER_MINUTE,
                "burst": BURST,
                "refilled_at": at,
            },
        )
        work.after = {"plans": [plan.code for plan in made]}
    return made
