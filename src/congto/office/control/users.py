"""People and their grants; the people of the demo."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, NamedTuple

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from congto.office.control.audit import operation
from congto.office.control.choices import Role
from congto.office.control.models import Grant
from congto.office.control.permissions import Action, require
from congto.office.organisation.choices import UnitKind
from congto.office.organisation.models import Unit
from congto.vocabulary.errors import RefusedError

if TYPE_CHECKING:
    from datetime import datetime

PASSWORD_BYTES = 12


def grant_role(  # noqa: PLR0913  (who, what, why and when)
    person: User, role: Role, unit: Unit, *, user: User | None, reason: str = "", at: datetime
) -> Grant:
    """Give a person a role in a unit; a role already held stays as it is.

    `user` is who grants and must manage users in the unit; None is the command line.
    """
    if user is not None:
        require(user, Action.MANAGE_USERS, unit)
        _not_oneself(user, person)
    held = Grant.objects.filter(user=person, unit=unit, role=role).first()
    if held:
        return held
    with operation(
        user, "grant.add", "user", person.username, unit=unit, reason=reason, at=at
    ) as work:
        grant = Grant.objects.create(user=person, unit=unit, role=role)
        work.after = {"role": role, "unit": unit.code}
    return grant


def revoke_role(grant: Grant, *, user: User | None, reason: str, at: datetime) -> None:
    """Take a role away again."""
    if user is not None:
        require(user, Action.MANAGE_USERS, grant.unit)
        _not_oneself(user, grant.user)
    with operation(
        user, "grant.remove", "user", grant.user.username, unit=grant.unit, reason=reason, at=at
    ) as work:
        work.before = {"role": grant.role, "unit": grant.unit.code}
        grant.delete()


def _not_oneself(user: User, person: User) -> None:
    if user.pk == person.pk:
        raise RefusedError(_("Không được tự thay đổi quyền của chính mình"))


class DemoUser(NamedTuple):
    """A login of the demo; the password is empty when the person was there already."""

    username: str
    password: str
    role: str


DEMO_PEOPLE: tuple[tuple[str, str, Role, UnitKind], ...] = (
    ("nhanvien", "Nhân viên điện lực", Role.CLERK, UnitKind.DISTRICT),
    ("dodem", "Nhân viên đo đếm", Role.CLERK, UnitKind.CORPORATION),
    ("quanly", "Quản lý, người duyệt", Role.MANAGER, UnitKind.CORPORATION),
    ("ketoan", "Kế toán tổng công ty", Role.ACCOUNTANT, UnitKind.CORPORATION),
    ("quantri", "Quản trị hệ thống", Role.ADMINISTRATOR, UnitKind.CORPORATION),
)


def create_demo_users(at: datetime, *, reset: bool = False) -> list[DemoUser]:
    """Make the demo's people, each with a fresh password; who exists keeps the present one.

    With `reset` everybody gets a new password, so that a login can be printed again.
    """
    return [_demo_user(*person, at=at, reset=reset) for person in DEMO_PEOPLE]


def _demo_user(  # noqa: PLR0913  (who, what, why and when)
    username: str, name: str, role: Role, kind: UnitKind, *, at: datetime, reset: bool
) -> DemoUser:
    unit = Unit.objects.filter(kind=kind, valid_to=None).order_by("path").first()
    if unit is None:
        raise RefusedError(
            _("Chưa có đơn vị cấp %(kind)s để giao cho %(username)s")
            % {"kind": kind.label, "username": username},
            action=_("nạp danh mục đơn vị trước"),
        )
    with transaction.atomic():
        person, made = User.objects.get_or_create(username=username, defaults={"first_name": name})
        grant_role(person, role, unit, user=None, reason="demo", at=at)
        password = reset_password(username, at=at) if made or reset else ""
    return DemoUser(username, password, role.label)


def reset_password(username: str, *, at: datetime) -> str:
    """Give the person a new random password and return it; it is kept nowhere else."""
    person = User.objects.filter(username=username).first()
    if person is None:
        raise RefusedError(_("Không có người dùng %(username)s") % {"username": username})
    password = secrets.token_urlsafe(PASSWORD_BYTES)
    with operation(None, "password.reset", "user", username, unit=None, at=at):
        person.set_password(password)
        person.save(update_fields=["password"])
    return password
