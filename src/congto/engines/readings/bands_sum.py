"""RDG-005: the three bands of a meter do not add up to its total register."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from congto.engines.readings.advance import BANDS
from congto.engines.readings.tolerance import bands_tolerance_wh, step_wh
from congto.engines.readings.wording import findings, kwh
from congto.vocabulary.findings import Severity
from congto.vocabulary.groups import Register

if TYPE_CHECKING:
    from congto.engines.readings.limits import Limits

RULE = "RDG-005"


def check(advanced: pl.DataFrame, limits: Limits) -> pl.DataFrame:
    """Compare the bands with the total where a three-rate meter reports both (V-11)."""
    del limits  # the tolerance follows from the dial
    register, energy = pl.col("register"), pl.col("energy_wh")
    key = ["usage_point", "subject", "meter", "period_from", "period_to"]
    sums = (
        advanced.filter("three_rate", energy.is_not_null())
        .group_by(key, maintain_order=True)
        .agg(
            pl.col("decimals", "multiplier").first(),
            bands=register.is_in(BANDS).sum(),
            bands_wh=energy.filter(register.is_in(BANDS)).sum(),
            total_wh=energy.filter(register == Register.TOTAL.value).first(),
        )
    )
    apart = (pl.col("total_wh") - pl.col("bands_wh")).abs()
    rows = sums.filter(pl.col("bands") == len(BANDS), apart > bands_tolerance_wh(step_wh()))
    total, bands = kwh(pl.col("total_wh")), kwh(pl.col("bands_wh"))
    return findings(
        rows,
        rule=RULE,
        severity=Severity.WARNING,
        observed=pl.format("tổng ba giờ {}", bands),
        expected=pl.format("bộ tổng {}", total),
        text=pl.format(
            "Điểm đo {}: ba bộ chỉ số theo giờ cộng lại {}, bộ tổng {}."
            " Cần kiểm tra công tơ ba giá.",
            "subject",
            bands,
            total,
        ),
    )
