"""The tree of units and the names and places of everything in the field."""

from __future__ import annotations

from datetime import date

import polars as pl

from congto.sample import words
from congto.sample.source import HV_MV, Tables

CORPORATION_CODE = "PB00"
ANCHORS = ("MV1.101", "MV2.101", "MV3.101", "MV4.101")
"""The grids whose low voltage is there in detail: each company gets one, and with it customers."""
YEARS_IN_PLACE = 15
COMMUNE_STATIONS = 6
"""Stations that share a commune."""

KM_AT_53_NORTH = 0.604
"""Degrees of longitude shrink towards the pole: cos(53.5°) / cos(10°)."""
HERE_LONGITUDE, HERE_LATITUDE = 105.85, 10.15
THERE_LONGITUDE, THERE_LATITUDE = 10.82, 53.07


def district_of_grid(tables: Tables) -> pl.DataFrame:
    """Share the medium-voltage grids out: four companies, each an anchor and six lumped districts.

    The lumped grids go to the companies in slices from west to east. Columns: grid, company
    (0 to 3), district (code), name; one row per grid.
    """
    where = tables.nodes.join(tables.coordinates, left_on="coordID", right_on="id")
    grids = (
        tables.transformers.filter(pl.col("voltLvl") == HV_MV)
        .unique("grid")
        .join(where.group_by("grid").agg(pl.col("x").mean()), on="grid")
        .sort("x", "grid")["grid"]
        .to_list()
    )
    others = [grid for grid in grids if grid not in ANCHORS]
    size = len(others) // len(ANCHORS)
    ordered = [
        (company, grid)
        for company, anchor in enumerate(ANCHORS)
        for grid in [anchor, *others[company * size : (company + 1) * size]]
    ]
    return pl.DataFrame(
        {
            "grid": [grid for _, grid in ordered],
            "company": [company for company, _ in ordered],
            "district": [f"{CORPORATION_CODE}{n + 1:02d}" for n in range(len(ordered))],
            "name": words.DISTRICTS[: len(ordered)],
        }
    )


def unit_rows(districts: pl.DataFrame, start: date) -> pl.DataFrame:
    """Return units.csv: corporation, companies, districts."""
    since = in_place_since(start)
    rows: list[tuple[str, str, str, str | None, date]] = [
        (CORPORATION_CODE, words.CORPORATION, "corporation", None, since)
    ]
    rows += [
        (company_code(n), f"Công ty Điện lực {name}", "company", CORPORATION_CODE, since)
        for n, name in enumerate(words.COMPANIES)
    ]
    rows += [
        (
            row["district"],
            f"Điện lực {row['name']}",
            "district",
            company_code(row["company"]),
            since,
        )
        for row in districts.to_dicts()
    ]
    names = ["code", "name", "kind", "parent", "valid_from"]
    return pl.DataFrame(rows, schema=names, orient="row", infer_schema_length=None)


def in_place_since(start: date) -> date:
    """Day from which the units and their own meters have been there, long before the month."""
    return date(start.year - YEARS_IN_PLACE, 1, 1)


def company_code(number: int) -> str:
    """Code of a company of the sample: PB00C1 to PB00C4."""
    return f"{CORPORATION_CODE}C{number + 1}"


def commune_names() -> pl.DataFrame:
    """Return every invented commune name once, in a fixed mixed order (columns place, commune)."""
    pairs = [f"{a} {b}" for a in words.PLACE_PREFIX for b in words.PLACE_SUFFIX]
    step = 373  # coprime to the count, so every pair comes up once and neighbours differ
    mixed = [pairs[n * step % len(pairs)] for n in range(len(pairs))]
    return pl.DataFrame({"place": range(len(mixed)), "commune": mixed}).cast({"place": pl.Int64})


def commune_of(elements: pl.DataFrame) -> pl.DataFrame:
    """Return code, commune (bare name) and urban for every element: six stations to a commune."""
    number = pl.col("code").str.extract(r"(\d+)$").cast(pl.Int64)
    slot = pl.col("code").str.slice(4, 2).cast(pl.Int64) * 31 + (number - 1) // COMMUNE_STATIONS
    count = len(words.PLACE_PREFIX) * len(words.PLACE_SUFFIX)
    return (
        elements.with_columns(
            place=slot.fill_null(0) % count,
            urban=pl.col("code").str.slice(0, 6).is_in(_urban_districts(elements)),
        )
        .join(commune_names(), on="place", how="left", maintain_order="left")
        .select("code", "commune", "urban")
    )


def _urban_districts(elements: pl.DataFrame) -> list[str]:
    urban = elements.filter(pl.col("grid").str.contains("^MV[34]"))
    return urban["district"].unique().to_list()


def network_rows(elements: pl.DataFrame, districts: pl.DataFrame) -> pl.DataFrame:
    """Return network.csv from the network's elements, parents before children."""
    number = pl.col("code").str.extract(r"(\d+)$").cast(pl.Int64)
    label = (
        pl.when(pl.col("nominal_kv") > 15).then(4).otherwise(9) * 100
        + pl.when(number <= 9).then(70 + number).otherwise(71 + number)
    ).cast(pl.String)
    kind = pl.col("kind")
    return (
        elements.join(commune_of(elements), on="code", maintain_order="left")
        .join(districts.select("district", area="name"), on="district", maintain_order="left")
        .with_columns(
            name=pl.when(kind == "substation")
            .then("Trạm 110 kV " + pl.col("area"))
            .when(kind == "feeder")
            .then("Lộ " + label + " " + pl.col("area"))
            .when(kind == "transformer")
            .then("TBA " + pl.col("commune") + " " + number.cast(pl.String))
            .otherwise("Trạm đo " + pl.col("commune") + " " + number.cast(pl.String)),
        )
        .select(
            "code", "name", "kind", "parent", "nominal_kv", "rated_kva",
            unit="district",
            longitude=(
                HERE_LONGITUDE + (pl.col("x") - THERE_LONGITUDE) * KM_AT_53_NORTH
            ).round(5),
            latitude=(HERE_LATITUDE + pl.col("y") - THERE_LATITUDE).round(5),
        )
        .select(
            "code", "name", "kind", "parent", "unit", "nominal_kv", "rated_kva", "longitude",
            "latitude",
        )
    )  # fmt: skip
