"""Events of meters into the books: each report once, whoever delivers it and in whatever order.

What a meter reports is a moment: power down, power up. A row is kept for each, and the row that
begins something gets its end from the row that ends it (events_pairs), so that the rows come out
the same however the reports arrive. Days whose half-hours depend on what changed are marked.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl

from congto.office.meterdata.events_days import days_touched
from congto.office.meterdata.events_pairs import pair
from congto.office.meterdata.vee_dirty import mark_validated
from congto.office.organisation.loading import Rows, insert
from congto.office.storage.bulk import bulk
from congto.vocabulary.frames.events import as_moments
from congto.vocabulary.periods import LOCAL_ZONE

if TYPE_CHECKING:
    from datetime import datetime

    from congto.office.storage.bulk import Bulk

EVENTS_LOCK = 0x4A0E
"""One load of events at a time: an end is looked for among rows that stand still."""

AHEAD_MAX = timedelta(days=1)
"""How far ahead of now a meter's clock may set an event."""

KEY = ["usage_point", "began_at", "kind", "code"]

POINTS = "SELECT id AS point, code AS usage_point FROM meters_usagepoint WHERE code = ANY($1)"
HUNG = """
SELECT m.serial AS meter, i.usage_point_id AS hung_at, i.valid_from, i.valid_to
FROM meters_meterinstallation i JOIN meters_meter m ON m.id = i.meter_id WHERE m.serial = ANY($1)
"""
HELD = """
SELECT usage_point_id AS usage_point, began_at, kind, code FROM meterdata_meterevent
WHERE usage_point_id = ANY($1) AND began_at BETWEEN $2 AND $3
"""


@dataclass(frozen=True, slots=True)
class LoadedEvents:
    """What became of the events of a file.

    Attributes:
        read: reports, an event with its end counting as two. new: not known before.
        ended: events known before whose end is another one now.
        marked: points' days, validated already, to be derived again.
        errors: frame ROW_ERRORS.
    """

    read: int
    new: int
    ended: int
    marked: int
    errors: pl.DataFrame


class _PutBackError(Exception):
    """Ends a transaction without keeping what it did."""


def preview_events(delivered: pl.DataFrame, file: str, *, at: datetime) -> LoadedEvents:
    """Tell what loading these events (DELIVERED_EVENTS) would do: it is done and put back."""
    done = []
    with suppress(_PutBackError), bulk() as books:
        done.append(_load(books, delivered, file, "", at))
        raise _PutBackError
    return done[0]


def load_events(delivered: pl.DataFrame, file: str, source: str, *, at: datetime) -> LoadedEvents:
    """Add the events that the books lack, in one transaction, and mark the days they change.

    Args:
        delivered: frame DELIVERED_EVENTS.
        file: the name that errors give.
        source: who delivers.
        at: when the rows enter the books.
    """
    with bulk() as books:
        return _load(books, delivered, file, source, at)


def _load(
    books: Bulk, delivered: pl.DataFrame, file: str, source: str, at: datetime
) -> LoadedEvents:
    books.read("SELECT pg_advisory_xact_lock($1)::text", (EVENTS_LOCK,))
    moments, errors = _take(books, delivered, file, at)
    new = _unknown(books, moments)
    if new.is_empty():
        return LoadedEvents(moments.height, 0, 0, 0, errors)
    _add(books, new, source, at)
    changed = pair(books, new)
    marked = mark_validated(books, days_touched(books, new, changed), at=at)
    earlier = changed.join(new, on=["usage_point", "kind", "began_at"], how="anti")
    return LoadedEvents(moments.height, new.height, earlier.height, marked, errors)


