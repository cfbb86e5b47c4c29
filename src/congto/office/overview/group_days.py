"""Energy of a group for people: transformer, feeder, district, company or class of customers.

Read from the aggregates of the days shown; how much of the group a figure speaks of stands beside
it, and what nobody knows stays unknown.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import polars as pl

from congto.office.control.queries import unit_ids
from congto.office.meterdata.aggregates import aggregates_between
from congto.office.network.models import NetworkElement
from congto.office.organisation.models import Unit
from congto.office.overview.point_days import Span
from congto.vocabulary.periods import Period
from congto.vocabulary.quality import Quality
from congto.vocabulary.usage import Level

if TYPE_CHECKING:
    from congto.office.control.queries import Scope

BY_ELEMENT = (Level.TRANSFORMER, Level.FEEDER)
BY_UNIT = (Level.DISTRICT, Level.COMPANY)
GROUPS_MAX = 300

COUNTS = ("points", "half_hours", "present", "estimated")
SUMS = (
    # What nobody knows stays unknown: no half-hour present is not zero energy.
    pl.when(pl.col("energy_wh").count() > 0).then(pl.col("energy_wh").sum()).alias("energy_wh"),
    *(pl.col(name).sum() for name in COUNTS),
)


@dataclass(frozen=True, slots=True)
class Group:
    """One group: its level, the number or word that names it there, and what people call it."""

    level: Level
    key: str
    name: str
    units: tuple[int, ...] = ()
    """Of a class: the districts that are added up."""

    @property
    def condition(self) -> pl.Expr:
        """Return which rows of the aggregates are its own."""
        own = pl.col("level") == self.level.value
        if self.level in BY_ELEMENT:
            return own & (pl.col("element") == int(self.key))
        if self.level in BY_UNIT:
            return own & (pl.col("unit") == int(self.key))
        return own & (pl.col("customer_class") == self.key) & pl.col("unit").is_in(self.units)


@dataclass(frozen=True, slots=True)
class GroupDay:
    """A group's day in the list of groups."""

    group: Group
    points: int
    span: Span


def groups_on(level: Level, day: date, scope: Scope) -> list[GroupDay]:
    """Return the groups of a level on a day in the scope, the largest energy first.

    A class of customers is added up over the districts of the scope.
    """
    units = unit_ids(scope)
    rows = aggregates_between(Period.of_day(day)).filter(
        pl.col("level") == level.value, pl.col("hour").is_null(), pl.col("unit").is_in(units)
    )
    key = "element" if level in BY_ELEMENT else "unit" if level in BY_UNIT else "customer_class"
    summed = rows.group_by(key, "local_day").agg(*SUMS)
    largest = summed.sort("energy_wh", descending=True, nulls_last=True).head(GROUPS_MAX).collect()
    names = _names(level, largest)
    return [
        GroupDay(
            Group(level, str(row[key]), names[str(row[key])], tuple(units)),
            row["points"],
            _span(row),
        )
        for row in largest.iter_rows(named=True)
        if str(row[key]) in names
    ]


def _names(level: Level, rows: pl.DataFrame) -> dict[str, str]:
    if level in BY_ELEMENT:
        found = NetworkElement.objects.filter(pk__in=rows["element"].drop_nulls().to_list())
        return {str(one.pk): one.name for one in found}
    if level in BY_UNIT:
        units = Unit.objects.filter(pk__in=rows["unit"].drop_nulls().to_list())
        return {str(one.pk): one.name for one in units}
    return {name: name for name in rows["customer_class"].drop_nulls().to_list()}


def find_group(level: Level, key: str, scope: Scope) -> Group | None:
    """Return a group of the scope; None where there is none or it lies outside."""
    if level in {*BY_ELEMENT, *BY_UNIT}:
        if not (key.isascii() and key.isdigit()):
            return None
        one: NetworkElement | Unit | None
        if level in BY_ELEMENT:
            one = NetworkElement.objects.filter(pk=int(key), unit__in=unit_ids(scope)).first()
        else:
            one = Unit.objects.filter(pk=int(key), pk__in=unit_ids(scope)).first()
        return Group(level, key, one.name) if one else None
    return Group(level, key, key, tuple(unit_ids(scope)))


def days_of(group: Group, period: Period) -> list[Span]:
    """Return each day of a period; a day that was not added up has no energy."""
    own = aggregates_between(period).filter(group.condition, pl.col("hour").is_null())
    rows = own.group_by("local_day").agg(*SUMS).collect()
    found = {row["local_day"]: _span(row) for row in rows.iter_rows(named=True)}
    return [found.get(day) or _nothing(day) for day in period.each_day()]


def hours_of(group: Group, day: date) -> list[Span]:
    """Return the 24 hours of a day, or nothing where the day was not added up."""
    own = group.condition & pl.col("hour").is_not_null()
    hours = aggregates_between(Period.of_day(day)).filter(own).group_by("local_day", "hour")
    rows = hours.agg(*SUMS).sort("hour").collect()
    return [_span(row) for row in rows.iter_rows(named=True)]


def _span(row: dict[str, Any]) -> Span:
    day: date = row["local_day"]
    counts = {name: int(row[name] or 0) for name in ("present", "half_hours", "estimated")}
    quality = Quality.MEASURED if not counts["estimated"] else Quality.ESTIMATED
    return Span(
        day,
        day + timedelta(days=1),
        row["energy_wh"],
        counts["present"],
        counts["half_hours"],
        counts["estimated"],
        quality.value,
    )


def _nothing(day: date) -> Span:
    return Span(day, day + timedelta(days=1), None, 0, 0, 0, Quality.MISSING.value)
