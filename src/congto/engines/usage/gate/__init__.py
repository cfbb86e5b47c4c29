"""The gate before billing from half-hours: may they carry this bill? One file per rule.

Limits are data (reference: usage_gate.yaml). What a rule rejects gets no usage, so no bill, until
the reason is gone; the finding says why. Source: the billing-export exceptions of Itron's system
(meterdata c.5).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from congto.engines.usage.gate import (
    edited,
    estimated,
    missing,
    not_validated,
    register_ends,
    register_sum,
)
from congto.vocabulary.frames.readings import FINDINGS
from congto.vocabulary.frames.usage import GATED_POINTS

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import ModuleType

    from congto.vocabulary.gates import GateRule

__all__ = ["RULES", "check_gate"]

RULES: dict[str, ModuleType] = {
    rule.RULE: rule
    for rule in (missing, estimated, edited, not_validated, register_ends, register_sum)
}


def check_gate(points: pl.DataFrame, rules: Iterable[GateRule]) -> pl.DataFrame:
    """Return what stops, or is listed with, each point: GATED_POINTS in, FINDINGS out.

    A rule with limits for one price group replaces the general one for points of that group.
    """
    rows = GATED_POINTS.check(points)
    in_force = list(rules)
    found = [FINDINGS.empty()]
    for one in in_force:
        own = {other.group for other in in_force if other.rule == one.rule and other.group}
        group = pl.col("group")
        judged = rows.filter(group == one.group if one.group else ~group.is_in(sorted(own)))
        found.append(RULES[one.rule].check(judged, one))
    return FINDINGS.check(pl.concat(found))
