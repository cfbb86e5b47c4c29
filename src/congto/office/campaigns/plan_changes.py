"""Change of a plan of reading: by one person who may run jobs in its unit, with the reason."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from congto.office.campaigns.choices import Priority, TaskKind
from congto.office.campaigns.models import Plan
from congto.office.control.audit import operation
from congto.office.control.permissions import Action, require
from congto.office.devices.choices import Path
from congto.vocabulary.errors import InvalidInputError, RefusedError

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.auth.models import User

MINUTES_OF_A_DAY = 1440
ATTEMPTS_MAX = 10
WINDOWS_MAX = 24
KINDS = tuple(kind for kind in TaskKind if kind != TaskKind.COMMAND)
"""What a plan may read; commands come from orders alone."""
PRIORITIES = (Priority.GAP, Priority.SCHEDULE)
"""A plan never goes before what a person waits for."""


@dataclass(frozen=True, slots=True)
class PlanState:
    """What of a plan can be changed; its code and unit stay.

    Attributes:
        begins: local minutes of the day at which windows begin, rising.
        profiles: of the models; empty: every model. path: empty: both.
    """

    name: str
    kinds: tuple[str, ...]
    profiles: tuple[str, ...]
    path: str
    begins: tuple[int, ...]
    window_minutes: int
    priority: int
    attempts_max: int
    answers_max: int
    enabled: bool


def state_of(plan: Plan) -> PlanState:
    """Return what of a plan can be changed."""
    return PlanState(
        plan.name,
        tuple(plan.kinds),
        tuple(plan.profiles),
        plan.path,
        tuple(plan.begins),
        plan.window_minutes,
        plan.priority,
        plan.attempts_max,
        plan.answers_max,
        plan.enabled,
    )


def change_plan(code: str, state: PlanState, *, reason: str, user: User, at: datetime) -> Plan:
    """Put a plan into another state; campaigns that are open go on as they are.

    Raises:
        InvalidInputError: a field cannot be, or there is no reason.
        RefusedError: no such plan, no right in its unit, or nothing would change.
    """
    if not reason.strip():
        raise InvalidInputError(_("Thiếu lý do"), action=_("ghi lý do"))
    checked(state)
    with operation(user, "plan.change", "plan", code, unit=None, reason=reason, at=at) as work:
        plan = Plan.objects.select_for_update(of=("self",)).select_related("unit")
        found = plan.filter(code=code).first()
        if found is None:
            raise RefusedError(_("Không có kế hoạch đọc %(code)s") % {"code": code})
        require(user, Action.RUN_JOBS, found.unit)
        before = state_of(found)
        if before == state:
            raise RefusedError(_("Kế hoạch đọc %(code)s không có gì thay đổi") % {"code": code})
        fields = asdict(state)
        for name, value in fields.items():
            setattr(found, name, list(value) if isinstance(value, tuple) else value)
        found.save(update_fields=list(fields))
        work.unit, work.before, work.after = found.unit, asdict(before), fields
    return found


def checked(state: PlanState) -> None:
    """Refuse what a plan cannot be, with the first field that is wrong."""
    if not 1 <= len(state.name.strip()) <= 120:
        raise _wrong(_("Tên"), state.name, _("từ 1 đến 120 ký tự"))
    if not state.kinds or set(state.kinds) - set(KINDS):
        raise _wrong(_("Đọc"), ", ".join(state.kinds), _("ít nhất một mục trong danh sách"))
    if state.path not in {"", *Path.values}:
        raise _wrong(_("Đường đọc"), state.path, _("một mục trong danh sách"))
    begins = state.begins
    rising = all(one < after for one, after in pairwise(begins))
    inside = all(0 <= one < MINUTES_OF_A_DAY for one in begins)
    if not 1 <= len(begins) <= WINDOWS_MAX or not rising or not inside:
        told = ", ".join(f"{one // 60:02}:{one % 60:02}" for one in begins)
        raise _wrong(_("Giờ mở"), told, _("các giờ trong ngày, tăng dần, như 04:00, 12:00"))
    _refuse_overlap(state)
    if state.priority not in PRIORITIES:
        raise _wrong(_("Ưu tiên"), str(state.priority), _("một mục trong danh sách"))
    if not 1 <= state.attempts_max <= ATTEMPTS_MAX:
        expected = _("số nguyên từ %(least)d đến %(most)d") % {"least": 1, "most": ATTEMPTS_MAX}
        raise _wrong(_("Lần thử"), str(state.attempts_max), expected)
    if not 1 <= state.answers_max <= ATTEMPTS_MAX:
        expected = _("số nguyên từ %(least)d đến %(most)d") % {"least": 1, "most": ATTEMPTS_MAX}
        raise _wrong(_("Thôi hỏi sau"), str(state.answers_max), expected)


def _refuse_overlap(state: PlanState) -> None:
    """Refuse windows that are still open when the next one begins, also over midnight."""
    following = [*state.begins[1:], state.begins[0] + MINUTES_OF_A_DAY]
    room = min(after - one for one, after in zip(state.begins, following, strict=True))
    if not 1 <= state.window_minutes <= room:
        expected = _("số nguyên từ %(least)d đến %(most)d") % {"least": 1, "most": room}
        raise _wrong(_("Độ dài khung giờ (phút)"), str(state.window_minutes), expected)


def _wrong(label: str, found: str, expected: str) -> InvalidInputError:
    return InvalidInputError(
        _("%(label)s: nhận “%(found)s”, cần %(expected)s")
        % {"label": label, "found": found[:60], "expected": expected}
    )
