"""Half-hours in the store: raw as delivered beside validated, versions added and never changed.

Folder `<CONGTO_DATA>/intervals`: the Delta tables `raw`, `validated` and `history` (what is
remembered of a point after each day), one row per usage point, channel, local day and version.

- Raw: a row per delivery that changed something. What is current is laid together when it is read
  (interval_layers); a delivery that changes nothing is dropped.
- Validated: the highest version is current.
- Every row says when it entered the books, so each question may be asked as of an earlier instant.

Readers get the validated day where there is one, else the raw one.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
from deltalake.exceptions import CommitFailedError

from congto.office.storage.interval_arrays import lists, matrix
from congto.office.storage.interval_layers import RawDays, current
from congto.office.storage.interval_tables import RAW, VALIDATED, frame_of, rows_of
from congto.vocabulary.errors import RefusedError
from congto.vocabulary.intervals import ABSENT, Channel, SourceRank
from congto.vocabulary.quality import Quality

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from numpy.typing import NDArray

    from congto.office.storage.interval_tables import DayTable, Snapshot
    from congto.vocabulary.periods import Period

SPAN_ROWS = 262_144
"""Rows worked on and written together: 12.6 M values, 50 MB."""

TRIES = 5
"""Loads that meet look again; so many in a row mean that something else is wrong."""

SCHEMA: dict[str, pl.DataType] = {
    "usage_point": pl.Int64(),
    "channel": pl.Int8(),
    "local_day": pl.Date(),
    "values": pl.List(pl.Int32()),  # 48 half-hours from 00:00, Wh; null: missing
    "quality": pl.Int16(),  # the weakest of the day
    "version": pl.Int16(),
    "validated": pl.Boolean(),  # false: as delivered
    "known_at": pl.Datetime("us", "UTC"),
}
"""What readers get: one row per usage point, channel and local day."""

SUMS = {
    "usage_point": pl.Int64(),
    "present": pl.Int64(),
    "negative": pl.Int64(),
    "lowest_wh": pl.Int64(),
    "energy_wh": pl.Int64(),
}

CHANGE = ["usage_point", "channel", "local_day", "version"]
LAYERS = ["usage_point", "values", "status", "source", "version"]


def append(delivered: pl.DataFrame, *, at: datetime) -> int:
    """Add the deliveries that change what is current, as new versions; return how many.

    Args:
        delivered: usage_point, channel, local_day, values of RAW_DAYS; status (null: no bit) and
            source (SourceRank; DELIVERED) where known. Several rows of one day are several
            deliveries, the later ones further down.
        at: when the rows enter the books.

    Raises:
        RefusedError: other loads wrote again and again at the same time; nothing was added.
        InvalidInputError: a row has not 48 values.
    """
    if delivered.is_empty():
        return 0
    ready = _complete(delivered)
    for _ in range(TRIES):
        try:
            return _append(ready, at)
        except CommitFailedError:
            continue  # somebody else wrote since we looked: look again
    raise RefusedError(
        "other loads wrote interval readings again and again at the same time",
        action="run this load again; what is there already is not added twice",
    )


def changes(delivered: pl.DataFrame) -> pl.DataFrame:
    """Return what `append` would add, and add nothing: usage_point, channel, local_day, version.

    Version 1: nothing is known of the day yet. Args as of `append`.
    """
    found = [pl.DataFrame(schema={name: RAW.frame.columns[name] for name in CHANGE})]
    opened = RAW.opened()
    groups = _complete(delivered).group_by(["local_day", "channel"], maintain_order=True)
    for (day, _channel), rows in groups:
        snapshot = RAW.snapshot(day, opened)
        found += [_changed(span, snapshot).select(CHANGE) for span in rows.iter_slices(SPAN_ROWS)]
    return pl.concat(found)


def _complete(delivered: pl.DataFrame) -> pl.DataFrame:
    """Return the columns of raw rows, absent ones filled, in the order of keys and arrival."""
    given = delivered.columns
    absent = {
        "status": pl.lit(None, dtype=RAW.frame.columns["status"]),
        "source": pl.lit(SourceRank.DELIVERED.value, dtype=pl.Int8),
    }
    filled = delivered.with_columns(
        **{name: value for name, value in absent.items() if name not in given}
    )
    names = ["usage_point", "channel", "local_day", "values", "status", "source"]
    columns = [pl.col(name).cast(RAW.frame.columns[name]) for name in names]
    ready = filled.select(columns)
    return ready.sort("local_day", "channel", "usage_point", maintain_order=True)


def _append(ready: pl.DataFrame, at: datetime) -> int:
    """Write and commit what differs from the table as it is now."""
    opened = RAW.opened()
    after = -1 if opened is None else opened.version()
    known_at = pl.lit(at).dt.convert_time_zone("UTC").cast(RAW.frame.columns["known_at"])
    files, added = [], 0
    for (day, _channel), rows in ready.group_by(["local_day", "channel"], maintain_order=True):
        snapshot = RAW.snapshot(day, opened)
        for span in rows.iter_slices(SPAN_ROWS):
            new = _changed(span, snapshot)
            if not new.is_empty():
                files.append(RAW.write(day, rows_of(new.with_columns(known_at=known_at), RAW)))
                added += new.height
    RAW.commit(files, at=at, after=after)
    return added


def _changed(span: pl.DataFrame, snapshot: Snapshot) -> pl.DataFrame:
    """Keep the deliveries of one day and channel that change something; give them versions."""
    turn = span.with_columns(turn=pl.int_range(pl.len()).over("usage_point"))
    channel = int(span["channel"][0])
    points = span["usage_point"].unique().sort().to_numpy()
    held = snapshot.rows(points=points, columns=[*LAYERS, "channel"])
    layers = held.filter(pc.equal(held.column("channel"), channel)).select(LAYERS)
    kept = []
    for number in range(int(turn["turn"].max() or 0) + 1):  # type: ignore[arg-type]  # whole
        rows = turn.filter(pl.col("turn") == number).drop("turn")
        new = _differing(rows, layers)
        kept.append(new)
        layers = pa.concat_tables([layers, _layers(new)])
    return pl.concat(kept)


def _differing(rows: pl.DataFrame, layers: pa.Table) -> pl.DataFrame:
    """Keep the rows, one a usage point, that change the day they are laid on."""
    before = current(layers)
    points = rows["usage_point"].to_numpy()
    place = np.searchsorted(before.points, points)
    known = np.zeros(len(points), bool)
    inside = place < len(before.points)
    known[inside] = before.points[place[inside]] == points[inside]
    version = np.zeros(len(points), np.int16)
    version[known] = before.versions[place[known]]
    numbered = rows.with_columns(version=pl.Series(version + 1, dtype=pl.Int16))
    after = current(pa.concat_tables([layers, _layers(numbered)]))
    same = _same(before, after, points, known)
    return numbered.filter(~pl.Series(same))


def _same(
    before: RawDays, after: RawDays, points: NDArray[np.int64], known: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Tell for each point whether its day is the same before and after; unknown days are empty."""
    new = np.searchsorted(after.points, points)
    values = after.values[new]
    same: NDArray[np.bool_] = (values == ABSENT).all(axis=1)
    status = after.status[new] if after.status is not None else None
    if status is not None:
        same &= (status == 0).all(axis=1)
    old = np.searchsorted(before.points, points[known])
    equal = (before.values[old] == values[known]).all(axis=1)
    equal &= (before.rank_of_values()[old] == after.rank_of_values()[new][known]).all(axis=1)
    if status is not None:
        held = before.status[old] if before.status is not None else np.zeros_like(status[known])
        equal &= (held == status[known]).all(axis=1)
    same[known] = equal
    return same


