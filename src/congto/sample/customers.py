"""Customers, agreements and usage points from the loads of the network."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from congto.sample import names
from congto.sample.randomness import stream
from congto.sample.uses import ADMINISTRATIVE, HOUSEHOLD, use_table, voltage_class

if TYPE_CHECKING:
    from congto.vocabulary.periods import Period

THREE_RATE_KWH = 2_000
"""TT 60/2025/TT-BCT: three prices from 2,000 kWh a month on average."""
NOT_YET_CONVERTED = 0.15
"""Share of those that should have a three-rate meter and still have a one-rate meter."""
REACTIVE_KW = 40
"""TT 15/2014/TT-BCT: reactive energy is charged from 40 kW registered demand."""
BOOK_SIZE = 500
AGREEMENT_DAYS = (60, 4000)
"""An agreement is between these many days old when the month starts."""


def build_customers(
    loads: pl.DataFrame,
    communes: pl.DataFrame,
    districts: pl.DataFrame,
    month: Period,
    seed: int,
) -> pl.DataFrame:
    """Return one row per customer, ordered by code.

    Columns: load (position in the network's loads), code, agreement, usage_point, unit, element,
    name, address, commune, phone, valid_from, group, subgroup, voltage, households,
    registered_kw, three_rate, reactive, month_wh (true use), book, is_lv, nominal_kv.

    Args:
        loads: the network's loads, with households, peak_kw and month_wh of each.
        communes: commune of every element (units.commune_of).
        districts: units.district_of_grid.
        month: agreements are older than its first day.
        seed: of all that is drawn.
    """
    wired = (
        loads.with_row_index("load")
        .filter(~pl.col("is_bulk"))
        .with_columns(
            nominal_kv=pl.when(pl.col("grid").str.starts_with("MV3")).then(10.0).otherwise(20.0)
        )
        .sort("district", "is_lv", "element", "load", descending=[False, True, False, False])
    )
    coded = _with_codes(_with_uses(wired, seed))
    metered = _with_metering(coded, seed)
    return _with_people(metered, communes, districts, month, seed)


def _with_uses(wired: pl.DataFrame, seed: int) -> pl.DataFrame:
    """Add group, subgroup and kind of name, by profile and a seeded share."""
    draw = pl.Series("draw", stream(seed, "uses").random(wired.height))
    return (
        wired.with_columns(draw)
        .join(use_table(), on=["is_lv", "profile"], how="left", maintain_order="left")
        .filter(pl.col("draw") >= pl.col("lower"), pl.col("draw") < pl.col("upper"))
        .with_columns(
            voltage=pl.when(pl.col("group") != HOUSEHOLD.value).then(
                voltage_class(pl.col("is_lv"), pl.col("nominal_kv"))
            )
        )
    )


def _with_codes(frame: pl.DataFrame) -> pl.DataFrame:
    """Number customers within their district and share them out to reading books.

    Low-voltage customers go to books of about 500 in the order of their stations (A0101 ...),
    customers at medium voltage to one book per district (B0101).
    """
    number = pl.int_range(1, pl.len() + 1).over("district")
    count = pl.len().over("district", "is_lv")
    within = pl.int_range(pl.len()).over("district", "is_lv")
    books = (count / BOOK_SIZE).round().clip(1).cast(pl.Int64)
    letter = pl.when("is_lv").then(pl.lit("A")).otherwise(pl.lit("B"))
    book = (within * books // count + 1).cast(pl.String).str.zfill(2)
    return frame.with_columns(
        code=pl.col("district") + number.cast(pl.String).str.zfill(7),
        book=letter + pl.col("district").str.slice(4, 2) + book,
    ).with_columns(agreement=pl.col("code") + "-A1", usage_point=pl.col("code") + "001")


def _with_metering(frame: pl.DataFrame, seed: int) -> pl.DataFrame:
    """Add three_rate, registered_kw and reactive.

    Three rates: all production and business at medium voltage, and at low voltage those that use
    2,000 kWh a month or more, except 15 % that nobody has converted yet.
    """
    banded = ~pl.col("group").is_in([HOUSEHOLD.value, ADMINISTRATIVE.value])
    late = pl.Series(stream(seed, "not converted").random(frame.height) < NOT_YET_CONVERTED)
    due = pl.col("month_wh") >= THREE_RATE_KWH * 1000
    return frame.with_columns(
        three_rate=banded & (~pl.col("is_lv") | (due & ~late)),
        registered_kw=pl.col("peak_kw").ceil().cast(pl.Int64),
    ).with_columns(reactive=pl.col("three_rate") & (pl.col("registered_kw") >= REACTIVE_KW))


def _with_people(
    frame: pl.DataFrame,
    communes: pl.DataFrame,
    districts: pl.DataFrame,
    month: Period,
    seed: int,
) -> pl.DataFrame:
    """Add name, address, commune, phone and the day the agreement began."""
    placed = frame.join(
        communes.rename({"commune": "place"}),
        left_on="element",
        right_on="code",
        how="left",
        maintain_order="left",
    ).join(districts.select("district", area="name"), on="district", maintain_order="left")
    people = names.person_names(placed.height, seed)
    firms = names.organisation_names(placed["naming"], placed["place"], seed)
    where = names.addresses(placed["place"], placed["urban"], placed["area"], seed)
    age = stream(seed, "agreements").integers(*AGREEMENT_DAYS, size=placed.height)
    return placed.with_columns(age=pl.Series(age)).with_columns(
        pl.Series("name", np.where(placed["naming"] == "person", people, firms)),
        where["address"],
        where["commune"],
        names.phones(placed.height, seed).alias("phone"),
        valid_from=pl.lit(month.start) - pl.duration(days="age"),
        unit=pl.col("district"),
    )


def agreement_rows(customers: pl.DataFrame) -> pl.DataFrame:
    """Return agreements.csv; four household quarters are one household."""
    return customers.select(
        "agreement",
        "code",
        "valid_from",
        "group",
        "subgroup",
        "voltage",
        time_of_use="three_rate",
        household_quarters=pl.col("households") * 4,
        registered_kw="registered_kw",
    ).rename({"code": "customer", "agreement": "code"})


def book_rows(customers: pl.DataFrame, districts: pl.DataFrame) -> pl.DataFrame:
    """Return reading_books.csv: all books are read at the end of the month (day 1 at 00:00)."""
    return (
        customers.select(code="book", unit="unit")
        .unique()
        .sort("code")
        .join(districts.select(unit="district", area="name"), on="unit", maintain_order="left")
        .select("code", name="Sổ " + pl.col("code") + " " + pl.col("area"), unit="unit")
        .with_columns(reading_day=pl.lit(1))
    )
