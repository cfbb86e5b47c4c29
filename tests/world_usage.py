"""Half-hours for tests of usage: days of one point written out, and a month made of them."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import polars as pl

from congto.engines.usage import Month, ValidDay, point_determinants
from congto.reference import load_time_bands
from congto.vocabulary.frames.intervals import VALIDATED_DAYS
from congto.vocabulary.frames.usage import POINT_REGISTERS
from congto.vocabulary.quality import Quality

if TYPE_CHECKING:
    from collections.abc import Sequence

    from congto.vocabulary.periods import Period
    from congto.vocabulary.prices import TimeBandSchedule

WEDNESDAY = date(2026, 10, 7)
SUNDAY = date(2026, 10, 4)
IN_FORCE = load_time_bands()


def row(
    values: Sequence[int | None],
    *,
    point: int = 1,
    quality: Quality = Quality.MEASURED,
    qualities: Sequence[int] | None = None,
) -> dict[str, object]:
    """Return one row of VALIDATED_DAYS, without day and versions."""
    return {
        "usage_point": point,
        "values": list(values),
        "quality": quality.value,
        "qualities": None if qualities is None else list(qualities),
    }


def day(local_day: date, *rows: dict[str, object]) -> ValidDay:
    names = ("usage_point", "values", "qualities", "quality")
    schema = {name: VALIDATED_DAYS.columns[name] for name in names}
    return ValidDay.of(pl.DataFrame(list(rows), schema=schema), local_day)


def points(period: Period, *keys: int) -> pl.DataFrame:
    size = len(keys)
    return pl.DataFrame(
        {
            "usage_point": list(keys),
            "period_from": [period.start] * size,
            "period_to": [period.end] * size,
        },
        schema_overrides={"usage_point": pl.Int64},
    )


def month(
    period: Period,
    *days: ValidDay,
    keys: Sequence[int] = (1,),
    schedules: Sequence[TimeBandSchedule] = IN_FORCE,
) -> Month:
    found = Month(points(period, *keys), schedules)
    for one in days:
        found.add(one)
    return found


def registers(**energy: int | None) -> pl.DataFrame:
    """Return what the registers of point 1 advanced; none where nothing is given."""
    given = {"usage_point": 1, "quality": Quality.MEASURED.value, **energy}
    rows = [given] if energy else []
    return pl.DataFrame(rows, schema=POINT_REGISTERS.columns)


def determined(found: Month, **energy: int | None) -> dict[str, object]:
    """Return the determinants of point 1."""
    return point_determinants(found.frame(), registers(**energy)).row(0, named=True)
