"""The measured data behind the sample: SimBench's tables, found in the installed package."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from congto.vocabulary.errors import CongtoError

DATA_SET = "1-complete_data-mixed-all-0-sw"
"""Every voltage level of SimBench, scenario 0 (today), with switches; data under the ODbL."""

HV_MV, MV, MV_LV, LV = 4, 5, 6, 7
"""`voltLvl`: 110 kV to medium voltage, medium voltage, medium to low voltage, low voltage."""


@dataclass(frozen=True, slots=True)
class Tables:
    """SimBench's tables cut down to what a distribution utility owns.

    `grid` is the grid that owns a row ("MV1.101", "LV3.205"); columns are otherwise SimBench's.
    """

    nodes: pl.DataFrame
    lines: pl.DataFrame
    switches: pl.DataFrame
    loads: pl.DataFrame
    transformers: pl.DataFrame
    coordinates: pl.DataFrame
    line_types: pl.DataFrame
    transformer_types: pl.DataFrame


def data_folder() -> Path:
    """Return the folder of the data set without importing SimBench (it would pull in pandapower).

    Raises CongtoError when the extra `demo` is not installed.
    """
    spec = importlib.util.find_spec("simbench")
    if spec is None or not spec.submodule_search_locations:
        raise CongtoError(
            "the package simbench is not installed",
            expected="the extra demo, which brings the networks and load profiles",
            action='install it with: pip install "congto[demo]"',
        )
    folder = Path(spec.submodule_search_locations[0]) / "networks" / DATA_SET
    if not (folder / "Load.csv").is_file():
        raise CongtoError(
            f"simbench is installed but {folder / 'Load.csv'} is missing",
            expected=f"the data set {DATA_SET}",
            action='install it again with: pip install --force-reinstall "congto[demo]"',
        )
    return folder


def read_table(folder: Path, name: str, columns: list[str] | None = None) -> pl.DataFrame:
    """Read one of SimBench's CSV files (`;` between columns, NULL for no value)."""
    return pl.read_csv(
        folder / f"{name}.csv",
        separator=";",
        null_values=["NULL"],
        columns=columns,
        infer_schema_length=None,
    )


def read_tables(folder: Path) -> Tables:
    """Read what belongs to the 28 medium-voltage grids and the 412 detailed low-voltage grids.

    Kept of the 110 kV level: only nodes and switches, to tell which HV/MV transformers share a
    busbar. Of a lumped station (`MV1.101_LV1.101_eq`) that also exists in detail only the detail
    is kept, or its load would count twice.
    """
    grid = pl.col("subnet").str.split("_").list.get(0).alias("grid")
    level = pl.col("voltLvl")
    transformers = read_table(folder, "Transformer").filter(level.is_in([HV_MV, MV_LV]))
    loads = read_table(folder, "Load").filter(level.is_in([MV, LV])).with_columns(grid)
    return Tables(
        nodes=read_table(folder, "Node").filter(level.is_in([3, MV, LV])).with_columns(grid),
        lines=read_table(folder, "Line").filter(level.is_in([MV, LV])).with_columns(grid),
        switches=read_table(folder, "Switch").filter(level.is_in([3, MV, LV]), pl.col("cond") == 1),
        loads=without_detailed_stations(loads, transformers),
        transformers=transformers.with_columns(grid),
        coordinates=read_table(folder, "Coordinates", ["id", "x", "y"]),
        line_types=read_table(folder, "LineType"),
        transformer_types=read_table(folder, "TransformerType"),
    )


def without_detailed_stations(loads: pl.DataFrame, transformers: pl.DataFrame) -> pl.DataFrame:
    """Drop lumped stations whose low-voltage grid is there in detail; add the column `station`.

    `station` is the low-voltage grid a lumped load stands for, null for all other loads. A station
    is matched on (medium-voltage grid, low-voltage grid): copies reuse the low-voltage names.
    """
    detailed = transformers.filter(pl.col("voltLvl") == MV_LV).select(
        grid=pl.col("nodeHV").str.split(" ").list.get(0), station=pl.col("subnet")
    )
    named = loads.with_columns(station=pl.col("subnet").str.extract(r"^MV[\d.]+_(LV[\d.]+)_eq$"))
    return named.join(detailed, on=["grid", "station"], how="anti", maintain_order="left")
