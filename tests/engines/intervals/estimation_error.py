"""How far estimates are from the truth: gaps cut into real series at seeded places, in one table.

The series are hourly; an hour becomes two half-hours, and errors are counted by the hour, which was
measured. The same gaps are filled by Polars (a line; the mean of the same weekday and hour of four
weeks before), in the same run.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from congto.engines.intervals.block import ABSENT_WH
from congto.engines.intervals.estimation import Estimated, Sources, Span, estimate_span
from congto.engines.intervals.estimation.like_days import (
    StoredDays,
    days_to_read,
    like_days,
    nearest_day,
)
from congto.engines.intervals.estimation.register_average import average_daily_wh
from congto.engines.intervals.estimation.sources import SHARED
from congto.vocabulary.intervals import ABSENT, HALF_HOURS, DayType, Method
from world_estimation import span

Rows = TypeVar("Rows", Span, Sources)

SEED = 20261125
GAPS = 400
HOURS = {"1 h": 1, "2 h": 2, "4 h": 4, "1 day": 24, "3 days": 72}
DAY = 24
BEFORE_DAYS = 36
YEAR_DAYS = 364


def type_of(day: date) -> DayType:
    """Return the type by weekday: the holidays of the series' countries are not known here."""
    return {5: DayType.SATURDAY, 6: DayType.SUNDAY}.get(day.weekday(), DayType.WORKING)


