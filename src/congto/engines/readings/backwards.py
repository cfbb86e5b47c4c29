"""RDG-002: a register stands lower than before and did not roll over."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from congto.engines.readings.wording import findings, kwh, register_name, register_unit
from congto.vocabulary.findings import Severity

if TYPE_CHECKING:
    from congto.engines.readings.limits import Limits

RULE = "RDG-002"


def check(advanced: pl.DataFrame, limits: Limits) -> pl.DataFrame:
    """Find steps backwards (V-07, V-25)."""
    del limits  # the rollover test is part of the advance
    rows = advanced.filter(pl.col("closing_wh") < pl.col("opening_wh"), ~pl.col("rollover"))
    old, new = (kwh(pl.col(name), register_unit()) for name in ("opening_wh", "closing_wh"))
    return findings(
        rows,
        rule=RULE,
        severity=Severity.REJECT,
        observed=pl.format("bộ {}: {}", register_name(), new),
        expected=pl.format("không nhỏ hơn {}", old),
        text=pl.format(
            "Điểm đo {}: chỉ số mới {} nhỏ hơn chỉ số cũ {}, bộ {}, không phải quay vòng."
            " Cần kiểm tra và ghi lại.",
            "subject",
            new,
            old,
            register_name(),
        ),
    )
