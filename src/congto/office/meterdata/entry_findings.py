"""Days that a delivery brought and the books refused: findings like any other, by rule.

Identity is held against the books when a file comes in (V-01 meter, V-20 multiplier): values of
another meter or unit never lie in the store, so no run of a day can find them there. The finding
stays until a delivery of the same channel and day is taken.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from congto.office.meterdata.vee_findings import ENTRY_RULES
from congto.vocabulary.intervals import HALF_HOURS, Action

if TYPE_CHECKING:
    from datetime import datetime

    from congto.office.storage.bulk import Bulk

REFUSED_DAYS: dict[str, pl.DataType] = {
    "rule": pl.String(),
    "usage_point": pl.Int64(),
    "channel": pl.Int8(),
    "local_day": pl.Date(),
    "observed": pl.Int64(),  # V-01: key of the meter named, 0: not known; V-20: multiplier
    "expected": pl.Int64(),
}
"""One row per rule, point, channel and day of a delivery that was refused."""

ADD = """
INSERT INTO meterdata_dayfinding AS held (rule, action, usage_point_id, channel, local_day, first,
  last, observed, expected, state, found_at)
SELECT rule, $7, usage_point, channel, local_day::date, 0, $8, observed, expected, 'open', $9
FROM unnest($1::text[], $2::bigint[], $3::smallint[], $4::text[], $5::bigint[], $6::bigint[])
  AS given (rule, usage_point, channel, local_day, observed, expected)
ON CONFLICT ON CONSTRAINT day_finding_key DO UPDATE SET observed = excluded.observed,
  expected = excluded.expected, state = 'open', found_at = excluded.found_at
WHERE held.state = 'gone'
  OR (held.observed, held.expected) <> (excluded.observed, excluded.expected)
"""

OPEN = """
SELECT id, usage_point_id AS usage_point, channel, local_day FROM meterdata_dayfinding
WHERE rule = ANY($1) AND state = 'open' AND local_day = ANY($2::text[]::date[])
"""

DAY = ["usage_point", "channel", "local_day"]


def keep_entry_findings(
    books: Bulk, refused: pl.DataFrame, accepted: pl.DataFrame, *, at: datetime
) -> None:
    """Keep what was refused as findings, and end those of days that are delivered now.

    A finding that a person has closed stays closed while the delivery says the same.

    Args:
        books: the transaction.
        refused: frame REFUSED_DAYS.
        accepted: usage_point, channel, local_day of what is stored.
        at: when.
    """
    if not accepted.is_empty():
        _end(books, accepted.join(refused, on=DAY, how="anti"))
    rows = refused.unique(["rule", *DAY], keep="first", maintain_order=True)
    if rows.is_empty():
        return
    columns = [
        rows["local_day"].cast(pl.String).to_list() if name == "local_day" else rows[name].to_list()
        for name in REFUSED_DAYS
    ]
    books.execute(ADD, (*columns, Action.REJECT.value, HALF_HOURS - 1, at))


def _end(books: Bulk, accepted: pl.DataFrame) -> None:
    days = accepted["local_day"].unique().cast(pl.String).to_list()
    held = books.read(OPEN, (list(ENTRY_RULES), [*days, "1970-01-01"]))
    own = held.with_columns(pl.col("channel").cast(pl.Int8)).join(accepted, on=DAY, how="semi")
    if own.height:
        books.execute(
            "UPDATE meterdata_dayfinding SET state = 'gone' WHERE id = ANY($1)",
            (own["id"].to_list(),),
        )
