"""The mean customer of each class (E-11): sums of measured days, kept day by day as they come.

A day's run adds up its clean days by channel and class, 48 sums each, in the transaction that ends
the part; nothing is read again for it. The mean customer of a day is made of the sums of the 28
days before, by type of day. Where a day changes later, the sums change by what its rows were and
are, and those days are marked that leaned on another mean. So the mean, and what is estimated by
it, follow from the measured days and not from the order in which they came (decision 16).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from congto.office.meterdata.choices import DirtyStage
from congto.office.meterdata.vee_dirty import PART_POINTS, mark
from congto.office.meterdata.vee_stored import stored_day
from congto.office.storage.bulk import read
from congto.office.storage.interval_tables import VALIDATED
from congto.reference.calendar import day_type
from congto.vocabulary.intervals import ABSENT, HALF_HOURS, Channel, CustomerClass, DayType, Method
from congto.vocabulary.quality import Quality

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from numpy.typing import NDArray

    from congto.office.meterdata.vee_derive import Derived
    from congto.office.meterdata.vee_facts import Facts
    from congto.office.meterdata.vee_stored import StoredDay
    from congto.office.storage.bulk import Bulk

WINDOW_DAYS = 28
"""As the rolling statistics of a point: four weeks."""

CLASSES = (CustomerClass.RESIDENTIAL, CustomerClass.LOW_VOLTAGE, CustomerClass.OWN_TRANSFORMER)
"""Network points have nothing in common that a mean would tell."""

LEANING: dict[str, pl.DataType] = {
    "usage_point": pl.Int64(),
    "channel": pl.Int16(),
    "customer_class": pl.Int16(),
}
"""One row per point and channel of which a half-hour of the day had no like day."""

WITHOUT_LIKE_DAYS = (Method.PREVIOUS_YEAR, Method.CUSTOMER_CLASS, Method.REGISTER_AVERAGE)

ADD = """
INSERT INTO meterdata_classday AS held (local_day, channel, customer_class, days, sums, stale)
VALUES ($1, $2, $3, $4, $5, false)
ON CONFLICT ON CONSTRAINT class_day_key DO UPDATE SET days = held.days + excluded.days,
  stale = false, sums = (SELECT array_agg(a + b ORDER BY place)
    FROM unnest(held.sums, excluded.sums) WITH ORDINALITY AS half (a, b, place))
