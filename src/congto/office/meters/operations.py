"""Writes of reading books, usage points, meters and where each meter hangs."""

from __future__ import annotations

from dataclasses import replace
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
PLATE = ("phases", "current_a_max", "voltage_v")
"""What a meter can measure: files may leave it out, and may tell it later of a known meter."""
INSTALLATION = ("usage_point_id", "valid_from", "multiplier")

FILL_PLATES = """
UPDATE meters_meter m SET phases = coalesce(m.phases, n.phases),
  current_a_max = coalesce(m.current_a_max, n.amperes), voltage_v = coalesce(m.voltage_v, n.volts)
FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[])
  AS n (id, phases, amperes, volts) WHERE m.id = n.id
"""


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
            network and check points), element (code), unit (code), reading_book (code or null);
            check_of (code of the point that a check point checks) may be absent.
        file: the name that errors give.
    """
    with bulk() as books:
        rows = Rows.of(_with(frame, check_of=pl.String()), file)
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
            pl.format("{} point {} names the agreement {}", "kind", "code", "agreement"),
            expected="an agreement at customer points only",
            action="empty the column or make it a customer point",
        )
        check = pl.col("kind") == UsagePointKind.CHECK.value
        rows.reject(
            check != pl.col("check_of").is_not_null(),
            "check_of",
            pl.format("{} point {} and check_of do not go together", "kind", "code"),
            expected="check_of at every check point and at no other",
            action="name the point that is checked, or correct the kind",
        )
        held = books.read(
            "SELECT p.code, p.kind, p.agreement_id, p.element_id, p.unit_id, p.reading_book_id,"
            " main.code AS check_of FROM meters_usagepoint p"
            " LEFT JOIN meters_usagepoint main ON main.id = p.check_of_id"
        )
        rows.keep_new(held, "code", (*POINT, "check_of"))
        measured = rows.good.filter(pl.col("check_of").is_null())
        insert(books, "meters_usagepoint", measured.select("code", *POINT))
        _add_check_points(books, rows)
    return rows.loaded()


def _add_check_points(books: Bulk, rows: Rows) -> None:
    """Add check points once the points that they check are in, one for a point."""
    if rows.good["check_of"].null_count() == rows.good.height:
        return
    mains = books.read("SELECT code, id FROM meters_usagepoint WHERE kind <> 'check'")
    rows.resolve("check_of", mains, of="usage_points.csv that is no check point itself")
    taken = books.read(
        "SELECT check_of_id FROM meters_usagepoint WHERE check_of_id IS NOT NULL"
    ).to_series()
    rows.reject(
        pl.col("check_of").is_not_null()
        & (
            pl.col("check_of_id").is_in(taken.implode())
            | ~pl.col("check_of_id").is_first_distinct()
        ),
        "check_of",
        pl.format("usage point {} has a check point already", "check_of"),
        expected="one check point for a usage point",
        action="remove the row or correct the code",
    )
    new = rows.good.filter(pl.col("check_of").is_not_null())
    insert(books, "meters_usagepoint", new.select("code", *POINT, "check_of_id"))


def load_meters(frame: pl.DataFrame, *, file: str = "meters.csv") -> Loaded:
    """Add the delivered meters that the books lack, each hung at its usage point.

    Args:
        frame: one row per meter: serial, usage_point (code), valid_from, dial_digits, decimals,
            multiplier (CT ratio x VT ratio), remote, three_rate; phases (1 or 3), current_a_max,
            voltage_v (of one phase) may be absent or null. Those of a meter that the books hold
            without them are filled in.
        file: the name that errors give.
    """
    with bulk() as books:
        rows = Rows.of(_with(frame, **dict.fromkeys(PLATE, pl.Int64())), file)
        rows.resolve("usage_point", point_ids(books), of="usage_points.csv")
        rows.reject(
            pl.col("phases") == 2,
            "phases",
            pl.format("meter {} has 2 phases", "serial"),
            expected="1 or 3",
            action="correct the number or leave it empty",
        )
        held = _held_meters(books)
        told = _new_on_plates(rows, held)
        rows.keep_new(held.select(pl.exclude("id", *PLATE)), "serial", (*METER, *INSTALLATION))
        filled = _fill_plates(books, rows, told)
        _reject_second_meter(books, rows)
        new = rows.good
        digits = pl.col("dial_digits", "decimals", "phases").cast(pl.Int16)
        plate = pl.col("current_a_max", "voltage_v").cast(pl.Int32)
        ids = insert(
            books, "meters_meter", new.select("serial", *METER, *PLATE).with_columns(digits, plate)
        )
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
    report = rows.loaded()
    return replace(report, inserted=report.inserted + filled, unchanged=report.unchanged - filled)


def _with(frame: pl.DataFrame, **optional: pl.DataType) -> pl.DataFrame:
    """Add the columns that a file may leave out, without values."""
    lacking = {name: kind for name, kind in optional.items() if name not in frame.columns}
    return frame.with_columns(pl.lit(None, dtype=kind).alias(n) for n, kind in lacking.items())


def _new_on_plates(rows: Rows, held: pl.DataFrame) -> pl.DataFrame:
    """Return what the file tells of meters that the books hold and do not know: line, id, PLATE.

    What the books know otherwise is an error of the row.
    """
    old = held.select("serial", "id", *(pl.col(name).alias(f"old_{name}") for name in PLATE))
    rows.good = rows.good.join(old, on="serial", how="left", maintain_order="left")
    for name in PLATE:
        known = pl.format("meter {} has {} {} in the books", "serial", pl.lit(name), f"old_{name}")
        rows.reject(
            pl.col(name) != pl.col(f"old_{name}"),
            name,
            known,
            expected="what the books hold",
            action="correct the file, or the meter in the console",
        )
    news = [pl.col(name).is_not_null() & pl.col(f"old_{name}").is_null() for name in PLATE]
    told = rows.good.filter(pl.col("id").is_not_null(), pl.any_horizontal(*news))
    rows.good = rows.good.select(pl.exclude("id", "^old_.*$"))
    return told.select("line", "id", *PLATE)


def _fill_plates(books: Bulk, rows: Rows, told: pl.DataFrame) -> int:
    """Write what was told by rows that are good otherwise; return how many meters it is of."""
    bad = pl.concat([told.select("line").clear(), *(one.select("line") for one in rows.errors)])
    good = told.join(bad, on="line", how="anti")
    if good.height:
        books.execute(FILL_PLATES, (good["id"].to_list(), *(good[n].to_list() for n in PLATE)))
    return good.height


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
        " m.three_rate, i.usage_point_id, i.valid_from, i.multiplier::bigint, m.id,"
        " m.phases::bigint, m.current_a_max::bigint, m.voltage_v::bigint"
        " FROM meters_meter m JOIN meters_meterinstallation i ON i.meter_id = m.id"
        " ORDER BY m.id, i.valid_from"
    )
