"""Plans of reading are made, changed and removed by one who may run jobs in the unit; with why.

A plan that has opened campaigns stays in the books for them: it is turned off, never removed.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from congto.office.campaigns.choices import Priority, TaskKind
from congto.office.campaigns.models import Campaign, Plan
from congto.office.control.audit import operation
from congto.office.control.permissions import Action, require
from congto.office.devices.choices import Path
from congto.office.organisation.models import Unit
from congto.vocabulary.errors import InvalidInputError, RefusedError

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.auth.models import User

MINUTES_OF_A_DAY = 1440
ATTEMPTS_MAX = 10
WINDOWS_MAX = 24
KINDS = tuple(kind for kind in TaskKind if kind != TaskKind.COMMAND)
"""What a plan may read; commands come from orders alone."""
CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}", re.ASCII)
"""Codes stand in addresses and file names, so they hold nothing that would have to be escaped."""
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


def add_plan(  # noqa: PLR0913  (who, what, why and when)
    code: str, unit: str, state: PlanState, *, reason: str, user: User, at: datetime
) -> Plan:
    """Make a plan; its first campaign opens with the first window that begins or is open.

    Args:
        code: of the plan, not used before.
        unit: code of the unit whose devices it reads.
        state: what it reads, and when.
        reason: why it is made.
        user: who may run jobs in the unit.
        at: now.

    Raises:
        InvalidInputError: a field cannot be, or there is no reason.
        RefusedError: no such unit, no right in it, or the code is used.
    """
    _refuse_without(reason)
    if not CODE.fullmatch(code):
        raise _wrong(_("Mã"), code, _("1 đến 40 chữ không dấu, số, dấu chấm, gạch"))
    checked(state)
    with operation(user, "plan.add", "plan", code, unit=None, reason=reason, at=at) as work:
        place = Unit.objects.filter(code=unit).first()
        if place is None:
            raise _wrong(_("Đơn vị"), unit, _("một mục trong danh sách"))
        require(user, Action.RUN_JOBS, place)
        fields = asdict(state)
        made, new = Plan.objects.get_or_create(code=code, defaults=_kept(fields) | {"unit": place})
        if not new:
            raise RefusedError(
                _("Mã kế hoạch %(code)s đã dùng") % {"code": code}, action=_("chọn mã khác")
            )
        work.unit, work.after = place, fields | {"unit": unit}
    return made


def change_plan(code: str, state: PlanState, *, reason: str, user: User, at: datetime) -> Plan:
    """Put a plan into another state; campaigns that are open go on as they are.

    Raises:
        InvalidInputError: a field cannot be, or there is no reason.
        RefusedError: no such plan, no right in its unit, or nothing would change.
    """
    _refuse_without(reason)
    checked(state)
    with operation(user, "plan.change", "plan", code, unit=None, reason=reason, at=at) as work:
        found = _held(code, user)
        before = state_of(found)
        if before == state:
            raise RefusedError(_("Kế hoạch đọc %(code)s không có gì thay đổi") % {"code": code})
        fields = asdict(state)
        for name, value in _kept(fields).items():
            setattr(found, name, value)
        found.save(update_fields=list(fields))
        work.unit, work.before, work.after = found.unit, asdict(before), fields
    return found


def remove_plan(code: str, *, reason: str, user: User, at: datetime) -> None:
    """Remove a plan that has never opened a campaign.

    Raises:
        InvalidInputError: there is no reason.
        RefusedError: no such plan, no right in its unit, or campaigns were read by it.
    """
    _refuse_without(reason)
    with operation(user, "plan.remove", "plan", code, unit=None, reason=reason, at=at) as work:
        found = _held(code, user)
        if Campaign.objects.filter(plan=found).exists():
            raise RefusedError(
                _("Kế hoạch đọc %(code)s đã mở đợt đọc nên giữ lại trong sổ") % {"code": code},
                action=_("bỏ “Đang bật” để ngừng đọc theo kế hoạch này"),
            )
        work.unit, work.before = found.unit, asdict(state_of(found)) | {"unit": found.unit.code}
        found.delete()


def _refuse_without(reason: str) -> None:
    if not reason.strip():
        raise InvalidInputError(_("Thiếu lý do"), action=_("ghi lý do"))


def _held(code: str, user: User) -> Plan:
    """Return a plan, locked, that the user may change."""
    plans = Plan.objects.select_for_update(of=("self",)).select_related("unit")
    found = plans.filter(code=code).first()
    if found is None:
        raise RefusedError(_("Không có kế hoạch đọc %(code)s") % {"code": code})
    require(user, Action.RUN_JOBS, found.unit)
    return found


def _kept(fields: dict[str, object]) -> dict[str, object]:
    """Return fields as the row keeps them."""
    return {name: list(one) if isinstance(one, tuple) else one for name, one in fields.items()}


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
