"""Delivered files: what is refused as a whole, what is listed row by row, what enters the books."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest

from congto.interfaces.cli import imports
from congto.interfaces.cli.imports import import_folder, sentences
from congto.interfaces.files.deliveries import AGREEMENTS, CUSTOMERS, INTERVALS, METERS
from congto.interfaces.files.delivery import Delivery, read_delivery, read_slices
from congto.interfaces.files.layout import Column, Kind, Layout
from congto.office.storage.bulk import read
from congto.vocabulary.errors import InvalidInputError

AT = datetime(2026, 11, 3, 1, 0, tzinfo=UTC)
STORY = Path(__file__).parents[1] / "flows" / "one_month_of_five_customers"

WHOLE_NUMBER = "expected a whole number such as 1200, without separators; correct the value."
ONE_ROW = "expected one row per code; remove one of the two rows."

TWO_COLUMNS = Layout((Column("code"), Column("kwh", Kind.INTEGER)), ("code",))


def delivered(folder: Path, content: str | bytes, layout: Layout = TWO_COLUMNS) -> Delivery:
    path = folder / "given.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_delivery(path, layout)


def refusal(folder: Path, content: str | bytes, layout: Layout = TWO_COLUMNS) -> str:
    with pytest.raises(InvalidInputError) as refused:
        delivered(folder, content, layout)
    return refused.value.sentence()


def test_a_missing_file_is_one_sentence(tmp_path):
    with pytest.raises(InvalidInputError, match=r"given\.csv is not there; expected a file with"):
        read_delivery(tmp_path / "given.csv", TWO_COLUMNS)


def test_an_empty_file_is_one_sentence(tmp_path):
    assert refusal(tmp_path, "") == (
        "given.csv is empty; expected a header with the columns code, kwh; deliver the file again."
    )


def test_a_header_alone_is_a_file_without_rows(tmp_path):
    given = delivered(tmp_path, "code,kwh\n")
    assert given.frame.is_empty()
    assert given.errors.is_empty()


@pytest.mark.parametrize(
    "content",
    [
        "code,kwh\nA,1\nNguyễn,2\n".encode("cp1258", errors="replace") + b"\xea",
        "code,kwh\nA,1\nNguy\xean,2\n".encode("latin-1"),
    ],
)
def test_another_encoding_is_named_with_its_line(tmp_path, content):
    assert "is not UTF-8 (byte 0x" in refusal(tmp_path, content)
    assert "given.csv line " in refusal(tmp_path, content)


def test_utf_16_is_not_utf_8(tmp_path):
    assert "given.csv line 1 is not UTF-8" in refusal(tmp_path, "code,kwh\n".encode("utf-16"))


def test_a_missing_column_is_named_with_a_hint(tmp_path):
    assert refusal(tmp_path, "code,kWh\nA,1\n") == (
        "given.csv line 1 lacks the column kwh; expected the columns code, kwh;"
        " rename the column 'kWh'."
    )


def test_a_column_that_may_be_absent_is_null_without_it_and_read_with_it(tmp_path):
    kwh = Column("kwh", Kind.INTEGER, required=False, absent=True)
    layout = Layout((Column("code"), kwh), ("code",))
    without = delivered(tmp_path, "code\nA\n", layout)
    assert without.frame.select("code", "kwh").rows() == [("A", None)]
    assert without.frame.schema["kwh"] == pl.Int64
    read = delivered(tmp_path, "code,kwh\nA,3\n", layout)
    assert read.frame.select("code", "kwh").rows() == [("A", 3)]


def test_an_unknown_column_is_named(tmp_path):
    assert "has the unknown column 'note'" in refusal(tmp_path, "code,kwh,note\nA,1,x\n")


def test_a_column_named_twice_is_refused(tmp_path):
    assert "names a column twice" in refusal(tmp_path, "code,code\nA,1\n")


def test_columns_may_come_in_any_order_with_a_byte_order_mark_and_windows_line_ends(tmp_path):
    given = delivered(tmp_path, "\ufeffkwh,code\r\n1,A\r\n2,B\r\n")
    assert given.frame.rows() == [(2, "A", 1), (3, "B", 2)]


def test_a_text_in_a_number_column_is_listed_and_the_other_rows_are_kept(tmp_path):
    given = delivered(tmp_path, "code,kwh\nA,1\nB,twelve\nC,3\n")
    assert given.frame["code"].to_list() == ["A", "C"]
    assert sentences(given.errors) == ["given.csv line 3: kwh is 'twelve'; " + WHOLE_NUMBER]


@pytest.mark.parametrize("value", ["1.0", "1.000", "1e3", "1 000", "99999999999999999999", "½"])
def test_what_is_not_a_whole_number_is_listed(tmp_path, value):
    given = delivered(tmp_path, f"code,kwh\nA,{value}\n")
    assert given.frame.is_empty()
    assert given.errors["column"].to_list() == ["kwh"]


def test_ragged_rows_and_open_quotes_are_listed(tmp_path):
    given = delivered(tmp_path, 'code,kwh\nA,1\nB\nC,3,4\nD,"5\nE,6\n')
    assert given.frame["code"].to_list() == ["A", "E"]
    assert given.errors.select("line", "found").rows() == [
        (3, "1 fields"),
        (4, "3 fields"),
        (5, "a quote is not closed on its line"),
    ]


def test_quotes_protect_commas_and_quotes(tmp_path):
    given = delivered(tmp_path, 'code,kwh\n"Số 1, ấp ""Ba""",1\n')
    assert given.frame["code"].to_list() == ['Số 1, ấp "Ba"']


