"""What the books know of remotely read points on one day: meter, contract, registers, outages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Protocol

import polars as pl

from congto.engines.intervals.block import ABSENT_WH
from congto.office.meterdata.choices import EventKind, RegisterKind
from congto.office.meterdata.vee_clocks import with_clocks
from congto.office.meterdata.vee_edits import EDITS
from congto.office.meterdata.vee_stretch import AROUND, DAYS_MAX
from congto.office.storage.bulk import bulk
from congto.vocabulary.intervals import CustomerClass
from congto.vocabulary.periods import LOCAL_ZONE

if TYPE_CHECKING:
    from datetime import date

    from congto.office.storage.bulk import Bulk

FACTS: dict[str, pl.DataType] = {
    "usage_point": pl.Int64(),
    "customer_class": pl.Int8(),  # vocabulary.intervals.CustomerClass
    "meter": pl.Int64(),
    "multiplier": pl.Int64(),
    "dial_digits": pl.Int8(),
    "decimals": pl.Int8(),
    "contract_w": pl.Int64(),  # 0: not known
    "active": pl.Boolean(),
    "opening_wh": pl.Int64(),  # null: not read
    "closing_wh": pl.Int64(),
    "reactive_opening_varh": pl.Int64(),
    "reactive_closing_varh": pl.Int64(),
    "limit_wh": pl.Int64(),  # the most the meter can measure in a half-hour; 0: not known
    "single_phase": pl.Boolean(),
    "relay_open": pl.Boolean(),  # the whole day
    "earlier_wh": pl.Int64(),  # the last read before the day's opening; null: none
    "check_point": pl.Int64(),  # the point whose meter checks this one; null: none
    "clock_seconds": pl.Int32(),  # how far the clock was ahead; null: not said
    "clock_jump_seconds": pl.Int32(),  # how far it was set forward; null: not set, or not said
    "bands_wh": pl.Int64(),  # sum of the advances of the three rate registers; null: not read
}
"""One row per usage point with a meter that is read remotely, rising."""

OUTAGES: dict[str, pl.DataType] = {
    "usage_point": pl.Int64(),
    "first": pl.Int8(),  # first half-hour wholly without power
    "last": pl.Int8(),  # last one, included
}

POINTS = """
SELECT p.id AS usage_point, coalesce(main.kind, p.kind) AS kind, c.id AS check_point,
  i.meter_id AS meter, i.multiplier::bigint AS multiplier,
  m.dial_digits, m.decimals, coalesce(main.kind, p.kind) = 'network' OR a.id IS NOT NULL AS active,
  coalesce(m.phases = 1, false) AS single_phase, coalesce(m.current_a_max::bigint * m.voltage_v
    * m.phases * i.multiplier / 2, 0)::bigint AS limit_wh,
  price."group", price.voltage, coalesce(price.registered_kw, 0)::bigint AS registered_kw
FROM meters_usagepoint p
JOIN meters_meterinstallation i ON i.usage_point_id = p.id
  AND i.valid_from <= $1 AND (i.valid_to IS NULL OR i.valid_to > $1)
JOIN meters_meter m ON m.id = i.meter_id AND m.remote
LEFT JOIN meters_usagepoint main ON main.id = p.check_of_id
LEFT JOIN meters_usagepoint c ON c.check_of_id = p.id
LEFT JOIN customers_agreement a ON a.id = coalesce(p.agreement_id, main.agreement_id)
  AND a.valid_from <= $1 AND (a.valid_to IS NULL OR a.valid_to > $1)
LEFT JOIN customers_priceassignment price ON price.agreement_id = a.id
  AND price.valid_from <= $1 AND (price.valid_to IS NULL OR price.valid_to > $1)
WHERE p.id BETWEEN $2 AND $3 ORDER BY p.id
"""

READS = """
SELECT DISTINCT ON (usage_point_id, meter_id, register, read_on) usage_point_id AS usage_point,
  meter_id AS meter, register::int AS register, read_on, index_wh
FROM meterdata_registerreading
WHERE usage_point_id BETWEEN $2 AND $3 AND read_on BETWEEN $1 - 1 AND $1 + 1
ORDER BY usage_point_id, meter_id, register, read_on, version DESC
"""

EARLIER = """
SELECT given.usage_point, given.meter, r.index_wh AS long_ago_wh
FROM unnest($2::bigint[], $3::bigint[]) AS given (usage_point, meter)
CROSS JOIN LATERAL (SELECT index_wh FROM meterdata_registerreading
  WHERE usage_point_id = given.usage_point AND meter_id = given.meter AND register = $4
    AND read_on < $1 ORDER BY read_on DESC, version DESC LIMIT 1) r
