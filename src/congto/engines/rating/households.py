"""Household counts that change inside a period: quarter days (see scalar.quarter_days for the law).

Accounts with the same changes share a schedule, so that they can share a rate card too.
"""

from __future__ import annotations

import polars as pl

SPANS = {
    "schedule": pl.Int32(),
    "span_from": pl.Date(),
    "span_to": pl.Date(),  # null: open
    "quarters": pl.Int64(),
    "first": pl.Boolean(),  # the span before the first change: the row's own count
}
"""One row per schedule and span of days with one household count."""

NO_SPANS = pl.DataFrame(schema=SPANS)


def with_schedule(
    usage: pl.DataFrame, changes: pl.DataFrame | None
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return RATING_INPUT with the column `schedule` (null: no change), and the SPANS.

    Args:
        usage: RATING_INPUT.
        changes: HOUSEHOLD_CHANGES, or None.
    """
    if changes is None or changes.is_empty():
        return usage.with_columns(schedule=pl.lit(None, dtype=pl.Int32())), NO_SPANS
    lists = (
        changes.sort("valid_from")
        .group_by("account_id", "segment", maintain_order=True)
        .agg(pl.col("valid_from"), pl.col("household_quarters").cast(pl.Int64()).alias("quarters"))
    )
    words = [
        pl.col(name).cast(pl.List(pl.String())).list.join(",")
        for name in ("valid_from", "quarters")
    ]
    lists = lists.with_columns(key=pl.concat_str(words, separator="|"))
    kinds = lists.unique("key", maintain_order=True).select("key", "valid_from", "quarters")
    kinds = kinds.with_row_index("schedule").cast({"schedule": pl.Int32()})
    known = lists.join(kinds.select("key", "schedule"), on="key", how="left")
    marked = usage.join(
        known.select("account_id", "segment", "schedule"),
        on=["account_id", "segment"],
        how="left",
        maintain_order="left",
    )
    return marked, _spans(kinds)


def _spans(kinds: pl.DataFrame) -> pl.DataFrame:
    changed = kinds.explode("valid_from", "quarters").select(
        "schedule",
        span_from="valid_from",
        span_to=pl.col("valid_from").shift(-1).over("schedule"),
        quarters="quarters",
        first=pl.lit(value=False),
    )
    before = kinds.select(
        "schedule",
        span_from=pl.lit(None, dtype=pl.Date()),
        span_to=pl.col("valid_from").list.first(),
        quarters=pl.lit(None, dtype=pl.Int64()),
        first=pl.lit(value=True),
    )
    return pl.concat([before, changed]).select(list(SPANS))


def with_quarter_days(parts: pl.DataFrame, spans: pl.DataFrame) -> pl.DataFrame:
    """Add `quarter_days` to the parts of cards (part_from, part_to, part_days, schedule)."""
    own = pl.col("household_quarters").cast(pl.Int64())
    plain = parts.with_columns(quarter_days=pl.col("part_days") * own)
    if spans.is_empty():
        return plain
    start = pl.max_horizontal("part_from", "span_from")
    end = pl.min_horizontal("part_to", "span_to")
    days = pl.max_horizontal((end - start).dt.total_days(), 0)
    quarters = pl.when("first").then(own).otherwise("quarters")
    sums = (
        parts.join(spans, on="schedule", how="inner")
        .group_by("card", "part_from")
        .agg((days * quarters).sum().alias("__days"))
    )
    return (
        plain.join(sums, on=["card", "part_from"], how="left", maintain_order="left")
        .with_columns(quarter_days=pl.col("__days").fill_null(pl.col("quarter_days")))
        .drop("__days")
    )


def out_of_range(spans: pl.DataFrame, most: int) -> pl.Series:
    """Return the schedules with a household count outside 1 to `most` quarters."""
    return spans.filter(~pl.col("quarters").is_between(1, most)).select("schedule").to_series()
