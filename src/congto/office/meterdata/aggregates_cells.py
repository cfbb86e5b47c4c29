"""Which customer points are added up together on a day: their element, district and class."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from congto.office.network.queries import element_tree
from congto.vocabulary.frames.usage import CELLS

if TYPE_CHECKING:
    from datetime import date

    from congto.office.storage.bulk import Bulk

POINTS = """
SELECT p.id AS usage_point, p.element_id AS element, p.unit_id AS district,
    s."group" AS customer_class
FROM meters_usagepoint p
JOIN customers_agreement a ON a.id = p.agreement_id
LEFT JOIN customers_priceassignment s ON s.agreement_id = a.id
    AND s.valid_from <= $1 AND (s.valid_to IS NULL OR s.valid_to > $1)
WHERE p.kind = 'customer' AND a.valid_from <= $1 AND (a.valid_to IS NULL OR a.valid_to > $1)
ORDER BY p.id
"""

UNITS = "SELECT id AS unit, parent_id AS parent, kind FROM organisation_unit"
CELL = ["element", "district", "customer_class"]


@dataclass(frozen=True, slots=True)
class Cells:
    """Customer points in force on a day and the cells they make.

    Attributes:
        points: usage_point, rising, and cell.
        groups: frame CELLS.
    """

    points: pl.DataFrame
    groups: pl.DataFrame


def cells_on(books: Bulk, day: date) -> Cells:
    """Return the cells of a day."""
    found = books.read(POINTS, (day,))
    tree = element_tree(books)
    units = books.read(UNITS)
    cells = found.group_by(CELL).agg(points=pl.len().cast(pl.Int64)).sort(CELL, nulls_last=True)
    cells = cells.with_row_index("cell").with_columns(pl.col("cell").cast(pl.Int64))
    points = found.join(cells, on=CELL, nulls_equal=True, maintain_order="left")
    network = tree.select("element", "parent", "kind")
    groups = cells
    for kind in ("transformer", "feeder"):
        own = nearest(network, kind).rename({"found": kind})
        unit = tree.select(pl.col("element").alias(kind), pl.col("unit_id").alias(f"{kind}_unit"))
        groups = groups.join(own, on="element", how="left").join(unit, on=kind, how="left")
    company = nearest(units.rename({"unit": "element"}), "company")
    groups = groups.join(
        company.rename({"element": "district", "found": "company"}), on="district", how="left"
    )
    return Cells(points.select("usage_point", "cell"), CELLS.check(groups.sort("cell")))


def nearest(tree: pl.DataFrame, kind: str) -> pl.DataFrame:
    """Return for each node of a tree the nearest of a kind at or above it; null: none.

    Args:
        tree: element, parent, kind; one row per node.
        kind: the kind looked for.

    One join a level of the tree.
    """
    steps = tree.select(at="element", up="parent", here=pl.col("kind") == kind)
    found = tree.select("element", at="element")
    while True:
        looked = found.join(steps, on="at", how="left")
        climbing = pl.col("at").is_not_null() & ~pl.col("here")
        if not looked.select(climbing.any()).item():
            return looked.select("element", found="at")
        found = looked.select("element", at=pl.when(climbing).then("up").otherwise("at"))
