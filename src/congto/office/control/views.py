"""Saved views: a person's or everybody's named filter of a list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from congto.office.control.audit import operation
from congto.office.control.models import SavedView
from congto.office.control.permissions import Action, granted_paths
from congto.vocabulary.errors import InvalidInputError, RefusedError

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.auth.models import User

NAME_LENGTH_MAX = 80
QUERY_LENGTH_MAX = 600


def save_view(  # noqa: PLR0913  (who, what, why and when)
    grid: str, name: str, query: str, columns: list[str], *, shared: bool, user: User, at: datetime
) -> SavedView:
    """Keep a view under a name; the same name again replaces its filter."""
    clean = name.strip()
    if not 0 < len(clean) <= NAME_LENGTH_MAX or len(query) > QUERY_LENGTH_MAX:
        raise InvalidInputError(
            _("Tên hoặc bộ lọc của chế độ xem không dùng được"),
            expected=_("tên từ 1 đến %(name)d ký tự, bộ lọc tới %(query)d ký tự")
            % {"name": NAME_LENGTH_MAX, "query": QUERY_LENGTH_MAX},
        )
    _may_change(user, shared=shared)
    subject = f"{grid}/{clean}"[:60]
    with operation(user, "view.save", "view", subject, unit=None, at=at) as work:
        try:
            with transaction.atomic():
                view, _made = SavedView.objects.update_or_create(
                    grid=grid,
                    name=clean,
                    user=None if shared else user,
                    defaults={"query": query, "columns": columns},
                )
        except IntegrityError as error:
            raise RefusedError(_("Một chế độ xem cùng tên vừa được lưu")) from error
        work.after = {"query": query, "columns": columns, "shared": shared}
    return view


def delete_view(view: SavedView, *, user: User, at: datetime) -> None:
    """Remove one's own view, or a shared one by who may share."""
    if view.user_id not in (None, user.pk):
        raise RefusedError(_("Chế độ xem này của người khác"))
    _may_change(user, shared=view.user_id is None)
    subject = f"{view.grid}/{view.name}"[:60]
    with operation(user, "view.delete", "view", subject, unit=None, at=at) as work:
        work.before = {"query": view.query, "columns": view.columns}
        view.delete()


def _may_change(user: User, *, shared: bool) -> None:
    if shared and not granted_paths(user, Action.SHARE_VIEWS):
        raise RefusedError(_("Chỉ quản lý được chia sẻ chế độ xem cho mọi người"))
