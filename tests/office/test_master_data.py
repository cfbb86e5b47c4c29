"""Units, network, customers, points and meters into the books: references, changes, reruns."""

from __future__ import annotations

from datetime import UTC, date, datetime

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from congto.office.customers.operations import load_agreements, load_customers, plain_text
from congto.office.meters.operations import load_books, load_meters, load_usage_points
from congto.office.network.operations import load_elements
from congto.office.organisation.operations import load_units
from congto.office.storage.bulk import bulk, read
from congto.vocabulary.text import plain

AT = datetime(2026, 11, 3, 1, 0, tzinfo=UTC)
DAY = date(2024, 1, 1)


def units(*rows: tuple[str, str, str | None]) -> pl.DataFrame:
    columns = {"code": pl.String, "kind": pl.String, "parent": pl.String}
    frame = pl.DataFrame(rows, schema=columns, orient="row")
    return frame.with_columns(name="Tên " + pl.col("code"), valid_from=pl.lit(DAY))


def elements(*rows: tuple[str, str, str | None]) -> pl.DataFrame:
    columns = {"code": pl.String, "kind": pl.String, "parent": pl.String}
    return pl.DataFrame(rows, schema=columns, orient="row").with_columns(
        name="Tên " + pl.col("code"),
        unit=pl.lit("D"),
        nominal_kv=pl.lit(22.0),
        rated_kva=pl.lit(None, dtype=pl.Int64),
        longitude=pl.lit(106.1),
        latitude=pl.lit(None, dtype=pl.Float64),
    )


def customers(*rows: tuple[str, str]) -> pl.DataFrame:
    columns = {"code": pl.String, "name": pl.String}
    return pl.DataFrame(rows, schema=columns, orient="row").with_columns(
        address=pl.lit("12 đường Hoa Mai"),
        commune=pl.lit(None, dtype=pl.String),
        phone=pl.lit(None, dtype=pl.String),
        unit=pl.lit("D"),
    )


def agreements(*rows: tuple[str, str]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=["code", "customer"], orient="row").with_columns(
        valid_from=pl.lit(DAY),
        group=pl.lit("residential"),
        subgroup=pl.lit("tiered"),
        voltage=pl.lit(None, dtype=pl.String),
        time_of_use=pl.lit(value=False),
        household_quarters=pl.lit(4, dtype=pl.Int64),
        registered_kw=pl.lit(0, dtype=pl.Int64),
    )


def points(*rows: tuple[str, str | None]) -> pl.DataFrame:
    columns = {"code": pl.String, "agreement": pl.String}
    return pl.DataFrame(rows, schema=columns, orient="row").with_columns(
        kind=pl.when(pl.col("agreement").is_null())
        .then(pl.lit("network"))
        .otherwise(pl.lit("customer")),
        element=pl.lit("S"),
        unit=pl.lit("D"),
        reading_book=pl.lit("B"),
    )


def meters(*rows: tuple[str, str]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=["serial", "usage_point"], orient="row").with_columns(
        valid_from=pl.lit(DAY),
        dial_digits=pl.lit(5, dtype=pl.Int64),
        decimals=pl.lit(0, dtype=pl.Int64),
        multiplier=pl.lit(1, dtype=pl.Int64),
        remote=pl.lit(value=False),
        three_rate=pl.lit(value=False),
    )


TREE = units(("D", "district", "C"), ("C", "company", "P"), ("P", "corporation", None))


@pytest.fixture
def world(books: str) -> None:
    """One district with a substation, two customers and a reading book."""
    load_units(TREE)
    load_elements(elements(("S", "substation", None)))
    load_customers(customers(("K1", "Nguyễn Thị Đào"), ("K2", "Trần Văn Ổn")))
    load_agreements(agreements(("A1", "K1"), ("A2", "K2")), at=AT)
    reading_book = {"code": ["B"], "name": ["Sổ"], "unit": ["D"], "reading_day": [1]}
    load_books(pl.DataFrame(reading_book))
    load_usage_points(points(("P1", "A1"), ("P2", "A2"), ("PS", None)))


