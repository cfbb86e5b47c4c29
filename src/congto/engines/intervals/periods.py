"""Validation of what is longer than a day or wider than a point: months, bills, transformers."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import numpy as np

from congto.engines.intervals.limits import Limits
from congto.engines.intervals.rules import (
    high_low_month,
    prolonged_estimation,
    transformer_balance,
)
from congto.engines.intervals.rules.high_low_month import MonthSums
from congto.engines.intervals.rules.transformer_balance import AreaDay
from congto.vocabulary.intervals import CustomerClass

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from congto.engines.intervals.block import Hits
    from congto.engines.intervals.limits import IntervalRules
    from congto.engines.intervals.rules.found import Verdict
    from congto.vocabulary.intervals import Action

    Input = TypeVar("Input")
    Found = tuple[tuple[str, Action, Hits], ...]

__all__ = ["AreaDay", "MonthSums", "validate_areas", "validate_bills", "validate_months"]


def validate_months(months: MonthSums, rules: IntervalRules) -> Found:
    """Return what V-13 finds in months before they are billed; rows as in `months`."""
    return _found(high_low_month.RULE, rules, months.customer_class, months, high_low_month.check)


def validate_bills(
    estimated_bills: NDArray[np.int16], customer_class: NDArray[np.int8], rules: IntervalRules
) -> Found:
    """Return what V-22 finds in counts of bills in a row on estimates, by point."""
    rule = prolonged_estimation
    return _found(rule.RULE, rules, customer_class, estimated_bills, rule.check_bills)


def validate_areas(areas: AreaDay, rules: IntervalRules) -> Found:
    """Return what V-26 finds in a day of transformers; limits are those of the network."""
    classes = np.full(len(areas.transformer_wh), CustomerClass.NETWORK, np.int8)
    return _found(transformer_balance.RULE, rules, classes, areas, transformer_balance.check)


def _found(
    rule: str,
    rules: IntervalRules,
    classes: NDArray[np.int8],
    given: Input,
    check: Callable[[Input, Limits], list[Verdict]],
) -> Found:
    in_force = rules.rules.get(rule)
    if in_force is None:
        return ()
    limits = Limits(in_force, classes)
    return tuple((rule, one.action, one.hits) for one in check(given, limits))