@dataclass(frozen=True)
class Series:
    """One customer, hour by hour from the midnight of `first`; Wh, ABSENT where missing."""

    first: date
    wh: NDArray[np.int64]

    def whole(self, start: int, stop: int) -> bool:
        """Tell whether the hours are there and all known."""
        return start >= 0 and stop <= len(self.wh) and bool((self.wh[start:stop] >= 0).all())

    def half_hours(self, start: int, stop: int) -> NDArray[np.int32]:
        """Return the hours as half-hours; the second has the odd Wh."""
        hours = self.wh[start:stop]
        return np.stack([hours // 2, hours - hours // 2], axis=1).ravel().astype(np.int32)


def households(shared: Path) -> list[Series]:
    """Return the real households that have 100 days or more."""
    rows = pl.read_parquet(shared / "data/intervals/households_hourly.parquet")
    found = []
    for _, one in rows.sort("series", "ts").group_by("series", maintain_order=True):
        begin = one["ts"][0]
        first = (begin if begin.hour == 0 else begin + timedelta(days=1)).date()
        hour = (one["ts"] - datetime.combine(first, datetime.min.time())).dt.total_hours()
        at, wh = hour.to_numpy(), one["wh"].to_numpy()
        series = np.full(int(at.max()) + 1, ABSENT, np.int64)
        series[at[at >= 0]] = wh[at >= 0]
        found.append(Series(first, series))
    return [one for one in found if len(one.wh) >= 100 * DAY]


def buildings(shared: Path) -> list[Series]:
    """Return the real customer-years of an estate's buildings."""
    folder = shared / "data/intervals"
    years = dict(pl.read_csv(folder / "panel_320_customers.csv").select("customer", "year").rows())
    rows = pl.read_parquet(folder / "panel_320_customer_years_hourly.parquet")
    return [
        Series(date(years[name], 1, 1), one["kwh_x10"].to_numpy().astype(np.int64) * 100)
        for (name,), one in rows.sort("customer", "hour").group_by("customer", maintain_order=True)
    ]


@dataclass(frozen=True)
class Gap:
    """Hours start to stop of a series, taken out; its span is the days it touches."""

    series: Series
    start: int
    stop: int

    @property
    def days(self) -> range:
        return range(self.start // DAY, (self.stop - 1) // DAY + 1)

    @property
    def truth(self) -> NDArray[np.int64]:
        return self.series.wh[self.start : self.stop]


def cut(every: list[Series], hours: int) -> list[Gap]:
    """Return gaps at seeded places, in series known from 36 days before to a day after."""
    rng = np.random.default_rng([SEED, hours])
    gaps = []
    while len(gaps) < GAPS:
        series = every[rng.integers(len(every))]
        start = int(rng.integers(BEFORE_DAYS * DAY, len(series.wh) - hours - DAY))
        gap = Gap(series, start, start + hours)
        around = (gap.days[0] - BEFORE_DAYS) * DAY, (gap.days[-1] + 1) * DAY
        if series.whole(*around) and series.whole(start, start + hours + 1):
            gaps.append(gap)
    return gaps


def worlds_of(gaps: list[Gap], profile: NDArray[np.int32]) -> "list[World]":
    """Return every gap with its span and sources."""
    return [World(at, gap, *world_of(gap, profile)) for at, gap in enumerate(gaps)]


def world_of(gap: Gap, profile: NDArray[np.int32]) -> tuple[Span, Sources]:
    """Return the span of a gap with its registers, and all sources its past can give."""
    first, after = gap.days[0] * DAY, (gap.days[-1] + 1) * DAY
    values = gap.series.half_hours(first, after)[None]
    total = int(values.sum())
    values[0, (gap.start - first) * 2 : (gap.stop - first) * 2] = ABSENT
    days = [gap.series.first + timedelta(days=one) for one in gap.days]
    made = span(values, total, day_types=tuple(type_of(one) for one in days))
    alike = [_alike(gap.series, day, number) for day, number in zip(days, gap.days, strict=True)]
    past = gap.series.wh[first - 30 * DAY : first]
    year = _last_year(gap.series, gap.days)
    return made, Sources(
        like_days=np.stack([one for one, _ in alike], axis=1),
        nearest=np.stack([one for _, one in alike], axis=1),
        daily_wh=average_daily_wh(*(np.array([one]) for one in (past.sum(), 30, ABSENT_WH, 0))),
        class_days=profile,
        before=gap.series.half_hours(first - 1, first)[1:],
        after=gap.series.half_hours(after, after + 1)[:1]
        if gap.series.whole(after, after + 1)
        else None,
        **year,
    )


def _alike(series: Series, day: date, number: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return like days and the nearest day: only days before the gap's, as in daily work."""
    days = tuple(one for one in days_to_read(day, type_of) if one < day)
    at = [number - (day - one).days for one in days]
    values = np.stack([series.half_hours(one * DAY, (one + 1) * DAY) for one in at])[None]
    stored = StoredDays(days, values, np.ones((1, len(days)), np.bool_))
    return like_days(day, type_of, stored), nearest_day(day, type_of, stored)


def _last_year(series: Series, days: range) -> dict[str, NDArray[np.int32] | NDArray[np.int64]]:
    """Return the days 52 weeks before and both sums of 28 days; nothing if none was used then."""
    first, after = ((one - YEAR_DAYS) * DAY for one in (days[0], days[-1] + 1))
    if not series.whole(first - 28 * DAY, after):
        return {}
    now = series.wh[days[0] * DAY - 28 * DAY : days[0] * DAY].sum()
    then = series.wh[first - 28 * DAY : first].sum()
    if then == 0:
        return {}
    return {
        "last_year": series.half_hours(first, after).reshape(1, len(days), HALF_HOURS),
        "recent_wh": np.array([now]),
        "year_ago_wh": np.array([then]),
    }


def class_days(every: list[Series]) -> NDArray[np.int32]:
    """Return the half-hours of the mean customer of all series, on each type of day."""
    out = np.zeros((4, 4, HALF_HOURS), np.int32)
    sums = np.zeros((4, DAY))
    counts = np.zeros((4, 1))
    for one in every:
        days = one.wh[: len(one.wh) // DAY * DAY].reshape(-1, DAY)
        kinds = np.array([type_of(one.first + timedelta(days=at)) for at in range(len(days))])
        whole = (days >= 0).all(axis=1)
        for kind in (DayType.WORKING, DayType.SATURDAY, DayType.SUNDAY):
            sums[kind] += days[whole & (kinds == kind)].sum(axis=0)
            counts[kind] += int((whole & (kinds == kind)).sum())
    out[0] = np.repeat(sums / np.maximum(counts, 1) / 2, 2, axis=1).round()
    return out


WITHOUT_REGISTER = "without register"
ONLY = {
    "E-04, E-06: as chosen, with register": ("before", "after", "like_days", "nearest"),
    "E-04, E-08: as chosen, without register": ("before", "after", "like_days", "nearest"),
    "E-05 with register": ("one side",),
    "E-05 without register": ("one side",),
    "E-07 registers only": ("long",),
    "E-09 one like day, with register": ("long", "nearest"),
    "E-09 one like day, without register": ("long", "nearest"),
    "E-10 last year, with register": ("long", "last_year", "recent_wh", "year_ago_wh"),
    "E-10 last year, without register": ("long", "last_year", "recent_wh", "year_ago_wh"),
    "E-11 class profile, without register": ("long", "class_days"),
    "E-12 mean daily use, without register": ("long", "daily_wh"),
}
"""What a method may lean on. one side: the half-hour after the gap is no end point; long: only
where the gap is longer than the 2 hours that lines bridge."""


@dataclass(frozen=True)
class World:
    """A gap with its number, the span it lies in and all that its past can give."""

    number: int
    gap: Gap
    span: Span
    sources: Sources

    @property
    def alike(self) -> tuple[object, ...]:
        """Worlds with the same answer can be rows of one span."""
        given = (getattr(self.sources, one.name) is None for one in fields(Sources))
        return self.span.day_types, *given


def completed(worlds: list[World]) -> Iterator[tuple[World, Estimated]]:
    """Yield every world with its span completed, those that are alike in one call."""
    groups: dict[tuple[object, ...], list[World]] = defaultdict(list)
    for one in worlds:
        groups[one.alike].append(one)
    for group in groups.values():
        done = estimate_span(
            _rows_of([one.span for one in group], ("day_types",)),
            _rows_of([one.sources for one in group], SHARED),
        )
        for row, one in enumerate(group):
            at = slice(row, row + 1)
            yield one, Estimated(done.values[at], done.methods[at], done.qualities[at])


def _rows_of(every: list[Rows], shared: tuple[str, ...]) -> Rows:
    """Return spans (or sources) of one row each as rows of one; what they share is the first's."""
    names = [one.name for one in fields(every[0]) if one.name not in shared]
    stacked = {
        name: np.concatenate([getattr(one, name) for one in every])
        for name in names
        if getattr(every[0], name) is not None
    }
    return replace(every[0], **stacked)


def ours(world: World, name: str) -> World | None:
    """Return what a method may see of a gap, None where it does not apply."""
    gap, made, every = world.gap, world.span, world.sources
    allowed = ONLY[name]
    if ("long" in allowed) != (gap.stop - gap.start > 2) and "before" not in allowed:
        return None
    if "last_year" in allowed and every.last_year is None:
        return None
    known = Sources(**{one: getattr(every, one) for one in allowed if hasattr(every, one)})
    if WITHOUT_REGISTER in name:
        made = replace(made, total_wh=np.array([ABSENT_WH]))
    if "one side" in allowed:
        if gap.start == gap.days[0] * DAY:
            return None  # the half-hour before the gap is not in the span
        outage = np.zeros(made.values.shape, np.bool_)
        end = (gap.stop - gap.days[0] * DAY) * 2
        outage[0, end : end + 1] = True
        made = replace(made, outage=outage)
    return replace(world, span=made, sources=known)


def polars_line(gap: Gap) -> NDArray[np.float64]:
    """Return the gap as Polars interpolates it between its two neighbours."""
    hours = gap.series.wh[gap.start - 1 : gap.stop + 1].tolist()
    hours[1:-1] = [None] * (len(hours) - 2)
    return pl.Series(hours, dtype=pl.Float64).interpolate().to_numpy()[1:-1]


def polars_like_days(gap: Gap) -> NDArray[np.float64]:
    """Return the mean of the same weekday and hour of the four weeks before, by Polars."""
    frame = pl.DataFrame({"wh": gap.series.wh[gap.start - 28 * DAY : gap.stop]})
    weeks = [pl.col("wh").shift(7 * DAY * back) for back in range(1, 5)]
    return frame.select(pl.mean_horizontal(weeks)).to_series().to_numpy()[-len(gap.truth) :]


@dataclass(frozen=True)
class Cell:
    """Error of one method at one length: mean by hour, in Wh and as a share of the true use."""

    gaps: int
    mean_wh: float
    percent: float

    @classmethod
    def of(cls, pairs: list[tuple[NDArray[np.float64], NDArray[np.int64]]]) -> "Cell":
        error = np.concatenate([np.abs(guess - truth) for guess, truth in pairs])
        use = np.concatenate([truth for _, truth in pairs])
        return cls(len(pairs), float(error.mean()), float(100 * error.sum() / use.sum()))


def errors(every: list[Series]) -> Iterator[tuple[str, str, Cell]]:
    """Yield row name, gap length and error; sums and measured values are checked on the way."""
    profile = class_days(every)
    for length, hours in HOURS.items():
        gaps = cut(every, hours)
        worlds = worlds_of(gaps, profile)
        for name, library in (
            ("Polars: interpolate", polars_line),
            ("Polars: mean of 4 like days", polars_like_days),
        ):
            yield name, length, Cell.of([(library(gap), gap.truth) for gap in gaps])
        for name in ONLY:
            seen = [one for one in (ours(world, name) for world in worlds) if one is not None]
            pairs = [
                (_hours_of(world.gap, done, name), world.gap.truth)
                for world, done in sorted(completed(seen), key=lambda pair: pair[0].number)
            ]
            if pairs:
                yield name, length, Cell.of(pairs)


def _hours_of(gap: Gap, done: Estimated, name: str) -> NDArray[np.float64]:
    """Return the estimated hours of the gap, after the promises have been checked."""
    first, after = gap.days[0] * DAY, (gap.days[-1] + 1) * DAY
    truth = gap.series.half_hours(first, after)
    inside = np.zeros(len(truth), np.bool_)
    inside[(gap.start - first) * 2 : (gap.stop - first) * 2] = True
    assert (done.values[0, ~inside] == truth[~inside]).all(), (name, gap)
    assert (done.values[0] >= 0).all(), (name, gap)
    if WITHOUT_REGISTER not in name:
        assert int(done.values.sum(dtype=np.int64)) == int(truth.sum(dtype=np.int64)), (name, gap)
    return done.values[0, inside].reshape(-1, 2).sum(axis=1).astype(np.float64)


def table(cells: dict[tuple[str, str], Cell]) -> str:
    """Return the errors as a table in Markdown: mean Wh by hour (per cent of the true use)."""
    names = dict.fromkeys(name for name, _ in cells)
    lines = [
        "| Method | " + " | ".join(HOURS) + " |",
        "|---|" + "---:|" * len(HOURS),
    ]
    for name in names:
        row = [cells.get((name, length)) for length in HOURS]
        shown = ["" if one is None else f"{one.mean_wh:,.0f} ({one.percent:.0f} %)" for one in row]
        few = {one.gaps for one in row if one is not None} - {GAPS}
        note = f" ({max(few)} gaps)" if few else ""
        lines.append(f"| {name}{note} | " + " | ".join(shown) + " |")
    return "\n".join(lines)


STEPS_WH = (1, 10, 100, 1000)
"""Last digits of dials: three decimals of a kWh to none."""


def contradicted_by_dial(every: list[Series]) -> dict[int, int]:
    """Return by the step of a dial in how many gaps its cut reads lead to E-13."""
    rng = np.random.default_rng([SEED, len(STEPS_WH)])
    profile = class_days(every)
    found = dict.fromkeys(STEPS_WH, 0)
    for hours in HOURS.values():
        worlds = worlds_of(cut(every, hours), profile)
        for step in STEPS_WH:
            for world, done in completed([_read_in_steps(one, step, rng) for one in worlds]):
                found[step] += bool((done.methods[world.span.usable] != Method.NONE).any())
    return found


def _read_in_steps(world: World, step: int, rng: np.random.Generator) -> World:
    """Return a world whose registers were cut off at a step, from a seeded stand of the dial."""
    phase = int(rng.integers(step))
    shown = (phase + int(world.span.total_wh[0])) // step * step
    cut_off = replace(world.span, total_wh=np.array([shown]), step_wh=np.array([step]))
    return replace(world, span=cut_off)