def found(errors: pl.DataFrame) -> list[str]:
    return errors["found"].to_list()


def test_units_may_come_children_first(books):
    assert load_units(TREE).inserted == 3
    paths = read("SELECT code, path FROM organisation_unit ORDER BY path")
    assert paths.rows() == [("P", "P/"), ("C", "P/C/"), ("D", "P/C/D/")]


def test_a_second_load_adds_the_children_of_units_that_are_there(books):
    load_units(TREE)
    report = load_units(pl.concat([TREE, units(("E", "district", "C"))]))
    assert (report.inserted, report.unchanged, report.rejected) == (1, 3, 0)
    assert read("SELECT path FROM organisation_unit WHERE code = 'E'")["path"].item() == "P/C/E/"


def test_parents_that_lead_nowhere_reject_the_whole_branch(books):
    report = load_units(
        pl.concat(
            [
                TREE,
                units(
                    ("X", "company", "Z"),
                    ("Y", "district", "X"),
                    ("U", "company", "V"),
                    ("V", "company", "U"),
                ),
            ]
        )
    )
    assert (report.inserted, report.rejected) == (3, 4)
    assert found(report.errors)[0] == "parent Z of unit X leads to no corporation"
    assert report.errors["line"].to_list() == [4, 5, 6, 7]


def test_only_a_corporation_has_no_parent(books):
    report = load_units(units(("D", "district", None)))
    assert found(report.errors) == ["unit D is a district with parent ''"]


def test_a_changed_row_is_an_error_that_names_the_change(books):
    load_units(TREE)
    report = load_units(TREE.with_columns(name=pl.lit("Khác")).head(1))
    assert found(report.errors) == ["D is in the books already with another name"]
    assert read("SELECT name FROM organisation_unit WHERE code = 'D'")["name"].item() == "Tên D"


def test_elements_are_fed_by_the_right_kind(books):
    load_units(TREE)
    report = load_elements(
        elements(
            ("T", "transformer", "F"),
            ("F", "feeder", "S"),
            ("S", "substation", None),
            ("X", "feeder", "F"),
            ("Y", "feeder", None),
            ("Z", "transformer", "Q"),
        )
    )
    assert report.inserted == 3
    assert sorted(found(report.errors)) == [
        "feeder X is fed by a feeder",
        "feeder Y is fed by nothing",
        "parent Q of Z leads to no substation",
    ]


def test_customers_are_found_by_text_without_diacritics(world):
    found_text = read("SELECT search_text FROM customers_customer ORDER BY code")
    assert found_text["search_text"].to_list() == [
        "k1 nguyen thi dao 12 duong hoa mai",
        "k2 tran van on 12 duong hoa mai",
    ]


VIETNAMESE = (
    "aàảãáạăằẳẵắặâầẩẫấậbcdđeèẻẽéẹêềểễếệghiìỉĩíịklmnoòỏõóọôồổỗốộơờởỡớợpqrstuùủũúụưừửữứựvxyỳỷỹýỵ"
)


@given(st.text(VIETNAMESE + VIETNAMESE.upper() + " 0123456789,./-", max_size=40))
def test_search_text_is_that_of_the_vocabulary(text):
    frame = pl.DataFrame({"text": [text]})
    assert frame.select(plain_text("text")).item() == plain(text)


def test_an_agreement_enters_with_its_first_prices(world):
    prices = read(
        "SELECT a.code, p.group, p.household_quarters, p.known_at FROM customers_agreement a"
        " JOIN customers_priceassignment p ON p.agreement_id = a.id ORDER BY 1"
    )
    assert prices.rows() == [("A1", "residential", 4, AT), ("A2", "residential", 4, AT)]


def test_a_changed_price_is_an_error(world):
    changed = agreements(("A1", "K1")).with_columns(household_quarters=pl.lit(8, dtype=pl.Int64))
    report = load_agreements(changed, at=AT)
    assert found(report.errors) == ["A1 is in the books already with another household_quarters"]


