"""What the checks and the usage read of the books, cut into partitions of whole reading books."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from congto.office.meterdata.choices import RegisterKind
from congto.vocabulary.frames.readings import PERIOD_READS
from congto.vocabulary.quality import Quality

if TYPE_CHECKING:
    from congto.office.storage.bulk import Bulk
    from congto.vocabulary.periods import Period

POINTS_A_PARTITION = 40_000

# Each table is asked once for the keys of the part, as an array, and the answers are joined in
# memory. A part may be a two hundredth of the tables: to read them whole for every part costs the
# square of the customers, and one look-up after the other three times as much as an array.
POINTS = """
WITH p AS MATERIALIZED (
    SELECT * FROM meters_usagepoint WHERE {part}
), a AS MATERIALIZED (
    SELECT id, valid_from, valid_to FROM customers_agreement
    WHERE id = ANY(ARRAY(SELECT agreement_id FROM p))
), price AS MATERIALIZED (
    SELECT agreement_id, valid_from, valid_to, "group", household_quarters, registered_kw,
        time_of_use
    FROM customers_priceassignment WHERE agreement_id = ANY(ARRAY(SELECT agreement_id FROM p))
), i AS MATERIALIZED (
    SELECT usage_point_id, meter_id, multiplier, valid_from, valid_to FROM meters_meterinstallation
    WHERE usage_point_id = ANY(ARRAY(SELECT id FROM p))
        AND valid_from < $2 AND (valid_to IS NULL OR valid_to > $1)
), m AS MATERIALIZED (
    SELECT id, three_rate, remote, dial_digits, decimals FROM meters_meter
    WHERE id = ANY(ARRAY(SELECT meter_id FROM i))
)
SELECT p.id AS usage_point, p.code AS subject, p.agreement_id AS agreement,
  p.reading_book_id AS reading_book, p.element_id AS element, p.unit_id,
  greatest($1, a.valid_from) AS agreement_from,
  least($2, coalesce(a.valid_to, $2)) AS agreement_to,
  greatest($1, a.valid_from, i.valid_from) AS period_from,
  least($2, a.valid_to, i.valid_to) AS period_to,
  i.meter_id AS meter, coalesce(i.multiplier, 1)::bigint AS multiplier,
  coalesce(m.three_rate, false) AS three_rate, coalesce(m.remote, false) AS remote,
  coalesce(m.dial_digits, 6)::smallint AS dial_digits,
  coalesce(m.decimals, 0)::smallint AS decimals,
  coalesce(price.registered_kw, e.rated_kva)::bigint AS limit_kw,
  CASE WHEN price."group" = 'residential'
    THEN (price.household_quarters + 3) / 4 ELSE 0 END::bigint AS households,
  coalesce(price.time_of_use, false) AS time_of_use, coalesce(price."group", '') AS price_group
FROM p
JOIN network_networkelement e ON e.id = p.element_id
LEFT JOIN a ON a.id = p.agreement_id
LEFT JOIN price ON price.agreement_id = a.id
  AND price.valid_from < least($2, coalesce(a.valid_to, $2))
  AND (price.valid_to IS NULL OR price.valid_to >= least($2, coalesce(a.valid_to, $2)))
LEFT JOIN i ON i.usage_point_id = p.id
LEFT JOIN m ON m.id = i.meter_id
WHERE (a.id IS NULL OR (a.valid_from < $2 AND (a.valid_to IS NULL OR a.valid_to > $1)))
"""

READS = """
SELECT r.usage_point_id AS usage_point, r.meter_id AS meter, r.register, r.read_on, r.version,
  r.index_wh, r.quality
FROM meterdata_registerreading r
WHERE r.usage_point_id = ANY(ARRAY(SELECT id FROM meters_usagepoint WHERE {part}))
  AND r.read_on BETWEEN $1 AND $2
"""

CUSTOMERS = (
    "agreement_id = ANY(ARRAY(SELECT agreement_id FROM meters_usagepoint"
    " WHERE reading_book_id BETWEEN $3 AND $4))"
)
NETWORK = "kind = 'network'"
AGREEMENTS = "agreement_id = ANY($3)"
KEYS = "id BETWEEN $3 AND $4"

# The planner takes an array for ten keys and would join forty thousand rows in nested loops.
IN_MEMORY = (
    "SET LOCAL enable_nestloop = off",
    "SET LOCAL enable_hashjoin = on",
    "SET LOCAL enable_seqscan = on",
    "SET LOCAL work_mem = '128MB'",
)
AS_BEFORE = ("SET LOCAL enable_nestloop = on",)


@dataclass(frozen=True, slots=True)
class Partition:
    """Reading books by id, first and last included, and how many points they hold.

    `session` narrows them to the books of one reading session.
    """

    first_book: int
    last_book: int
    points: int
    session: int | None = None


BOOKS = """
SELECT p.reading_book_id AS book, count(*) AS points FROM meters_usagepoint p
WHERE p.kind = 'customer' AND p.reading_book_id IS NOT NULL AND ($1::bigint IS NULL
    OR p.reading_book_id IN (SELECT id FROM meters_readingbook WHERE session_id = $1))
