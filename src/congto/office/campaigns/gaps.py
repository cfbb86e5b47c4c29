"""What the interval store lacks of communicating meters, set by set: for millions of points.

A meter is expected to have every half-hour of each channel of its profile, from the day it was hung
or the profile's depth ago, up to now. Days known to be complete are not looked at again: the first
day that is not is kept for each device in `data/gaps/`, made again from the store where it is gone.
What a meter cannot have any more, because its profile reaches back less far, is given up with a
finding, once. A row that a meter answered several times without is not asked for again: it has none
(an outage, or before it was hung); these are counted apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pyarrow.compute as pc
from django.conf import settings

from congto.headend.campaigns.gaps import GAPS, packed
from congto.office.storage.bulk import read
from congto.office.storage.interval_tables import RAW
from congto.vocabulary.intervals import HALF_HOURS, MINUTES, Channel, SourceRank
from congto.vocabulary.periods import LOCAL_ZONE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from congto.office.storage.interval_tables import Snapshot

POINTS_AT_ONCE = 250_000
WHOLE = (1 << HALF_HOURS) - 1

EXPECTED = """
SELECT d.id AS device, i.usage_point_id AS usage_point, d.unit_id, m.serial, d.profile,
  i.valid_from, i.valid_to,
  (coalesce(nullif(d.host, ''), c.host, '') <> '' AND coalesce(d.port, c.port) IS NOT NULL)
    AS reachable
FROM devices_device d LEFT JOIN devices_concentrator c ON c.id = d.concentrator_id
JOIN meters_meter m ON m.id = d.meter_id
JOIN meters_meterinstallation i ON i.meter_id = d.meter_id AND i.valid_from <= $1
  AND (i.valid_to IS NULL OR i.valid_to > $2)
JOIN organisation_unit u ON u.id = d.unit_id
WHERE d.state = 'active' AND u.path LIKE $3 || '%'
  AND (cardinality($4::text[]) = 0 OR d.profile = ANY($4)) AND ($5 = '' OR d.path = $5)
ORDER BY i.usage_point_id
"""


WITHOUT_ROW = """
SELECT device_id AS device, local_day, (SELECT sum(1::bigint << (place::int - 1))::bigint
  FROM unnest(answers) WITH ORDINALITY AS u (count, place) WHERE count >= $3) AS missing
