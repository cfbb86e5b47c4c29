"""The handheld file of 40 fields: out, in, and what a torn or wrong one says.

Figures by hand from the worked month (tests/flows/one_month_of_five_customers): household 4,120 ->
4,254 on a dial of five digits; bakery with three rates, multiplier 20.
"""

from datetime import UTC, date, datetime

import pytest

from congto.interfaces.files.handheld import FIELDS, read_file, to_csv, to_xml
from congto.interfaces.files.handheld_in import typed_of
from congto.interfaces.files.handheld_out import figure, lines_of
from congto.office.meterdata.manual_entry import enter_many, judge
from congto.office.meterdata.manual_routes import set_route
from congto.office.meterdata.manual_sheet import sheet
from congto.office.meterdata.models import ReadingVisit, RegisterReading
from congto.office.meters.models import ReadingBook, UsagePoint
from congto.vocabulary.errors import InvalidInputError
from world_console import make_world

READ_ON = date(2026, 11, 1)
AT = datetime(2026, 11, 2, 1, 0, tzinfo=UTC)
ORDER = (
    "MA_NVGCS MA_KHANG MA_DDO MA_DVIQLY MA_GC MA_QUYEN MA_TRAM BOCSO_ID LOAI_BCS LOAI_CS TEN_KHANG"
    " DIA_CHI MA_NN SO_HO MA_CTO SERY_CTO HSN CS_CU TTR_CU SL_CU SL_TTIEP NGAY_CU CS_MOI TTR_MOI"
    " SL_MOI CHUOI_GIA KY THANG NAM NGAY_MOI NGUOI_GCS SL_THAO KIMUA_CSPK MA_COT SLUONG_1 SLUONG_2"
    " SLUONG_3 SO_HOM PMAX NGAY_PMAX"
)  # the published order (cmis_handheld_fields)


@pytest.fixture
def world(db):
    return make_world()


@pytest.fixture
def book(world):
    RegisterReading.objects.filter(read_on=READ_ON).delete()
    return ReadingBook.objects.select_related("unit", "session").get(code="A0101")


@pytest.fixture
def reader(world):
    return world.person("reader", "clerk", world.district)


def written(book, write=to_csv):
    return write(line for row in sheet(book, READ_ON) for line in lines_of(row, "NV07"))


def brought(book, content, *, confirmed=False):
    lines, errors = read_file(content, "so.csv")
    found = typed_of(lines, sheet(book, READ_ON), confirmed=confirmed)
    return found, [*errors, *found.errors]


def keep(book, content, reader, *, confirmed=False):
    found, errors = brought(book, content, confirmed=confirmed)
    assert errors == []
    return enter_many(book, READ_ON, found.typed, source="so.csv", user=reader, at=AT)


def edited(content, **changes):
    """Change fields of lines: {"MA_DDO/LOAI_BCS": {"CS_MOI": "4254"}}."""
    lines, _errors = read_file(content, "so.csv")
    rows = [dict(line.values) for line in lines]
    for key, fields in changes.items():
        hits = [row for row in rows if f"{row['MA_DDO']}_{row['LOAI_BCS']}".endswith(key)]
        assert hits
        for row in hits:
            row.update(fields)
    return rows


FILLED = {
    "001001_KT": {"CS_MOI": "4254", "TTR_MOI": "BT", "SL_MOI": "134", "NGUOI_GCS": "NV07"},
    "003001_SG": {"CS_MOI": "1075", "TTR_MOI": "BT", "SL_MOI": "1500", "NGUOI_GCS": "NV07"},
    "003001_BT": {"CS_MOI": "650", "TTR_MOI": "BT", "SL_MOI": "1000", "NGUOI_GCS": "NV07",
                  "PMAX": "41.5", "NGAY_PMAX": "12/10/2026 18:30"},
    "003001_CD": {"CS_MOI": "265", "TTR_MOI": "BT", "SL_MOI": "300", "NGUOI_GCS": "NV07"},
    "003001_TD": {"CS_MOI": "160", "TTR_MOI": "BT", "SL_MOI": "200", "NGUOI_GCS": "NV07"},
    "003001_VC": {"CS_MOI": "340", "TTR_MOI": "BT", "SL_MOI": "800", "NGUOI_GCS": "NV07"},
}  # fmt: skip


