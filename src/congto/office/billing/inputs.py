"""What is left to bill in some reading books: usage, the prices in force, and the past.

No models here: workers of a run import it before Django has loaded its apps.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from congto.engines.rating.apportion import apportion
from congto.office.billing.choices import BillKind, BillState
from congto.vocabulary.frames.rating import HOUSEHOLD_CHANGES, RATING_INPUT

if TYPE_CHECKING:
    from congto.office.billing.orders import RunOrder
    from congto.office.storage.bulk import Bulk

PERIODS_KEPT = 13
"""Periods that the gates compare with: a year, and the same month of last year."""

MOST_DAY_WH = 2**31 - 1
"""What the kept Wh a day can hold; 2.1 GWh a day is more than any one customer draws."""

# One row per usage and price assignment that touches it, for usages that end inside the run's
# period and that no bill carries yet; beside it the bill before, which knows the periods before it.
USAGE = f"""
SELECT u.agreement_id, u.reading_book_id, u.period_from, u.period_to, u.version,
    u.energy_wh, u.normal_wh, u.peak_wh, u.off_peak_wh, u.reactive_varh, u.quality, u.flags,
    p.id AS assignment_id, p.valid_from, p.valid_to, p."group", p.subgroup, p.voltage,
    p.time_of_use, p.peak_for_all, p.household_quarters, p.registered_kw::bigint AS registered_kw,
    a.valid_from AS agreement_from, a.valid_to AS agreement_to, a.purpose,
    b.past_day_wh, b.energy_wh AS last_wh, b.period_from AS last_from, b.period_to AS last_to
FROM meterdata_usage u
JOIN customers_agreement a ON a.id = u.agreement_id
LEFT JOIN customers_priceassignment p ON p.agreement_id = u.agreement_id
    AND p.valid_from < u.period_to AND (p.valid_to IS NULL OR p.valid_to > u.period_from)
LEFT JOIN LATERAL (
    SELECT o.past_day_wh, o.energy_wh, o.period_from, o.period_to FROM billing_bill o
    WHERE o.agreement_id = u.agreement_id AND o.period_from < u.period_from
        AND o.state BETWEEN {BillState.HELD.value} AND {BillState.PENDING_CANCEL.value}
        AND o.kind <> {BillKind.ADJUSTMENT.value}
    ORDER BY o.period_from DESC, o.version DESC LIMIT 1
) b ON true
WHERE u.reading_book_id = ANY($1) AND u.period_to > $2 AND u.period_to <= $3
    AND NOT EXISTS (SELECT FROM billing_bill b
        WHERE b.agreement_id = u.agreement_id AND b.period_from = u.period_from
            AND b.state >= {BillState.HELD.value})
"""  # noqa: S608  (constants of this file, no input)


def usage_left(books: Bulk, order: RunOrder, partitions: pl.DataFrame) -> pl.DataFrame:
    """Read what is left to bill: the latest version of each usage, with prices, unit and past.

    One row per usage and price assignment that touches it; in the order of unit and agreement.
    """
    rows = books.read(
        USAGE, (partitions["reading_book_id"].to_list(), order.period_from, order.period_to)
    )
    latest = pl.col("version") == pl.col("version").max().over("agreement_id", "period_from")
    return (
        rows.filter(latest)
        .join(partitions, on="reading_book_id", how="left")
        .with_columns(
            past_day_wh=past_day_wh(),
            reading_date="period_to",
            segment=pl.lit(1, dtype=pl.Int16()),
            cycle_from="period_from",
        )
        .sort("unit_id", "agreement_id", "period_from")
    )


def past_day_wh() -> pl.Expr:
    """Put the last bill's Wh a day before those that it knew itself; the newest 13 are kept."""
    days = (pl.col("last_to") - pl.col("last_from")).dt.total_days()
    last = pl.min_horizontal(pl.col("last_wh") // days, MOST_DAY_WH).cast(pl.Int32())
    empty = pl.lit([], dtype=pl.List(pl.Int32()))
    known = pl.concat_list(last, pl.col("past_day_wh")).list.head(PERIODS_KEPT)
    return pl.when(pl.col("last_wh").is_null()).then(empty).otherwise(known)


PURPOSES = """
SELECT assignment_id, segment, "group", subgroup, voltage, household_quarters, share_bp, fixed_kwh
FROM customers_pricesegment WHERE assignment_id = ANY({})
"""


def purposes(books: Bulk, ready: pl.DataFrame) -> pl.DataFrame:
    """Read the purposes of the price assignments of mixed use; few have any."""
    return books.read(PURPOSES.format("$1"), (ready["assignment_id"].to_list(),))


def by_purpose(ready: pl.DataFrame, purposes: pl.DataFrame) -> pl.DataFrame:
    """Return RATING_INPUT: one row per account, or per purpose where use is mixed."""
    columns = list(RATING_INPUT.columns)
    if purposes.is_empty():
        return RATING_INPUT.check(ready.select(columns))
    mixed = pl.col("assignment_id").is_in(purposes["assignment_id"].unique().implode())
    split = apportion(ready.filter(mixed), purposes)
    both = pl.concat([ready.filter(~mixed).select(columns), split.select(columns)])
    return RATING_INPUT.check(both.sort("account_id", "segment", maintain_order=True))


def of_accounts(changes: pl.DataFrame, ready: pl.DataFrame) -> pl.DataFrame:
    """Return HOUSEHOLD_CHANGES of the accounts whose usages have changes, all of one purpose."""
    owners = ready.select("account_id", "segment", "agreement_id", "period_from")
    return HOUSEHOLD_CHANGES.check(changes.join(owners, on=["agreement_id", "period_from"]))
