"""How many rows: counted where they are few, estimated by the planner where they are many."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from django.db.models import QuerySet

COUNTED_MAX = 20_000
"""Up to here a list is counted: a few milliseconds by index, some tens by scan."""


@dataclass(frozen=True, slots=True)
class Size:
    """The number of rows of a list; `exact` tells a count from an estimate."""

    rows: int
    exact: bool


def size(queryset: QuerySet[Any]) -> Size:
    """Return the size of a list without ever counting more than COUNTED_MAX rows."""
    bare = queryset.order_by()
    planned = planner_estimate(bare)
    if planned > 2 * COUNTED_MAX:
        return Size(planned, exact=False)
    counted = bare[: COUNTED_MAX + 1].count()
    if counted <= COUNTED_MAX:
        return Size(counted, exact=True)
    return Size(max(counted, planned), exact=False)


def planner_estimate(queryset: QuerySet[Any]) -> int:
    """Return the planner's number of rows; costs a plan, reads no row."""
    plan = json.loads(queryset.explain(format="json"))
    return int(plan[0]["Plan"]["Plan Rows"])
