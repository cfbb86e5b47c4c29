"""Rows of events as text, whatever the format, into DELIVERED_EVENTS and back.

An event is named by its word ("power_down"), by the event type of IEC 61968-9 ("3.26.0.47") or by
its number in a DLMS log ("dlms:1"). A code that nobody has mapped is kept as "other".
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import polars as pl

from congto.interfaces.files.delivery import Delivery
from congto.interfaces.files.readings.stamps import local
from congto.interfaces.files.readings.words import LOCAL
from congto.office.organisation.loading import Rows
from congto.reference.meter_events import DLMS, IEC, kinds_by_code
from congto.vocabulary.events import END_OF, WITH_SECONDS, MeterEvent
from congto.vocabulary.frames.events import DELIVERED_EVENTS

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

FIELDS = ("usage_point", "meter", "event", "began_at", "ended_at", "seconds", "detail")
EVENT_TYPE = r"^\d+\.(\d+\.\d+\.\d+)$"
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
"""A meter that has lost its clock begins again in 1970 or at this instant."""
DETAIL_LENGTH, CODE_LENGTH = 240, 24
WHOLE = r"^[+-]?\d{1,9}$"


def events_of(file: str, raw: pl.DataFrame, zone: ZoneInfo = LOCAL) -> Delivery:
    """Return the events (DELIVERED_EVENTS) and errors of rows as they were written.

    Args:
        file: the name that errors give.
        raw: line and FIELDS, as text; times may be typed.
        zone: of times that have no offset.
    """
    rows = Rows.of(raw, file)
    rows.good = rows.good.with_columns(
        pl.col("event").str.strip_chars(),
        *(instants(raw[name], zone).alias(f"{name}_read") for name in ("began_at", "ended_at")),
    )
    _name(rows)
    _refuse_nameless(rows)
    _refuse_times(rows)
    _refuse_seconds(rows)
    events = rows.good.with_columns(
        pl.col("detail").fill_null("").str.slice(0, DETAIL_LENGTH),
        began_at="began_at_read",
        ended_at="ended_at_read",
        seconds=pl.col("seconds").cast(pl.Int32),
    )
    columns = DELIVERED_EVENTS.columns.items()
    typed = events.select(pl.col(name).cast(dtype) for name, dtype in columns)
    return Delivery(typed, rows.loaded().errors)


def instants(column: pl.Series, zone: ZoneInfo) -> pl.Series:
    """Read times as instants to the second; null where it is none."""
    naive = local(column, zone).dt.replace_time_zone(
        str(zone), ambiguous="earliest", non_existent="null"
    )
    return naive.dt.convert_time_zone("UTC").dt.truncate("1s")


def _name(rows: Rows) -> None:
    """Add kind and code; list the rows whose event is neither a word nor a code."""
    word = pl.col("event").str.to_lowercase()
    number = word.str.extract(r"^dlms:(\d+)$")
    kind_type = word.str.extract(EVENT_TYPE)
    known = pl.coalesce(
        pl.when(word.is_in([*MeterEvent])).then(word),
        kind_type.replace_strict(kinds_by_code(IEC), default=None, return_dtype=pl.String),
        number.replace_strict(kinds_by_code(DLMS), default=None, return_dtype=pl.String),
    )
    coded = kind_type.is_not_null() | number.is_not_null()
    other = pl.lit(MeterEvent.OTHER.value)
    rows.good = rows.good.with_columns(
        kind=pl.when(known.is_null() & coded).then(other).otherwise(known),
        code=pl.when(known.is_null() & coded)
        .then(word.str.slice(0, CODE_LENGTH))
        .otherwise(pl.lit("")),
    )
    rows.reject(
        pl.col("kind").is_null(),
        "event",
        pl.format("event '{}'", pl.col("event").fill_null("").str.slice(0, 60)),
        expected=f"one of {', '.join(MeterEvent)}, or a code such as 3.26.0.47 or dlms:1",
        action="correct the event",
    )


def _refuse_nameless(rows: Rows) -> None:
    rows.reject(
        pl.col("usage_point").is_null() & pl.col("meter").is_null(),
        "usage_point",
        pl.lit("the event names neither usage point nor meter"),
        expected="the code of a usage point or the number of a meter",
        action="correct the row",
    )


def _refuse_times(rows: Rows) -> None:
    """List times that cannot be read, and ends that cannot be."""
    for name in ("began_at", "ended_at"):
        said = pl.col(name).cast(pl.String).fill_null("")
        bad = pl.col(f"{name}_read").is_null() & (pl.lit(name == "began_at") | (said != ""))
        rows.reject(
            bad,
            name,
            pl.format("{} is '{}'", pl.lit(name), said.str.slice(0, 40)),
            expected="a time such as 2026-10-31T00:30:10 (local) or 2026-10-31T00:30:10+07:00",
            action="correct the time",
        )
    began, ended = pl.col("began_at_read"), pl.col("ended_at_read")
    rows.reject(
        began < EARLIEST,
        "began_at",
        pl.format("the event is of {}", began.dt.convert_time_zone(str(LOCAL)).dt.date()),
        expected="a day from 2000-01-01 on",
        action="look at the meter's clock, then deliver the event with its true time",
    )
    rows.reject(
        ended.is_not_null() & ~pl.col("kind").is_in([*END_OF]),
        "ended_at",
        pl.format("{} has an end", "kind"),
        expected=f"an end only of {', '.join(END_OF)}",
        action="leave ended_at empty",
    )
    rows.reject(
        ended < began,
        "ended_at",
        pl.lit("the event ends before it begins"),
        expected="ended_at not before began_at",
        action="correct the times",
    )


def _refuse_seconds(rows: Rows) -> None:
    said = pl.col("seconds").cast(pl.String).str.strip_chars()
    rows.good = rows.good.with_columns(seconds=pl.when(said != "").then(said))
    rows.reject(
        ~pl.col("seconds").str.contains(WHOLE),
        "seconds",
        pl.format("seconds is '{}'", pl.col("seconds").str.slice(0, 40)),
        expected="a whole number such as 45 or -1200",
        action="correct the number",
    )
    rows.reject(
        pl.col("seconds").is_not_null() & ~pl.col("kind").is_in([*WITH_SECONDS]),
        "seconds",
        pl.format("{} has seconds", "kind"),
        expected=f"seconds only of {', '.join(WITH_SECONDS)}",
        action="leave seconds empty",
    )


def rows_of(events: pl.DataFrame) -> pl.DataFrame:
    """Return events (DELIVERED_EVENTS) as FIELDS, times in local time with their offset."""
    ordered = events.sort("usage_point", "began_at", "kind", "code")
    named = pl.when(pl.col("code") != "").then("code").otherwise("kind")
    return ordered.select(
        "usage_point",
        "meter",
        named.alias("event"),
        *(
            pl.col(name).dt.convert_time_zone(str(LOCAL)).dt.strftime("%Y-%m-%dT%H:%M:%S%:z")
            for name in ("began_at", "ended_at")
        ),
        "seconds",
        pl.when(pl.col("detail") != "").then("detail").alias("detail"),
    )
