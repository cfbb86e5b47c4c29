"""Rules of arrears as published: the law before a cut, a utility's plan, interest on late money."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from congto.reference.fields import Entry, read_yaml, refuse, shipped
from congto.vocabulary.dunning import ArrearsRules, CutLaw, DunningPlan, LateRate

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from pathlib import Path

CEILING_BP = 2000
"""Agreed interest is at most 20 % a year (Civil Code 2015, article 468)."""
HOURS, DAYS_MAX = 24, 90


def load_arrears(directory: Path | None = None) -> ArrearsRules:
    """Load arrears.yaml; each list begins anew on a later day than the row before it."""
    entry = read_yaml(shipped(directory).joinpath("arrears.yaml"))
    entry.fields("laws", "plans", "rates")
    laws = [_law(row) for row in entry.entries("laws")]
    plans = [_plan(row) for row in entry.entries("plans")]
    rates = [_rate(row) for row in entry.entries("rates")]
    for name, rows in (("laws", laws), ("plans", plans), ("rates", rates)):
        _refuse_disorder(entry.at(name), [row.valid_from for row in rows])
    return ArrearsRules(tuple(laws), tuple(plans), tuple(rates))


def _law(row: Entry) -> CutLaw:
    row.fields(
        "from", "notices", "apart_days", "cut_from_days", "cut_until_days", "warning_hours",
        "source", "confidence",
    )  # fmt: skip
    until = row.optional_whole("cut_until_days")
    return CutLaw(
        valid_from=row.day("from"),
        notices=_within(row, "notices", 1, 9),
        apart_days=_within(row, "apart_days", 0, DAYS_MAX),
        cut_from_days=_within(row, "cut_from_days", 0, DAYS_MAX),
        cut_until_days=None if until is None else _within(row, "cut_until_days", 1, DAYS_MAX),
        warning_hours=_within(row, "warning_hours", 0, 240),
        source=row.text("source"),
        confidence=row.confidence(),
    )


def _plan(row: Entry) -> DunningPlan:
    row.fields(
        "from", "reminder_days", "notice_after_days", "cut_after_days", "cut_hour", "source",
        "confidence",
    )  # fmt: skip
    return DunningPlan(
        valid_from=row.day("from"),
        reminder_days=_within(row, "reminder_days", 0, DAYS_MAX),
        notice_after_days=_within(row, "notice_after_days", 1, DAYS_MAX),
        cut_after_days=_within(row, "cut_after_days", 0, DAYS_MAX),
        cut_hour=_within(row, "cut_hour", 0, HOURS - 1),
        source=row.text("source"),
        confidence=row.confidence(),
    )


def _rate(row: Entry) -> LateRate:
    row.fields("from", "rate", "source", "confidence")
    rate_bp = row.hundredths("rate")
    if rate_bp > CEILING_BP:
        raise refuse(row.at("rate"), f"found {row.text('rate')!r}", "at most 20 percent a year")
    return LateRate(row.day("from"), rate_bp, row.text("source"), row.confidence())


def _within(row: Entry, key: str, least: int, most: int) -> int:
    value = row.whole(key)
    if not least <= value <= most:
        raise refuse(row.at(key), f"found {value}", f"from {least} to {most}")
    return value


def _refuse_disorder(place: str, days: Sequence[date]) -> None:
    for before, after in pairwise(days):
        if after <= before:
            raise refuse(place, f"{after} comes after {before}", "rows in the order of their days")
