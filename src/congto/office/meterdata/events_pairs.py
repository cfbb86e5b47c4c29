"""The end of what began: a pure function of the reports there are, whatever their order of arrival.

An event lasts until its end is reported; reported to begin again before, it goes on. Not so an
outage: the meter had power in between to report again, and nobody knows since when, so the first
one has no end, as half-hours would be set to zero by it. Nor is an outage believed that lasts
longer than a month. Reported at one instant, a begin comes before its end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from congto.vocabulary.events import BEGIN_OF, END_OF, OUTAGE_MAX, MeterEvent

if TYPE_CHECKING:
    from congto.office.storage.bulk import Bulk

NEXT = """
WITH given AS (
  SELECT DISTINCT usage_point, begins, ends,
    timestamptz 'epoch' + second * interval '1 second' AS moment
  FROM unnest($1::bigint[], $2::text[], $3::text[], $4::bigint[])
    AS g (usage_point, begins, ends, second)
), begun AS (
  -- A report can change what began since the end before it, and itself.
  SELECT DISTINCT e.id, e.usage_point_id, e.kind, e.began_at, e.ended_at, given.ends
  FROM given JOIN meterdata_meterevent e ON e.usage_point_id = given.usage_point
    AND e.kind = given.begins AND e.began_at <= given.moment AND e.began_at > coalesce((
      SELECT max(before.began_at) FROM meterdata_meterevent before
      WHERE before.usage_point_id = given.usage_point AND before.kind = given.ends
        AND before.began_at < given.moment), '-infinity')
)
SELECT begun.id, begun.usage_point_id AS usage_point, begun.kind, begun.began_at,
  begun.ended_at AS held, CASE WHEN next.kind = begun.ends THEN next.began_at END AS ended
FROM begun LEFT JOIN LATERAL (
  SELECT e.kind, e.began_at FROM meterdata_meterevent e
  WHERE e.usage_point_id = begun.usage_point_id
    AND (e.kind = begun.ends OR (e.kind = begun.kind AND e.kind = 'power_down'))
    AND (e.began_at > begun.began_at OR (e.began_at = begun.began_at AND e.kind = begun.ends))
  ORDER BY e.began_at, e.kind = begun.ends LIMIT 1) next ON true
"""

SET_END = """
UPDATE meterdata_meterevent e SET ended_at = timestamptz 'epoch' + n.second * interval '1 second'
FROM unnest($1::bigint[], $2::bigint[]) AS n (id, second) WHERE e.id = n.id
"""
NO_END = "UPDATE meterdata_meterevent SET ended_at = NULL WHERE id = ANY($1)"

BATCH_ROWS = 100_000


def pair(books: Bulk, new: pl.DataFrame) -> pl.DataFrame:
    """Set the ends that new reports change, in the caller's transaction.

    Args:
        books: the transaction; the new rows are in it already.
        new: usage_point, kind, began_at.

    Returns:
        One row per event whose end changed: usage_point, kind, began_at, held (its end before),
        ended (its end now).
    """
    begins = pl.coalesce(
        pl.col("kind").replace_strict(BEGIN_OF, default=None, return_dtype=pl.String),
        pl.when(pl.col("kind").is_in([*END_OF])).then("kind"),
    )
    paired = new.with_columns(begins=begins).filter(pl.col("begins").is_not_null())
    parts = [_changed(books, part) for part in paired.iter_slices(BATCH_ROWS)]
    if not parts:
        return pl.DataFrame(schema=CHANGED)
    changed = pl.concat(parts).unique("id").sort("usage_point", "began_at")
    _set(books, changed)
    return changed.select(*CHANGED)


CHANGED: dict[str, pl.DataType] = {
    "usage_point": pl.Int64(),
    "kind": pl.String(),
    "began_at": pl.Datetime("us", "UTC"),
    "held": pl.Datetime("us", "UTC"),
    "ended": pl.Datetime("us", "UTC"),
}


def _changed(books: Bulk, paired: pl.DataFrame) -> pl.DataFrame:
    """Return the events whose end is another one now: id and CHANGED."""
    ends = paired["begins"].replace_strict(END_OF, return_dtype=pl.String)
    found = books.read(
        NEXT,
        (
            paired["usage_point"].to_list(),
            paired["begins"].to_list(),
            ends.to_list(),
            paired["began_at"].dt.epoch("s").to_list(),
        ),
    ).with_columns(pl.col(name).cast(dtype) for name, dtype in CHANGED.items())
    too_long = (pl.col("kind") == MeterEvent.POWER_DOWN) & (
        pl.col("ended") - pl.col("began_at") > OUTAGE_MAX
    )
    known = found.with_columns(ended=pl.when(~too_long.fill_null(value=False)).then("ended"))
    return known.filter(pl.col("ended").ne_missing(pl.col("held")))


def _set(books: Bulk, changed: pl.DataFrame) -> None:
    ended = changed.filter(pl.col("ended").is_not_null())
    if ended.height:
        seconds = ended["ended"].dt.epoch("s").to_list()
        books.execute(SET_END, (ended["id"].to_list(), seconds))
    open_again = changed.filter(pl.col("ended").is_null())
    if open_again.height:
        books.execute(NO_END, (open_again["id"].to_list(),))