def _layers(rows: pl.DataFrame) -> pa.Table:
    """Return raw rows as they come from the table."""
    schema = pa.schema([RAW.schema.field(name) for name in LAYERS])
    signed = rows.with_columns(pl.col("status").cast(pl.List(pl.Int8)))
    return signed.select(LAYERS).to_arrow(compat_level=pl.CompatLevel.oldest()).cast(schema)


def raw_days(  # noqa: PLR0913  (which table, channel, points, and when)
    snapshot: Snapshot,
    channel: Channel,
    first: int | None = None,
    last: int | None = None,
    *,
    points: NDArray[np.int64] | None = None,
    known_at: datetime | None = None,
) -> RawDays:
    """Return what is current of the deliveries of a day: of all, a range or a list of points.

    Args:
        snapshot: of the table RAW.
        channel: which.
        first: lowest usage point.
        last: highest usage point, included.
        points: rising keys.
        known_at: as known at this instant; now by default.
    """
    columns = [*LAYERS, "channel", *(["known_at"] if known_at else [])]
    rows = snapshot.rows(first, last, points=points, columns=columns)
    return current(_as_of(rows.filter(pc.equal(rows.column("channel"), int(channel))), known_at))


def raw_channels(
    snapshot: Snapshot, first: int, last: int, points: NDArray[np.int64] | None = None
) -> dict[Channel, RawDays]:
    """Return what is current of the deliveries of a day by channel, read once.

    Channels of which nothing was delivered are there, empty. Arguments as in `raw_days`.
    """
    rows = snapshot.rows(first, last, points=points, columns=[*LAYERS, "channel"])
    channel = rows.column("channel")
    found = set(pc.unique(channel).to_pylist())
    if len(found) == 1:
        only = Channel(found.pop())
        empty = current(rows.slice(0, 0))
        return dict.fromkeys(Channel, empty) | {only: current(rows)}
    return {one: current(rows.filter(pc.equal(channel, int(one)))) for one in Channel}


