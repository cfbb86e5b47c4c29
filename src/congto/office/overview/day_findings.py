"""What rules found in half-hours, as a queue for people: by rule, one at a time, in its place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl
from django.db.models import Count, Min, Q

from congto.engines.intervals.findings import explain
from congto.office.control.choices import FindingState
from congto.office.control.models import FindingRecord
from congto.office.control.queries import unit_ids
from congto.office.meterdata.choices import DayFindingState
from congto.office.meterdata.models import DayFinding
from congto.vocabulary.frames.intervals import DAY_FINDINGS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from django.db.models import QuerySet

    from congto.office.control.queries import Scope

COUNTED_MAX = 100_000
"""A place further down the queue than this is not counted out."""


@dataclass(frozen=True, slots=True)
class RuleCount:
    """Open findings of a rule: how many, of how many points, since which day."""

    rule: str
    action: str
    findings: int
    points: int
    oldest: date


def waiting(scope: Scope, rule: str = "") -> QuerySet[DayFinding]:
    """Return the open findings of the scope, of one rule or of all."""
    found = DayFinding.objects.filter(state=DayFindingState.OPEN)
    if not scope.whole:
        found = found.filter(usage_point__unit__in=unit_ids(scope))
    return found.filter(rule=rule) if rule else found


def by_rule(scope: Scope) -> list[RuleCount]:
    """Return the rules with open findings, the gravest action and the most frequent first."""
    rows = (
        waiting(scope)
        .order_by()
        .values("rule", "action")
        .annotate(
            findings=Count("id"),
            points=Count("usage_point", distinct=True),
            oldest=Min("local_day"),
        )
    )
    grave = {"reject": 0, "order": 1, "suspect": 2, "temporary": 3, "warn": 4, "drop": 5}
    counts = [RuleCount(**row) for row in rows]
    return sorted(counts, key=lambda one: (grave.get(one.action, 9), -one.findings, one.rule))


def register_rules(scope: Scope) -> list[tuple[str, str, int]]:
    """Return the rules of register readings with open findings: rule, severity, how many."""
    found = FindingRecord.objects.filter(state=FindingState.OPEN, rule__startswith="RDG-")
    rows = scope.filter(found).order_by().values("rule", "severity").annotate(number=Count("id"))
    return sorted((row["rule"], row["severity"], row["number"]) for row in rows)


@dataclass(frozen=True, slots=True)
class Place:
    """The neighbours of a finding in its queue, and how many wait."""

    previous: int | None
    following: int | None
    total: int


def in_queue(one: DayFinding) -> Q:
    """Return what comes after a finding: the newest day first, then by number."""
    return Q(local_day__lt=one.local_day) | Q(local_day=one.local_day, pk__gt=one.pk)


def place_of(one: DayFinding, scope: Scope, rule: str = "") -> Place:
    """Return where a finding stands among those that wait."""
    queue = waiting(scope, rule).order_by("-local_day", "pk")
    after = queue.filter(in_queue(one)).values_list("pk", flat=True).first()
    before = queue.exclude(in_queue(one)).exclude(pk=one.pk).reverse()
    return Place(before.values_list("pk", flat=True).first(), after, queue[:COUNTED_MAX].count())


def first_waiting(scope: Scope, rule: str = "") -> int | None:
    """Return the number of the first finding of the queue."""
    queue = waiting(scope, rule).order_by("-local_day", "pk")
    return queue.values_list("pk", flat=True).first()


def find(number: int, scope: Scope) -> DayFinding | None:
    """Return a finding of the scope, whatever its state."""
    found = DayFinding.objects.filter(pk=number).select_related(
        "usage_point__unit", "usage_point__reading_book", "usage_point__agreement__customer"
    )
    if not scope.whole:
        found = found.filter(usage_point__unit__in=unit_ids(scope))
    return found.first()


def texts(found: Sequence[DayFinding], codes: dict[int, str]) -> dict[int, str]:
    """Return the sentence of each finding by its number; `codes` are those of the points."""
    names = [name for name in DAY_FINDINGS.columns if name != "usage_point"]
    rows = [
        {
            "id": one.pk,
            "usage_point": one.usage_point_id,
            "subject": codes.get(one.usage_point_id, str(one.usage_point_id)),
            **{name: getattr(one, name) for name in names},
        }
        for one in found
    ]
    schema = {"id": pl.Int64(), "subject": pl.String(), **DAY_FINDINGS.columns}
    said = explain(pl.DataFrame(rows, schema=schema))
    return dict(zip(said["id"].to_list(), said["text"].to_list(), strict=True))
