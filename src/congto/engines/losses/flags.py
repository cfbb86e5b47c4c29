"""Rules on balances: what a loss engineer looks at first."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from congto.vocabulary.findings import Severity
from congto.vocabulary.frames.losses import BALANCES, ELEMENTS, LOSS_FLAGS, RECEIVED

BULK = "bulk_station"


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of the rules.

    Attributes:
        coverage_percent: customers measured below which a balance says little (meterdata c.6).
        high_loss_percent: loss above which a transformer is looked at (practice 4: units list
            stations above 10 %; only recalled).
        rounding_wh: what rounding one agreement's usage to whole kWh can add (half a kWh).
    """

    coverage_percent: int = 95
    high_loss_percent: int = 10
    rounding_wh: int = 500


DEFAULTS = Limits()


def flags(
    elements: pl.DataFrame,
    received: pl.DataFrame,
    balanced: pl.DataFrame,
    limits: Limits = DEFAULTS,
) -> pl.DataFrame:
    """Apply the rules: ELEMENTS, RECEIVED and BALANCES in, LOSS_FLAGS out.

    LOS-001 an element without a reading of what it received; LOS-002 a bulk station without one, so
    that the element above cannot be balanced; LOS-003 more left than came in; LOS-004 too few
    customers measured; LOS-005 a transformer that loses much although its customers are measured.
    """
    tree = ELEMENTS.check(elements)
    silent = tree.join(RECEIVED.check(received), on="element", how="anti")
    rows = BALANCES.check(balanced).join(tree.select("element", "subject", "kind"), on="element")
    bulk = pl.col("kind") == BULK
    lost, points, measured = pl.col("loss_wh"), pl.col("points"), pl.col("points_measured")
    covered = measured * 100 >= points * limits.coverage_percent
    high = lost * 100 > pl.col("received_wh") * limits.high_loss_percent
    negative = lost + limits.rounding_wh * measured < 0
    return pl.concat(
        [
            _flag("LOS-001", Severity.WARNING, silent.filter(~bulk)),
            _flag("LOS-002", Severity.WARNING, silent.filter(bulk)),
            _flag("LOS-003", Severity.WARNING, rows.filter(negative)),
            _flag("LOS-004", Severity.INFO, rows.filter(~covered)),
            _flag(
                "LOS-005",
                Severity.WARNING,
                rows.filter(pl.col("level") == "transformer", covered, high),
            ),
        ]
    )


def _flag(rule: str, severity: Severity, rows: pl.DataFrame) -> pl.DataFrame:
    """Give rows the shape of LOSS_FLAGS; figures that do not exist are null."""
    given = rows.with_columns(
        rule=pl.lit(rule, dtype=pl.String), severity=pl.lit(severity.value, dtype=pl.String)
    )
    return given.select(
        pl.col(name) if name in given.columns else pl.lit(None, dtype=dtype).alias(name)
        for name, dtype in LOSS_FLAGS.columns.items()
    )
