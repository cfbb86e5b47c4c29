"""A generated population of the real mix of customers, for benchmarks.

- 90 % households: lognormal use with a median of 150 kWh a month; 6 % of them with 2 to 6 quotas,
  2 % tenants with one to three quarters of a quota;
- 5 % business by voltage, median 500 kWh, 3 in 10 with three rates;
- 3 % production by voltage, median 3,000 kWh, 6 in 10 with three rates, half with 40 kW or more
  and kvarh up to 1.2 of the kWh;
- 2 % administrative, median 600 kWh, of both subgroups.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from congto.vocabulary.frames.rating import HOUSEHOLD_CHANGES, RATING_INPUT

if TYPE_CHECKING:
    from datetime import date

PRODUCTION_VOLTAGES = (">=110kV", "22-<110kV", "6-<22kV", "<6kV")
BUSINESS_VOLTAGES = (">=22kV", "6-<22kV", "<6kV", "<6kV")
ADMINISTRATIVE = ("hospital_kindergarten_school", "public_lighting_admin_office")


def population(
    customers: int, seed: int, month: tuple[date, date], first_account: int = 1
) -> pl.DataFrame:
    """Return RATING_INPUT of so many accounts, all read on the first day after the month."""

    def draw(stream: int) -> pl.Expr:
        """Return evenly spread numbers in [0, 1): the row number, hashed with a seed of its own."""
        bits = pl.int_range(pl.len(), dtype=pl.UInt64()).hash(seed=1_000 * seed + stream)
        return (bits // 2**11).cast(pl.Float64()) / 2.0**53

    # Box and Muller: two even draws make a normal one.
    normal = (-2 * (1 - draw(1)).log()).sqrt() * (2 * 3.141592653589793 * draw(2)).cos()
    kind = (
        pl.when(draw(3) < 0.90)
        .then(pl.lit("residential"))
        .when(draw(3) < 0.95)
        .then(pl.lit("business"))
        .when(draw(3) < 0.98)
        .then(pl.lit("production"))
        .otherwise(pl.lit("administrative"))
    )
    drawn = pl.select(account_id=pl.int_range(first_account, first_account + customers)).select(
        "account_id", group=kind, normal=normal, share=draw(4), place=draw(5), size=draw(6)
    )
    ordinary = {"segment": pl.lit(1, dtype=pl.Int16()), "peak_for_all": pl.lit(value=False)}
    filled = _with_quantities(_with_contract(drawn)).with_columns(_dates(month), **ordinary)
    return RATING_INPUT.check(filled)


def _dates(month: tuple[date, date]) -> list[pl.Expr]:
    start, end = month
    names = {"cycle_from": start, "period_from": start, "period_to": end, "reading_date": end}
    return [pl.lit(day, dtype=pl.Date()).alias(name) for name, day in names.items()]


def _with_contract(drawn: pl.DataFrame) -> pl.DataFrame:
    """Add subgroup, voltage, three rates, quotas and registered kW."""
    group, place = pl.col("group"), pl.col("place")
    return drawn.with_columns(
        subgroup=pl.when(group == "administrative").then(_pick(ADMINISTRATIVE, place)),
        voltage=pl.when(group == "production")
        .then(_pick(PRODUCTION_VOLTAGES, place))
        .when(group == "business")
        .then(_pick(BUSINESS_VOLTAGES, place))
        .when(group == "administrative")
        .then(pl.lit("<6kV")),
        time_of_use=((group == "business") & (pl.col("share") < 0.3))
        | ((group == "production") & (pl.col("share") < 0.6)),
        household_quarters=pl.when((group != "residential") | (pl.col("share") < 0.92))
        .then(4)
        .when(pl.col("share") < 0.98)
        .then(4 * (2 + (place * 5).floor()))
        .otherwise(1 + (place * 3).floor())
        .cast(pl.Int32()),
        registered_kw=pl.when((group == "production") & (pl.col("share") < 0.5))
        .then(40 + (pl.col("size") * 400).floor())
        .otherwise(0)
        .cast(pl.Int64()),
    )


def _pick(words: tuple[str, ...], place: pl.Expr) -> pl.Expr:
    return pl.lit(pl.Series(words)).gather((place * len(words)).floor().cast(pl.UInt32()))


def _with_quantities(customers: pl.DataFrame) -> pl.DataFrame:
    """Add whole kWh in Wh, total and by band, and kvarh between none and 1.2 of the kWh."""
    group = pl.col("group")
    median = group.replace_strict(
        {"residential": 150, "business": 500, "production": 3_000, "administrative": 600},
        return_dtype=pl.Float64(),
    )
    kwh = (median * (0.7 * pl.col("normal")).exp()).round().cast(pl.Int64())
    three_rates = pl.col("time_of_use")
    peak = (pl.col("kwh") * 20 // 100).cast(pl.Int64())
    off_peak = (pl.col("kwh") * 25 // 100).cast(pl.Int64())
    kvarh = (pl.col("kwh") * pl.col("size") * 1.2).floor().cast(pl.Int64())
    return customers.with_columns(kwh=kwh).with_columns(
        energy_wh=pl.col("kwh") * 1000,
        normal_wh=pl.when(three_rates).then(pl.col("kwh") - peak - off_peak).otherwise(0) * 1000,
        peak_wh=pl.when(three_rates).then(peak).otherwise(0) * 1000,
        off_peak_wh=pl.when(three_rates).then(off_peak).otherwise(0) * 1000,
        reactive_varh=pl.when(pl.col("registered_kw") > 0).then(kvarh).otherwise(0) * 1000,
    )


SHARE_BP = 7_000
"""What the shop in front gets of a meter of mixed use; the household behind has the rest."""


def with_every_rule(accounts: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Give one in a hundred of those who can: mixed use, another quota, a refused meter.

    Args:
        accounts: RATING_INPUT of ordinary accounts.

    Returns:
        RATING_INPUT, in which shops (account divisible by 100) have a second row for the household
        behind; and HOUSEHOLD_CHANGES, two households from the 16th day on.
    """
    turn = pl.col("account_id") % 100
    alone = (pl.col("group") == "business") & ~pl.col("time_of_use")
    front = (pl.col("energy_wh") // 1000 * SHARE_BP // 10_000) * 1000
    mixed = alone & (turn == 0)
    behind = accounts.filter(mixed).with_columns(
        energy_wh=pl.col("energy_wh") - front,
        segment=pl.lit(2, dtype=pl.Int16()),
        group=pl.lit("residential"),
        voltage=pl.lit(None, dtype=pl.String()),
    )
    shops = accounts.with_columns(
        energy_wh=pl.when(mixed).then(front).otherwise("energy_wh"),
        peak_for_all=alone & (turn == 2),
    )
    every = pl.concat([shops, behind]).sort("account_id", "segment") if behind.height else shops
    changes = accounts.filter((pl.col("group") == "residential") & (turn == 1)).select(
        "account_id",
        "segment",
        valid_from=pl.col("period_from").dt.offset_by("15d"),
        household_quarters=pl.lit(8, dtype=pl.Int32()),
    )
    return RATING_INPUT.check(every), HOUSEHOLD_CHANGES.check(changes)
