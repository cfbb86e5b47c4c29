"""RDG-004: more energy than the connection can carry."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from congto.engines.readings.advance import metered
from congto.engines.readings.wording import findings, kwh
from congto.vocabulary.findings import Severity

if TYPE_CHECKING:
    from congto.engines.readings.limits import Limits

RULE = "RDG-004"
WH_PER_KW_DAY = 24_000


def check(advanced: pl.DataFrame, limits: Limits) -> pl.DataFrame:
    """Find energy above what registered power, or else the households' meters, allow (V-08).

    The value waits for a person, as the two steps that EVN put before billing in June 2020 do
    (practice 2.2): a finding of this rule that somebody closed no longer holds the usage back.
    """
    days = (pl.col("period_to") - pl.col("period_from")).dt.total_days()
    by_power = pl.col("limit_kw") * days * WH_PER_KW_DAY * limits.over_registered_percent // 100
    by_households = pl.col("households") * days * limits.household_wh_per_day
    most = (
        pl.when(pl.col("limit_kw") > 0)
        .then(by_power)
        .when(pl.col("households") > 0)
        .then(by_households)
    )
    rows = metered(advanced).with_columns(most_wh=most)
    energy, ceiling = kwh(pl.col("energy_wh")), kwh(pl.col("most_wh"))
    return findings(
        rows.filter(pl.col("energy_wh") > pl.col("most_wh")),
        rule=RULE,
        severity=Severity.REJECT,
        observed=energy,
        expected=pl.format("không quá {}", ceiling),
        text=pl.format(
            "Điểm đo {}: sản lượng {} vượt mức có thể {} của công suất đăng ký hoặc công tơ."
            " Cần phúc tra chỉ số trước khi tính tiền.",
            "subject",
            energy,
            ceiling,
        ),
    )
