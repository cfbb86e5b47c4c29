"""RDG-008: a day's use far above or below that of the three months before, asked at entry."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from congto.engines.readings.advance import metered
from congto.engines.readings.wording import findings, kwh
from congto.vocabulary.findings import Severity

if TYPE_CHECKING:
    from congto.engines.readings.limits import Limits

RULE = "RDG-008"
KEY = ["usage_point", "meter"]


def check(advanced: pl.DataFrame, past: pl.DataFrame, limits: Limits) -> pl.DataFrame:
    """Find use a day over 200 % or under 50 % of the mean day of up to three months (V-13).

    Readers' devices of EVN ask again above 200 % (practice 2.2, single source). Every comparison
    is a product of whole numbers: energy x days of the past against past energy x days. A point
    without a past month is not judged, nor a difference below `past_floor_wh`; no use at all is
    RDG-006.

    Args:
        advanced: frame REGISTER_ADVANCES.
        past: frame PAST_MONTHS.
        limits: the limits.
    """
    months = past.group_by(KEY).agg(
        past_wh=pl.col("energy_wh").sum(), past_days=pl.col("days").sum()
    )
    days = (pl.col("period_to") - pl.col("period_from")).dt.total_days()
    rows = (
        metered(advanced)
        .join(months, on=KEY)
        .with_columns(
            days=days,
            usual_wh=pl.col("past_wh") * days // pl.col("past_days"),
        )
    )
    energy, usual = pl.col("energy_wh"), pl.col("usual_wh")
    here, before = energy * pl.col("past_days") * 100, pl.col("past_wh") * pl.col("days")
    over = here > before * limits.past_over_percent
    under = (here < before * limits.past_under_percent) & (energy > 0)
    apart = (energy - usual).abs() >= limits.past_floor_wh
    word = pl.when(over).then(pl.lit("cao hơn nhiều")).otherwise(pl.lit("thấp hơn nhiều"))
    return findings(
        rows.filter((over | under) & apart),
        rule=RULE,
        severity=Severity.WARNING,
        observed=kwh(energy),
        expected=pl.format("khoảng {} theo các tháng trước", kwh(usual)),
        text=pl.format(
            "Điểm đo {}: sản lượng {} {} so với khoảng {} theo mức dùng các tháng trước."
            " Cần đọc lại mặt số và hệ số nhân.",
            "subject",
            kwh(energy),
            word,
            kwh(usual),
        ),
    )
