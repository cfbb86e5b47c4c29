"""Writes of customers and agreements."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from congto.office.customers.queries import customer_ids
from congto.office.organisation.loading import Loaded, Rows, built_after, insert
from congto.office.organisation.queries import unit_ids
from congto.office.storage.bulk import bulk

if TYPE_CHECKING:
    from datetime import datetime

    from congto.office.storage.bulk import Bulk

SEARCH_TEXT_LONGEST = 400

CUSTOMER = ("name", "address", "commune", "phone", "unit_id")
AGREEMENT = ("customer_id", "valid_from")
PRICE = (
    "group",
    "subgroup",
    "voltage",
    "time_of_use",
    "household_quarters",
    "registered_kw",
)


def plain_text(*columns: str) -> pl.Expr:
    """Join columns and bare them as vocabulary.text.plain does: "Trần Văn Ổn" -> "tran van on"."""
    return (
        pl.concat_str(list(columns), separator=" ")
        .str.to_lowercase()
        .str.replace_all("đ", "d", literal=True)
        .str.normalize("NFD")
        .str.replace_all(r"\p{M}", "")
        .str.replace_all(r"\s+", " ")
        .str.strip_chars()
    )


def load_customers(frame: pl.DataFrame, *, file: str = "customers.csv") -> Loaded:
    """Add the delivered customers that the books lack.

    Args:
        frame: one row per customer: code, name, address, commune and phone (or null), unit (code).
        file: the name that errors give.
    """
    with bulk() as books:
        rows = Rows.of(frame, file)
        rows.good = rows.good.with_columns(pl.col("commune", "phone").fill_null(""))
        rows.resolve("unit", unit_ids(books), of="units.csv")
        held = books.read(
            "SELECT code, name, address, commune, phone, unit_id FROM customers_customer"
        )
        rows.keep_new(held, "code", CUSTOMER)
        search = plain_text("code", "name", "address").str.slice(0, SEARCH_TEXT_LONGEST)
        new = rows.good.select("code", *CUSTOMER, search_text=search)
        with built_after(
            books, "customers_customer", "customer_search", when=new.height > held.height
        ):
            insert(books, "customers_customer", new)
    return rows.loaded()


def load_agreements(frame: pl.DataFrame, *, at: datetime, file: str = "agreements.csv") -> Loaded:
    """Add the delivered agreements that the books lack, each with its first price assignment.

    Args:
        frame: one row per agreement: code, customer (code), valid_from, group (PriceGroup),
            subgroup and voltage (or null), time_of_use, household_quarters, registered_kw.
        at: when the rows enter the books.
        file: the name that errors give.
    """
    with bulk() as books:
        rows = Rows.of(frame, file)
        rows.resolve("customer", customer_ids(books), of="customers.csv")
        held = _held_agreements(books)
        rows.keep_new(held, "code", (*AGREEMENT, *PRICE))
        new = rows.good
        ids = insert(books, "customers_agreement", new.select("code", *AGREEMENT))
        prices = new.select(
            ids.alias("agreement_id"),
            "valid_from",
            "group",
            "subgroup",
            "voltage",
            "time_of_use",
            pl.col("household_quarters", "registered_kw").cast(pl.Int32),
            pl.lit(at).dt.convert_time_zone("UTC").alias("known_at"),
            pl.lit("").alias("reason"),
        )
        with built_after(
            books,
            "customers_priceassignment",
            "price_assignment_one_in_force",
            when=new.height > held.height,
        ):
            insert(books, "customers_priceassignment", prices)
    return rows.loaded()


def _held_agreements(books: Bulk) -> pl.DataFrame:
    """Return the agreements of the books, each with the prices it began with."""
    return books.read(
        'SELECT DISTINCT ON (a.id) a.code, a.customer_id, a.valid_from, p."group", p.subgroup,'
        " p.voltage, p.time_of_use, p.household_quarters::bigint, p.registered_kw::bigint"
        " FROM customers_agreement a JOIN customers_priceassignment p ON p.agreement_id = a.id"
        " ORDER BY a.id, p.valid_from"
    )