def test_blank_lines_are_passed_over_and_line_numbers_stay_exact(tmp_path):
    given = delivered(tmp_path, "code,kwh\n\nA,1\n\nB,x\n")
    assert given.frame["line"].to_list() == [3]
    assert given.errors["line"].to_list() == [5]


def test_the_second_row_of_a_key_is_listed(tmp_path):
    given = delivered(tmp_path, "code,kwh\nA,1\nB,2\nA,3\n")
    assert given.frame["line"].to_list() == [2, 3]
    assert sentences(given.errors) == ["given.csv line 4: A stands already on line 2; " + ONE_ROW]


def test_one_row_with_two_faults_is_one_rejected_row_with_two_sentences(tmp_path):
    given = delivered(
        tmp_path,
        "code,customer,valid_from,group,subgroup,voltage,time_of_use,household_quarters,"
        "registered_kw\nX,Y,31/12/2026,domestic,,,yes,0,-1\n",
        AGREEMENTS,
    )
    assert given.frame.is_empty()
    assert sorted(given.errors["column"]) == [
        "group",
        "household_quarters",
        "registered_kw",
        "time_of_use",
        "valid_from",
    ]
    assert set(given.errors["line"]) == {2}


def test_an_empty_field_is_an_error_only_where_a_value_is_needed(tmp_path):
    header = "code,name,address,commune,phone,unit\n"
    assert delivered(tmp_path, header + "A,b,c,,,U\n", CUSTOMERS).errors.is_empty()
    errors = delivered(tmp_path, header + "A,,c,,,U\n", CUSTOMERS).errors
    assert errors["found"].to_list() == ["name is empty"]


def test_a_text_that_is_too_long_for_the_books_is_listed(tmp_path):
    header = "code,name,address,commune,phone,unit\n"
    errors = delivered(tmp_path, f"{header}{'A' * 14},b,c,,,U\n", CUSTOMERS).errors
    assert errors["expected"].to_list() == ["a text of at most 13 characters"]


def test_decomposed_letters_are_composed(tmp_path):
    header = "code,name,address,commune,phone,unit\n"
    row = "A,Nguye\u0302\u0303n,c,,,U\n"
    assert delivered(tmp_path, header + row, CUSTOMERS).frame["name"].item() == "Nguyễn"


def test_a_parquet_column_of_another_type_refuses_the_file(tmp_path):
    path = tmp_path / "meters.parquet"
    pl.DataFrame(
        {name: ["x"] for name in METERS.names} | {"valid_from": [1.5]}, strict=False
    ).write_parquet(path)
    with pytest.raises(InvalidInputError, match="column valid_from is of type Float64"):
        read_delivery(path, METERS)


def test_what_is_no_parquet_is_refused(tmp_path):
    path = tmp_path / "intervals.parquet"
    path.write_bytes(b"PAR1 and no more")
    with pytest.raises(InvalidInputError, match="cannot be read as Parquet"):
        read_delivery(path, INTERVALS)


def test_a_day_without_48_half_hours_is_listed(tmp_path):
    path = tmp_path / "intervals.parquet"
    pl.DataFrame(
        {
            "usage_point": ["P", "Q"],
            "channel": ["A+", "A+"],
            "local_day": [date(2026, 10, 1)] * 2,
            "values": [[1] * 48, [1] * 47],
        }
    ).write_parquet(path)
    given = read_delivery(path, INTERVALS)
    assert given.frame["usage_point"].to_list() == ["P"]
    assert given.errors.select("line", "found").rows() == [(2, "values has 47 values")]


def test_a_long_file_is_read_in_slices_and_a_key_is_found_again_in_another_slice(tmp_path):
    path = tmp_path / "given.parquet"
    codes = ["A", "B", "C", "A", "D"]
    pl.DataFrame({"code": codes, "kwh": [1, None, 3, 4, 5]}).write_parquet(path)
    slices = list(read_slices(path, TWO_COLUMNS, rows_at_once=2))
    assert [part.frame["code"].to_list() for part in slices] == [["A"], ["C"], ["D"]]
    assert [sentences(part.errors) for part in slices] == [
        ["given.parquet line 2: kwh is empty; " + WHOLE_NUMBER],
        ["given.parquet line 4: A stands already on line 1; " + ONE_ROW],
        [],
    ]


def test_a_parquet_file_without_rows_is_one_empty_slice(tmp_path):
    path = tmp_path / "given.parquet"
    pl.DataFrame(schema={"code": pl.String, "kwh": pl.Int64}).write_parquet(path)
    (only,) = read_slices(path, TWO_COLUMNS)
    assert only.frame.is_empty()


