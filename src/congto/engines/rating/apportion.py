"""Mixed purposes in a frame: one row per account in, one per purpose out (law: see segments)."""

from __future__ import annotations

import polars as pl

from congto.engines.rating.segments import WHOLE_BP
from congto.vocabulary.groups import CustomerGroup

STEP_WH = 1000
"""Parts are whole kWh; the last purpose takes the rest."""

QUANTITIES = ("energy_wh", "normal_wh", "peak_wh", "off_peak_wh")


def apportion(accounts: pl.DataFrame, purposes: pl.DataFrame) -> pl.DataFrame:
    """Split accounts of mixed use among their purposes.

    The whole energy of a meter with one register, each band of a three-rate meter. The kvarh stay
    with the first purpose. A residential purpose has no time bands: it is billed by its total.

    Args:
        accounts: one row per account: the columns of RATING_INPUT and assignment_id.
        purposes: one row per assignment and purpose: assignment_id, segment, group, subgroup,
            voltage, household_quarters, share_bp (hundredths of a percent) or fixed_kwh; the last
            purpose of an assignment takes the remainder whatever it names.

    Returns:
        One row per account and purpose, with the columns of `accounts`.
    """
    own = ("segment", "group", "subgroup", "voltage", "household_quarters")
    rows = (
        accounts.drop(own)
        .join(purposes, on="assignment_id", how="inner", maintain_order="left")
        .sort("account_id", "segment", maintain_order=True)
    )
    last = pl.col("segment") == pl.col("segment").max().over("account_id")
    rows = rows.with_columns(last=last)
    by_bands = pl.col("time_of_use")
    parts = {name: _part(name) for name in QUANTITIES}
    split = rows.with_columns(**parts)
    bands = pl.sum_horizontal(QUANTITIES[1:])
    residential = pl.col("group") == CustomerGroup.RESIDENTIAL.value
    split = split.with_columns(
        energy_wh=pl.when(by_bands).then(bands).otherwise("energy_wh"),
        reactive_varh=pl.when(pl.col("segment") == pl.col("segment").min().over("account_id"))
        .then("reactive_varh")
        .otherwise(0),
        time_of_use=by_bands & ~residential,
    )
    return split.select(accounts.columns)


def _part(name: str) -> pl.Expr:
    """Return each purpose's part of a quantity: cut by what is left, the last one the remainder."""
    quantity, whole = pl.col(name), pl.col("energy_wh")
    unit = pl.lit(STEP_WH, dtype=pl.Int64())
    shared = _half_up(quantity * pl.col("share_bp").cast(pl.Int64()), WHOLE_BP * unit)
    fixed = pl.col("fixed_kwh").cast(pl.Int64()) * STEP_WH
    product = fixed.cast(pl.Int128()) * quantity
    by_kwh = pl.when(whole > 0).then(_half_up(product, whole * unit)).otherwise(0).cast(pl.Int64())
    wanted = pl.when(pl.col("last")).then(0).otherwise(pl.coalesce(shared, by_kwh, 0))
    upto = pl.min_horizontal(wanted.cum_sum().over("account_id"), quantity)
    before = upto.shift(1, fill_value=0).over("account_id")
    return pl.when(pl.col("last")).then(quantity - before).otherwise(upto - before)


def _half_up(numerator: pl.Expr, unit: pl.Expr) -> pl.Expr:
    """Round numerator / unit half up to whole steps, in Wh."""
    return (2 * numerator + unit) // (2 * unit) * STEP_WH
