"""A small utility for tests of readings, usage and losses: a feeder, a transformer, customers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import polars as pl

from congto.office.customers.operations import load_agreements, load_customers
from congto.office.meterdata.operations import load_intervals, load_register_reads
from congto.office.meters.operations import load_books, load_meters, load_usage_points
from congto.office.network.operations import load_elements
from congto.office.organisation.operations import load_units
from congto.vocabulary.periods import Period

if TYPE_CHECKING:
    from congto.office.organisation.loading import Loaded

AT = datetime(2026, 11, 3, 1, 0, tzinfo=UTC)
LATER = datetime(2026, 11, 9, 1, 0, tzinfo=UTC)
OCTOBER = Period.month(2026, 10)
START, END = OCTOBER.start, OCTOBER.end
DAY = date(2024, 1, 1)

CUSTOMERS = ("1", "2", "3")
"""Customers K1.. with agreements A1.., points P1.. and meters M1.., all at transformer T."""


@dataclass(frozen=True)
class Point:
    """A usage point and its one-rate meter."""

    code: str
    meter: str
    agreement: str | None
    element: str = "T"
    book: str | None = "B1"
    dial_digits: int = 5
    valid_from: date = DAY
    multiplier: int = 1
    remote: bool = False


def build() -> None:
    """Load a unit, the network S > F > T with a meter each, and three customers below T."""
    load_units(
        pl.DataFrame(
            {
                "code": ["P", "C", "D"],
                "name": ["Tổng", "Công ty", "Điện lực"],
                "kind": ["corporation", "company", "district"],
                "parent": [None, "P", "C"],
                "valid_from": [DAY] * 3,
            }
        )
    )
    load_elements(
        pl.DataFrame(
            {
                "code": ["S", "F", "T"],
                "name": ["Trạm", "Lộ", "Trạm biến áp"],
                "kind": ["substation", "feeder", "transformer"],
                "parent": [None, "S", "F"],
                "unit": ["D"] * 3,
                "nominal_kv": [110.0, 22.0, 0.4],
                "rated_kva": [25_000, None, 250],
                "longitude": [106.1] * 3,
                "latitude": [10.1] * 3,
            }
        )
    )
    reading_book = {"code": ["B1", "B2"], "name": ["Sổ 1", "Sổ 2"]}
    load_books(pl.DataFrame({**reading_book, "unit": ["D", "D"], "reading_day": [1, 1]}))
    network = [Point(f"{e}-M", f"SIM-{e}", None, e, None, dial_digits=8) for e in "SFT"]
    add_customers(*CUSTOMERS, more=network)


def add_customers(*numbers: str, more: list[Point] | None = None) -> None:
    """Add households with one point and one meter each, and other points."""
    codes = pl.DataFrame({"number": numbers})
    load_customers(
        codes.select(
            code="K" + pl.col("number"),
            name=pl.lit("Nguyễn Văn Một"),
            address=pl.lit("Đường Hoa Mai"),
            commune=pl.lit(""),
            phone=pl.lit(""),
            unit=pl.lit("D"),
        )
    )
    load_agreements(
        codes.select(
            code="A" + pl.col("number"),
            customer="K" + pl.col("number"),
            valid_from=pl.lit(DAY),
            group=pl.lit("residential"),
            subgroup=pl.lit("tiered"),
            voltage=pl.lit(None, dtype=pl.String),
            time_of_use=pl.lit(value=False),
            household_quarters=pl.lit(4, dtype=pl.Int64),
            registered_kw=pl.lit(0, dtype=pl.Int64),
        ),
        at=AT,
    )
    add_points(*(Point(f"P{n}", f"M{n}", f"A{n}") for n in numbers), *(more or []))


def add_points(*points: Point) -> None:
    """Add usage points, each with its meter."""
    load_usage_points(
        pl.DataFrame(
            {
                "code": [point.code for point in points],
                "kind": ["customer" if point.agreement else "network" for point in points],
                "agreement": [point.agreement for point in points],
                "element": [point.element for point in points],
                "unit": ["D" for _ in points],
                "reading_book": [point.book for point in points],
            },
            schema_overrides={"agreement": pl.String, "reading_book": pl.String},
        )
    )
    hang(*points)


def hang(*points: Point) -> Loaded:
    """Hang a meter at each point."""
    return load_meters(
        pl.DataFrame(
            {
                "serial": [point.meter for point in points],
                "usage_point": [point.code for point in points],
                "valid_from": [point.valid_from for point in points],
                "dial_digits": [point.dial_digits for point in points],
                "decimals": [0 for _ in points],
                "multiplier": [point.multiplier for point in points],
                "remote": [point.remote for point in points],
                "three_rate": [False for _ in points],
            }
        )
    )


def dials(*rows: tuple[str, str, date, float]) -> pl.DataFrame:
    """Return register reads: point, meter, day and kWh on the dial (one decimal at most)."""
    return pl.DataFrame(
        {
            "usage_point": [point for point, _, _, _ in rows],
            "meter": [meter for _, meter, _, _ in rows],
            "read_on": [day for _, _, day, _ in rows],
            "index_wh": [round(kwh * 10) * 100 for _, _, _, kwh in rows],
        }
    ).with_columns(register=pl.lit("total"), source=pl.lit("manual"))


def month_of(number: str, opening: float, closing: float) -> pl.DataFrame:
    """Return both reads of a customer's October."""
    point, meter = f"P{number}", f"M{number}"
    return dials((point, meter, START, opening), (point, meter, END, closing))


def month_of_element(element: str, kwh: int) -> pl.DataFrame:
    """Return both reads of an element's October."""
    point, meter = f"{element}-M", f"SIM-{element}"
    return dials((point, meter, START, 1_000), (point, meter, END, 1_000 + kwh))


def deliver(*frames: pl.DataFrame, at: datetime = AT) -> Loaded:
    """Load register reads."""
    return load_register_reads(pl.concat(frames), at=at)


def deliver_half_hours(point: str, values: list[int | None], *, at: datetime = AT) -> Loaded:
    """Load the same 48 half-hours for every day of October."""
    days = pl.date_range(START, END, closed="left", eager=True)
    return load_intervals(
        pl.DataFrame({"local_day": days}).with_columns(
            usage_point=pl.lit(point),
            channel=pl.lit("A+"),
            values=pl.lit(values, dtype=pl.List(pl.Int64)),
        ),
        at=at,
    )
