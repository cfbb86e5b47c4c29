"""Days of half-hours for the tests of reading files: drawn frames, and NEM12 text by hand."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import polars as pl
from hypothesis import Phase
from hypothesis import strategies as st

from congto.interfaces.files.readings.words import FAILED_VALIDATION, STATUS_OF_REASON, How
from congto.vocabulary.frames.delivered import DELIVERED_DAYS
from congto.vocabulary.frames.readings import ROW_ERRORS
from congto.vocabulary.intervals import Channel
from congto.vocabulary.quality import Quality

if TYPE_CHECKING:
    from pathlib import Path

SEARCH = (Phase.explicit, Phase.reuse, Phase.generate)
"""Without shrinking: a drawn day of 48 values takes minutes to shrink and tells no more."""

KEY = ["usage_point", "meter", "channel", "local_day"]
SAID = [name for name in DELIVERED_DAYS.columns if name not in {"line", "unit"}]
"""What a round trip must keep: `line` and the unit's spelling are the file's own."""


def load(read, path: Path, how: How | None = None) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return all days and all errors of a file."""
    parts = list(read(path, how or How()))
    return (
        pl.concat([DELIVERED_DAYS.empty(), *(part.frame for part in parts)]),
        pl.concat([ROW_ERRORS.empty(), *(part.errors for part in parts)]),
    )


def said(days: pl.DataFrame, *, without: tuple[str, ...] = ()) -> pl.DataFrame:
    """Return what the days say, in the order of their keys."""
    return days.sort(KEY).select([name for name in SAID if name not in without])


def nem12(*records: str) -> str:
    """Return a file of these records between the first and the last."""
    return "\n".join(["100,NEM12,202607020700,MDP1,RETAILER1", *records, "900"]) + "\n"


def head(point: str = "PE1", suffix: str = "E1", meter: str = "M1", unit: str = "KWH") -> str:
    return f"200,{point},{suffix},{suffix},{suffix},,{meter},{unit},30,"


def day(on: str, values: list[str], quality: str = "A,,") -> str:
    return f"300,{on},{','.join(values)},{quality},20260703065500,"


def flat(kwh: str = "0.250", count: int = 48) -> list[str]:
    return [kwh] * count


FLAGGED = (
    (Quality.MEASURED, (0,), (0, *STATUS_OF_REASON, 1, 76)),
    (Quality.MEASURED_SUSPECT, (0,), (FAILED_VALIDATION,)),
    (Quality.ESTIMATED, (0, 14, 15, 17, 19, 117, 124), (0, 76)),
    (Quality.FINAL_ESTIMATED, (17, 24, 51), (0, 28)),
    (Quality.TEMPORARY, (0, 52), (0,)),
    (Quality.EDITED, (99,), (0, 24)),
    (Quality.MISSING, (0,), (0, 76)),
)
"""What can stand beside a value: quality, methods and reason codes that go with it."""


@st.composite
def marks(draw: st.DrawFn) -> tuple[int, int, int]:
    quality, methods, reasons = draw(st.sampled_from(FLAGGED))
    return int(quality), draw(st.sampled_from(methods)), draw(st.sampled_from(reasons))


@st.composite
def days(draw: st.DrawFn, most: int = 6) -> pl.DataFrame:
    """Draw days of several points, meters and channels, with gaps and marks."""
    count = draw(st.integers(1, most))
    rows = []
    for number in range(count):
        runs = draw(st.lists(marks(), min_size=1, max_size=3))
        cuts = sorted(
            draw(st.sets(st.integers(1, 47), min_size=len(runs) - 1, max_size=len(runs) - 1))
        )
        beside = [
            run
            for run, first, last in zip(runs, [0, *cuts], [*cuts, 48], strict=True)
            for _ in range(first, last)
        ]
        values = draw(st.lists(st.integers(-(2**31) + 1, 2**31 - 1), min_size=48, max_size=48))
        rows.append(_row(number, draw(st.sampled_from(list(Channel))), values, beside))
    schema = DELIVERED_DAYS.columns
    return pl.DataFrame(rows, schema=schema, orient="row")


def _row(number: int, channel: Channel, values: list[int], beside: list[tuple[int, int, int]]):
    qualities = [quality for quality, _, _ in beside]
    methods = [method for _, method, _ in beside]
    reasons = [reason for _, _, reason in beside]
    status = [int(STATUS_OF_REASON.get(reason, 0)) for reason in reasons]
    held = [
        None if quality == Quality.MISSING else value
        for value, quality in zip(values, qualities, strict=True)
    ]

    def told(one: list[int], usual: int) -> list[int] | None:
        return one if any(value != usual for value in one) else None

    return (
        number + 1,
        f"PE{number % 3:03}",
        None if number % 2 else f"M{number}",
        channel.value,
        date(2026, 7, 1) + timedelta(days=number),
        held,
        told(status, 0),
        told(qualities, Quality.MEASURED),
        told(methods, 0),
        told(reasons, 0),
        "Wh",
        None,
    )
