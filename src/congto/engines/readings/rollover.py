"""RDG-003: the dial passed its last number; the energy is known and used."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from congto.engines.readings.wording import findings, kwh, register_name, register_unit
from congto.vocabulary.findings import Severity

if TYPE_CHECKING:
    from congto.engines.readings.limits import Limits

RULE = "RDG-003"


def check(advanced: pl.DataFrame, limits: Limits) -> pl.DataFrame:
    """Tell of rollovers (tariffs 4.4: 10^digits - old + new)."""
    del limits  # the test is part of the advance
    old, new, energy = (
        kwh(pl.col(name), register_unit()) for name in ("opening_wh", "closing_wh", "energy_wh")
    )
    return findings(
        advanced.filter("rollover"),
        rule=RULE,
        severity=Severity.INFO,
        observed=pl.format("bộ {}: {} -> {}", register_name(), old, new),
        expected=pl.format("quay vòng mặt số {} chữ số, sản lượng {}", "dial_digits", energy),
        text=pl.format(
            "Điểm đo {}: mặt số quay vòng, bộ {}, từ {} đến {}; sản lượng tính được là {}.",
            "subject",
            register_name(),
            old,
            new,
            energy,
        ),
    )
