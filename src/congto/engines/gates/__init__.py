"""The two gates before issue: which bills people must look at first, and why. One file per rule.

Gate 1 looks at what was rated, gate 2 at what the invoice says. A rule reads GATE_INPUT and its
limits (congto.reference, or what the utility decided since) and answers HOLDS. It never changes a
bill. Since June 2020 the country's utilities stop bills this way until a manager has signed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from congto.engines.gates import (
    days_of_period,
    first_bill,
    gross_over,
    households_unused,
    jump_against_book,
    jump_against_own,
    last_bill,
    meter_changed,
    no_amount,
    no_use,
    purpose_differs,
    rolled_over,
)
from congto.vocabulary.frames.gates import GATE_INPUT, HOLDS

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import ModuleType

    from congto.vocabulary.gates import GateRule

__all__ = ["RULES", "holds"]

RULES: dict[str, ModuleType] = {
    rule.RULE: rule
    for rule in (
        no_use,
        jump_against_own,
        jump_against_book,
        rolled_over,
        households_unused,
        purpose_differs,
        days_of_period,
        meter_changed,
        gross_over,
        first_bill,
        last_bill,
        no_amount,
    )
}


def holds(bills: pl.DataFrame, rules: Iterable[GateRule]) -> pl.DataFrame:
    """Return every hold of every bill: GATE_INPUT in, HOLDS out.

    A rule with limits for one price group replaces the general one for bills of that group.
    """
    rows = GATE_INPUT.check(bills).with_columns(day_wh=day_wh())
    in_force = list(rules)
    found = [HOLDS.empty()]
    for one in in_force:
        own = {other.group for other in in_force if other.rule == one.rule and other.group}
        group = pl.col("group")
        judged = rows.filter(group == one.group if one.group else ~group.is_in(sorted(own)))
        found.append(RULES[one.rule].hold(judged, one))
    return HOLDS.check(pl.concat(found))


def day_wh() -> pl.Expr:
    """Return Wh a day of the period, cut to whole Wh: 134,000 Wh in 30 days -> 4,466."""
    return pl.col("energy_wh") // (pl.col("period_to") - pl.col("period_from")).dt.total_days()