@pytest.fixture
def delivery(tmp_path: Path) -> Path:
    """Lay out the story's files as a utility hands them over."""
    folder = tmp_path / "delivery"
    folder.mkdir()
    for path in (STORY / "0_setup").iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    reads = pl.read_csv(
        STORY / "1_reads" / "register_reads.csv",
        schema_overrides={"index_wh": pl.Int64},
        try_parse_dates=True,
    )
    reads.write_parquet(folder / "register_reads.parquet")
    return folder


def counts(report: imports.ImportReport) -> dict[str, tuple[int, int, int]]:
    return {file.file: (file.inserted, file.unchanged, file.rejected) for file in report.files}


def test_a_folder_is_loaded_and_loading_it_again_changes_nothing(books, delivery):
    expected = {
        "units.csv": 3,
        "network.csv": 4,
        "customers.csv": 5,
        "agreements.csv": 5,
        "reading_books.csv": 2,
        "usage_points.csv": 9,
        "meters.csv": 9,
        "register_reads.parquet": 25,
    }
    first = import_folder(delivery, at=AT)
    assert counts(first) == {name: (rows, 0, 0) for name, rows in expected.items()}
    again = import_folder(delivery, at=AT)
    assert counts(again) == {name: (0, rows, 0) for name, rows in expected.items()}


def test_bad_rows_are_listed_in_a_file_and_good_rows_enter(books, delivery):
    customers = delivery / "customers.csv"
    text = customers.read_text(encoding="utf-8")
    customers.write_text(
        text + "PB00010000009,Trần Thị Chín,22 đường Hoa Mai,,,PB0099\n", encoding="utf-8"
    )
    report = import_folder(delivery, at=AT)
    assert report.rejected == 1
    assert report.sentences() == [
        (
            "customers.csv line 7: unit PB0099 is not known; expected one of units.csv; load the"
            " unit first or correct the code."
        )
    ]
    listed = pl.read_csv(report.rejected_folder / "customers.csv.rejected.csv")
    assert listed["line"].to_list() == [7]
    assert read("SELECT count(*) AS n FROM customers_customer")["n"].item() == 5
    customers.write_text(text, encoding="utf-8")
    import_folder(delivery, at=AT)
    assert not (report.rejected_folder / "customers.csv.rejected.csv").exists()


def test_a_useless_file_stops_there_and_the_mended_folder_is_loaded_to_the_end(books, delivery):
    agreements = delivery / "agreements.csv"
    good = agreements.read_bytes()
    agreements.write_bytes(b"")
    with pytest.raises(InvalidInputError, match=r"agreements\.csv is empty"):
        import_folder(delivery, at=AT)
    assert read("SELECT count(*) AS n FROM customers_customer")["n"].item() == 5
    agreements.write_bytes(good)
    report = import_folder(delivery, at=AT)
    assert counts(report)["customers.csv"] == (0, 5, 0)
    assert counts(report)["register_reads.parquet"] == (25, 0, 0)


def test_every_file_leaves_one_audit_row_and_one_more_when_a_reload_adds_rows(books, delivery):
    def audited() -> list[tuple[str, int]]:
        rows = read(
            "SELECT subject, (after ->> 'inserted')::bigint AS inserted FROM control_auditentry"
            " WHERE operation = 'import' ORDER BY id"
        )
        return rows.rows()

    units = (delivery / "units.csv").read_bytes()
    without_district = b"".join(units.splitlines(keepends=True)[:-1])
    (delivery / "units.csv").write_bytes(without_district)
    import_folder(delivery, at=AT)
    first = audited()
    assert first[:2] == [("units.csv", 2), ("network.csv", 0)]
    assert len(first) == 8
    import_folder(delivery, at=AT)
    assert audited() == first
    (delivery / "units.csv").write_bytes(units)
    import_folder(delivery, at=AT)
    assert audited()[8:10] == [("units.csv", 1), ("network.csv", 4)]


def test_a_folder_that_is_not_there_is_one_sentence(tmp_path):
    with pytest.raises(InvalidInputError, match=r"folder .* is not there"):
        import_folder(tmp_path / "nowhere", at=AT)


def test_the_command_tells_the_counts_and_exits_by_the_rejected_rows(
    books, delivery, monkeypatch, capsys
):
    monkeypatch.setattr(imports, "boot", lambda: None)  # the fixture has set the books up
    assert imports.main([str(delivery), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["rejected"] == 0
    assert told["files"][0] == {
        "file": "units.csv",
        "inserted": 3,
        "unchanged": 0,
        "rejected": 0,
    }
    with (delivery / "units.csv").open("a", encoding="utf-8") as units:
        units.write("PB0002,Điện lực Hoa Sứ,district,PB00C9,2020-01-01\n")
    assert imports.main([str(delivery)]) == 1
    assert "parent PB00C9 of unit PB0002 leads to no corporation" in capsys.readouterr().out
