"""Writes of the tree of units."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from congto.office.organisation.choices import UnitKind
from congto.office.organisation.loading import Loaded, Rows, with_paths
from congto.office.storage.bulk import bulk

if TYPE_CHECKING:
    from congto.office.storage.bulk import Bulk

COMPARED = ("name", "kind", "parent", "valid_from")


def load_units(frame: pl.DataFrame, *, file: str = "units.csv") -> Loaded:
    """Add the delivered units that the books lack; parents may stand anywhere in the file.

    Args:
        frame: one row per unit: code, name, kind (UnitKind), parent (code or null), valid_from.
        file: the name that errors give.
    """
    with bulk() as books:
        rows = Rows.of(frame, file)
        held = books.read(
            "SELECT u.code, u.id, u.path, u.name, u.kind, p.code AS parent, u.valid_from"
            " FROM organisation_unit u LEFT JOIN organisation_unit p ON p.id = u.parent_id"
        )
        rows.keep_new(held, "code", COMPARED)
        _reject_wrong_place(rows, held)
        _insert(books, rows.good, held)
    return rows.loaded()


def _reject_wrong_place(rows: Rows, held: pl.DataFrame) -> None:
    """Only a corporation has no parent, and every chain of parents ends in one."""
    top = pl.col("kind") == UnitKind.CORPORATION.value
    rows.reject(
        top != pl.col("parent").is_null(),
        "parent",
        pl.format(
            "unit {} is a {} with parent '{}'", "code", "kind", pl.col("parent").fill_null("")
        ),
        expected="a parent for companies and districts, none for a corporation",
        action="correct the parent or the kind",
    )
    rows.good = with_paths(rows.good, held)
    rows.reject(
        pl.col("path").is_null(),
        "parent",
        pl.format("parent {} of unit {} leads to no corporation", "parent", "code"),
        expected="a unit of units.csv",
        action="load the parent first or correct the code",
    )


def _insert(books: Bulk, new: pl.DataFrame, held: pl.DataFrame) -> None:
    """Give ids, turn parents' codes into ids and COPY; the foreign key is checked at commit."""
    if new.is_empty():
        return
    new = new.insert_column(0, books.take_ids("organisation_unit", new.height).alias("id"))
    ids = pl.concat([held.select("code", "id"), new.select("code", "id")])
    parents = ids.select(parent="code", parent_id="id")
    placed = new.join(parents, on="parent", how="left", maintain_order="left")
    books.copy(
        "organisation_unit",
        placed.select("id", "code", "name", "kind", "parent_id", "path", "valid_from"),
    )
