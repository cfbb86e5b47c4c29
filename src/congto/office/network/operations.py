"""Writes of the network's elements."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from congto.office.network.choices import ElementKind
from congto.office.organisation.loading import Loaded, Rows, with_paths
from congto.office.organisation.queries import unit_ids
from congto.office.storage.bulk import bulk

if TYPE_CHECKING:
    from congto.office.storage.bulk import Bulk

FED_BY: dict[str, list[str | None]] = {
    ElementKind.SUBSTATION.value: [None],
    ElementKind.FEEDER.value: [ElementKind.SUBSTATION.value],
    ElementKind.TRANSFORMER.value: [ElementKind.FEEDER.value, ElementKind.SUBSTATION.value],
    ElementKind.BULK_STATION.value: [ElementKind.FEEDER.value, ElementKind.SUBSTATION.value],
}
"""What may feed what: energy balances follow these links."""

COMPARED = ("name", "kind", "parent", "unit_id", "nominal_kv", "rated_kva", "longitude", "latitude")


def load_elements(frame: pl.DataFrame, *, file: str = "network.csv") -> Loaded:
    """Add the delivered elements that the books lack; parents may stand anywhere in the file.

    Args:
        frame: one row per element: code, name, kind (ElementKind), parent (code or null), unit
            (code), nominal_kv, rated_kva (or null), longitude and latitude in degrees (or null).
        file: the name that errors give.
    """
    with bulk() as books:
        rows = Rows.of(frame, file)
        rows.resolve("unit", unit_ids(books), of="units.csv")
        held = books.read(
            "SELECT e.code, e.id, e.code || '/' AS path, e.name, e.kind, p.code AS parent,"
            " e.unit_id, e.nominal_kv::float8, e.rated_kva::bigint, e.longitude, e.latitude"
            " FROM network_networkelement e"
            " LEFT JOIN network_networkelement p ON p.id = e.parent_id"
        )
        rows.keep_new(held, "code", COMPARED)
        _reject_wrong_place(rows, held)
        _insert(books, rows.good, held)
    return rows.loaded()


def _reject_wrong_place(rows: Rows, held: pl.DataFrame) -> None:
    """An element is fed by one of the right kind, and every chain ends in a substation."""
    rows.good = with_paths(rows.good, held)
    rows.reject(
        pl.col("path").is_null(),
        "parent",
        pl.format("parent {} of {} leads to no substation", "parent", "code"),
        expected="an element of network.csv",
        action="load the parent first or correct the code",
    )
    kinds = pl.concat([held.select("code", "kind"), rows.good.select("code", "kind")])
    feeding = kinds.select(parent="code", feeder_kind="kind")
    rows.good = rows.good.join(feeding, on="parent", how="left", maintain_order="left")
    allowed = pl.any_horizontal(
        (pl.col("kind") == kind) & pl.col("feeder_kind").eq_missing(pl.lit(above, dtype=pl.String))
        for kind, many in FED_BY.items()
        for above in many
    )
    rows.reject(
        ~allowed,
        "parent",
        pl.format(
            "{} {} is fed by {}",
            "kind",
            "code",
            pl.when(pl.col("feeder_kind").is_null())
            .then(pl.lit("nothing"))
            .otherwise("a " + pl.col("feeder_kind")),
        ),
        expected="a feeder below a substation, a transformer or bulk station below either",
        action="correct the parent or the kind",
    )


def _insert(books: Bulk, new: pl.DataFrame, held: pl.DataFrame) -> None:
    """Give ids, turn parents' codes into ids and COPY; the foreign key is checked at commit."""
    if new.is_empty():
        return
    new = new.insert_column(0, books.take_ids("network_networkelement", new.height).alias("id"))
    ids = pl.concat([held.select("code", "id"), new.select("code", "id")])
    parents = ids.select(parent="code", parent_id="id")
    placed = new.join(parents, on="parent", how="left", maintain_order="left")
    books.copy(
        "network_networkelement",
        placed.select(
            "id",
            "code",
            "name",
            "kind",
            "parent_id",
            "unit_id",
            pl.col("nominal_kv").cast(pl.Decimal(6, 2)),
            pl.col("rated_kva").cast(pl.Int32),
            "longitude",
            "latitude",
        ),
    )
