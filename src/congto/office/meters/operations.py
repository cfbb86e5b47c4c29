"""Writes of reading books, usage points, meters and where each meter hangs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from congto.office.customers.queries import agreement_ids
from congto.office.meters.choices import UsagePointKind
from congto.office.meters.queries import book_ids, point_ids
from congto.office.network.queries import element_ids
from congto.office.organisation.loading import Loaded, Rows, built_after, insert
from congto.office.organisation.queries import unit_ids
from congto.office.storage.bulk import bulk

if TYPE_CHECKING:
    from congto.office.storage.bulk import Bulk

BOOK = ("name", "unit_id", "reading_day")
POINT = ("kind", "agreement_id", "element_id", "unit_id", "reading_book_id")
METER = ("dial_digits", "decimals", "remote", "three_rate")
INSTALLATION = ("usage_point_id", "valid_from", "multiplier")


def load_books(frame: pl.DataFrame, *, file: str = "reading_books.csv") -> Loaded:
    """Add the delivered reading books that the books lack.

    Args:
        frame: one row per reading book: code, name, unit (code), reading_day (1 to 31).
        file: the name that errors give.
    """
    with bulk() as books:
        rows = Rows.of(frame, file)
        rows.resolve("unit", unit_ids(books), of="units.csv")
        held = books.read("SELECT code, name, unit_id, reading_day::bigint FROM meters_readingbook")
        rows.keep_new(held, "code", BOOK)
        day = pl.col("reading_day").cast(pl.Int16)
        insert(books, "meters_readingbook", rows.good.select("code", "name", "unit_id", day))
    return rows.loaded()


def load_usage_points(frame: pl.DataFrame, *, file: str = "usage_points.csv") -> Loaded:
    """Add the delivered usage points that the books lack.

    Args:
        frame: one row per usage point: code, kind (UsagePointKind), agreement (code; null at
            network points), element (code), unit (code), reading_book (code or null).
        file: the name that errors give.
    """
    with bulk() as books:
        rows = Rows.of(frame, file)
        rows.resolve("agreement", agreement_ids(books), of="agreements.csv")
        rows.resolve("element", element_ids(books), of="network.csv")
        rows.resolve("unit", unit_ids(books), of="units.csv")
        rows.resolve("reading_book", book_ids(books), of="reading_books.csv")
        customer = pl.col("kind") == UsagePointKind.CUSTOMER.value
        complete = pl.col("agreement").is_not_null() & pl.col("reading_book").is_not_null()
        rows.reject(
            customer & ~complete,
            "agreement",
            pl.format("customer point {} lacks its agreement or its reading book", "code"),
            expected="both, for a point that is billed",
            action="fill in the two columns",
        )
        rows.reject(
            ~customer & pl.col("agreement").is_not_null(),
            "agreement",
            pl.format("network point {} names the agreement {}", "code", "agreement"),
            expected="no agreement at a network point",
            action="empty the column or make it a customer point",
        )
        held = books.read(
            "SELECT code, kind, agreement_id, element_id, unit_id, reading_book_id"
            " FROM meters_usagepoint"
        )
        rows.keep_new(held, "code", POINT)
        insert(books, "meters_usagepoint", rows.good.select("code", *POINT))
    return rows.loaded()


def load_meters(frame: pl.DataFrame, *, file: str = "meters.csv") -> Loaded:
    """Add the delivered meters that the books lack, each hung at its usage point.

    Args:
        frame: one row per meter: serial, usage_point (code), valid_from, dial_digits, decimals,
            multiplier (CT ratio x VT ratio), remote, three_rate.
        file: the name that errors give.
    """
    with bulk() as books:
        rows = Rows.of(frame, file)
        rows.resolve("usage_point", point_ids(books), of="usage_points.csv")
        held = _held_meters(books)
        rows.keep_new(held, "serial", (*METER, *INSTALLATION))
        _reject_second_meter(books, rows)
        new = rows.good
        digits = pl.col("dial_digits", "decimals").cast(pl.Int16)
        ids = insert(books, "meters_meter", new.select("serial", *METER).with_columns(digits))
        hung = new.select(
            "usage_point_id",
            ids.alias("meter_id"),
            "valid_from",
            pl.col("multiplier").cast(pl.Int32),
        )
        with built_after(
            books,
            "meters_meterinstallation",
            "installation_one_meter_per_point",
            "installation_one_point_per_meter",
            when=new.height > held.height,
        ):
            insert(books, "meters_meterinstallation", hung)
    return rows.loaded()


def _reject_second_meter(books: Bulk, rows: Rows) -> None:
    """A point has one meter at a time; a delivered meter stays until another issue removes it."""
    rows.reject(
        ~pl.col("usage_point").is_first_distinct(),
        "usage_point",
        pl.format("usage point {} has another meter in this file", "usage_point"),
        expected="one meter per usage point",
        action="remove one of the two rows",
    )
    hung = books.read(
        "SELECT usage_point_id, max(coalesce(valid_to, 'infinity'::date))::date = 'infinity'::date"
        " AS open, max(valid_to) AS free_from FROM meters_meterinstallation GROUP BY 1"
    )
    if hung.is_empty():
        return
    rows.good = rows.good.join(hung, on="usage_point_id", how="left", maintain_order="left")
    rows.reject(
        pl.col("open") | (pl.col("valid_from") < pl.col("free_from")),
        "usage_point",
        pl.format("usage point {} has a meter on {}", "usage_point", "valid_from"),
        expected="a point without a meter from that day on",
        action="take the old meter down first or correct the code",
    )


def _held_meters(books: Bulk) -> pl.DataFrame:
    """Return the meters of the books, each with where it was hung first."""
    return books.read(
        "SELECT DISTINCT ON (m.id) m.serial, m.dial_digits::bigint, m.decimals::bigint, m.remote,"
        " m.three_rate, i.usage_point_id, i.valid_from, i.multiplier::bigint"
        " FROM meters_meter m JOIN meters_meterinstallation i ON i.meter_id = m.id"
        " ORDER BY m.id, i.valid_from"
    )
