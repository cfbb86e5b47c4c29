"""The small dated tables: VAT, voltage classes, reactive power, time bands, rounding settings."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING

from congto.reference.fields import Entry, read_yaml, refuse, refuse_gaps
from congto.vocabulary.groups import CustomerGroup, TimeBand
from congto.vocabulary.prices import (
    ReactiveRule,
    TimeBandSchedule,
    TimeWindow,
    VatRate,
    VoltageClass,
)

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

MINUTES_OF_DAY = 24 * 60
WEEKDAYS = {
    "all": frozenset(range(1, 8)),
    "mon-sat": frozenset(range(1, 7)),
    "sun": frozenset({7}),
}
_CLOCK = re.compile(r"([01]\d|2[0-3]):(00|30)")


def read_vat(folder: Traversable) -> tuple[VatRate, ...]:
    """Read vat.yaml: rates in order of date without overlap or gap, below 100 %."""
    entry = read_yaml(folder.joinpath("vat.yaml")).fields("unit", "source", "rates")
    rows = [
        row.fields("from", "to", "rate", "basis", "confidence") for row in entry.entries("rates")
    ]
    rates = tuple(
        VatRate(
            start=row.day("from"),
            end=row.optional_day("to"),
            rate_bp=100 * row.hundredths("rate"),
            basis=row.text("basis"),
            confidence=row.confidence(),
        )
        for row in rows
    )
    for row, rate in zip(rows, rates, strict=True):
        if rate.rate_bp > 2_000:
            raise refuse(row.at("rate"), f"found {row.text('rate')!r}", "at most 0.20 (20 %)")
    refuse_gaps(
        [(row.place, rate.start, rate.end) for row, rate in zip(rows, rates, strict=True)],
        "VAT rate",
    )
    return rates


def read_voltage_classes(folder: Traversable) -> tuple[VoltageClass, ...]:
    """Read voltage_classes.yaml."""
    entry = read_yaml(folder.joinpath("voltage_classes.yaml"))
    entry.fields("unit", "source", "confidence", "classes")
    found: dict[str, VoltageClass] = {}
    for row in entry.entries("classes"):
        one = VoltageClass(
            row.fields("word", "from", "to").text("word"),
            row.whole("from"),
            row.optional_whole("to"),
        )
        if one.word in found:
            raise refuse(row.at("word"), f"{one.word} is given twice", "each word once")
        if one.to_volt is not None and one.to_volt <= one.from_volt:
            raise refuse(row.at("to"), f"{one.to_volt} V", f"more than {one.from_volt} V")
        found[one.word] = one
    return tuple(found.values())


def read_reactive(folder: Traversable) -> ReactiveRule:
    """Read reactive.yaml: k for every hundredth of cos phi below the free one, rising downwards."""
    entry = read_yaml(folder.joinpath("reactive.yaml"))
    entry.fields(
        "code",
        "in_force_from",
        "in_force_to",
        "source",
        "confidence",
        "groups",
        "registered_kw_from",
        "unit",
        "free_from_cos_phi",
        "k_below_table",
        "rows",
    )
    free = entry.hundredths("free_from_cos_phi")
    table: dict[int, int] = {}
    last_k = 0
    for row in entry.entries("rows"):
        cos_phi = row.fields("cos_phi", "k_percent").hundredths("cos_phi")
        k_bp = row.hundredths("k_percent")
        if cos_phi != free - len(table) - 1:
            raise refuse(row.at("cos_phi"), f"0.{cos_phi:02}", f"0.{free - len(table) - 1:02}")
        if k_bp <= last_k:
            raise refuse(row.at("k_percent"), row.text("k_percent"), "more than the row above")
        table[cos_phi] = last_k = k_bp
    below = entry.hundredths("k_below_table")
    if below <= last_k:
        raise refuse(entry.at("k_below_table"), entry.text("k_below_table"), "more than any row")
    return ReactiveRule(
        code=entry.text("code"),
        start=entry.day("in_force_from"),
        groups=frozenset(_group(entry, word) for word in entry.listed("groups")),
        registered_kw_from=entry.whole("registered_kw_from"),
        free_from_cos_phi=free,
        k_bp_by_cos_phi=MappingProxyType(table),
        k_bp_below=below,
    )


def _group(entry: Entry, word: object) -> CustomerGroup:
    return Entry(entry.place, {"groups": word}).word("groups", CustomerGroup)


def read_time_bands(folder: Traversable) -> tuple[TimeBandSchedule, ...]:
    """Read time_bands.yaml; windows of a weekday must not overlap."""
    entry = read_yaml(folder.joinpath("time_bands.yaml")).fields("unit", "schedules")
    schedules = []
    for row in entry.entries("schedules"):
        row.fields("code", "in_force_from", "in_force_to", "source", "confidence", "windows")
        windows = tuple(part for window in row.entries("windows") for part in _windows(window))
        _refuse_double_minutes(row, windows)
        row.confidence()
        schedules.append(
            TimeBandSchedule(
                code=row.text("code"),
                start=row.optional_day("in_force_from"),
                end=row.optional_day("in_force_to"),
                source=row.text("source"),
                windows=windows,
            )
        )
    in_force = [
        (f"{entry.place}, schedule {one.code}", one.start, one.end)
        for one in schedules
        if one.start is not None
    ]
    refuse_gaps(in_force, "schedule of time bands")
    return tuple(schedules)


def _windows(row: Entry) -> list[TimeWindow]:
    """Read one window; one that runs past midnight becomes two, on the same weekdays.

    Off-peak 22:00-04:00 every day is 22:00-24:00 and 00:00-04:00 every day.
    """
    row.fields("band", "days", "from", "to")
    if row.text("days") not in WEEKDAYS:
        raise refuse(row.at("days"), f"found {row.text('days')!r}", "one of " + ", ".join(WEEKDAYS))
    band, days = row.word("band", TimeBand), WEEKDAYS[row.text("days")]
    start, end = _minute(row, "from"), _minute(row, "to")
    if start < end:
        return [TimeWindow(band, days, start, end)]
    if days != WEEKDAYS["all"]:
        raise refuse(row.place, "a window past midnight on some days only", "two windows")
    return [TimeWindow(band, days, 0, end), TimeWindow(band, days, start, MINUTES_OF_DAY)]


def _minute(row: Entry, key: str) -> int:
    """Read a time of day on the half hour as minutes."""
    value = row.text(key)
    if not _CLOCK.fullmatch(value):
        raise refuse(row.at(key), f"found {value!r}", 'a half hour such as "17:30"')
    return int(value[:2]) * 60 + int(value[3:])


def _refuse_double_minutes(row: Entry, windows: tuple[TimeWindow, ...]) -> None:
    for day in WEEKDAYS["all"]:
        for half_hour in range(48):
            at = 30 * half_hour
            hits = [w for w in windows if day in w.weekdays and w.from_minute <= at < w.to_minute]
            if len(hits) > 1:
                raise refuse(
                    f"{row.place}, schedule {row.text('code')}",
                    f"two windows at {at // 60:02}:{at % 60:02} of weekday {day}",
                    "windows that do not overlap",
                )


def read_rounding(folder: Traversable) -> dict[str, tuple[str, ...]]:
    """Read rounding.yaml: the choices of each setting, the default first."""
    entry = read_yaml(folder.joinpath("rounding.yaml")).fields("settings")
    found: dict[str, tuple[str, ...]] = {}
    for row in entry.entries("settings"):
        row.fields("name", "default", "choices", "unit", "meaning", "source", "confidence")
        row.confidence()
        choices = tuple(str(choice) for choice in row.listed("choices"))
        default = row.text("default")
        if default not in choices:
            raise refuse(row.at("default"), f"found {default!r}", "one of " + ", ".join(choices))
        found[row.text("name")] = (default, *(one for one in choices if one != default))
    return found
