"""Which points' days depend on events that came or changed: outages, relays, clocks.

An outage touches the days it covers, before and now. A relay is open or closed until the next
report of it. A clock concerns its day. All other events change no half-hour.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

import polars as pl

from congto.vocabulary.events import WITH_SECONDS, MeterEvent
from congto.vocabulary.periods import LOCAL_ZONE

if TYPE_CHECKING:
    from congto.office.storage.bulk import Bulk

RELAY = [MeterEvent.RELAY_OPEN, MeterEvent.RELAY_CLOSED]

UNTIL = """
SELECT usage_point, second, (
  SELECT min(e.began_at) FROM meterdata_meterevent e
  WHERE e.usage_point_id = usage_point AND e.kind IN ('relay_open', 'relay_closed')
    AND e.began_at > timestamptz 'epoch' + second * interval '1 second') AS until
FROM unnest($1::bigint[], $2::bigint[]) AS g (usage_point, second)
"""
LAST_DAY = "SELECT max(local_day) AS day FROM meterdata_validatedpart"

SPAN: dict[str, pl.DataType] = {
    "usage_point": pl.Int64(),
    "begin": pl.Datetime("us", "UTC"),
    "end": pl.Datetime("us", "UTC"),
}


def days_touched(books: Bulk, new: pl.DataFrame, changed: pl.DataFrame) -> pl.DataFrame:
    """Return usage_point and local_day of what may come out otherwise now.

    Args:
        books: the transaction; new rows and ends are in it.
        new: usage_point, kind, began_at, seconds of events that were not known.
        changed: as `events_pairs.pair` returned it.
    """
    spans = pl.concat([_outages(changed), _clocks(new), _relays(books, new)])
    zone = str(LOCAL_ZONE)
    first = pl.col("begin").dt.convert_time_zone(zone).dt.date()
    last = (pl.col("end") - pl.duration(microseconds=1)).dt.convert_time_zone(zone).dt.date()
    return (
        spans.select("usage_point", local_day=pl.date_ranges(first, last))
        .explode("local_day")
        .unique()
    )


def _outages(changed: pl.DataFrame) -> pl.DataFrame:
    own = changed.filter(pl.col("kind") == MeterEvent.POWER_DOWN)
    ends = pl.concat(
        own.select("usage_point", pl.col("began_at").alias("begin"), pl.col(name).alias("end"))
        for name in ("held", "ended")
    )
    return ends.filter(pl.col("end") > pl.col("begin"))


def _clocks(new: pl.DataFrame) -> pl.DataFrame:
    own = new.filter(pl.col("kind").is_in([*WITH_SECONDS]), pl.col("seconds").is_not_null())
    moment = pl.col("began_at")
    return own.select("usage_point", begin=moment, end=moment + timedelta(seconds=1))


def _relays(books: Bulk, new: pl.DataFrame) -> pl.DataFrame:
    """Return from each report of a relay to the next one, or to the last day that is validated."""
    own = new.filter(pl.col("kind").is_in([*RELAY]))
    if own.is_empty():
        return pl.DataFrame(schema=SPAN)
    seconds = own["began_at"].dt.epoch("s").to_list()
    found = books.read(UNTIL, (own["usage_point"].to_list(), seconds))
    last = books.read(LAST_DAY)["day"][0]
    if last is None:
        return pl.DataFrame(schema=SPAN)
    known_until = datetime.combine(last + timedelta(days=1), time(), LOCAL_ZONE).astimezone(UTC)
    spans = found.select(
        "usage_point",
        begin=pl.from_epoch("second", "s").dt.replace_time_zone("UTC"),
        end=pl.col("until").fill_null(known_until),
    ).with_columns(end=pl.min_horizontal("end", pl.lit(known_until)))
    typed = spans.select(pl.col(name).cast(dtype) for name, dtype in SPAN.items())
    return typed.filter(pl.col("end") > pl.col("begin"))