def test_the_file_has_the_forty_published_fields_in_their_order():
    assert tuple(ORDER.split()) == FIELDS
    assert len(FIELDS) == 40


def test_a_line_says_what_the_books_know(book):
    lines, errors = read_file(written(book), "so.csv")
    assert errors == []
    first = lines[0]
    assert (first["MA_KHANG"], first["MA_DDO"]) == ("PB00010000001", "PB00010000001001")
    assert (first["CS_CU"], first["NGAY_CU"]) == ("4120", "01/10/2026")
    assert (first["CS_MOI"], first["NGAY_MOI"]) == ("", "01/11/2026")
    assert (first["KY"], first["THANG"], first["NAM"]) == ("1", "10", "2026")
    assert (first["SO_HO"], first["HSN"], first["LOAI_BCS"]) == ("1", "1", "KT")
    assert first["CHUOI_GIA"] == "100*SHBT"
    bakery = [line for line in lines if line["MA_KHANG"].endswith("3")]
    assert [line["LOAI_BCS"] for line in bakery] == ["SG", "BT", "CD", "TD", "VC"]
    assert {(line["HSN"], line["SO_HO"], line["KIMUA_CSPK"]) for line in bakery} == {
        ("20", "0", "1")
    }


@pytest.mark.parametrize("write", [to_csv, to_xml])
def test_out_and_in_without_a_change_changes_nothing(book, reader, write):
    before = written(book, write)
    counts = keep(book, before, reader)
    assert counts["changed"] == 0
    assert written(book, write) == before
    assert not ReadingVisit.objects.exists()


@pytest.mark.parametrize("write", [to_csv, to_xml])
def test_a_filled_file_comes_out_again_as_it_went_in(book, reader, write):
    filled = write(edited(written(book, write), **FILLED))
    assert keep(book, filled, reader)["changed"] == 2
    assert written(book, write) == filled
    # and a second time nothing changes
    assert keep(book, filled, reader) == {
        "changed": 0, "unchanged": 2, "doubted": 0, "refused": 0,
    }  # fmt: skip
    values = RegisterReading.objects.filter(read_on=READ_ON).values_list("register", "index_wh")
    assert sorted(values) == [
        (0, 1_075_000), (0, 4_254_000), (1, 650_000), (2, 265_000), (3, 160_000), (4, 340_000),
    ]  # fmt: skip
    assert ReadingVisit.objects.get(demands__has_key="1").demands == {
        "1": {"w": 41_500, "at": "2026-10-12T18:30:00"}
    }


def test_csv_and_xml_say_the_same(book):
    from_csv, _ = read_file(written(book, to_csv), "so.csv")
    from_xml, _ = read_file(written(book, to_xml), "so.xml")
    assert [line.values for line in from_csv] == [line.values for line in from_xml]


def test_a_second_value_is_the_next_version(book, reader):
    keep(book, to_csv(edited(written(book), **FILLED)), reader)
    again = edited(written(book), **{"001001_KT": {"CS_MOI": "4260", "SL_MOI": "140"}})
    assert keep(book, to_csv(again), reader)["changed"] == 1
    versions = RegisterReading.objects.filter(
        read_on=READ_ON, usage_point__code="PB00010000001001"
    ).values_list("version", "index_wh")
    assert sorted(versions) == [(1, 4_254_000), (2, 4_260_000)]


def test_an_empty_reading_takes_nothing_back(book, reader):
    empty = written(book)
    keep(book, to_csv(edited(empty, **FILLED)), reader)
    found, errors = brought(book, empty)
    assert (found.typed, errors) == ([], [])


def test_a_missed_point_keeps_its_reason(book, reader):
    missed = edited(written(book), **{"001001_KT": {"TTR_MOI": "VN", "NGUOI_GCS": "NV07"}})
    assert keep(book, to_csv(missed), reader)["changed"] == 1
    row = sheet(book, READ_ON)[0]
    assert row.missed
    assert row.visit.state == "VN"


