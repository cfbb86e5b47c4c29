"""The price book's pages: figures of the published tables, comparisons and bills worked by hand."""

import html
import re
from datetime import date
from decimal import Decimal

import pytest

from congto.interfaces.console.typed import typed_number
from congto.interfaces.console.views import price_calculator
from congto.office.overview import price_book as overview
from congto.office.overview.price_diff import diff
from congto.reference import load_price_book
from congto.reference.vn import price_book
from congto.vocabulary.errors import InvalidInputError
from congto.vocabulary.groups import CustomerGroup
from reference.test_drafts import draft
from world_console import make_world


@pytest.fixture
def clerk(db, client):
    world = make_world()
    client.force_login(world.person("clerk", "clerk", world.district))
    return client


def text_of(answer):
    """Return the page's words without markup, every blank one space."""
    body = re.sub(r"<script.*?</script>", " ", answer.content.decode(), flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", body)).split())


# ---- numbers as they are typed ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("134", "134"),
        ("1.234", "1234"),
        ("1.234.567,25", "1234567.25"),
        ("1234,5", "1234.5"),
        (" 134 kWh ", "134"),
        ("0", "0"),
    ],
)
def test_numbers_are_read_as_vietnam_writes_them(text, number):
    assert typed_number("Số kWh", text) == Decimal(number)


@pytest.mark.parametrize(
    "text", ["", "12.5", "1,234", "-5", "1e3", "١٣٤", "12.34.567", "abc", "1" * 16]
)
def test_a_number_that_could_be_misread_is_refused(text):
    with pytest.raises(InvalidInputError, match="Số kWh: nhận"):
        typed_number("Số kWh", text)


def test_a_decimal_point_is_answered_with_the_comma():
    with pytest.raises(InvalidInputError, match="ví dụ 12,5"):
        typed_number("Số kWh", "12.5")


# ---- the book ---------------------------------------------------------------------------------


def test_the_timeline_has_every_decision_with_its_rise():
    found = {one.decision.code: one.change_percent for one in overview.entries()}
    # tariffs.md 1.1: +7.5, +6.08, +8.36, +3, +4.5, +4.8, +4.8 percent; the first has none before
    assert found.pop("4887/QĐ-BCT") is None
    assert {code: round(rise, 2) for code, rise in found.items()} == {
        "2256/QĐ-BCT": Decimal("7.50"),
        "4495/QĐ-BCT": Decimal("6.08"),
        "648/QĐ-BCT": Decimal("8.36"),
        "1062/QĐ-BCT": Decimal("3.00"),
        "2941/QĐ-BCT": Decimal("4.50"),
        "2699/QĐ-BCT": Decimal("4.80"),
        "1279/QĐ-BCT": Decimal("4.80"),
    }


def test_percents_of_the_average_are_those_of_the_structure():
    residential = overview.group_tables(price_book().decision("1279/QĐ-BCT"))[0]
    assert residential.group is CustomerGroup.RESIDENTIAL
    tiers = residential.tiers[0].cells
    # tariffs.md 1.2: 90/93/108/136/152/157 % of the average, prepaid 132 %
    assert [round(cell.percent) for cell in tiers] == [90, 93, 108, 136, 152, 157]
    assert round(residential.one_price[0].cells[0].percent) == 132


def test_bands_stand_in_the_order_of_the_headings():
    business = overview.group_tables(price_book().decision("1279/QĐ-BCT"))[2]
    low = next(line for line in business.three_rate if line.voltage == "<6kV")
    assert [cell.row.price_vnd for cell in low.cells] == [3152, 1918, 5422]  # tariffs.md 1.3


def test_the_waiting_tiers_are_those_of_the_law():
    (waiting,) = overview.waiting_structures(Decimal("2204.0655"))
    # tariffs.md 1.4: 90/108/136/162/180 %, on 2,204.0655 that would be these prices
    assert [(tier.from_kwh, tier.to_kwh, tier.supposed_vnd) for tier in waiting.tiers] == [
        (0, 100, 1984),
        (101, 200, 2380),
        (201, 400, 2998),
        (401, 700, 3571),
        (701, None, 3967),
    ]


def test_hours_are_those_of_the_circular():
    in_force, waiting = overview.schedules()

    def peak(hours):
        return [(one.from_minute, one.to_minute) for one in hours if one.band == "peak"]

    # tariffs.md 2.1: A 09:30-11:30 and 17:00-20:00, B 17:30-22:30; none on Sundays
    assert peak(in_force.weekday) == [(570, 690), (1020, 1200)]
    assert peak(waiting.weekday) == [(1050, 1350)]
    assert peak(in_force.sunday) == peak(waiting.sunday) == []
    assert sum(one.minutes for one in in_force.sunday) == 24 * 60


# ---- two decisions ----------------------------------------------------------------------------