FROM campaigns_lackedday WHERE local_day >= $1 AND local_day <= $2 AND $3 <= ANY(answers)
"""


@dataclass(frozen=True, slots=True)
class Expectation:
    """What meters of one profile have: days kept, channels."""

    depth_days: int
    channels: tuple[Channel, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """What is lacking.

    Attributes:
        gaps: GAPS, within what the meters still have.
        given_up: device, serial, unit_id, local_day, lacking (half-hours): beyond it, told once.
        through: device, usage_point, complete_before: to be kept when the gaps are dealt with.
        points: that were looked at.
    """

    gaps: pl.DataFrame
    given_up: pl.DataFrame
    through: pl.DataFrame
    points: int


def devices_expected(
    path: str, profiles: list[str], way: str, day: date, *, depth_days: int
) -> pl.DataFrame:
    """Return devices of a subtree of units with the points their meters hang at, by point.

    Args:
        path: of the unit.
        profiles: none: all.
        way: devices Path; empty: both.
        day: today.
        depth_days: how far back an installation may have ended.
    """
    first = day - timedelta(days=depth_days)
    return read(EXPECTED, (day, first, path, profiles, way))


def lacking(
    devices: pl.DataFrame,
    expectations: Mapping[str, Expectation],
    *,
    at: datetime,
    through: pl.DataFrame | None = None,
    without: pl.DataFrame | None = None,
) -> Found:
    """Look for what the store lacks of devices.

    Args:
        devices: as `devices_expected` returns them.
        expectations: profile -> what it has; devices of other profiles are left out.
        at: now: half-hours that have ended are expected.
        through: as kept from the last time; None: as it lies in the data folder.
        without: GAPS that the meters have no rows for, as `without_row` returns them; None: none.
    """
    today = at.astimezone(LOCAL_ZONE).date()
    known = _known(devices, expectations, today, kept_through() if through is None else through)
    parts = [
        _looked_at(part, expectations, at)
        for part in known.iter_slices(POINTS_AT_ONCE)
        if part.height
    ]
    days = _less(pl.concat([pl.DataFrame(schema=GAPS), *parts]), without)
    gone = days.join(known.select("device", "horizon"), on="device").filter(
        pl.col("local_day") < pl.col("horizon")
    )
    gaps = days.join(gone, on=["device", "local_day"], how="anti").select(list(GAPS))
    named = known.select("device", "serial", "unit_id").unique("device")
    given_up = gone.join(named, on="device").select(
        "device", "serial", "unit_id", "local_day",
        lacking=pl.col("missing").bitwise_count_ones(),
    )  # fmt: skip
    return Found(gaps, given_up, _through(known, gaps, today), known.height)


def without_row(answers: int, *, since: date, until: date | None = None) -> pl.DataFrame:
    """Return what meters answered so many times without: GAPS.

    Args:
        answers: after so many a row is given up.
        since: first local day.
        until: last one; None: all that follow.
    """
    rows = read(WITHOUT_ROW, (since, until or date.max, answers))
    return rows.select(pl.col(name).cast(dtype) for name, dtype in GAPS.items())


def _less(days: pl.DataFrame, without: pl.DataFrame | None) -> pl.DataFrame:
    """Leave out the half-hours that the meters have no rows for."""
    if without is None or without.is_empty():
        return days
    held = without.rename({"missing": "none"})
    left = days.join(held, on=["device", "local_day"], how="left", maintain_order="left")
    gone = pl.col("none").fill_null(pl.lit(0, pl.UInt64))
    return left.select(
        "device", "local_day", missing=pl.col("missing") & (gone ^ pl.lit(WHOLE, pl.UInt64))
    ).filter(pl.col("missing") != 0)


def kept_through() -> pl.DataFrame:
    """Return device, usage_point and the first day that was not complete when last looked at."""
    place = _folder() / "through.parquet"
    if not place.is_file():
        return pl.DataFrame(schema=THROUGH)
    return pl.read_parquet(place)


def keep_through(through: pl.DataFrame) -> None:
    """Keep how far devices are complete; those not among them stay as they are."""
    place = _folder()
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    others = kept_through().join(through, on=["device", "usage_point"], how="anti")
    draft = place / "through.part"
    pl.concat([others, through]).write_parquet(draft)
    draft.replace(place / "through.parquet")


THROUGH = {"device": pl.Int64(), "usage_point": pl.Int64(), "complete_before": pl.Date()}


def _folder() -> Path:
    return Path(settings.DATA) / "gaps"


def _known(
    devices: pl.DataFrame,
    expectations: Mapping[str, Expectation],
    today: date,
    through: pl.DataFrame,
) -> pl.DataFrame:
    """Add the horizon (the first day the meter still has) and the first day to be looked at."""
    # Of the day that many days ago a meter has lost the hours up to now already.
    depth = {name: one.depth_days - 1 for name, one in expectations.items()}
    kept = through.rename({"complete_before": "kept"})
    return (
        devices.filter(pl.col("profile").is_in([*expectations]))
        .join(kept, on=["device", "usage_point"], how="left")
        .with_columns(
            horizon=pl.lit(today)
            - pl.duration(days=pl.col("profile").replace_strict(depth, return_dtype=pl.Int64)),
        )
        .with_columns(
            # Never looked at: what lay beyond the horizon then is nobody's loss now.
            first=pl.max_horizontal("valid_from", pl.coalesce("kept", "horizon")),
            last=pl.min_horizontal(
                pl.lit(today), pl.col("valid_to").dt.offset_by("-1d").fill_null(today)
            ),
        )
        .sort("usage_point", "device")
    )


def _looked_at(
    part: pl.DataFrame, expectations: Mapping[str, Expectation], at: datetime
) -> pl.DataFrame:
    """Return the days (GAPS) that lack a half-hour, of points in a run."""
    begin, end = part["first"].min(), part["last"].max()
    assert isinstance(begin, date)
    assert isinstance(end, date)
    found = [pl.DataFrame(schema=GAPS)]
    opened = RAW.opened()
    for offset in range((end - begin).days + 1):
        day = begin + timedelta(days=offset)
        due = part.filter((pl.col("first") <= day) & (pl.col("last") >= day))
        if due.height:
            found.append(_of_day(due, expectations, day, RAW.snapshot(day, opened), at))
    return pl.concat(found)


def _of_day(
    due: pl.DataFrame,
    expectations: Mapping[str, Expectation],
    day: date,
    snapshot: Snapshot,
    at: datetime,
) -> pl.DataFrame:
    """Return the devices (GAPS) that lack a half-hour of a day."""
    expected = _ended(day, at)
    present = _present(snapshot, due["usage_point"].to_numpy())
    missing = np.zeros(due.height, np.uint64)
    for channel, bits in present.items():
        asked = [name for name, one in expectations.items() if channel in one.channels]
        lacks = due["profile"].is_in(asked).to_numpy()
        missing[lacks] |= expected & ~bits[lacks]
    frame = due.select("device", local_day=pl.lit(day), missing=pl.Series(missing))
    return frame.filter(pl.col("missing") != 0)


def _ended(day: date, at: datetime) -> np.uint64:
    """Return the half-hours of a day that have ended, as bits."""
    since = at - datetime.combine(day, time(0), LOCAL_ZONE)
    count = max(0, min(HALF_HOURS, since // timedelta(minutes=MINUTES)))
    return np.uint64((1 << count) - 1)


def _present(snapshot: Snapshot, keys: NDArray[np.int64]) -> dict[Channel, NDArray[np.uint64]]:
    """Return the half-hours that points have of each channel, as bits.

    Only whether there is a value is looked at, of any delivery but the sender's own estimates: what
    a meter has measured takes their place. A later delivery never takes a value away.
    """
    columns = ["usage_point", "channel", "source", "values"]
    rows = snapshot.rows(int(keys[0]), int(keys[-1]), columns=columns)
    rows = rows.filter(pc.greater(rows.column("source"), SourceRank.SUBSTITUTED.value))
    found = {channel: np.zeros(len(keys), np.uint64) for channel in Channel}
    if not rows.num_rows:
        return found
    there = pc.list_flatten(rows.column("values")).is_valid().to_numpy()
    bits = packed(there.reshape((-1, HALF_HOURS)))
    points, channels = (rows.column(name).to_numpy() for name in columns[:2])
    place = np.minimum(np.searchsorted(keys, points), len(keys) - 1)
    for channel, held in found.items():
        own = (channels == channel.value) & (keys[place] == points)
        np.bitwise_or.at(held, place[own], bits[own])
    return found


def _through(known: pl.DataFrame, gaps: pl.DataFrame, today: date) -> pl.DataFrame:
    """Return the first day of each device that is not complete: today where all before are."""
    first = gaps.group_by("device").agg(lacks=pl.col("local_day").min())
    return known.join(first, on="device", how="left").select(
        "device", "usage_point", complete_before=pl.coalesce("lacks", pl.lit(today))
    )