def test_the_device_may_walk_another_way(book, reader):
    moved = edited(
        written(book),
        **{
            "001001_KT": {"MA_GC": "0002"},
            "PB00010000003001_BT": {"MA_GC": "0001"},
            "PB00010000003001_SG": {"MA_GC": "0001"},
        },
    )
    found, errors = brought(book, to_csv(moved))
    assert errors == []
    set_route(book, found.places, user=reader, at=AT)
    assert [row.point.code[-6:] for row in sheet(book, READ_ON)] == ["003001", "001001"]


# ---- what is wrong is a sentence, the good part is kept ---------------------------------------


def test_a_file_cut_in_half_keeps_its_first_half(book):
    filled = edited(written(book), **FILLED)
    for write in (to_csv, to_xml):
        content = write(filled)
        lines, errors = read_file(content[: len(content) * 2 // 3], "so")
        assert 0 < len(lines) < 6
        assert len(errors) == 1
        assert "Dòng" in errors[0].sentence


def test_a_torn_point_is_left_out_whole(book):
    content = to_csv(edited(written(book), **FILLED))
    half = content[: content.index(b"TD,DDK")]
    lines, _ = read_file(half, "so.csv")
    judged = judge(
        sheet(book, READ_ON), typed_of(lines, sheet(book, READ_ON), confirmed=False).typed
    )
    assert [one.refused[:28] for one in judged] == ["", "Công tơ SIM0000000003: thiếu"]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"HSN": "2"}, "HSN là “2”, cần 1 như trong sổ sách"),
        ({"CS_CU": "4130"}, "CS_CU là “4130”, cần 4120 như trong sổ sách"),
        ({"SERY_CTO": "SIM9"}, "SERY_CTO là “SIM9”"),
        ({"CS_MOI": "4254,5"}, "CS_MOI là “4254,5”, cần một số như 4120 hoặc 4120.5"),
        ({"CS_MOI": "4254", "SL_MOI": "140"}, "SL_MOI là “140”, cần 134 theo chỉ số"),
        ({"LOAI_BCS": "BT"}, "LOAI_BCS là “BT”, cần KT"),
        ({"MA_DDO": "PB00010000009001"}, "MA_DDO là “PB00010000009001”"),
        ({"THANG": "9"}, "THANG là “9”, cần 10 như trong sổ sách"),
    ],
)
def test_a_line_that_does_not_fit_the_books_is_one_sentence(book, fields, said):
    wrong = edited(written(book), **{"001001_KT": fields})
    found, errors = brought(book, to_csv(wrong))
    assert len(errors) == 1
    assert errors[0].number == 2
    assert errors[0].sentence.startswith("Dòng 2: ")
    assert said in errors[0].sentence
    assert found.typed == []


def test_a_repeated_line_is_named(book):
    rows = edited(written(book), **FILLED)
    _lines, errors = read_file(to_csv([*rows, rows[0]]), "so.csv")
    (error,) = errors
    assert "lặp lại điểm đo PB00010000001001 bộ KT của dòng 2" in error.sentence


def test_a_file_without_a_field_is_refused(book):
    with pytest.raises(InvalidInputError, match="thiếu trường NGAY_PMAX"):
        read_file(written(book).replace(b",NGAY_PMAX", b""), "so.csv")


def test_what_is_no_handheld_file_is_refused():
    for content in (b"", b"  \n", b"<html></html>", b"\xff\xfe\x00a"):
        with pytest.raises(InvalidInputError):
            read_file(content, "la.csv")


def test_xml_does_not_read_other_files():
    bomb = b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><NewDataSet><Table1>'
    body = b"".join(f"<{name}>&x;</{name}>".encode() for name in FIELDS)
    lines, _errors = read_file(bomb + body + b"</Table1></NewDataSet>", "so.xml")
    assert all("root" not in value for line in lines for value in line.values.values())


def test_figures_are_exact():
    assert [figure(one) for one in (4_120_000, 4_120_500, 4_120_050, 0, None)] == [
        "4120", "4120.5", "4120.05", "0", "",
    ]  # fmt: skip


def test_points_of_another_book_do_not_come_along(book, world):
    other = ReadingBook.objects.create(code="A0201", name="Sổ 02", unit=world.other, reading_day=1)
    UsagePoint.objects.filter(code__endswith="3001").update(reading_book=other)
    assert [row.point.code for row in sheet(book, READ_ON)] == ["PB00010000001001"]