"""

# The last report before the day is "open", and the day has none.
RELAYS = """
SELECT usage_point_id AS usage_point FROM (
  SELECT DISTINCT ON (usage_point_id) usage_point_id, kind, began_at FROM meterdata_meterevent
  WHERE kind IN ('relay_open', 'relay_closed') AND usage_point_id BETWEEN $3 AND $4
    AND began_at < $2
  ORDER BY usage_point_id, began_at DESC, kind = 'relay_closed' DESC) last
WHERE kind = 'relay_open' AND began_at <= $1
"""

DAILY_USE = """
SELECT i.usage_point_id AS usage_point,
  (b.index_wh - a.index_wh) * i.multiplier AS last_wh, b.read_on - a.read_on AS last_days,
  (d.index_wh - c.index_wh) * i.multiplier AS year_wh, d.read_on - c.read_on AS year_days
FROM meters_meterinstallation i
LEFT JOIN LATERAL (SELECT read_on, index_wh FROM meterdata_registerreading r
  WHERE r.usage_point_id = i.usage_point_id AND r.meter_id = i.meter_id AND r.register = $3
    AND r.read_on <= $1 ORDER BY read_on DESC, version DESC LIMIT 1) b ON true
LEFT JOIN LATERAL (SELECT read_on, index_wh FROM meterdata_registerreading r
  WHERE r.usage_point_id = i.usage_point_id AND r.meter_id = i.meter_id AND r.register = $3
    AND r.read_on BETWEEN b.read_on - $5::int AND b.read_on - $4::int
  ORDER BY read_on DESC, version DESC LIMIT 1) a ON true
LEFT JOIN LATERAL (SELECT read_on, index_wh FROM meterdata_registerreading r
  WHERE r.usage_point_id = i.usage_point_id AND r.meter_id = i.meter_id AND r.register = $3
    AND r.read_on > $1::date - 365 AND r.read_on <= $1::date - 365 + $5::int
  ORDER BY read_on, version DESC LIMIT 1) d ON true
LEFT JOIN LATERAL (SELECT read_on, index_wh FROM meterdata_registerreading r
  WHERE r.usage_point_id = i.usage_point_id AND r.meter_id = i.meter_id AND r.register = $3
    AND r.read_on BETWEEN d.read_on - $5::int AND d.read_on - $4::int
  ORDER BY read_on DESC, version DESC LIMIT 1) c ON true
WHERE i.usage_point_id = ANY($2) AND i.valid_from <= $1
  AND (i.valid_to IS NULL OR i.valid_to > $1)
"""

EVENTS = """
SELECT usage_point_id AS usage_point, began_at, ended_at FROM meterdata_meterevent
WHERE kind = $3 AND usage_point_id BETWEEN $4 AND $5 AND began_at < $2
  AND began_at >= $1 - interval '31 days' AND ended_at > $1  -- vocabulary.events.OUTAGE_MAX
"""

EDITED = """
SELECT e.usage_point_id AS usage_point, e.channel, (half.place - 1)::smallint AS half_hour,
  half.value AS value_wh, e.edited_at
FROM meterdata_dayedit e, unnest(e.values) WITH ORDINALITY AS half (value, place)
WHERE e.local_day = $1 AND e.usage_point_id BETWEEN $2 AND $3 AND half.value IS NOT NULL
ORDER BY e.edited_at, e.id, half.place
"""

ABOUT = """
SELECT i.usage_point_id AS usage_point, a.read_on AS opened_on, b.read_on AS closed_on,
  (b.index_wh - a.index_wh + CASE WHEN b.index_wh < a.index_wh THEN dial.wh ELSE 0 END)
    * i.multiplier AS advance_wh
FROM meters_meterinstallation i
JOIN meters_meter m ON m.id = i.meter_id
CROSS JOIN LATERAL (SELECT (1000 * 10::numeric ^ m.dial_digits)::bigint AS wh) dial
CROSS JOIN LATERAL (SELECT read_on, index_wh FROM meterdata_registerreading r
  WHERE r.usage_point_id = i.usage_point_id AND r.meter_id = i.meter_id AND r.register = $3
    AND r.read_on <= $1 ORDER BY read_on DESC, version DESC LIMIT 1) a
CROSS JOIN LATERAL (SELECT read_on, index_wh FROM meterdata_registerreading r
  WHERE r.usage_point_id = i.usage_point_id AND r.meter_id = i.meter_id AND r.register = $3
    AND r.read_on > $1 ORDER BY read_on, version DESC LIMIT 1) b
WHERE i.usage_point_id = ANY($2) AND i.valid_from <= $1
  AND (i.valid_to IS NULL OR i.valid_to > $1)
  -- Forwards, or past the last number (V-07).
  AND (b.index_wh >= a.index_wh OR (a.index_wh * 10 > dial.wh * 9 AND b.index_wh * 10 < dial.wh))
  AND b.read_on - a.read_on BETWEEN 2 AND $4