def validated_rows(  # noqa: PLR0913  (which table, day, channel, points, and when)
    snapshot: Snapshot,
    day: date,
    channel: Channel,
    *,
    points: NDArray[np.int64] | None = None,
    known_at: datetime | None = None,
    columns: Sequence[str] | None = None,
) -> pl.DataFrame:
    """Return the current rows of a snapshot of a table of versions, by usage point.

    Columns: those of the table's frame, or the ones named and the key.
    """
    names = snapshot.table.columns
    if columns is not None:
        kept = {*columns, "usage_point", "channel", "version", *(["known_at"] if known_at else [])}
        names = [name for name in names if name in kept]
    rows = snapshot.rows(points=points, columns=names)
    own = _as_of(rows.filter(pc.equal(rows.column("channel"), int(channel))), known_at)
    return newest(frame_of(own, snapshot.table, day))


def newest(rows: pl.DataFrame) -> pl.DataFrame:
    """Keep the highest version of each usage point, rows of one day and channel, by point."""
    if rows.is_empty() or (rows["version"].max() == 1 and rows["usage_point"].is_sorted()):
        return rows
    return rows.sort("usage_point", "version").unique(
        "usage_point", keep="last", maintain_order=True
    )


def _as_of(rows: pa.Table, known_at: datetime | None) -> pa.Table:
    if known_at is None:
        return rows
    return rows.filter(pc.less_equal(rows.column("known_at"), pa.scalar(known_at)))


def read_day(
    day: date,
    channel: Channel = Channel.ACTIVE_IMPORT,
    *,
    points: NDArray[np.int64] | None = None,
    known_at: datetime | None = None,
) -> pl.DataFrame:
    """Return one local day of everybody or of some points, by usage point: columns of SCHEMA.

    Args:
        day: local day.
        channel: which.
        points: rising keys; everybody by default.
        known_at: as the books knew it at this instant; now by default.
    """
    done = validated_rows(
        VALIDATED.snapshot(day), day, channel, points=points, known_at=known_at
    ).with_columns(validated=pl.lit(value=True))
    raw = _raw_frame(day, channel, points, known_at)
    rest = raw.join(done.select("usage_point"), on="usage_point", how="anti")
    return pl.concat([done.select(list(SCHEMA)), rest]).sort("usage_point")


