"""RDG-006: an active usage point used nothing in the period."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from congto.engines.readings.advance import metered
from congto.engines.readings.wording import findings
from congto.vocabulary.findings import Severity

if TYPE_CHECKING:
    from congto.engines.readings.limits import Limits

RULE = "RDG-006"


def check(advanced: pl.DataFrame, limits: Limits) -> pl.DataFrame:
    """Tell of points without use (V-15; California's zero consumption for active meters)."""
    del limits  # nothing is nothing
    return findings(
        metered(advanced).filter(pl.col("energy_wh") == 0),
        rule=RULE,
        severity=Severity.INFO,
        observed="0 kWh",
        expected="có sử dụng điện",
        text=pl.format(
            "Điểm đo {}: cả kỳ không sử dụng điện."
            " Cần kiểm tra khách hàng còn dùng điện hay công tơ không chạy.",
            "subject",
        ),
    )
