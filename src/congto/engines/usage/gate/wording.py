"""What the gate finds as FINDINGS: one shape for every rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from congto.vocabulary.frames.readings import FINDINGS
from congto.vocabulary.wording import grouped

if TYPE_CHECKING:
    from congto.vocabulary.findings import Severity

Words = str | pl.Expr


def found(  # noqa: PLR0913  (rule, severity and the three words of a finding)
    rows: pl.DataFrame,
    *,
    rule: str,
    severity: Severity,
    observed: Words,
    expected: Words,
    text: Words,
) -> pl.DataFrame:
    """Turn the points that break a rule into FINDINGS."""
    words = {"observed": observed, "expected": expected, "text": text}
    return rows.select(
        "subject",
        "period_from",
        "period_to",
        rule=pl.lit(rule),
        severity=pl.lit(severity.value),
        **{name: pl.lit(one) if isinstance(one, str) else one for name, one in words.items()},
    ).select(list(FINDINGS.columns))


def count(name: str) -> pl.Expr:
    """Write how many half-hours: "1.488 nửa giờ"."""
    return pl.format("{} nửa giờ", grouped(pl.col(name)))