def _raw_frame(
    day: date, channel: Channel, points: NDArray[np.int64] | None, known_at: datetime | None
) -> pl.DataFrame:
    """Return the raw days that are current: columns of SCHEMA."""
    rows = RAW.snapshot(day).rows(points=points, columns=[*LAYERS, "channel", "known_at"])
    own = _as_of(rows.filter(pc.equal(rows.column("channel"), int(channel))), known_at)
    days = current(own)
    when = pl.DataFrame(pl.from_arrow(own.select(["usage_point", "known_at"])))
    missing = (days.values == ABSENT).any(axis=1)
    quality = np.where(missing, Quality.MISSING.value, Quality.MEASURED.value)
    frame = pl.DataFrame(
        {
            "usage_point": days.points,
            "values": pl.Series(lists(days.values, absent=ABSENT)),
            "quality": quality,
            "version": days.versions,
        }
    ).with_columns(
        channel=pl.lit(int(channel)), local_day=pl.lit(day), validated=pl.lit(value=False)
    )
    dated = frame.join(when.group_by("usage_point").agg(pl.col("known_at").max()), on="usage_point")
    return dated.select(pl.col(name).cast(kind) for name, kind in SCHEMA.items())


def read_point(
    usage_point: int, period: Period, channel: Channel = Channel.ACTIVE_IMPORT
) -> pl.DataFrame:
    """Return the days of one usage point in a period, by day: columns of SCHEMA."""
    return read_points([usage_point], period, channel)


def read_points(
    points: Sequence[int],
    period: Period,
    channel: Channel = Channel.ACTIVE_IMPORT,
    *,
    known_at: datetime | None = None,
) -> pl.DataFrame:
    """Return the days of some usage points in a period, by day and point: columns of SCHEMA."""
    keys = np.unique(np.array(list(points), np.int64))
    known = {*RAW.days(), *VALIDATED.days()}
    days = [period.start + timedelta(days=offset) for offset in range(period.days)]
    found = [
        read_day(day, channel, points=keys, known_at=known_at)
        for day in days
        if day.isoformat() in known
    ]
    return pl.concat([pl.DataFrame(schema=SCHEMA), *found])


def read_versions(usage_point: int, day: date, table: DayTable = VALIDATED) -> pl.DataFrame:
    """Return every version of a point's day, all channels, oldest first: columns of the frame."""
    rows = table.snapshot(day).rows(points=np.array([usage_point], np.int64))
    return frame_of(rows, table, day).sort("channel", "version")


def period_sums(period: Period, channel: Channel = Channel.ACTIVE_IMPORT) -> pl.DataFrame:
    """Sum the half-hours of each usage point over a period, holding one day in memory at a time.

    One row per usage point with any reading in the period: usage_point, present (half-hours with a
    value), negative (below zero), lowest_wh, energy_wh (sum of those present).
    """
    sums = pl.DataFrame(schema=SUMS)
    for offset in range(period.days):
        day = read_day(period.start + timedelta(days=offset), channel)
        sums = (
            pl.concat([sums, _summed(day)])
            .group_by("usage_point")
            .agg(pl.col("present", "negative", "energy_wh").sum(), pl.col("lowest_wh").min())
            .select(list(SUMS))
        )
    return sums.sort("usage_point")


def _summed(day: pl.DataFrame) -> pl.DataFrame:
    """Sum one day's rows."""
    column = day.select("values").to_arrow(compat_level=pl.CompatLevel.oldest()).column("values")
    values = matrix(column)
    has = values != ABSENT
    lowest = np.where(has, values, np.iinfo(np.int32).max).min(axis=1, initial=2**31 - 1)
    frame = pl.DataFrame(
        {
            "usage_point": day["usage_point"],
            "present": has.sum(axis=1),
            "negative": ((values < 0) & has).sum(axis=1),
            "lowest_wh": lowest,
            "energy_wh": values.sum(axis=1, dtype=np.int64, where=has),
        },
        schema=SUMS,
        strict=False,
    )
    none = pl.col("present") == 0
    return frame.with_columns(lowest_wh=pl.when(none).then(None).otherwise("lowest_wh"))