def test_a_comparison_shows_dong_and_percent():
    book = price_book()
    old, new = book.decision("2699/QĐ-BCT"), book.decision("1279/QĐ-BCT")
    residential = diff(old, new, book.voltages)[0]
    (_, tiers) = residential.tiers[0]
    # 1,893 -> 1,984 is 91 đồng, 91/1893 = 4.807 %; 3,302 -> 3,460 is 158, 4.785 %
    assert (tiers[0].change.difference_vnd, round(tiers[0].change.percent, 2)) == (
        91,
        Decimal("4.81"),
    )
    assert (tiers[5].change.difference_vnd, round(tiers[5].change.percent, 2)) == (
        158,
        Decimal("4.78"),
    )


def test_six_tiers_and_five_are_cut_at_every_edge(tmp_path):
    book = load_price_book(draft=draft(tmp_path))
    groups = diff(book.decisions[-2], book.decisions[-1], book.voltages)
    (_, tiers) = groups[0].tiers[0]
    rows = [
        (one.from_kwh, one.to_kwh, one.old_tier, one.new_tier, one.change.difference_vnd)
        for one in tiers
    ]
    # by hand from 1984/2050/2380/2998/3350/3460 and 1984/2380/2998/3571/3967
    assert rows == [
        (0, 50, 1, 1, 0),
        (51, 100, 2, 1, -66),
        (101, 200, 3, 2, 0),
        (201, 300, 4, 3, 0),
        (301, 400, 5, 3, -352),
        (401, 700, 6, 4, 111),
        (701, None, 6, 5, 507),
    ]


def test_old_and_new_voltage_classes_meet_where_they_share_a_voltage(tmp_path):
    book = load_price_book(draft=draft(tmp_path))
    groups = diff(book.decisions[-2], book.decisions[-1], book.voltages)
    production = next(one for one in groups if one.group is CustomerGroup.PRODUCTION)
    normal = [
        (one.old_voltage, one.new_voltage, one.change.difference_vnd)
        for one in production.lines
        if one.band == "normal"
    ]
    # the draft prices production above 35 kV only: 1811; the old classes that reach above 35 kV are
    # >=110 kV (1811) and 22 to 110 kV (1833); the two lower ones have no partner
    assert normal == [
        (">=110kV", ">35kV", 0),
        ("22-<110kV", ">35kV", -22),
        ("6-<22kV", None, None),
        ("<6kV", None, None),
    ]
    assert [one.old_voltage for one in production.alone.lines if one.band == "normal"] == [
        "6-<22kV",
        "<6kV",
    ]
    business = next(one for one in groups if one.group is CustomerGroup.BUSINESS)
    assert business.compared.lines == ()
    assert len(business.alone.lines) == 9  # three classes by three bands, none in the draft


# ---- pages ------------------------------------------------------------------------------------


def test_the_price_book_shows_what_is_in_force_and_what_waits(clerk):
    words = text_of(clerk.get("/prices"))
    for part in (
        "Đang áp dụng 1279/QĐ-BCT từ 10/05/2025 · bình quân 2.204,0655 đ/kWh",
        "4887/QĐ-BCT 01/06/2014 15/03/2015 1.508,85",
        "theo trí nhớ, chưa đối chiếu",
        "Đã công bố nhưng chưa áp dụng",
        "Biểu giá sinh hoạt 5 bậc · 14/2025/QĐ-TTg",
        "17:30–22:30 Cao điểm",
        "09:30–11:30 Cao điểm",
        "NQ 204/2025/QH15",
        "0,89 1,12 %",
        "< 0,60 52,54 %",
    ):
        assert part in words, part


def test_a_decision_page_marks_every_price_with_its_confidence(clerk):
    book = price_book()
    for decision in (book.decisions[0], book.decisions[-1]):
        body = clerk.get(f"/prices/decisions/{decision.id}").content.decode()
        tables = "".join(re.findall(r"<tbody>.*?</tbody>", body, flags=re.DOTALL))
        assert tables.count('class="sure ') == len(decision.rows)
    assert clerk.get("/prices/decisions/99").status_code == 404


def test_the_comparison_page_turns_to_old_and_new(clerk):
    assert "+100,9496 đ (+4,80 %)" in text_of(clerk.get("/prices/compare")).replace("\u00a0", " ")
    turned = clerk.get("/prices/compare?old=8&new=1")
    assert turned.url == "/prices/compare?old=1&new=8"
    assert "1.388 ? 1.984 ✓" in re.sub(
        " (đã xác nhận|theo trí nhớ, chưa đối chiếu)", "", text_of(clerk.get(turned.url))
    )
    for wrong in ("old=99", "old=x", "new=-1", "old=²"):
        assert clerk.get(f"/prices/compare?{wrong}").status_code == 404


def test_pages_of_the_price_book_read_nothing_but_the_frame(clerk, django_assert_max_num_queries):
    for page in ("/prices?kwh=134", "/prices/decisions/8", "/prices/compare"):
        with django_assert_max_num_queries(6):  # session, user, grants, roots, units, language
            assert clerk.get(page).status_code == 200


