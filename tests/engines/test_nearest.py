"""Nearest points: distances worked out by hand, and the same answers as trying every pair."""

from __future__ import annotations

import math

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from congto.engines.nearest import nearest
from congto.vocabulary.errors import InvalidInputError


def placed(*rows: tuple[str, float, float]) -> pl.DataFrame:
    schema = {"code": pl.String, "longitude": pl.Float64, "latitude": pl.Float64}
    return pl.DataFrame(list(rows), schema=schema, orient="row")


def test_distances_are_those_of_the_sphere() -> None:
    """A hundredth of a degree is 2 pi 6,371,008.8 / 36,000 = 1,111.95 m of latitude; of longitude
    at 10 degrees cos(10) = 0.98481 of that, 1,095.06 m.
    """
    home = placed(("A", 106.0, 10.0))
    north = nearest(home, placed(("N", 106.0, 10.01)), radius_m=2000)
    east = nearest(home, placed(("E", 106.01, 10.0)), radius_m=2000)
    assert (north["distance_m"][0], east["distance_m"][0]) == (1112, 1095)


def test_the_nearest_of_several_is_named_and_all_within_the_radius_counted() -> None:
    homes = placed(("A", 106.0, 10.0), ("B", 106.0, 10.0), ("C", 107.0, 10.0))
    points = placed(("P1", 106.0, 10.01), ("P2", 106.0, 9.995), ("P3", 106.0, 10.1))
    found = nearest(homes, points, radius_m=2000)
    assert found.rows() == [("A", "P2", 556, 2), ("B", "P2", 556, 2), ("C", None, None, 0)]


def test_of_equally_near_points_the_first_by_code() -> None:
    found = nearest(
        placed(("A", 106.0, 10.0)), placed(("P9", 106.0, 10.01), ("P1", 106.0, 9.99)), radius_m=5000
    )
    assert found["point"].to_list() == ["P1"]


def test_nobody_and_no_points_are_no_error() -> None:
    assert nearest(placed(), placed(("P", 106.0, 10.0)), radius_m=10).height == 0
    assert nearest(placed(("A", 106.0, 10.0)), placed(), radius_m=10).rows() == [
        ("A", None, None, 0)
    ]


def test_a_radius_of_nothing_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="radius of 0 m"):
        nearest(placed(), placed(), radius_m=0)


LONGITUDES = st.integers(105_000, 105_100).map(lambda n: n / 1000)
LATITUDES = st.integers(20_000, 20_100).map(lambda n: n / 1000)
SPOTS = st.lists(st.tuples(LONGITUDES, LATITUDES), max_size=12)


@settings(max_examples=40)
@given(SPOTS, SPOTS, st.integers(1, 9000))
def test_squares_find_what_trying_every_pair_finds(
    homes: list[tuple[float, float]], points: list[tuple[float, float]], radius: int
) -> None:
    """Beside it the spherical law of cosines, another formula, with a metre between them."""
    found = nearest(
        placed(*((f"A{n}", *spot) for n, spot in enumerate(homes))),
        placed(*((f"P{n:02}", *spot) for n, spot in enumerate(points))),
        radius_m=radius,
    )
    for home, row in zip(homes, found.iter_rows(named=True), strict=True):
        distances = sorted(law_of_cosines(home, point) for point in points)
        least = distances[0] if distances else math.inf
        assert (row["point"] is not None) == (row["distance_m"] is not None)
        if row["distance_m"] is None:
            assert least > radius - 2
        else:
            assert abs(row["distance_m"] - least) < 2


def law_of_cosines(one: tuple[float, float], other: tuple[float, float]) -> float:
    east = math.radians(other[0] - one[0])
    here, there = math.radians(one[1]), math.radians(other[1])
    cosine = math.sin(here) * math.sin(there) + math.cos(here) * math.cos(there) * math.cos(east)
    return 6_371_008.8 * math.acos(min(1.0, cosine))
