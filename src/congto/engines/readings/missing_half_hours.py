"""RDG-010: half-hours of a remotely read point are missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from congto.engines.readings.wording import findings, grouped
from congto.vocabulary.findings import Severity

if TYPE_CHECKING:
    from congto.engines.readings.limits import Limits

RULE = "RDG-010"


def check(sums: pl.DataFrame, advanced: pl.DataFrame, limits: Limits) -> pl.DataFrame:
    """Count the half-hours that did not come (V-04); frame INTERVAL_SUMS."""
    del advanced, limits  # counting needs neither
    missing = grouped(pl.col("expected") - pl.col("present"))
    expected = grouped(pl.col("expected"))
    return findings(
        sums.filter(pl.col("present") < pl.col("expected")),
        rule=RULE,
        severity=Severity.WARNING,
        observed=pl.format("thiếu {}", missing),
        expected=pl.format("đủ {} giá trị", expected),
        text=pl.format(
            "Điểm đo {}: thiếu {} trong {} giá trị nửa giờ. Cần thu thập lại từ công tơ đo xa.",
            "subject",
            missing,
            expected,
        ),
    )