GROUP BY 1 ORDER BY 1
"""


def partitions(
    books: Bulk, points: int = POINTS_A_PARTITION, *, session: int | None = None
) -> list[Partition]:
    """Cut the reading books, or those of a session, into runs of about so many points each."""
    counts = books.read(BOOKS, (session,))
    run = (pl.col("points").cum_sum() - pl.col("points")) // points
    cut = counts.group_by(run=run, maintain_order=True).agg(
        first_book=pl.col("book").first(),
        last_book=pl.col("book").last(),
        points=pl.col("points").sum(),
    )
    return [Partition(**row, session=session) for row in cut.drop("run").to_dicts()]


@dataclass(frozen=True, slots=True)
class PeriodReads:
    """What was read in a period.

    Attributes:
        reads: frame PERIOD_READS.
        points: one row per usage point and meter: usage_point, subject, agreement, reading_book,
            element, unit_id, price_group (empty: none assigned), period_from, period_to (the
            agreement's part of the period).
    """

    reads: pl.DataFrame
    points: pl.DataFrame


def customers_of(books: Bulk, period: Period, part: Partition) -> PeriodReads:
    """Read the agreements whose home, the first book of their points, lies in the partition."""
    found = _read(books, period, CUSTOMERS, (part.first_book, part.last_book))
    points = at_home(found.points).filter(
        pl.col("reading_book").is_between(part.first_book, part.last_book)
    )
    if part.session is not None:
        own = books.read(BOOKS, (part.session,))["book"]
        points = points.filter(pl.col("reading_book").is_in(own.implode()))
    reads = found.reads.join(points, on="usage_point", how="semi")
    return PeriodReads(reads, points)


def at_home(points: pl.DataFrame) -> pl.DataFrame:
    """Let all points of an agreement count for its home, the first of their reading books."""
    home = points.group_by("agreement").agg(pl.col("reading_book").min())
    return points.drop("reading_book").join(home, on="agreement")


def network_of(books: Bulk, period: Period) -> PeriodReads:
    """Read the meters of the network's elements."""
    return _read(books, period, NETWORK, ())


def points_between(books: Bulk, period: Period, first: int, last: int) -> PeriodReads:
    """Read the points with keys from first to last, both included."""
    return _read(books, period, KEYS, (first, last))


def agreements_of(books: Bulk, period: Period, agreements: list[int]) -> PeriodReads:
    """Read the points of some agreements."""
    found = _read(books, period, AGREEMENTS, (agreements,))
    return PeriodReads(found.reads, at_home(found.points))


def _read(books: Bulk, period: Period, where: str, parameters: tuple[object, ...]) -> PeriodReads:
    """Join points, meters and the current versions of their reads at both ends of their part."""
    span = (period.start, period.end, *parameters)
    for setting in IN_MEMORY:
        books.execute(setting)
    points = books.read(POINTS.format(part=where), span)
    reads = books.read(READS.format(part=where), span)
    for setting in AS_BEFORE:
        books.execute(setting)
    key = ["usage_point", "meter", "register", "read_on"]
    if reads["version"].max() != 1:
        reads = reads.sort("version").unique(key, keep="last")
    due = _registers_due(points, reads)
    ends = reads.select(*key, "index_wh", "quality")
    both = due.join(
        ends.rename({"read_on": "period_from", "index_wh": "opening_wh", "quality": "__q0"}),
        on=["usage_point", "meter", "register", "period_from"],
        how="left",
    ).join(
        ends.rename({"read_on": "period_to", "index_wh": "closing_wh", "quality": "__q1"}),
        on=["usage_point", "meter", "register", "period_to"],
        how="left",
    )
    missing = Quality.MISSING.value
    weaker = pl.min_horizontal(pl.col("__q0").fill_null(missing), pl.col("__q1").fill_null(missing))
    frame = both.with_columns(quality=weaker.cast(pl.Int16))
    listed = points.select(
        "usage_point",
        "subject",
        "agreement",
        "reading_book",
        "element",
        "unit_id",
        "price_group",
        period_from="agreement_from",
        period_to="agreement_to",
    ).unique("usage_point")
    return PeriodReads(PERIOD_READS.check(frame).sort("usage_point", "register"), listed)


def _registers_due(points: pl.DataFrame, reads: pl.DataFrame) -> pl.DataFrame:
    """Say which registers should have been read: those that bills need and those that were seen.

    One row per usage point, meter and register.
    """
    total = pl.lit([RegisterKind.TOTAL.value], dtype=pl.List(pl.Int16))
    bands = pl.lit(
        [RegisterKind.NORMAL.value, RegisterKind.PEAK.value, RegisterKind.OFF_PEAK.value],
        dtype=pl.List(pl.Int16),
    )
    needed = points.select(
        "usage_point", "meter", register=pl.when("three_rate").then(bands).otherwise(total)
    ).explode("register")
    key = ["usage_point", "meter", "register"]
    seen = reads.select(key).join(needed, on=key, how="anti").unique()
    due = pl.concat([needed, seen])
    return points.join(due, on=["usage_point", "meter"], nulls_equal=True)