def _take(
    books: Bulk, delivered: pl.DataFrame, file: str, at: datetime
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return moments with the key of their point, each once, and the rows that cannot be taken."""
    rows = Rows.of(delivered, file)
    day = pl.col("began_at").dt.convert_time_zone(str(LOCAL_ZONE)).dt.date()
    rows.good = rows.good.with_columns(local_day=day)
    rows.reject(
        pl.max_horizontal("began_at", "ended_at") > at + AHEAD_MAX,
        "began_at",
        pl.format("the event is of {}", "local_day"),
        expected="a time that is not ahead of now",
        action="look at the meter's clock, then deliver the event with its true time",
    )
    _place(books, rows)
    moments = as_moments(rows.good).join(
        rows.good.select("line", "point").unique("line"), on="line", how="left"
    )
    keyed = moments.drop("usage_point").rename({"point": "usage_point"})
    return keyed.unique(KEY, keep="first", maintain_order=True), rows.loaded().errors


def _place(books: Bulk, rows: Rows) -> None:
    """Add the point of each event, by its code or by the meter that hung there on the day."""
    known = books.read(POINTS, (_texts(rows.good["usage_point"]),))
    rows.good = rows.good.join(known, on="usage_point", how="left", maintain_order="left")
    rows.reject(
        pl.col("usage_point").is_not_null() & pl.col("point").is_null(),
        "usage_point",
        pl.format("usage point {} is not known", "usage_point"),
        expected="the code of a usage point",
        action="load the usage point first or correct the code",
    )
    _with_meters(rows, books.read(HUNG, (_texts(rows.good["meter"]),)))
    day = pl.col("local_day").cast(pl.String)
    named = pl.col("meter").is_not_null()
    rows.reject(
        named & (pl.col("places").list.len() == 0),
        "meter",
        pl.format("meter {} hangs nowhere on {}", "meter", day),
        expected="a meter that the books put at a usage point on that day",
        action="correct the serial number or load the installation first",
    )
    rows.reject(
        named & pl.col("point").is_not_null() & ~pl.col("places").list.contains(pl.col("point")),
        "meter",
        pl.format("meter {} does not hang at {} on {}", "meter", "usage_point", day),
        expected="the meter that the books put there",
        action="correct the serial number or load the installation first",
    )
    rows.reject(
        pl.col("point").is_null() & (pl.col("places").list.len() > 1),
        "meter",
        pl.format("meter {} hung at two usage points on {}", "meter", day),
        expected="the usage point beside the meter on a day of moving it",
        action="name the usage point",
    )
    rows.good = rows.good.with_columns(point=pl.coalesce("point", pl.col("places").list.first()))


def _texts(codes: pl.Series) -> list[str]:
    """Return codes, each once, and one that nothing has: the driver cannot bind an empty list."""
    return [*codes.drop_nulls().unique(), ""]


def _with_meters(rows: Rows, hung: pl.DataFrame) -> None:
    """Add the points at which the named meter hung on the day, both ends included."""
    on_day = (pl.col("valid_from") <= pl.col("local_day")) & (
        pl.col("valid_to").is_null() | (pl.col("valid_to") >= pl.col("local_day"))
    )
    places = (
        rows.good.select("line", "meter", "local_day")
        .join(hung, on="meter")
        .filter(on_day)
        .group_by("line")
        .agg(places=pl.col("hung_at").unique().sort())
    )
    rows.good = rows.good.join(places, on="line", how="left", maintain_order="left").with_columns(
        pl.col("places").fill_null(pl.lit([], dtype=pl.List(pl.Int64)))
    )


def _unknown(books: Bulk, moments: pl.DataFrame) -> pl.DataFrame:
    """Return the moments that the books lack."""
    if moments.is_empty():
        return moments
    points = moments["usage_point"].unique().to_list()
    held = books.read(HELD, (points, moments["began_at"].min(), moments["began_at"].max()))
    same = held.with_columns(pl.col("began_at").cast(moments.schema["began_at"]))
    return moments.join(same, on=KEY, how="anti", maintain_order="left")


def _add(books: Bulk, new: pl.DataFrame, source: str, at: datetime) -> None:
    """COPY events."""
    insert(
        books,
        "meterdata_meterevent",
        new.select(
            pl.col("usage_point").alias("usage_point_id"),
            "kind",
            "code",
            "began_at",
            "ended_at",
            "seconds",
            "detail",
            pl.lit(source).alias("source"),
            pl.lit(at).dt.convert_time_zone("UTC").alias("known_at"),
        ),
    )
