"""A generated store of half-hours for benchmarks: clean days before, a day with seeded faults.

Every value follows from the seed. Customers are 90 % households, 7 % others on low voltage, 3 %
with a transformer of their own; their use is spread lognormally, their day has a morning and an
evening peak, and every half-hour is off by chance. All have daily register reads that agree with
the true values to the last Wh.

In 3 % of the days one thing is wrong, each kind as often as the others: FAULTS.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pyarrow as pa
from django.conf import settings

from congto.engines.intervals.block import History
from congto.office.meterdata.vee_block import history_columns
from congto.office.meterdata.vee_dirty import PART_POINTS
from congto.office.meterdata.vee_edits import EDITS
from congto.office.meterdata.vee_facts import DAILY, FACTS, OUTAGES
from congto.office.meterdata.vee_stretch import AROUND
from congto.office.storage.interval_arrays import lists, sparse_lists
from congto.office.storage.interval_tables import HISTORY, RAW, VALIDATED
from congto.vocabulary.intervals import ABSENT, HALF_HOURS, Channel, SourceRank, Status
from congto.vocabulary.quality import Quality

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from congto.office.storage.interval_tables import NewFile

DAY = date(2026, 10, 7)
"""A Wednesday; the days like it before are Tuesday, Monday, Friday and Thursday."""

KNOWN_AT = datetime(2026, 10, 7, 20, tzinfo=UTC)

FAULTS_PERMILLE = 30
FAULTS = (
    "short_gap",  # up to two hours missing
    "long_gap",  # 5 to 24 half-hours missing
    "lost_day",  # nothing came
    "negative",  # one value below zero
    "spike",  # one value ten times the highest, and the register knows nothing of it
    "stuck",  # the same value for eight hours
    "zeros",  # nothing counted for ten hours, the register counted
    "power_down",  # the meter says that power was off for three hours
)

PEAKS = (13, 15, 38, 40)  # half-hours 06:30 and 19:00
SHAPE = np.array(
    [40 + 25 * sum(abs(k - peak) < 4 for peak in PEAKS) + (k > 14) * 10 for k in range(HALF_HOURS)],
    np.int32,
)
SHAPE_SUM = int(SHAPE.sum())
OPENING_WH = 10**9
LIMIT_WH = 49_500
"""What each meter can measure in a half-hour: 3 x 220 V x 150 A; twice the highest use."""


@dataclass(frozen=True, slots=True)
class FileFacts:
    """Facts from Parquet files, one a part, as the fill has written them."""

    folder: Path

    def parts(self, day: date, points: int) -> list[int]:
        """Return the parts that have a file."""
        del day, points
        return sorted(int(file.stem) for file in self.folder.glob("*.parquet"))

    def of_points(self, day: date, first: int, last: int) -> pl.DataFrame:
        """Return the frame FACTS of a whole part."""
        del day, last
        return pl.read_parquet(self.folder / f"{first // PART_POINTS}.parquet")

    def outages(self, day: date, first: int, last: int) -> pl.DataFrame:
        """Return no outage: what the bench plants is in the meter's own bits."""
        del day, first, last
        return pl.DataFrame(schema=OUTAGES)

    def edits(self, day: date, first: int, last: int) -> pl.DataFrame:
        """Return no edit."""
        del day, first, last
        return pl.DataFrame(schema=EDITS)

    def daily(self, day: date, points: list[int]) -> pl.DataFrame:
        """Return nothing: every point has like days."""
        del day, points
        return pl.DataFrame(schema=DAILY)

    def around(self, day: date, points: list[int]) -> pl.DataFrame:
        """Return nothing: every day has its own registers."""
        del day, points
        return pl.DataFrame(schema=AROUND)


def facts_folder() -> Path:
    """Return where the facts are."""
    return Path(settings.DATA) / "facts"