"""
PUT = """
INSERT INTO meterdata_classday AS held (local_day, channel, customer_class, days, sums, stale)
VALUES ($1, $2, $3, $4, $5, false)
ON CONFLICT ON CONSTRAINT class_day_key
DO UPDATE SET days = excluded.days, sums = excluded.sums, stale = false
"""
NOTED = "SELECT channel, stale FROM meterdata_classday WHERE local_day = $1"
STALE = "UPDATE meterdata_classday SET stale = true WHERE local_day = $1"
DONE = (
    "SELECT part FROM meterdata_validatedpart WHERE local_day = $1 AND done_at IS NOT NULL"
    " ORDER BY part"
)
IN_WINDOW = """
SELECT local_day, channel, customer_class, days, sums FROM meterdata_classday
WHERE local_day >= $1 AND local_day < $2 ORDER BY local_day, channel, customer_class
"""
LEAN = """
SELECT usage_point_id AS usage_point, local_day, channel, customer_class FROM meterdata_leaningday
WHERE local_day > $1 AND local_day <= $2
"""
FORGET = "DELETE FROM meterdata_leaningday WHERE local_day = $1"
BETWEEN = " AND usage_point_id BETWEEN $2 AND $3"
AMONG = " AND usage_point_id = ANY($2)"


@dataclass(frozen=True, slots=True)
class Sums:
    """Clean days of one channel by class: their number and their half-hours added up.

    Attributes:
        days: (3,). wh: (3, 48).
    """

    days: NDArray[np.int64]
    wh: NDArray[np.int64]

    @classmethod
    def of(
        cls, values: NDArray[np.int32], clean: NDArray[np.bool_], classes: NDArray[np.int8]
    ) -> Sums:
        """Add up the clean rows."""
        days = np.zeros(len(CLASSES), np.int64)
        wh = np.zeros((len(CLASSES), HALF_HOURS), np.int64)
        for one in CLASSES:
            rows = clean & (classes == one)
            days[one] = rows.sum()
            wh[one] = values[rows].sum(axis=0, dtype=np.int64)
        return cls(days, wh)

    @classmethod
    def none(cls) -> Sums:
        """Return no day."""
        shape = (len(CLASSES), HALF_HOURS)
        return cls(np.zeros(len(CLASSES), np.int64), np.zeros(shape, np.int64))

    def without(self, other: Sums) -> Sums:
        """Return the difference."""
        return Sums(self.days - other.days, self.wh - other.wh)

    def with_more(self, other: Sums) -> Sums:
        """Return both together."""
        return Sums(self.days + other.days, self.wh + other.wh)

    def __bool__(self) -> bool:
        """Tell whether there is anything in it."""
        return bool(self.days.any() or self.wh.any())


def sums_of(derived: Derived, classes: NDArray[np.int8]) -> Sums:
    """Add up the days that were measured wholly and that no rule suspects."""
    return Sums.of(derived.values, derived.quality == Quality.MEASURED, classes)


def sums_held(held: StoredDay, points: NDArray[np.int64], classes: NDArray[np.int8]) -> Sums:
    """Add up what was clean of some points before."""
    at = np.searchsorted(points, held.points)
    inside = at < len(points)
    inside[inside] = points[at[inside]] == held.points[inside]
    clean = (held.qualities == Quality.MEASURED).all(axis=1) & inside
    clean &= (held.values != ABSENT).all(axis=1)
    own = np.full(len(held.points), -1, np.int8)
    own[inside] = classes[at[inside]]
    return Sums.of(held.values, clean, own)


def leaning_of(derived: Derived, channel: Channel, classes: NDArray[np.int8]) -> pl.DataFrame:
    """Return the frame LEANING: who had no like day for a half-hour, whatever came instead."""
    asked = np.isin(derived.methods, WITHOUT_LIKE_DAYS) | (
        (derived.methods == Method.NONE) & (derived.qualities <= Quality.REJECTED)
    )
    rows = derived.rows[asked.any(axis=1)]
    return pl.DataFrame(
        {
            "usage_point": derived.points[rows],
            "channel": np.full(len(rows), int(channel), np.int16),
            "customer_class": classes[rows].astype(np.int16),
        },
        schema=LEANING,
    )


def add_sums(books: Bulk, day: date, sums: Mapping[Channel, Sums]) -> None:
    """Add to the sums of a day, in the caller's transaction."""
    for channel, own in sums.items():
        for one in CLASSES:
            row = (day, int(channel), int(one), int(own.days[one]), own.wh[one].tolist())
            books.execute(ADD, row)


def keep_leaning(
    books: Bulk,
    leaning: pl.DataFrame,
    day: date,
    bounds: tuple[int, int],
    points: list[int] | None = None,
) -> None:
    """Note who leans on what, of the points looked at, in the caller's transaction.

    Args:
        books: the transaction.
        leaning: frame LEANING.
        day: the local day.
        bounds: lowest and highest usage point looked at.
        points: only these; all within the bounds by default.
    """
    if points is None:
        books.execute(FORGET + BETWEEN, (day, *bounds))
    else:
        books.execute(FORGET + AMONG, (day, points))
    if leaning.height:
        rows = leaning.rename({"usage_point": "usage_point_id"})
        books.copy("meterdata_leaningday", rows.with_columns(local_day=pl.lit(day)))


def begin_change(books: Bulk, day: date, change: Mapping[Channel, Sums]) -> bool:
    """Note that the sums of a day are about to differ from its rows; return whether they did.

    In the transaction before the rows change. A run that is killed in between leaves the note, and
    the next one adds the day up anew.
    """
    noted = books.read(NOTED, (day,))
    if any(change.values()):
        new = {one: Sums.none() for one in change if int(one) not in set(noted["channel"])}
        add_sums(books, day, new)
        books.execute(STALE, (day,))
    return bool(noted["stale"].any())


