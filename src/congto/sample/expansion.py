"""More customers: a copy of the detailed low-voltage grid behind every lumped station."""

from __future__ import annotations

import polars as pl

from congto.sample.source import LV, MV_LV, Tables


def with_cloned_grids(tables: Tables) -> Tables:
    """Replace every lumped station by a copy of the low-voltage grid of the same name.

    The station `MV1.102_LV2.103_eq` becomes a copy of LV2.103 (which hangs on MV1.101) called
    `MV1.102/LV2.103`, its transformer at the bus where the lumped load was.
    """
    clones = tables.loads.filter(pl.col("station").is_not_null()).select(
        template="station", clone=pl.col("grid") + "/" + pl.col("station"), mv_node="node"
    )
    transformers = _cloned(
        tables.transformers.filter(pl.col("voltLvl") == MV_LV), clones, ["nodeLV"]
    ).with_columns(nodeHV="mv_node")
    return Tables(
        nodes=_joined(tables.nodes, clones, ["id"]),
        lines=_joined(tables.lines, clones, ["id", "nodeA", "nodeB"]),
        switches=_cloned_switches(tables.switches, clones),
        loads=_joined(tables.loads.filter(pl.col("station").is_null()), clones, ["id", "node"]),
        transformers=pl.concat(
            [tables.transformers, transformers.select(tables.transformers.columns)]
        ),
        coordinates=tables.coordinates,
        line_types=tables.line_types,
        transformer_types=tables.transformer_types,
    )


def _joined(frame: pl.DataFrame, clones: pl.DataFrame, names: list[str]) -> pl.DataFrame:
    copies = _cloned(frame.filter(pl.col("voltLvl") == LV), clones, names)
    return pl.concat([frame, copies.select(frame.columns)])


def _cloned(frame: pl.DataFrame, clones: pl.DataFrame, names: list[str]) -> pl.DataFrame:
    """Copy each row once per clone of its grid; in `names` the grid's own name is replaced."""
    return (
        clones.join(frame, left_on="template", right_on="grid", how="inner", maintain_order="left")
        .with_columns(
            (pl.col("clone") + pl.col(name).str.strip_prefix(pl.col("template"))).alias(name)
            for name in names
        )
        .with_columns(grid="clone")
    )


def _cloned_switches(switches: pl.DataFrame, clones: pl.DataFrame) -> pl.DataFrame:
    low = switches.filter(pl.col("voltLvl") == LV).with_columns(
        grid=pl.col("subnet").str.split("_").list.get(0)
    )
    copies = _cloned(low, clones, ["id", "nodeA", "nodeB"])
    return pl.concat([switches, copies.select(switches.columns)])
