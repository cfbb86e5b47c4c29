"""Aggregates by cell and hour, worked by hand: two transformers below a feeder, three customers.

Points 1 and 2 (residential) hang at transformer 11, point 3 (production) at transformer 12, point 4
at the feeder 10 itself; all in district 101 of company 100.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from congto.engines.usage import aggregates, cell_hours
from congto.vocabulary.frames.usage import CELL_HOURS, CELLS
from congto.vocabulary.quality import Quality
from world_usage import WEDNESDAY, day, row

if TYPE_CHECKING:
    from datetime import date

M, E = Quality.MEASURED.value, Quality.ESTIMATED.value


def cell(number: int, points: int, transformer: int | None, group: str) -> dict[str, object]:
    return {
        "cell": number,
        "points": points,
        "transformer": transformer,
        "transformer_unit": 101 if transformer else None,
        "feeder": 10,
        "feeder_unit": 101,
        "district": 101,
        "company": 100,
        "customer_class": group,
    }


NETWORK = pl.DataFrame(
    [
        cell(1, 2, 11, "residential"),
        cell(2, 1, 12, "production"),
        cell(3, 1, None, "production"),
    ],
    schema=CELLS.columns,
)
HOMES = {1: 1, 2: 1, 3: 2, 4: 3}


def added(*rows: dict[str, object], local_day: date = WEDNESDAY) -> pl.DataFrame:
    cells = np.array([HOMES[int(one["usage_point"])] for one in rows], np.int64)
    return cell_hours(day(local_day, *rows), cells)


def of(frame: pl.DataFrame, level: str, hour: int | None, **key: object) -> dict[str, object]:
    rows = frame.filter(level=level, **key).filter(pl.col("hour").eq_missing(hour))
    return rows.row(0, named=True)


def test_hours_are_two_half_hours_and_groups_are_their_points():
    frame = aggregates(
        NETWORK,
        added(
            row(range(48)),
            row([10] * 48, point=2),
            row([100] * 48, point=3),
            row([1000] * 48, point=4),
        ),
    )
    # hour 3: point 1 has 6 + 7, point 2 20, point 3 200, point 4 2000
    assert of(frame, "transformer", 3, element=11)["energy_wh"] == 33
    assert of(frame, "transformer", 3, element=12)["energy_wh"] == 200
    assert of(frame, "feeder", 3, element=10)["energy_wh"] == 2233
    assert of(frame, "district", 3, unit=101)["energy_wh"] == 2233
    assert of(frame, "company", 3, unit=100)["energy_wh"] == 2233
    assert of(frame, "class", 3, customer_class="production")["energy_wh"] == 2200
    # the day: 0 + 1 + ... + 47 = 1128, 48 x 10, 48 x 100, 48 x 1000
    whole = of(frame, "district", None, unit=101)
    assert whole["energy_wh"] == 1128 + 480 + 4800 + 48_000
    assert (whole["points"], whole["half_hours"], whole["present"]) == (4, 192, 192)
    assert (whole["coverage_permille"], whole["estimated_permille"]) == (1000, 0)


def test_what_is_missing_lowers_the_coverage_and_is_not_zero():
    values: list[int | None] = [10] * 48
    values[6] = None
    frame = aggregates(NETWORK, added(row(values), row([100] * 48, point=3)))
    hour = of(frame, "transformer", 3, element=11)
    # point 1 has one of two half-hours, point 2 delivered nothing
    assert (hour["energy_wh"], hour["present"], hour["half_hours"]) == (10, 1, 4)
    assert hour["coverage_permille"] == 250
    whole = of(frame, "district", None, unit=101)
    assert (whole["present"], whole["half_hours"]) == (47 + 48, 192)
    assert whole["coverage_permille"] == 494  # 95 / 192 = 0.49479, cut


def test_where_nothing_is_known_the_figure_is_null():
    frame = aggregates(NETWORK, added(row([100] * 48, point=3)))
    dark = of(frame, "transformer", 3, element=11)
    assert (dark["energy_wh"], dark["estimated_wh"]) == (None, None)
    assert (dark["coverage_permille"], dark["estimated_permille"]) == (0, None)
    assert aggregates(NETWORK, CELL_HOURS.empty())["energy_wh"].null_count() == 25 * 7


def test_estimated_half_hours_are_shown_beside_the_figure():
    qualities = [M] * 46 + [E, E]
    rows = [
        row([10] * 48, quality=Quality.ESTIMATED, qualities=qualities),
        row([30] * 48, point=2, quality=Quality.TEMPORARY),
    ]
    frame = aggregates(NETWORK, added(*rows))
    last = of(frame, "transformer", 23, element=11)
    assert (last["energy_wh"], last["estimated_wh"]) == (80, 80)
    assert last["estimated_permille"] == 1000
    whole = of(frame, "transformer", None, element=11)
    assert (whole["estimated_wh"], whole["estimated"]) == (20 + 1440, 50)
    assert whole["estimated_permille"] == 521  # 50 / 96 = 0.5208, up


def test_a_rejected_value_is_not_added():
    qualities = [M] * 47 + [Quality.REJECTED.value]
    frame = aggregates(NETWORK, added(row([10] * 48, qualities=qualities)))
    last = of(frame, "transformer", 23, element=11)
    assert (last["energy_wh"], last["present"]) == (10, 1)


VALUES = st.binary(min_size=48, max_size=48).map(
    lambda drawn: [None if byte % 8 == 7 else 251 * byte for byte in drawn]
)
QUALITIES = st.none() | st.binary(min_size=48, max_size=48).map(
    lambda drawn: [b % 8 for b in drawn]
)


@given(st.dictionaries(st.integers(1, 4), st.tuples(VALUES, QUALITIES), min_size=1))
def test_every_level_adds_up_to_the_same_and_parts_to_the_whole(drawn):
    rows = [
        row(values, point=point, qualities=qualities)
        for point, (values, qualities) in sorted(drawn.items())
    ]
    together = aggregates(NETWORK, added(*rows))
    apart = aggregates(NETWORK, pl.concat([added(one) for one in rows]))
    assert together.equals(apart)
    expected = sum(
        value
        for values, qualities in drawn.values()
        for value, quality in zip(values, qualities or [M] * 48, strict=True)
        if value is not None and quality >= Quality.TEMPORARY
    )
    days = together.filter(pl.col("hour").is_null())
    for level in ("feeder", "district", "company", "class"):
        assert days.filter(level=level)["energy_wh"].sum() == expected
    hours = together.filter(pl.col("hour").is_not_null(), level="company")
    assert hours["energy_wh"].sum() == expected