def fill_part(
    order: tuple[int, int, int, tuple[date, ...]],
) -> tuple[list[tuple[str, NewFile]], dict[str, int]]:
    """Write the files of one part and return them with the number of each fault.

    Args:
        order: part, points in it, seed, days before that are validated already.
    """
    part, count, seed, before = order
    chance = np.random.default_rng((seed, part))
    points = part * PART_POINTS + np.arange(count, dtype=np.int64)
    day_wh = _day_use(chance, count)
    files = []
    for day in before:
        values = _day(chance, day_wh)
        files.append(("validated", VALIDATED.write(day, _validated(points, values))))
    history = _history(day_wh)
    files.append(("history", HISTORY.write(DAY - timedelta(days=1), _remembered(points, history))))
    true = _day(chance, day_wh)
    _write_facts(part, points, true, chance)
    kind = _kinds(chance, count)
    delivered, status, came = _with_faults(chance, true, kind)
    files.append(("raw", RAW.write(DAY, _raw(points[came], delivered[came], status[came]))))
    named = {name: int((kind == number).sum()) for number, name in enumerate(FAULTS)}
    return files, named


def _day_use(chance: np.random.Generator, count: int) -> NDArray[np.int32]:
    """Return what each customer takes on a common day, Wh."""
    draw = np.exp(chance.normal(np.log(5_000), 0.7, count))
    use: NDArray[np.int32] = np.clip(draw, 300, 400_000).astype(np.int32)
    return use