"""

REMOTE_PARTS = """
SELECT DISTINCT (p.id / $2)::int AS part FROM meters_usagepoint p
JOIN meters_meterinstallation i ON i.usage_point_id = p.id
  AND i.valid_from <= $1 AND (i.valid_to IS NULL OR i.valid_to > $1)
JOIN meters_meter m ON m.id = i.meter_id AND m.remote ORDER BY 1
"""

BANDS = (RegisterKind.NORMAL, RegisterKind.PEAK, RegisterKind.OFF_PEAK)
WH_PER_KWH = 1000


PERIOD_DAYS = (26, 62)
"""Registers so far apart tell of a period of bills, of one or two months."""

DAILY: dict[str, pl.DataType] = {
    "usage_point": pl.Int64(),
    "last_wh": pl.Int64(),  # use of the last period up to the day; ABSENT_WH: not known
    "last_days": pl.Int64(),
    "year_wh": pl.Int64(),  # and of the one a year before the day
    "year_days": pl.Int64(),
}
"""One row per usage point: use of two periods by the registers of its meter, and their days."""


class Facts(Protocol):
    """Where a run asks for the facts; handed to worker processes."""

    def parts(self, day: date, points: int) -> list[int]:
        """Return the parts of so many keys that have a point read remotely on the day."""

    def of_points(self, day: date, first: int, last: int) -> pl.DataFrame:
        """Return the frame FACTS of usage points first to last, both included."""

    def outages(self, day: date, first: int, last: int) -> pl.DataFrame:
        """Return the frame OUTAGES of usage points first to last, both included."""

    def edits(self, day: date, first: int, last: int) -> pl.DataFrame:
        """Return the frame EDITS of usage points first to last, both included."""

    def around(self, day: date, points: list[int]) -> pl.DataFrame:
        """Return the frame AROUND of some usage points; none has both registers of the day."""

    def daily(self, day: date, points: list[int]) -> pl.DataFrame:
        """Return the frame DAILY of some usage points."""


@dataclass(frozen=True, slots=True)
class BookFacts:
    """Facts from the books."""

    def parts(self, day: date, points: int) -> list[int]:
        """Return the parts of so many keys that have a point read remotely on the day."""
        with bulk() as books:
            return books.read(REMOTE_PARTS, (day, points))["part"].to_list()

    def of_points(self, day: date, first: int, last: int) -> pl.DataFrame:
        """Return the frame FACTS of usage points first to last, both included."""
        with bulk() as books:
            points = books.read(POINTS, (day, first, last))
            reads = books.read(READS, (day, first, last))
            opened = books.read(RELAYS, (*_bounds(day), first, last))["usage_point"]
            frame = _with_earlier(books, _with_registers(points, reads, day), day)
            frame = with_clocks(books, frame, _bounds(day), first, last)
        return frame.with_columns(relay_open=pl.col("usage_point").is_in(opened.implode())).select(
            pl.col(name).cast(kind) for name, kind in FACTS.items()
        )

    def outages(self, day: date, first: int, last: int) -> pl.DataFrame:
        """Return the frame OUTAGES of usage points first to last, both included."""
        with bulk() as books:
            return _outages(books, _bounds(day), first, last)

    def edits(self, day: date, first: int, last: int) -> pl.DataFrame:
        """Return the frame EDITS of usage points first to last, both included."""
        with bulk() as books:
            found = books.read(EDITED, (day, first, last))
        return found.select(pl.col(name).cast(kind) for name, kind in EDITS.items())

    def around(self, day: date, points: list[int]) -> pl.DataFrame:
        """Return the frame AROUND of some usage points; none has both registers of the day."""
        with bulk() as books:
            found = books.read(ABOUT, (day, points, RegisterKind.TOTAL.value, DAYS_MAX))
        return found.select(pl.col(name).cast(kind) for name, kind in AROUND.items())

    def daily(self, day: date, points: list[int]) -> pl.DataFrame:
        """Return the frame DAILY of some usage points."""
        with bulk() as books:
            found = books.read(DAILY_USE, (day, points, RegisterKind.TOTAL.value, *PERIOD_DAYS))
        typed = found.select(pl.col(name).cast(kind) for name, kind in DAILY.items())
        return typed.with_columns(
            pl.col("last_wh", "year_wh").fill_null(ABSENT_WH),
            pl.col("last_days", "year_days").fill_null(0),
        )


def _with_registers(points: pl.DataFrame, reads: pl.DataFrame, day: date) -> pl.DataFrame:
    """Lay both reads of each register beside the point and sum up those of three rates."""
    kwh = WH_PER_KWH * pl.lit(10, dtype=pl.Int64).pow(pl.col("dial_digits").cast(pl.Int64))
    frame = points.with_columns(customer_class=_customer_class(), dial_wh=kwh)
    key = ["usage_point", "meter"]
    for kind in (*BANDS, RegisterKind.TOTAL, RegisterKind.REACTIVE):
        own = reads.filter(pl.col("register") == kind.value)
        for name, on in _reads_of(kind, day):
            ends = own.filter(pl.col("read_on") == on).select(
                *key, pl.col("index_wh").alias(f"{name}_{kind.value}")
            )
            frame = frame.join(ends, on=key, how="left", maintain_order="left")
    bands = pl.sum_horizontal(*(_advance(kind) for kind in BANDS), ignore_nulls=False)
    opened = pl.sum_horizontal(*(f"opening_{kind.value}" for kind in BANDS), ignore_nulls=False)
    total = RegisterKind.TOTAL.value
    return frame.with_columns(bands_wh=bands, opened=opened).with_columns(
        # A three-rate meter whose total is not read: its dial is the sum of the three.
        opening_wh=pl.coalesce(f"opening_{total}", "opened"),
        closing_wh=pl.when(pl.col(f"opening_{total}").is_null())
        .then(pl.coalesce(f"closing_{total}", pl.col("opened") + pl.col("bands_wh")))
        .otherwise(f"closing_{total}"),
        bands_wh=pl.when(pl.col(f"opening_{total}").is_not_null()).then("bands_wh"),
        reactive_opening_varh=f"opening_{RegisterKind.REACTIVE.value}",
        reactive_closing_varh=f"closing_{RegisterKind.REACTIVE.value}",
        contract_w=pl.col("registered_kw") * 1000,
        earlier_wh=f"before_{total}",
    )


def _reads_of(kind: RegisterKind, day: date) -> list[tuple[str, date]]:
    """Return the names and days of the reads that are wanted of a register."""
    around = [("opening", day), ("closing", day + timedelta(days=1))]
    return [("before", day - timedelta(days=1)), *around] if kind is RegisterKind.TOTAL else around


def _with_earlier(books: Bulk, frame: pl.DataFrame, day: date) -> pl.DataFrame:
    """Look further back where a total is read on the day and was not on the day before."""
    total = pl.col(f"opening_{RegisterKind.TOTAL.value}")
    own = frame.filter(total.is_not_null(), pl.col("earlier_wh").is_null())
    if own.is_empty():
        return frame
    keys = (own["usage_point"].to_list(), own["meter"].to_list())
    found = books.read(EARLIER, (day, *keys, RegisterKind.TOTAL.value))
    joined = frame.join(found, on=["usage_point", "meter"], how="left", maintain_order="left")
    return joined.with_columns(earlier_wh=pl.coalesce("earlier_wh", "long_ago_wh"))


def _advance(kind: RegisterKind) -> pl.Expr:
    """Return what a register advanced, past its last number too; null for any other step back."""
    old, new, dial = pl.col(f"opening_{kind}"), pl.col(f"closing_{kind}"), pl.col("dial_wh")
    rolled = (old > dial - dial // 10) & (new < dial // 10)
    return pl.when(new >= old).then(new - old).when(rolled).then(new - old + dial)


def _customer_class() -> pl.Expr:
    """Return the class whose limits hold; a buyer above 6 kV has a transformer of their own."""
    return (
        pl.when(pl.col("kind") == "network")
        .then(CustomerClass.NETWORK.value)
        .when(pl.col("group") == "residential")
        .then(CustomerClass.RESIDENTIAL.value)
        .when(pl.col("voltage").fill_null("<6kV") == "<6kV")
        .then(CustomerClass.LOW_VOLTAGE.value)
        .otherwise(CustomerClass.OWN_TRANSFORMER.value)
    )


def _bounds(day: date) -> tuple[datetime, datetime]:
    """Return the instants at which a local day begins and ends."""
    midnight = datetime.combine(day, time(), LOCAL_ZONE).astimezone(UTC)
    return midnight, midnight + timedelta(days=1)


def _outages(books: Bulk, bounds: tuple[datetime, datetime], first: int, last: int) -> pl.DataFrame:
    """Return the half-hours that lie wholly inside an outage; one that is not over is not known."""
    midnight, end = bounds
    kind = EventKind.POWER_DOWN.value
    events = books.read(EVENTS, (midnight, end, kind, first, last))
    minutes = [(pl.col(name) - midnight).dt.total_seconds() for name in ("began_at", "ended_at")]
    half = 1800
    found = events.select(
        "usage_point",
        first=((minutes[0] + half - 1) // half).clip(0, 48),
        last=(minutes[1] // half).clip(0, 48) - 1,
    ).filter(pl.col("first") <= pl.col("last"))
    return found.select(pl.col(name).cast(dtype) for name, dtype in OUTAGES.items())