def end_change(  # noqa: PLR0913  (what changed, and how the day is added up anew)
    books: Bulk,
    day: date,
    change: Mapping[Channel, Sums],
    facts: Facts,
    *,
    stale: bool,
    at: datetime,
) -> None:
    """Bring the sums of a day up to its rows and mark the days whose mean customer is another now.

    In the transaction after the rows changed.
    """
    if not stale and not any(change.values()):
        return
    before = _window(books, day)
    if stale:
        noted = set(books.read(NOTED, (day,))["channel"])
        for channel, own in _added_up(books, day, facts).items():
            for one in CLASSES if int(channel) in noted else ():
                row = (day, int(channel), int(one), int(own.days[one]), own.wh[one].tolist())
                books.execute(PUT, row)
    else:
        add_sums(books, day, change)
    after = _window(books, day)
    lean = books.read(LEAN, (day, day + timedelta(days=WINDOW_DAYS)))
    marks = []
    for (one,), there in lean.group_by(["local_day"], maintain_order=True):
        assert isinstance(one, date)  # a group's key is of any type
        old, new = mean_customers(before, one), mean_customers(after, one)
        kind = _like(day_type(one))
        moved = [
            _row_moved(old, new, channel, customer_class, kind)
            for channel, customer_class in there.select("channel", "customer_class").iter_rows()
        ]
        marks.append(there.filter(pl.Series(moved, dtype=pl.Boolean)))
    if marks:
        days = pl.concat(marks).select("usage_point", "local_day").unique()
        mark(books, days, DirtyStage.VALIDATION, at=at)


def _row_moved(
    old: Mapping[Channel, NDArray[np.int32]],
    new: Mapping[Channel, NDArray[np.int32]],
    channel: int,
    customer_class: int,
    kind: DayType,
) -> bool:
    """Tell whether a class's half-hours of a type of day came out otherwise."""
    nothing = np.full((len(CustomerClass), len(DayType), HALF_HOURS), ABSENT, np.int32)
    own = [one.get(Channel(channel), nothing)[customer_class, kind] for one in (old, new)]
    return not np.array_equal(*own)


def _window(books: Bulk, day: date) -> pl.DataFrame:
    """Return the sums that share a mean with a day."""
    first, end = (day + timedelta(days=way * WINDOW_DAYS) for way in (-1, 1))
    return books.read(IN_WINDOW, (first, end))


def _added_up(books: Bulk, day: date, facts: Facts) -> dict[Channel, Sums]:
    """Add the parts of a day up from their rows; one that is not done will add itself."""
    snapshot = VALIDATED.snapshot(day)
    whole = dict.fromkeys(Channel, Sums.none())
    for part in books.read(DONE, (day,))["part"]:
        first, last = part * PART_POINTS, (part + 1) * PART_POINTS - 1
        points = facts.of_points(day, first, last)
        keys, classes = points["usage_point"].to_numpy(), points["customer_class"].to_numpy()
        for channel in Channel:
            held = stored_day(snapshot, channel, first, last)
            whole[channel] = whole[channel].with_more(sums_held(held, keys, classes))
    return whole


def mean_customers_of(day: date) -> dict[Channel, NDArray[np.int32]]:
    """Return the mean customers that a day may lean on: `Sources.class_days` by channel."""
    return mean_customers(read(IN_WINDOW, (day - timedelta(days=WINDOW_DAYS), day)), day)


def mean_customers(sums: pl.DataFrame, day: date) -> dict[Channel, NDArray[np.int32]]:
    """Return half-hours of the mean customer by channel: (classes, types of day, 48).

    The sum of the 28 days before over the number of days in it, halves up; ABSENT where there is
    none. A holiday is like a Sunday, as it is among like days.

    Args:
        sums: local_day, channel, customer_class, days, sums; of these days and others.
        day: the day that leans on them.
    """
    own = sums.filter(
        pl.col("local_day").is_between(day - timedelta(days=WINDOW_DAYS), day, closed="left")
    )
    found: dict[Channel, NDArray[np.int32]] = {}
    shape = (len(CustomerClass), len(DayType))
    for (channel,), rows in own.group_by(["channel"], maintain_order=True):
        days = np.zeros(shape, np.int64)
        wh = np.zeros((*shape, HALF_HOURS), np.int64)
        for one, customer_class, count, half_hours in _entries(rows):
            days[customer_class, day_type(one)] += count
            wh[customer_class, day_type(one)] += half_hours
        mean = (wh + days[..., None] // 2) // np.maximum(days, 1)[..., None]
        out = np.where(days[..., None] > 0, mean, ABSENT).astype(np.int32)
        out[:, DayType.HOLIDAY] = out[:, DayType.SUNDAY]
        found[Channel(int(str(channel)))] = out
    return found


def _entries(rows: pl.DataFrame) -> Iterable[tuple[date, int, int, NDArray[np.int64]]]:
    for row in rows.iter_rows(named=True):
        yield row["local_day"], row["customer_class"], row["days"], np.array(row["sums"], np.int64)


def _like(kind: DayType) -> DayType:
    return DayType.SUNDAY if kind is DayType.HOLIDAY else kind