def _day(chance: np.random.Generator, day_wh: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return a day: the common shape, each half-hour between half and one and a half of it."""
    off = chance.integers(64, 192, (len(day_wh), HALF_HOURS), dtype=np.uint8)
    level = (day_wh.astype(np.int64)[:, None] * SHAPE // SHAPE_SUM).astype(np.int32)
    day: NDArray[np.int32] = (level * off) >> 7
    return day


def _kinds(chance: np.random.Generator, count: int) -> NDArray[np.int8]:
    """Return the fault of each day, -1 for none."""
    kind = chance.integers(0, len(FAULTS), count, dtype=np.int8)
    kind[chance.integers(0, 1000, count) >= FAULTS_PERMILLE] = -1
    return kind


def _with_faults(
    chance: np.random.Generator, true: NDArray[np.int32], kind: NDArray[np.int8]
) -> tuple[NDArray[np.int32], NDArray[np.uint8], NDArray[np.bool_]]:
    """Return values, bits and which days came."""
    values, status = true.copy(), np.zeros(true.shape, np.uint8)
    at = np.arange(HALF_HOURS)
    start = chance.integers(1, 24, len(true))[:, None]
    length = chance.integers(1, 5, len(true))[:, None]
    highest = true.max(axis=1)

    def rows(name: str) -> NDArray[np.intp]:
        return np.flatnonzero(kind == FAULTS.index(name))

    def runs(chosen: NDArray[np.intp], run: NDArray[np.int64] | int) -> NDArray[np.bool_]:
        inside: NDArray[np.bool_] = (at >= start[chosen]) & (at < start[chosen] + run)
        return inside

    def put(name: str, run: NDArray[np.int64] | int, value: NDArray[np.int32] | int) -> None:
        chosen = rows(name)
        values[chosen] = np.where(runs(chosen, run), value, values[chosen])

    put("short_gap", length[rows("short_gap")], ABSENT)
    put("long_gap", 4 + 5 * length[rows("long_gap")], ABSENT)
    put("negative", 1, -5)
    put("spike", 1, 10 * highest[rows("spike")][:, None] + 1_500)
    put("stuck", 16, true[rows("stuck"), 20][:, None] + 1)
    put("zeros", 20, 0)
    put("power_down", 6, ABSENT)
    dark = rows("power_down")
    status[dark] = np.where(runs(dark, 6), Status.POWER_DOWN.value, 0)
    return values, status, kind != FAULTS.index("lost_day")


def _raw(
    points: NDArray[np.int64], values: NDArray[np.int32], status: NDArray[np.uint8]
) -> pa.Table:
    count = len(points)
    some = np.flatnonzero(status.any(axis=1))
    return pa.table(
        {
            **_key(points),
            "values": lists(values, absent=ABSENT),
            "status": sparse_lists(count, some, status[some].astype(np.int8)),
            "source": np.full(count, SourceRank.DELIVERED, np.int8),
            "version": np.ones(count, np.int16),
            "known_at": _known_at(count),
        }
    )


def _validated(points: NDArray[np.int64], values: NDArray[np.int32]) -> pa.Table:
    count = len(points)
    none = np.zeros(0, np.intp)
    empty = sparse_lists(count, none, np.zeros((0, HALF_HOURS), np.int8))
    return pa.table(
        {
            **_key(points),
            "values": lists(values),
            "qualities": empty,
            "methods": empty,
            "reasons": sparse_lists(count, none, np.zeros((0, HALF_HOURS), np.int32)),
            "quality": np.full(count, Quality.MEASURED, np.int16),
            "day_wh": values.sum(axis=1, dtype=np.int64),
            "raw_version": np.ones(count, np.int16),
            "version": np.ones(count, np.int16),
            "known_at": _known_at(count),
        }
    )


def _history(day_wh: NDArray[np.int32]) -> History:
    """Return what four weeks of such days leave."""
    count = len(day_wh)
    mean = day_wh.astype(np.int64)
    highest = (mean * int(SHAPE.max()) // SHAPE_SUM * 3 // 2).astype(np.int32)
    return History(
        days=np.tile(np.array([20, 4, 4, 0], np.int16), (count, 1)),
        mean_wh=np.stack([mean] * 4, axis=1),
        deviation_wh=np.stack([mean // 25] * 4, axis=1),
        highest_wh=highest,
        zero_permille=np.zeros(count, np.int16),
        zero_days=np.zeros(count, np.int16),
        estimated_days=np.zeros(count, np.int16),
        recent_wh=highest,
        recent_days=np.full(count, 7, np.int8),
        zero_ppm=np.zeros(count, np.int32),
    )


def _remembered(points: NDArray[np.int64], history: History) -> pa.Table:
    columns: dict[str, Any] = {**_key(points), **history_columns(history)}
    return pa.table(columns | {"version": np.ones(len(points), np.int16)})


def _write_facts(
    part: int, points: NDArray[np.int64], true: NDArray[np.int32], chance: np.random.Generator
) -> None:
    """Write the frame FACTS; the registers advance by the true use."""
    count = len(points)
    share = chance.integers(0, 100, count)
    opening = OPENING_WH + chance.integers(0, OPENING_WH, count)
    frame = pl.DataFrame(
        {
            "usage_point": points,
            "customer_class": np.select([share < 90, share < 97], [0, 1], 2),
            "meter": points,
            "multiplier": np.ones(count, np.int64),
            "dial_digits": np.full(count, 7),
            "decimals": np.full(count, 3),
            "contract_w": np.where(share < 90, 0, true.max(axis=1).astype(np.int64) * 4),
            "active": np.ones(count, np.bool_),
            "limit_wh": np.full(count, LIMIT_WH),
            "single_phase": share < 90,
            "relay_open": np.zeros(count, np.bool_),
            "check_point": pl.Series([None] * count, dtype=pl.Int64),
            "earlier_wh": opening - true.sum(axis=1, dtype=np.int64),
            "opening_wh": opening,
            "closing_wh": opening + true.sum(axis=1, dtype=np.int64),
            "reactive_opening_varh": pl.Series([None] * count, dtype=pl.Int64),
            "reactive_closing_varh": pl.Series([None] * count, dtype=pl.Int64),
            "clock_seconds": pl.Series([None] * count, dtype=pl.Int32),
            "clock_jump_seconds": pl.Series([None] * count, dtype=pl.Int32),
            "bands_wh": pl.Series([None] * count, dtype=pl.Int64),
        }
    )
    facts_folder().mkdir(parents=True, exist_ok=True)
    typed = frame.select(pl.col(name).cast(kind) for name, kind in FACTS.items())
    typed.write_parquet(facts_folder() / f"{part}.parquet")


def _key(points: NDArray[np.int64]) -> dict[str, Any]:
    channel = np.full(len(points), Channel.ACTIVE_IMPORT, np.int8)
    return {"usage_point": points, "channel": channel}


def _known_at(count: int) -> pa.Array:
    moment = int(KNOWN_AT.timestamp() * 1e6)
    return pa.array(np.full(count, moment)).cast(pa.timestamp("us", "UTC"))
