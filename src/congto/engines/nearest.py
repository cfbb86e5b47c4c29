"""Which point is nearest to whom, on coordinates: distance over the sphere in whole metres."""

from __future__ import annotations

import math

import polars as pl

from congto.vocabulary.errors import InvalidInputError
from congto.vocabulary.frames import Frame

EARTH_M = 6_371_008.8
"""Mean radius of the earth (IUGG): a degree of latitude is 111,195 m."""

PLACED = Frame(
    "placed",
    "one row per thing with a place: degrees of longitude and latitude (WGS 84)",
    {"code": pl.String(), "longitude": pl.Float64(), "latitude": pl.Float64()},
)
NEAREST = Frame(
    "nearest",
    "one row per place: the nearest point within the radius, and how many there are",
    {
        "code": pl.String(),
        "point": pl.String(),  # null where none is within the radius
        "distance_m": pl.Int64(),
        "points": pl.UInt32(),
    },
)


def nearest(places: pl.DataFrame, points: pl.DataFrame, *, radius_m: int) -> pl.DataFrame:
    """Return NEAREST for PLACED places among PLACED points; of equally near ones the first by code.

    Points are looked for in the nine squares around a place's own, each as wide as the radius, so
    that the work grows with what is near and not with places times points. No place may lie nearer
    than the radius to a pole or to the date line.
    """
    if radius_m <= 0:
        raise InvalidInputError(f"radius of {radius_m} m", expected="a radius above 0")
    places, points = PLACED.check(places), PLACED.check(points)
    spots = places.select("longitude", "latitude").unique().with_row_index("spot")
    both = pl.concat([places["latitude"], points["latitude"]]).abs().max()
    step = math.degrees(radius_m / EARTH_M)
    wide = step / math.cos(math.radians(float(both or 0.0)))  # type: ignore[arg-type]  # a float
    around = spots.with_columns(**_square(step, wide)).join(
        pl.DataFrame({"dx": [-1, 0, 1]}).join(pl.DataFrame({"dy": [-1, 0, 1]}), how="cross"),
        how="cross",
    )
    around = around.with_columns(x=pl.col("x") + pl.col("dx"), y=pl.col("y") + pl.col("dy"))
    pairs = around.join(
        points.rename({"code": "point"}).with_columns(**_square(step, wide)),
        on=["x", "y"],
        suffix="_point",
    ).with_columns(distance_m=_distance())
    found = (
        pairs.filter(pl.col("distance_m") <= radius_m)
        .sort("spot", "distance_m", "point")
        .group_by("spot", maintain_order=True)
        .agg(pl.col("point", "distance_m").first(), points=pl.len())
    )
    named = places.join(spots, on=["longitude", "latitude"], how="left", maintain_order="left")
    return NEAREST.check(
        named.join(found, on="spot", how="left", maintain_order="left").select(
            "code", "point", "distance_m", pl.col("points").fill_null(0)
        )
    )


def _square(step: float, wide: float) -> dict[str, pl.Expr]:
    """Return the numbers of the square in which a place lies, `step` degrees high."""
    return {
        "x": (pl.col("longitude") / wide).floor().cast(pl.Int64),
        "y": (pl.col("latitude") / step).floor().cast(pl.Int64),
    }


def _distance() -> pl.Expr:
    """Return the haversine distance in metres, rounded to the nearest whole one."""
    latitude, other = pl.col("latitude").radians(), pl.col("latitude_point").radians()
    east = (pl.col("longitude_point") - pl.col("longitude")).radians()
    half = ((other - latitude) / 2).sin().pow(2) + latitude.cos() * other.cos() * (
        east / 2
    ).sin().pow(2)
    return (2 * EARTH_M * half.sqrt().arcsin()).round().cast(pl.Int64)
