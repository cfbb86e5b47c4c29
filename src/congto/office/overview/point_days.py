"""A usage point's half-hours for people: a year by month, a month by day, a day with its versions.

What is read is what is shown: the days of the span of this one point, nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from congto.office.meterdata.models import DayFinding
from congto.office.storage import intervals
from congto.office.storage.interval_tables import RAW, VALIDATED
from congto.vocabulary.intervals import ABSENT, CHANNEL_CODES, HALF_HOURS, Channel, Method
from congto.vocabulary.periods import Period
from congto.vocabulary.quality import Quality

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from numpy.typing import NDArray

    from congto.office.storage.interval_tables import Snapshot

MONTHS_OF_A_YEAR = 12
DAY = ("values", "methods", "quality")


@dataclass(frozen=True, slots=True)
class Span:
    """Energy of a day or a month.

    Attributes:
        energy_wh: sum of the half-hours present; None where there is none at all.
        present / expected: half-hours with a value / that the span has up to its end.
        estimated: half-hours that stand for a value that was not measured.
        quality: the weakest of the span.
    """

    start: date
    end: date
    energy_wh: int | None
    present: int
    expected: int
    estimated: int
    quality: int

    @property
    def coverage(self) -> str:
        """Return the share of half-hours present, in percent, cut: only all is 100,0 %."""
        return _percent(self.present, self.expected)

    @property
    def estimated_share(self) -> str:
        """Return the share of half-hours that were estimated, in percent, cut."""
        return _percent(self.estimated, self.expected)

    @property
    def kind(self) -> str:
        """Return "missing", "estimated" or "measured": how the span is drawn."""
        if self.present < self.expected:
            return "missing"
        return "estimated" if self.estimated else "measured"


def _percent(part: int, whole: int) -> str:
    permille = part * 1000 // whole if whole else 0
    return f"{permille // 10},{permille % 10} %"


def days_of(point: int, period: Period, channel: Channel) -> list[Span]:
    """Return each day of a period for one point; a day without readings has no energy."""
    raw, validated = RAW.opened(), VALIDATED.opened()
    known = {*RAW.days(), *VALIDATED.days()} if raw or validated else set()
    key = np.array([point], np.int64)
    spans = []
    for offset in range(period.days):
        day = period.start + timedelta(days=offset)
        span = Span(day, day + timedelta(days=1), None, 0, HALF_HOURS, 0, Quality.MISSING.value)
        if day.isoformat() in known:
            done = intervals.validated_rows(
                VALIDATED.snapshot(day, validated), day, channel, points=key, columns=DAY
            )
            if done.is_empty():
                span = _delivered(span, RAW.snapshot(day, raw), channel, key)
            else:
                span = _validated(span, done.row(0, named=True))
        spans.append(span)
    return spans


def _validated(span: Span, row: dict[str, Any]) -> Span:
    present = [value for value in row["values"] if value is not None]
    estimated = sum(1 for method in row["methods"] or [] if method != Method.NONE)
    return replace(
        span,
        energy_wh=sum(present) if present else None,
        present=len(present),
        estimated=estimated,
        quality=row["quality"],
    )


def _delivered(span: Span, snapshot: Snapshot, channel: Channel, key: NDArray[np.int64]) -> Span:
    days = intervals.raw_days(snapshot, channel, points=key)
    if not len(days.points):
        return span
    has = days.values[0] != ABSENT
    if not has.any():
        return span
    quality = Quality.MEASURED if has.all() else Quality.MISSING
    energy_wh = int(days.values[0].sum(dtype=np.int64, where=has))
    return replace(span, energy_wh=energy_wh, present=int(has.sum()), quality=quality.value)


def months_of(point: int, year: int, channel: Channel) -> list[Span]:
    """Return the months of a year, each added up from its days."""
    return [
        added_up(days_of(point, Period.month(year, month), channel))
        for month in range(1, MONTHS_OF_A_YEAR + 1)
    ]


def added_up(days: Sequence[Span]) -> Span:
    """Add days up; nothing known stays nothing known and is not zero."""
    known = [one.energy_wh for one in days if one.energy_wh is not None]
    return Span(
        days[0].start,
        days[-1].end,
        sum(known) if known else None,
        sum(one.present for one in days),
        sum(one.expected for one in days),
        sum(one.estimated for one in days),
        min(one.quality for one in days),
    )


@dataclass(frozen=True, slots=True)
class DayVersion:
    """A version of a point's day.

    Attributes:
        raw: as delivered; else validated.
        values / qualities / methods / reasons: one of each half-hour; None where not known.
    """

    raw: bool
    version: int
    known_at: datetime
    values: list[int | None]
    qualities: list[int] | None
    methods: list[int] | None
    reasons: list[int] | None
    quality: int | None
    raw_version: int | None

    @property
    def key(self) -> str:
        """Return how addresses name it: "r1" as delivered, "v2" validated."""
        return f"{'r' if self.raw else 'v'}{self.version}"

    @property
    def energy_wh(self) -> int:
        """Return the sum of the values present."""
        return sum(value for value in self.values if value is not None)

    @property
    def missing(self) -> int:
        """Return how many half-hours have no value."""
        return sum(value is None for value in self.values)

    def quality_at(self, half_hour: int) -> int:
        """Return the quality of one half-hour."""
        if self.values[half_hour] is None:
            return Quality.MISSING.value
        if self.qualities:
            return self.qualities[half_hour]
        return Quality.MEASURED.value if self.quality is None else self.quality

    def rules_at(self, half_hour: int) -> list[str]:
        """Return the rules that spoke of one half-hour."""
        bits = self.reasons[half_hour] if self.reasons else 0
        return [f"V-{bit:02}" for bit in range(1, 32) if bits >> bit & 1]


def versions_of(point: int, day: date, channel: Channel) -> list[DayVersion]:
    """Return the versions of a day: as delivered, then as validated, each oldest first."""
    own = pl.col("channel") == int(channel)
    raw = intervals.read_versions(point, day, RAW).filter(own)
    done = intervals.read_versions(point, day, VALIDATED).filter(own)
    return [
        *(_version(row, raw=True) for row in raw.iter_rows(named=True)),
        *(_version(row, raw=False) for row in done.iter_rows(named=True)),
    ]


def _version(row: dict[str, Any], *, raw: bool) -> DayVersion:
    names = ("qualities", "methods", "reasons", "quality", "raw_version")
    given = {name: row.get(name) for name in names}
    return DayVersion(raw, row["version"], row["known_at"], row["values"], **given)


def channels_of(point: int, day: date) -> list[str]:
    """Return the codes of the channels that a point has values of on a day."""
    raw = intervals.read_versions(point, day, RAW)["channel"].unique().to_list()
    return [code for code, channel in CHANNEL_CODES.items() if int(channel) in raw]


def last_day(until: date) -> date | None:
    """Return the last local day up to a day that the store has; None before the first one."""
    known = sorted({*RAW.days(), *VALIDATED.days()})
    days = [date.fromisoformat(day) for day in known if day <= until.isoformat()]
    return days[-1] if days else None


def findings_of(point: int, period: Period) -> list[DayFinding]:
    """Return what rules found in the half-hours of a point in a period, by day."""
    found = DayFinding.objects.filter(
        usage_point=point, local_day__gte=period.start, local_day__lt=period.end
    )
    return list(found.order_by("local_day", "rule", "first"))
