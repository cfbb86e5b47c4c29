"""The rules of half-hours, V-01 to V-26, one file each, and the order in which they speak.

A rule has an id (RULE), the gravest thing it does to a value (ACTION), the channels it looks at,
`check(day, limits)` that answers verdicts, and `explain()` that writes a finding's sentence.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from congto.engines.intervals.rules import (
    bands_sum,
    check_meter,
    clock,
    high_low_day,
    high_low_month,
    inactive_use,
    interval_length,
    meter_identity,
    missing,
    multiplier,
    negative,
    physical_maximum,
    prolonged_estimation,
    reactive,
    register_order,
    register_sum,
    replacement,
    sibling_channels,
    spike,
    status_bits,
    step,
    stuck,
    transformer_balance,
    unchanged,
    zero_days,
    zero_run,
)

if TYPE_CHECKING:
    from types import ModuleType

FIRST = (meter_identity, unchanged, interval_length, multiplier, replacement)
"""Is it this meter's day, is it news, does it count alike: a day that fails ends here."""

VALUES = (missing, clock, status_bits, negative, register_order)
"""Which values are there and may be used: what they reject is missing for the rules after them."""

UNPROVEN = (spike, step)
"""Doubts that a register sum dispels: looked for only where V-10 did not pass."""

OTHERS = (
    physical_maximum,
    bands_sum,
    high_low_day,
    zero_run,
    zero_days,
    inactive_use,
    stuck,
    reactive,
    sibling_channels,
    check_meter,
)

LAST = (prolonged_estimation,)
"""Asked when all that is rejected is known."""

NOT_OF_DAYS = (high_low_month, transformer_balance)
"""Of months and of transformers: their `check` takes these instead of a day."""

ORDER = (*FIRST, *VALUES, register_sum, *UNPROVEN, *OTHERS, *LAST)

RULES: dict[str, ModuleType] = {
    rule.RULE: rule for rule in sorted((*ORDER, *NOT_OF_DAYS), key=lambda one: one.RULE)
}