def test_pages_of_the_price_book_carry_no_code_and_no_foreign_host(clerk):
    for page in ("/prices?kwh=134", "/prices/decisions/8", "/prices/compare"):
        body = clerk.get(page).content.decode()
        assert not re.search(r"<script(?![^>]*(src=|application/json))", body), page
        assert not re.search(r"\son\w+=|\sstyle=|<style|(src|href)=\"(https?:)?//", body), page


def test_the_price_book_asks_for_sign_in(client, db):
    for page in ("/prices", "/prices/calculate", "/prices/compare", "/prices/decisions/8"):
        assert client.get(page).status_code == 302


# ---- the calculator ---------------------------------------------------------------------------

JUNE = {"first": "09/06/2026", "last": "09/07/2026"}


def calculated(clerk, **fields):
    return text_of(clerk.get("/prices/calculate", {**JUNE, **fields}))


def test_a_household_reads_its_bill(clerk):
    words = calculated(clerk, kwh="134")
    # 50 x 1984 + 50 x 2050 + 34 x 2380 = 282,620; VAT 8 % 22,610;
    # one kWh more: net 285,000, VAT 22,800, so 307,800 - 305,230 = 2,570
    for part in (
        "Phải trả 305.230 đ",
        "Bậc 3 34 2.380 80.920",
        "Cộng 134 282.620",
        "8 % 22.610",
        "Ba trăm linh năm nghìn hai trăm ba mươi đồng.",
        "trả thêm 2.570 đ",
        "1279/QĐ-BCT",
    ):
        assert part in words, part


def test_a_tenant_alone_has_a_quarter_of_each_tier(clerk):
    # 30 of 30 days: 12.5 -> 13, 13, 25 kWh; 40 kWh = 13 x 1984 + 13 x 2050 + 14 x 2380 = 85,762
    assert "Cộng 40 85.762" in calculated(clerk, kwh="40", households="0,25")


def test_a_bakery_by_hours(clerk):
    # tests/flows: 1000 x 3152 + 300 x 5422 + 200 x 1918 = 5,162,200
    words = calculated(
        clerk,
        purpose="business/",
        voltage="<6kV",
        bands="1",
        kwh_normal="1.000",
        kwh_peak="300",
        kwh_off_peak="200",
    )
    assert "Cộng 1.500 5.162.200" in words
    assert "Cao điểm 300 5.422 1.626.600" in words


def test_a_period_with_two_decisions_names_both(clerk):
    # tests/cases: 30 days from 01/05/2025, 9 of them by 2699: 134 x 9 / 30 = 40.2 -> 40 and 94 kWh
    words = calculated(clerk, kwh="134", first="01/05/2025", last="31/05/2025")
    assert "2699/QĐ-BCT" in words
    assert "1279/QĐ-BCT" in words


def test_no_use_costs_nothing_and_bands_wait_to_be_typed(clerk):
    assert "Phải trả 0 đ" in calculated(clerk, kwh="0")
    empty = calculated(clerk, kwh="134", purpose="business/", bands="1")
    assert "Nhập số kWh" in empty


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"kwh": "12.5"}, "phần thập phân viết sau dấu phẩy, ví dụ 12,5"),
        ({"kwh": "nhiều"}, "cần một số như 134"),
        ({"kwh": "9" * 12}, "nhiều nhất 1.000.000.000"),
        ({"kwh": "5", "households": "0,3"}, "bội số của 0,25"),
        ({"kwh": "5", "households": "0"}, "bội số của 0,25"),
        ({"kwh": "5", "first": "31/02/2026"}, "Ngày đầu kỳ: nhận “31/02/2026”"),
        ({"kwh": "5", "last": "01/06/2026"}, "không có ngày nào"),
        ({"kwh": "5", "first": "01/01/2010", "last": "01/02/2010"}, "bắt đầu từ 01/06/2014"),
        (
            {
                "kwh": "5",
                "purpose": "wholesale/market",
                "first": "01/07/2014",
                "last": "01/08/2014",
            },
            "không có giá cho đối tượng",
        ),
    ],
)
def test_what_cannot_be_computed_is_one_sentence(clerk, fields, sentence):
    words = calculated(clerk, **fields)
    assert sentence in words
    assert "Phải trả" not in words


def test_an_unknown_purpose_or_voltage_falls_back_to_one_that_exists(clerk):
    assert "Phải trả 305.230 đ" in calculated(clerk, kwh="134", purpose="x", voltage="y")
    form = clerk.get("/prices/calculate", {"form": "1", "purpose": "production/", "voltage": "y"})
    assert '<option value="&lt;6kV" selected>' in form.content.decode()


def test_the_form_offers_what_the_decision_of_the_period_has():
    fields = {"purpose": "business/", "voltage": "", "bands": "", "first": "09/06/2026"}
    assert price_calculator.choices_for(fields)["voltages"] == [">=22kV", "6-<22kV", "<6kV"]
    assert price_calculator.decision_at(date(2024, 10, 10)).code == "2941/QĐ-BCT"
    assert price_calculator.decision_at(date(2024, 10, 11)).code == "2699/QĐ-BCT"
