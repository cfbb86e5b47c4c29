"""Reading settlement: which days do not agree, and by how much."""

from __future__ import annotations

from typing import TYPE_CHECKING

from congto.office.settlement.choices import DayState
from congto.office.settlement.models import SettlementDay

if TYPE_CHECKING:
    from datetime import date

    from django.db.models import QuerySet


def days_that_differ(first: date, end: date) -> QuerySet[SettlementDay]:
    """Return the partner days in [first, end) whose bank credits are not what was collected."""
    days = SettlementDay.objects.filter(day__gte=first, day__lt=end, state=DayState.DIFFERENCE)
    return days.select_related("partner").order_by("day", "partner__code")
