"""Blocks of half-hours for tests: plain days that no rule speaks of, to be changed by the case."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np

from congto.engines.intervals.block import ABSENT_WH, DayBlock, History, PointFacts
from congto.engines.intervals.delivery import Delivery
from congto.engines.intervals.limits import IntervalRules
from congto.engines.intervals.validation import Checked, validate
from congto.reference.interval_rules import load_interval_rules
from congto.vocabulary.intervals import HALF_HOURS, Channel, DayType

DAY = date(2026, 11, 18)  # a Wednesday
RULES = IntervalRules.on(load_interval_rules(), DAY)


def plain(count: int = 1) -> np.ndarray:
    """Return days that rise and fall between 100 and 147 Wh a half-hour: 5,928 Wh a day.

    The sum by hand: 48 x 100 + (0 + 1 + ... + 47) = 4,800 + 1,128.
    """
    return np.tile(np.arange(100, 148, dtype=np.int32), (count, 1))


def facts(count: int = 1, **changes: Any) -> PointFacts:
    """Return households of 5 kW on an electronic meter, whose register was not read."""

    def all_of(value: int, dtype: type) -> np.ndarray:
        return np.full(count, value, dtype)

    one = PointFacts(
        customer_class=all_of(0, np.int8),
        multiplier=all_of(1, np.int64),
        dial_digits=all_of(6, np.int8),
        decimals=all_of(2, np.int8),
        opening_wh=all_of(ABSENT_WH, np.int64),
        closing_wh=all_of(ABSENT_WH, np.int64),
        contract_w=all_of(5_000, np.int64),
        limit_wh=all_of(8_800, np.int64),
        single_phase=all_of(1, np.bool_),
        active=all_of(1, np.bool_),
        relay_open=all_of(0, np.bool_),
    )
    return replace(one, **{name: _column(value, (count,)) for name, value in changes.items()})


def history(count: int = 1, **changes: Any) -> History:
    """Return 20 valid days of each type like `plain`: mean 5,928, deviation 100, highest 147 Wh."""
    one = History(
        days=np.full((count, 4), 20, np.int16),
        mean_wh=np.full((count, 4), 5_928, np.int64),
        deviation_wh=np.full((count, 4), 100, np.int64),
        highest_wh=np.full(count, 147, np.int32),
        zero_permille=np.zeros(count, np.int16),
        zero_days=np.zeros(count, np.int16),
        estimated_days=np.zeros(count, np.int16),
    )
    by_type = {"days", "mean_wh", "deviation_wh"}
    return replace(
        one,
        **{
            name: _column(value, (count, 4) if name in by_type else (count,))
            for name, value in changes.items()
        },
    )


def block(values: np.ndarray | None = None, **changes: Any) -> DayBlock:
    """Return a block of A+; `facts`, `history` and `delivery` as keywords change these."""
    days = plain() if values is None else np.atleast_2d(np.asarray(values, np.int32))
    count = len(days)
    delivery = changes.pop("delivery", None)
    return DayBlock(
        day=DAY,
        day_type=DayType.WORKING,
        channel=changes.pop("channel", Channel.ACTIVE_IMPORT),
        points=np.arange(1, count + 1, dtype=np.int64),
        values=days,
        facts=facts(count, **changes.pop("facts", {})),
        history=history(count, **changes.pop("history", {})),
        delivery=None if delivery is None else Delivery(**delivery),
        **changes,
    )


def told(checked: Checked, rule: str) -> list[tuple[str, int, int, int, int, int]]:
    """Return what a rule found: (action, row, first, last, observed, expected)."""
    return [
        (action.value, *(int(number) for number in entry))
        for name, action, hits in checked.found
        if name == rule
        for entry in zip(
            hits.rows, hits.first, hits.last, hits.observed, hits.expected, strict=True
        )
    ]


def rules_that_spoke(checked: Checked) -> list[str]:
    """Return the ids of the rules that found something, each once, in order of running."""
    return list(dict.fromkeys(name for name, _, _ in checked.found))


def check(values: np.ndarray | None = None, **changes: Any) -> Checked:
    """Validate a block with the published rules."""
    return validate(block(values, **changes), RULES)


def _column(value: Any, shape: tuple[int, ...]) -> np.ndarray:
    return np.asarray(value) if isinstance(value, (list, np.ndarray)) else np.full(shape, value)


def day_with(start: int, *values: int) -> np.ndarray:
    """Return one plain day with some half-hours replaced from `start` on."""
    one = plain()[0].copy()
    assert start + len(values) <= HALF_HOURS
    one[start : start + len(values)] = values
    return one
