"""A small utility that is read remotely: days delivered, registers, a run of a day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import polars as pl

import world_meters as world
from congto.office.meterdata import vee, vee_class, vee_dirty, vee_late, vee_part
from congto.office.meterdata.operations import load_intervals, load_register_reads
from congto.office.storage.bulk import read
from congto.reference.interval_rules import load_interval_rules
from congto.vocabulary.intervals import SourceRank
from world_meters import Point

if TYPE_CHECKING:
    import pytest

    from congto.office.organisation.loading import Loaded

DAY = date(2026, 10, 7)  # a Wednesday
NEXT = DAY + timedelta(days=1)
MORNING = datetime(2026, 10, 8, tzinfo=UTC)
REMOTE = ("R1", "R2", "R3", "R4", "R5")


def build() -> None:
    """Build the small utility with five remote points."""
    world.build()
    world.add_customers(*(f"9{n}" for n in range(len(REMOTE))))
    world.add_points(
        *(Point(code, f"M{code}", f"A9{n}", remote=True) for n, code in enumerate(REMOTE))
    )


def in_parts(monkeypatch: pytest.MonkeyPatch, part_points: int = 3) -> None:
    """Work in parts of three keys: five points are more than one part."""
    for module in (vee, vee_late, vee_part, vee_dirty, vee_class):
        monkeypatch.setattr(module, "PART_POINTS", part_points)


def key(code: str) -> int:
    return int(read("SELECT id FROM meters_usagepoint WHERE code = $1", (code,))["id"].item())


def curve(scale: int = 100) -> list[int | None]:
    """Return a day of 48 different half-hours, 4,800 Wh at 100: no spike, no stuck value."""
    return [scale + (k % 7) - 3 if k < 42 else scale for k in range(48)]


def deliver(  # noqa: PLR0917  (what a delivery says, in its order)
    code: str,
    values: list[int | None],
    day: date = DAY,
    at: datetime = MORNING,
    source: int = SourceRank.DELIVERED,
    channel: str = "A+",
) -> Loaded:
    frame = pl.DataFrame(
        {
            "usage_point": [code],
            "channel": [channel],
            "local_day": [day],
            "values": [values],
            "source": [int(source)],
        },
        schema_overrides={"values": pl.List(pl.Int64), "source": pl.Int8},
    )
    return load_intervals(frame, at=at)


def deliver_all(day: date = DAY, but: tuple[str, ...] = (), at: datetime = MORNING) -> None:
    for number, code in enumerate(REMOTE, start=1):
        if code not in but:
            deliver(code, curve(100 * number), day, at)


def register(code: str, day: date, wh: int, at: datetime = MORNING) -> Loaded:
    frame = pl.DataFrame(
        {
            "usage_point": [code],
            "meter": [f"M{code}"],
            "read_on": [day],
            "index_wh": [wh],
            "register": ["total"],
            "source": ["remote"],
        }
    )
    return load_register_reads(frame, at=at)


def run(day: date = DAY, at: datetime = MORNING, **more: object) -> vee.DayReport:
    return vee.run_day(day, load_interval_rules(), at=at, **more)
