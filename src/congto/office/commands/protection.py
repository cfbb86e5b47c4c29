"""The protected list (danh sách phụ tải không được cắt): who may never be cut remotely.

Adding a point takes one person and holds from then on, also for commands that wait; ending a
protection takes two (see `proposals`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from congto.office.commands.models import ProtectedPoint
from congto.office.control.audit import operation
from congto.office.control.permissions import Action, require
from congto.office.meters.models import MeterInstallation, UsagePoint
from congto.vocabulary.errors import CongtoError, InvalidInputError, RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date, datetime

    from django.contrib.auth.models import User
    from django.db.models import QuerySet


@dataclass(frozen=True, slots=True)
class Protection:
    """A row of the list as people deliver it."""

    usage_point: str
    reason: str
    document: str
    valid_from: date
    valid_to: date | None = None


class WrongRow(NamedTuple):
    """A delivered row that cannot be taken: its number from 1, and why."""

    row: int
    error: CongtoError


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of delivered rows."""

    added: int
    unchanged: int
    wrong: tuple[WrongRow, ...]


def points_of(meter_ids: Iterable[int], on: date) -> dict[int, UsagePoint]:
    """Return the usage point at which each meter hangs on the day; others are left out."""
    rows = MeterInstallation.objects.filter(meter_id__in=list(meter_ids), valid_from__lte=on)
    rows = rows.filter(Q(valid_to=None) | Q(valid_to__gt=on))
    return {row.meter_id: row.usage_point for row in rows.select_related("usage_point")}


def protections(point_ids: Iterable[int], first: date, last: date) -> dict[int, ProtectedPoint]:
    """Return the protection of each point that has one on a day from `first` to `last`."""
    rows = ProtectedPoint.objects.filter(usage_point_id__in=list(point_ids), valid_from__lte=last)
    rows = rows.filter(Q(valid_to=None) | Q(valid_to__gt=first))
    return {row.usage_point_id: row for row in rows.order_by("-valid_from")}


def why_protected(row: ProtectedPoint, code: str) -> str:
    """Say that a point may not be cut, and which document says so."""
    return _("điểm đo %(code)s được bảo vệ, không được cắt: %(reason)s (%(document)s)") % {
        "code": code,
        "reason": row.reason,
        "document": row.document,
    }


def lock_points(point_ids: Iterable[int]) -> None:
    """Let nobody protect the points before the transaction ends, or wait for who does now."""
    rows = UsagePoint.objects.select_for_update(no_key=True).filter(pk__in=list(point_ids))
    list(rows.order_by("pk").values_list("pk"))


def protect(wanted: Protection, *, user: User, at: datetime) -> ProtectedPoint:
    """Put a point on the list.

    Raises:
        InvalidInputError: no reason, no document, an end before the begin.
        RefusedError: no such point, no right in its unit, protected already in these days.
    """
    reason, document = wanted.reason.strip(), wanted.document.strip()
    if not 0 < len(reason) <= 240 or not 0 < len(document) <= 120:
        raise InvalidInputError(
            _("Bảo vệ điểm đo %(code)s thiếu lý do hoặc văn bản, hoặc quá dài")
            % {"code": wanted.usage_point},
            expected=_("lý do tối đa 240 ký tự, số văn bản tối đa 120 ký tự"),
        )
    if wanted.valid_to is not None and wanted.valid_to <= wanted.valid_from:
        raise InvalidInputError(
            _("Bảo vệ điểm đo %(code)s: ngày kết thúc không sau ngày bắt đầu")
            % {"code": wanted.usage_point}
        )
    with operation(
        user, "protection.add", "usage_point", wanted.usage_point, unit=None, reason=reason, at=at
    ) as work:
        point = _locked_point(wanted.usage_point)
        require(user, Action.PROPOSE, point.unit)
        made = _insert(point, wanted, reason, document)
        work.unit, work.after = point.unit, state_of(made)
    return made


def state_of(row: ProtectedPoint) -> dict[str, object]:
    """Return a protection as audit rows and proposals keep it."""
    names = ("reason", "document", "valid_from", "valid_to")
    return {name: getattr(row, name) for name in names}


def _locked_point(code: str) -> UsagePoint:
    rows = UsagePoint.objects.select_for_update(of=("self",), no_key=True)
    point = rows.select_related("unit").filter(code=code).first()
    if point is None:
        raise RefusedError(_("Không có điểm đo %(code)s") % {"code": code})
    return point


def _insert(point: UsagePoint, wanted: Protection, reason: str, document: str) -> ProtectedPoint:
    try:
        with transaction.atomic():
            return ProtectedPoint.objects.create(
                usage_point=point,
                reason=reason,
                document=document,
                valid_from=wanted.valid_from,
                valid_to=wanted.valid_to,
            )
    except IntegrityError as error:
        if "protected_point_once" not in str(error):
            raise
        raise RefusedError(
            _("Điểm đo %(code)s đã được bảo vệ trong thời gian này") % {"code": point.code}
        ) from error


def import_protections(rows: Sequence[Protection], *, user: User, at: datetime) -> Imported:
    """Add delivered rows one by one; what is there already is counted, what is wrong is listed.

    A row that the books hold and the file lacks stays: a protection ends only by two persons.
    """
    added, unchanged, wrong = 0, 0, list[WrongRow]()
    for number, row in enumerate(rows, 1):
        if held(row.usage_point).filter(
            reason=row.reason.strip(), document=row.document.strip(), valid_from=row.valid_from
        ):
            unchanged += 1
            continue
        try:
            protect(row, user=user, at=at)
            added += 1
        except CongtoError as error:
            wrong.append(WrongRow(number, error))
    return Imported(added, unchanged, tuple(wrong))


def held(code: str) -> QuerySet[ProtectedPoint]:
    """Return the protections of a point, the latest last."""
    return ProtectedPoint.objects.filter(usage_point__code=code).order_by("valid_from")
