"""Findings of half-hours into the books: exactly those of the last look at a point's day."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from congto.office.meterdata.choices import DayFindingState

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from congto.office.storage.bulk import Bulk

TABLE = "meterdata_dayfinding"
KEY = ["usage_point", "channel", "rule", "first"]
WORDS = ["action", "last", "observed", "expected"]

HELD = """
SELECT id, usage_point_id AS usage_point, channel, rule, first, action, last, observed, expected,
  state
FROM meterdata_dayfinding
WHERE local_day = $1 AND usage_point_id BETWEEN $2 AND $3 AND rule <> ALL($4)
"""

ENTRY_RULES = ("V-01", "V-20")
"""Of a delivery that was refused: its values never reach the store (entry_findings)."""

NOT_OF_A_LOOK = (*ENTRY_RULES, "V-23")
"""Made when a day is delivered or a billed day changed, not when a day is looked at."""


def keep_day_findings(  # noqa: PLR0913  (what was found, where it was looked for)
    books: Bulk,
    found: pl.DataFrame,
    day: date,
    first: int,
    last: int,
    *,
    at: datetime,
    points: Sequence[int] | None = None,
) -> int:
    """Make the books hold these findings of a day, in the caller's transaction; return the changes.

    One that is there already, equal, is left alone, also when a person has closed it. One whose
    figures changed is opened again. One that is no longer found is gone.

    Args:
        books: the transaction.
        found: frame DAY_FINDINGS.
        day: the local day looked at.
        first: lowest usage point looked at.
        last: highest one, included.
        at: when.
        points: only these were looked at; all from first to last by default.
    """
    held = books.read(HELD, (day, first, last, list(NOT_OF_A_LOOK)))
    if points is not None:
        held = held.filter(pl.col("usage_point").is_in(list(points)))
    rows = _once(found)
    joined = rows.join(
        held.select(
            *(pl.col(name).cast(rows.schema[name]) for name in KEY),
            "id",
            "state",
            *(pl.col(name).alias(f"__{name}") for name in WORDS),
        ),
        on=KEY,
        how="left",
    )
    differs = pl.any_horizontal(pl.col(name) != pl.col(f"__{name}") for name in WORDS)
    gone = DayFindingState.GONE.value
    new = joined.filter(pl.col("id").is_null())
    changed = joined.filter(pl.col("id").is_not_null(), differs | (pl.col("state") == gone))
    kept = joined["id"].drop_nulls()
    vanished = held.filter(
        ~pl.col("id").is_in(kept.implode()), pl.col("state") == DayFindingState.OPEN.value
    )
    _add(books, new, at)
    _open_again(books, changed, at)
    _gone(books, vanished)
    return new.height + changed.height + vanished.height


def _once(found: pl.DataFrame) -> pl.DataFrame:
    """Return one row for each key: of two runs that begin together the longer one."""
    return found.sort("last", descending=True, maintain_order=True).unique(
        KEY, keep="first", maintain_order=True
    )


def _add(books: Bulk, new: pl.DataFrame, at: datetime) -> None:
    """COPY findings that the books lack."""
    books.copy(
        TABLE,
        new.select(
            "rule",
            "action",
            "local_day",
            pl.col("usage_point").alias("usage_point_id"),
            *(pl.col(name).cast(pl.Int16) for name in ("channel", "first", "last")),
            "observed",
            "expected",
            pl.lit(DayFindingState.OPEN.value).alias("state"),
            pl.lit(at).dt.convert_time_zone("UTC").alias("found_at"),
        ),
    )


def _open_again(books: Bulk, changed: pl.DataFrame, at: datetime) -> None:
    """Give changed findings their new figures."""
    if changed.is_empty():
        return
    books.execute(
        "UPDATE meterdata_dayfinding f SET action = n.action, last = n.last, observed = n.observed,"
        " expected = n.expected, state = 'open', found_at = $6"
        " FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[])"
        " AS n(id, action, last, observed, expected) WHERE f.id = n.id",
        (
            changed["id"].to_list(),
            changed["action"].to_list(),
            *(changed[name].cast(pl.Int64).to_list() for name in WORDS[1:]),
            at,
        ),
    )


def _gone(books: Bulk, vanished: pl.DataFrame) -> None:
    """Mark open findings that the values no longer show."""
    if vanished.is_empty():
        return
    books.execute(
        "UPDATE meterdata_dayfinding SET state = 'gone' WHERE id = ANY($1)",
        (vanished["id"].to_list(),),
    )
