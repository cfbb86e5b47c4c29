"""What the rules found, as rows to store, and each as a sentence that a clerk understands."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from congto.engines.intervals.rules import RULES, unchanged
from congto.vocabulary.frames.intervals import DAY_FINDINGS

if TYPE_CHECKING:
    from congto.engines.intervals.block import DayBlock
    from congto.engines.intervals.checked import Checked


def day_findings(block: DayBlock, checked: Checked) -> pl.DataFrame:
    """Return the findings of a block: frame DAY_FINDINGS, in the order the rules spoke.

    A day that brings nothing new (V-02) is counted by `checked.dropped`, not told.
    """
    found = [DAY_FINDINGS.empty()]
    for rule, action, hits in checked.found:
        if rule == unchanged.RULE:
            continue
        rows = {
            "rule": rule,
            "action": action.value,
            "usage_point": block.points[hits.rows],
            "channel": block.channel.value,
            "local_day": block.day,
            "first": hits.first,
            "last": hits.last,
            "observed": hits.observed,
            "expected": hits.expected,
        }
        found.append(pl.DataFrame(rows, schema_overrides=DAY_FINDINGS.columns))
    return DAY_FINDINGS.check(pl.concat(found))


def explain(findings: pl.DataFrame) -> pl.DataFrame:
    """Add `text` to findings: one sentence each, in Vietnamese.

    Columns read: those of DAY_FINDINGS and `subject`, the code of the usage point. The rows keep
    their order.
    """
    parts = [
        rows.with_columns(text=RULES[str(rule)].explain())
        for (rule,), rows in findings.with_row_index("place").group_by("rule")
    ]
    if not parts:
        return findings.with_columns(text=pl.lit("", dtype=pl.String))
    return pl.concat(parts).sort("place").drop("place")
