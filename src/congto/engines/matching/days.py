"""A day's collections of each partner against the bank's credits for that day."""

from __future__ import annotations

import polars as pl

from congto.vocabulary.frames import Frame

COLLECTED = Frame(
    "collected",
    "one row per partner and local day on which it collected",
    {
        "partner_id": pl.Int64(),
        "day": pl.Date(),
        "collected_count": pl.Int64(),
        "collected_vnd": pl.Int64(),
    },
)

CREDITED = Frame(
    "credited",
    "one row per partner and local day of collection that bank credits name",
    {"partner_id": pl.Int64(), "day": pl.Date(), "credited_vnd": pl.Int64()},
)

SETTLED = Frame(
    "settled",
    "one row per partner and local day with a collection or a credit",
    {
        "partner_id": pl.Int64(),
        "day": pl.Date(),
        "collected_count": pl.Int64(),
        "collected_vnd": pl.Int64(),
        "credited_vnd": pl.Int64(),
        "difference_vnd": pl.Int64(),  # collected less credited: positive is still to come
        "rule": pl.String(),  # null where the day closes
    },
)

SHORT, OVER, NO_CREDIT = "STL-001", "STL-002", "STL-003"


def settle_days(collected: pl.DataFrame, credited: pl.DataFrame) -> pl.DataFrame:
    """Settle every partner and day: it closes when collected = credited, to the đồng.

    | Rule | Difference (classes of the daily reconciliation) |
    |---|---|
    | STL-001 | S1 SHORT: the bank credited less than was collected |
    | STL-002 | S2 OVER: the bank credited more, or for a day without collections |
    | STL-003 | S3 NO_CREDIT: no credit names the day |

    Nothing is netted between days or partners: 5 short on Monday and 5 over on Tuesday are two
    differences, which a person explains.
    """
    key = ["partner_id", "day"]
    both = COLLECTED.check(collected).join(
        CREDITED.check(credited), on=key, how="full", coalesce=True
    )
    amounts = both.with_columns(
        pl.col("credited_vnd").is_null().alias("without_credit"),
        pl.col("collected_count", "collected_vnd", "credited_vnd").fill_null(0),
    ).with_columns(difference_vnd=pl.col("collected_vnd") - pl.col("credited_vnd"))
    difference = pl.col("difference_vnd")
    rule = (
        pl.when((difference > 0) & pl.col("without_credit"))
        .then(pl.lit(NO_CREDIT))
        .when(difference > 0)
        .then(pl.lit(SHORT))
        .when(difference < 0)
        .then(pl.lit(OVER))
    )
    return SETTLED.check(amounts.with_columns(rule=rule).sort("day", "partner_id"))
