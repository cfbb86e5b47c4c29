"""Editing of half-hours by a person: with a reason, a second person above a limit, nothing lost.

The edit lies in the books beside what was there before. The day is then derived again
(`vee_late.run_late`): edited values are taken as they are, what is estimated beside them keeps the
register's sum, and the new version says which half-hours were edited. An edit holds until a
delivery brings another value for the half-hour than the person had seen.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
from django.db import connection
from django.utils.translation import gettext as _

from congto.office.control.audit import operation
from congto.office.control.permissions import Action, require
from congto.office.control.proposals import ProposalKind, propose, register
from congto.office.meterdata.choices import DirtyStage
from congto.office.meterdata.models import DayEdit
from congto.office.meterdata.vee_stored import stored_day
from congto.office.meters.models import UsagePoint
from congto.office.storage.interval_tables import VALIDATED
from congto.vocabulary import format_vi
from congto.vocabulary.errors import InvalidInputError, RefusedError
from congto.vocabulary.intervals import ABSENT, HALF_HOURS, Channel

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from django.contrib.auth.models import User

    from congto.office.control.models import Proposal
    from congto.office.organisation.models import Unit

ALONE_WH = 10_000
"""A change of the day's sum by up to 10 kWh needs no second person: about one household's day, in
money below the smallest bill worth a dispute. A choice of this project (decision 13)."""

MOST_WH = 2**31 - 1

MARK = """
INSERT INTO meterdata_dirtyday AS held (usage_point_id, local_day, stage, times, since)
VALUES (%s, %s, %s, 1, %s)
ON CONFLICT ON CONSTRAINT dirty_day_key DO UPDATE SET times = held.times + 1
"""


def edit_day(  # noqa: PLR0913  (what, why, who and when)
    usage_point: int,
    day: date,
    channel: Channel,
    half_hours: Mapping[int, int],
    *,
    reason: str,
    user: User,
    at: datetime,
) -> DayEdit | Proposal:
    """Put values in place of half-hours of a validated day, or propose it above the limit.

    Args:
        usage_point: key of the point.
        day: local day.
        channel: which.
        half_hours: 0 to 47 -> Wh or varh.
        reason: why; kept in the edit and in the audit.
        user: who; needs the right to enter readings in the point's unit.
        at: when.

    Returns:
        The edit; the proposal where the day's sum changes by more than ALONE_WH.

    Raises:
        RefusedError: the day is not validated, or nothing would change.
        InvalidInputError: a half-hour or value that cannot be, or no reason.
    """
    point = _point(usage_point)
    require(user, Action.ENTER_READINGS, point.unit)
    if not reason.strip():
        raise InvalidInputError(_("Thiếu lý do"), action=_("ghi lý do"))
    before = _current(point, day, channel)
    after = _merged(before, half_hours)
    subject = f"{point.pk} {day.isoformat()} {int(channel)}"
    if abs(_sum(after) - _sum(before)) > ALONE_WH:
        return propose(KEY, subject, {"values": after}, reason=reason, user=user, at=at)
    return _keep(point, day, channel, after, reason=reason, user=user, at=at)


def waits(made: DayEdit | Proposal) -> bool:
    """Tell whether what `edit_day` made waits for a second person."""
    return not isinstance(made, DayEdit)


def _keep(  # noqa: PLR0913  (what, why, who and when)
    point: UsagePoint,
    day: date,
    channel: Channel,
    after: list[int | None],
    *,
    reason: str,
    user: User | None,
    at: datetime,
) -> DayEdit:
    """Write the edit, its audit row and the mark of the day, together."""
    before = _current(point, day, channel)
    changed = [new if new != old else None for old, new in zip(before, after, strict=True)]
    if not any(value is not None for value in changed):
        raise RefusedError(_("Không có giá trị nào thay đổi"))
    with operation(
        user, "interval.edit", "usage_point", point.code, unit=point.unit, reason=reason, at=at
    ) as work:
        edit = DayEdit.objects.create(
            usage_point=point,
            channel=int(channel),
            local_day=day,
            before=before,
            values=changed,
            reason=reason,
            user=user,
            edited_at=at,
        )
        work.before = {"day": day, "channel": int(channel), "values": before}
        work.after = {"day": day, "channel": int(channel), "values": after}
        with connection.cursor() as cursor:
            cursor.execute(MARK, (point.pk, day, DirtyStage.VALIDATION.value, at))
    return edit


def _point(key: int) -> UsagePoint:
    found = UsagePoint.objects.select_related("unit").filter(pk=key).first()
    if found is None:
        raise RefusedError(_("Không có điểm đo %(key)s") % {"key": key})
    return found


def _current(point: UsagePoint, day: date, channel: Channel) -> list[int | None]:
    """Return the validated half-hours, None where one is not known."""
    stored = stored_day(VALIDATED.snapshot(day), channel, points=np.array([point.pk]))
    if not len(stored.points):
        raise RefusedError(
            _("%(code)s ngày %(day)s chưa được kiểm tra")
            % {"code": point.code, "day": format_vi.day(day)},
            action=_("chạy kiểm tra ngày đó trước khi sửa"),
        )
    return [None if value == ABSENT else value for value in stored.values[0].tolist()]


def _merged(before: list[int | None], half_hours: Mapping[int, int]) -> list[int | None]:
    """Return the day with the new values in it."""
    after = list(before)
    for number, value in half_hours.items():
        if not 0 <= number < HALF_HOURS:
            raise InvalidInputError(
                _("Nửa giờ số %(number)s") % {"number": number}, expected="0 – 47"
            )
        after[number] = _value(value)
    return after


def _value(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MOST_WH:
        raise InvalidInputError(
            _("Giá trị %(value)s") % {"value": value}, expected=_("số nguyên Wh từ 0")
        )
    return value


def _sum(values: list[int | None]) -> int:
    return sum(value for value in values if value is not None)


KEY = "interval_edit"


class IntervalEdit(ProposalKind):
    """Half-hours of a day whose sum changes by more than one person may change."""

    key = KEY
    title = "Sửa số liệu nửa giờ"
    subject_kind = "interval_day"
    labels = {"values": "48 giá trị (Wh)"}  # noqa: RUF012  (the registry's protocol)

    def unit(self, subject: str) -> Unit:
        """Return the unit of the usage point."""
        return _point(_parts(subject)[0]).unit

    def current(self, subject: str) -> dict[str, Any]:
        """Return the validated day."""
        point, day, channel = _parts(subject)
        return {"values": _current(_point(point), day, channel)}

    def validate(self, subject: str, after: dict[str, Any]) -> dict[str, Any]:
        """Return the 48 values made clean; one that is not known may stay so."""
        before, values = self.current(subject)["values"], after.get("values")
        if not isinstance(values, list) or len(values) != HALF_HOURS:
            raise InvalidInputError(_("Không đủ 48 giá trị"), expected="48")
        return {
            "values": [
                None if new is None and old is None else _value(new)
                for old, new in zip(before, values, strict=True)
            ]
        }

    def apply(self, subject: str, after: dict[str, Any], *, reason: str, at: datetime) -> None:
        """Write the edit; the proposal says who asked for it and who agreed."""
        point, day, channel = _parts(subject)
        _keep(_point(point), day, channel, after["values"], reason=reason, user=None, at=at)

    def shown(self, field: str, value: object) -> str:
        """Return the day's sum in kWh and its half-hours."""
        del field
        if not isinstance(value, list):
            return ""
        kwh = format_vi.number(_sum(value) // 1000)
        return f"{kwh} kWh: " + " ".join("–" if one is None else str(one) for one in value)


def _parts(subject: str) -> tuple[int, date, Channel]:
    point, day, channel = subject.split()
    return int(point), date.fromisoformat(day), Channel(int(channel))


register(IntervalEdit())


def edits_of(usage_point: int, day: date) -> list[DayEdit]:
    """Return the edits of a point's day, oldest first."""
    return list(
        DayEdit.objects.select_related("user")
        .filter(usage_point=usage_point, local_day=day)
        .order_by("edited_at", "id")
    )
