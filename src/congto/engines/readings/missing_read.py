"""RDG-001: a register was not read at the start or the end of the period."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from congto.engines.readings.wording import day, findings, register_name
from congto.vocabulary.findings import Severity

if TYPE_CHECKING:
    from congto.engines.readings.limits import Limits

RULE = "RDG-001"


def check(advanced: pl.DataFrame, limits: Limits) -> pl.DataFrame:
    """Find registers without opening or closing read (the missing check of every standard)."""
    del limits  # a read is there or not
    no_opening, no_closing = pl.col("opening_wh").is_null(), pl.col("closing_wh").is_null()
    rows = advanced.filter(no_opening | no_closing)
    which = (
        pl.when(no_opening & no_closing)
        .then(pl.format("đầu kỳ ({}) và cuối kỳ ({})", day("period_from"), day("period_to")))
        .when(no_opening)
        .then(pl.format("đầu kỳ ({})", day("period_from")))
        .otherwise(pl.format("cuối kỳ ({})", day("period_to")))
    )
    return findings(
        rows,
        rule=RULE,
        severity=Severity.REJECT,
        observed=pl.format("bộ {}: không có chỉ số {}", register_name(), which),
        expected="chỉ số đầu kỳ và cuối kỳ",
        text=pl.format(
            "Điểm đo {}: thiếu chỉ số {}, bộ {}. Chưa tính được sản lượng; cần ghi bổ sung chỉ số.",
            "subject",
            which,
            register_name(),
        ),
    )
