"""RDG-007: an agreement pays three prices and its meter does not measure the bands."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from congto.engines.readings.wording import findings
from congto.vocabulary.findings import Severity

if TYPE_CHECKING:
    from congto.engines.readings.limits import Limits

RULE = "RDG-007"


def check(advanced: pl.DataFrame, limits: Limits) -> pl.DataFrame:
    """Find one-rate meters under three prices: the split is never guessed (tariffs 4.1)."""
    del limits  # a meter has bands or not
    return findings(
        advanced.filter("time_of_use", ~pl.col("three_rate")),
        rule=RULE,
        severity=Severity.REJECT,
        observed="công tơ một giá",
        expected="công tơ ba giá",
        text=pl.format(
            "Điểm đo {}: hợp đồng tính ba giá nhưng công tơ không ghi theo giờ."
            " Cần thay công tơ hoặc sửa giá áp.",
            "subject",
        ),
    )