def test_unknown_references_are_errors_and_the_rest_enters(world):
    report = load_agreements(agreements(("A3", "K1"), ("A4", "K9")), at=AT)
    assert report.inserted == 1
    assert found(report.errors) == ["customer K9 is not known"]
    assert report.errors["line"].to_list() == [2]


def test_a_customer_point_needs_agreement_and_book(world):
    lacking = points(("P3", "A1")).with_columns(reading_book=pl.lit(None, dtype=pl.String))
    assert found(load_usage_points(lacking).errors) == [
        "customer point P3 lacks its agreement or its reading book"
    ]
    network = points(("P4", "A1")).with_columns(kind=pl.lit("network"))
    assert found(load_usage_points(network).errors) == ["network point P4 names the agreement A1"]


def test_a_point_has_one_meter(world):
    report = load_meters(meters(("M1", "P1"), ("M2", "P1"), ("M3", "P2")))
    assert report.inserted == 2
    assert found(report.errors) == ["usage point P1 has another meter in this file"]
    later = load_meters(meters(("M4", "P1")))
    assert found(later.errors) == ["usage point P1 has a meter on 2024-01-01"]


def test_a_point_whose_meter_was_taken_down_takes_a_new_one(world):
    load_meters(meters(("M1", "P1")))
    with bulk() as books:
        books.execute("UPDATE meters_meterinstallation SET valid_to = $1", (date(2026, 10, 16),))
    new = meters(("M2", "P1")).with_columns(valid_from=pl.lit(date(2026, 10, 16)))
    assert load_meters(new).inserted == 1


def test_a_check_point_names_the_one_point_that_it_checks(world):
    check = points(("C1", None), ("C2", None), ("C3", None), ("N1", None)).with_columns(
        kind=pl.Series(["check", "check", "check", "network"]),
        reading_book=pl.lit(None, dtype=pl.String),
        check_of=pl.Series(["P1", "P1", None, "P2"]),
    )
    assert sorted(found(load_usage_points(check).errors)) == [
        "check point C3 and check_of do not go together",
        "network point N1 and check_of do not go together",
        "usage point P1 has a check point already",
    ]
    held = read("SELECT c.code, p.code AS main FROM meters_usagepoint c"
                " JOIN meters_usagepoint p ON p.id = c.check_of_id")  # fmt: skip
    assert held.rows() == [("C1", "P1")]
    assert load_usage_points(check.head(1)).unchanged == 1


def test_everything_twice_is_everything_once(world):
    load_meters(meters(("M1", "P1"), ("M2", "P2")))
    again = [
        load_units(TREE),
        load_elements(elements(("S", "substation", None))),
        load_customers(customers(("K1", "Nguyễn Thị Đào"), ("K2", "Trần Văn Ổn"))),
        load_agreements(agreements(("A1", "K1"), ("A2", "K2")), at=AT),
        load_usage_points(points(("P1", "A1"), ("P2", "A2"), ("PS", None))),
        load_meters(meters(("M1", "P1"), ("M2", "P2"))),
    ]
    assert [(report.inserted, report.rejected) for report in again] == [(0, 0)] * 6
    assert [report.unchanged for report in again] == [3, 1, 2, 2, 3, 2]


def test_the_constraints_dropped_for_a_first_load_are_back(world):
    load_meters(meters(("M1", "P1")))
    names = read(
        "SELECT conname FROM pg_constraint WHERE contype = 'x'"
        " UNION ALL SELECT indexname FROM pg_indexes WHERE indexname = 'customer_search'"
    )
    assert set(names["conname"]) >= {
        "price_assignment_one_in_force",
        "installation_one_meter_per_point",
        "installation_one_point_per_meter",
        "customer_search",
    }


def test_a_load_that_breaks_off_leaves_nothing(world, monkeypatch):
    def break_off(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    frame = meters(("M1", "P1"))
    monkeypatch.setattr("congto.office.meters.operations.built_after", break_off)
    with pytest.raises(KeyboardInterrupt):
        load_meters(frame)
    assert read("SELECT count(*) AS n FROM meters_meter")["n"].item() == 0
    monkeypatch.undo()
    assert load_meters(frame).inserted == 1
