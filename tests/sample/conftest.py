"""A piece of the real network small enough to solve in a blink: two districts, one in detail."""

import dataclasses

import polars as pl
import pytest

from congto.sample.network import Network, build_network
from congto.sample.source import Tables, data_folder, read_tables

GRIDS = ["MV1.101", "LV1.101", "MV1.102"]
DISTRICTS = {"MV1.101": "PB0001", "MV1.102": "PB0002"}


@pytest.fixture(scope="session")
def tables() -> Tables:
    return read_tables(data_folder())


@pytest.fixture(scope="session")
def small_tables(tables: Tables) -> Tables:
    mine = pl.col("grid").is_in(GRIDS)
    return dataclasses.replace(
        tables,
        nodes=tables.nodes.filter(mine | (pl.col("voltLvl") == 3)),
        lines=tables.lines.filter(mine),
        loads=tables.loads.filter(mine),
        transformers=tables.transformers.filter(mine),
    )


@pytest.fixture(scope="session")
def small_network(small_tables: Tables) -> Network:
    return build_network(small_tables, DISTRICTS)
