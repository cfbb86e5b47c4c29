"""What people decide on a finding of half-hours: seen, with the reason; or somebody goes there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from congto.office.control.audit import operation
from congto.office.control.permissions import Action, require
from congto.office.meterdata.choices import DayFindingState
from congto.office.meterdata.models import DayFinding
from congto.vocabulary.errors import InvalidInputError, RefusedError

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.auth.models import User


def close_day_finding(number: int, *, reason: str, user: User, at: datetime) -> DayFinding:
    """Mark a finding of half-hours as dealt with; the values stay as they are.

    Raises:
        RefusedError: no right in the point's unit, or it is not open any more.
        InvalidInputError: no reason.
    """
    if not reason.strip():
        raise InvalidInputError(_("Thiếu lý do"), action=_("ghi đã xử lý thế nào"))
    with operation(
        user, "day_finding.close", "usage_point", unit=None, reason=reason, at=at
    ) as work:
        found = DayFinding.objects.select_for_update(of=("self",)).get(pk=number)
        point = found.usage_point
        require(user, Action.RESOLVE, point.unit)
        if found.state != DayFindingState.OPEN:
            raise RefusedError(_("Phát hiện này đã được xử lý"))
        work.subject, work.unit = point.code, point.unit
        work.before = {"day_finding": found.pk, "rule": found.rule, "state": found.state}
        found.state = DayFindingState.CLOSED
        found.save(update_fields=["state"])
        work.after = {"day_finding": found.pk, "rule": found.rule, "state": found.state}
    return found
