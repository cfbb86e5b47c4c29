"""Which role may do which action, as one table; a right holds in its grant's unit and below."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from congto.office.control.choices import Role
from congto.office.control.models import Grant
from congto.office.organisation.models import Unit
from congto.vocabulary.errors import RefusedError

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser
    from django.contrib.auth.models import AnonymousUser


class Action(StrEnum):
    """What a person can be allowed to do."""

    VIEW = "view"
    EXPORT = "export"
    PROPOSE = "propose"
    APPROVE = "approve"
    RESOLVE = "resolve"
    ENTER_READINGS = "enter_readings"
    COLLECT = "collect"
    COMMAND = "command"
    MANAGE_DEVICES = "manage_devices"
    RUN_JOBS = "run_jobs"
    READ_AUDIT = "read_audit"
    SHARE_VIEWS = "share_views"
    MANAGE_USERS = "manage_users"


ACTION_LABELS: dict[Action, str] = {
    Action.VIEW: "xem",
    Action.EXPORT: "xuất dữ liệu",
    Action.PROPOSE: "lập đề nghị",
    Action.APPROVE: "duyệt đề nghị",
    Action.RESOLVE: "xử lý phát hiện",
    Action.ENTER_READINGS: "nhập chỉ số",
    Action.COLLECT: "thu tiền tại quầy, giao thu",
    Action.COMMAND: "lập lệnh điều khiển công tơ",
    Action.MANAGE_DEVICES: "quản lý thiết bị đo xa và khóa",
    Action.RUN_JOBS: "chạy tác vụ nền",
    Action.READ_AUDIT: "xem nhật ký",
    Action.SHARE_VIEWS: "chia sẻ chế độ xem",
    Action.MANAGE_USERS: "phân quyền người dùng",
}

_A = Action
RIGHTS: dict[Role, frozenset[Action]] = {
    # A manager checks and never proposes; who proposes never checks: two people, not two hats.
    Role.CLERK: frozenset(
        {_A.VIEW, _A.EXPORT, _A.PROPOSE, _A.RESOLVE, _A.ENTER_READINGS, _A.COLLECT}
    ),
    Role.ACCOUNTANT: frozenset(
        {_A.VIEW, _A.EXPORT, _A.PROPOSE, _A.RESOLVE, _A.RUN_JOBS, _A.COLLECT}
    ),
    Role.INSPECTOR: frozenset(
        {_A.VIEW, _A.EXPORT, _A.PROPOSE, _A.RESOLVE, _A.ENTER_READINGS, _A.COMMAND}
    ),
    Role.DISPATCHER: frozenset({_A.VIEW, _A.COMMAND}),
    Role.CARE_AGENT: frozenset({_A.VIEW}),
    Role.ANALYST: frozenset({_A.VIEW, _A.EXPORT}),
    Role.MANAGER: frozenset(
        {_A.VIEW, _A.EXPORT, _A.APPROVE, _A.RESOLVE, _A.RUN_JOBS, _A.READ_AUDIT, _A.SHARE_VIEWS}
    ),
    Role.ADMINISTRATOR: frozenset(
        {
            _A.VIEW,
            _A.MANAGE_DEVICES,
            _A.RUN_JOBS,
            _A.READ_AUDIT,
            _A.SHARE_VIEWS,
            _A.MANAGE_USERS,
        }
    ),
}


def roles_that_may(action: Action) -> list[Role]:
    """Return the roles that hold the right."""
    return [role for role, actions in RIGHTS.items() if action in actions]


def granted_paths(user: AbstractBaseUser | AnonymousUser, action: Action) -> tuple[str, ...]:
    """Return the paths of the units where the person may do the action (one query)."""
    if not user.is_active or user.pk is None:
        return ()
    rows = Grant.objects.filter(user_id=user.pk, role__in=roles_that_may(action))
    return tuple(sorted(set(rows.values_list("unit__path", flat=True))))


def may(user: AbstractBaseUser | AnonymousUser, action: Action, unit: Unit | None) -> bool:
    """Tell whether the person may do the action in the unit; None asks for every unit there is."""
    paths = granted_paths(user, action)
    if unit is None:
        return covers_everything(paths)
    return any(unit.path.startswith(path) for path in paths)


def covers_everything(paths: tuple[str, ...]) -> bool:
    """Tell whether the paths include the root of every tree of units."""
    if not paths:
        return False
    roots = set(Unit.objects.filter(parent=None).values_list("path", flat=True))
    return bool(roots) and roots <= set(paths)


def require(user: AbstractBaseUser | AnonymousUser, action: Action, unit: Unit | None) -> None:
    """Raise RefusedError with a sentence unless the person may do the action in the unit."""
    if may(user, action, unit):
        return
    raise RefusedError(
        _("%(user)s không có quyền %(action)s tại %(unit)s")
        % {
            "user": user.get_username() or _("Người chưa đăng nhập"),
            "action": _(ACTION_LABELS[action]),
            "unit": unit.name if unit else _("toàn hệ thống"),
        }
    )
