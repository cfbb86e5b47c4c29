"""Home, customer and bill pages: figures worked by hand, scope, query counts, nothing foreign."""

import html
import io
import json
import re
from datetime import date

import pytest

from congto.interfaces.cli import quote
from congto.interfaces.console.navigation import ENTRIES
from congto.office.customers.models import Agreement, PriceAssignment
from congto.office.meters.models import Meter, UsagePoint
from congto.office.overview.bill import view_bill
from congto.office.overview.customer import next_reading, view_customer
from congto.office.scorecard.models import MonthCheck, MonthFigure
from world_console import END, finding, make_world, month_closed, read


@pytest.fixture
def world(db):
    return make_world()


@pytest.fixture
def manager(world, client):
    client.force_login(world.person("manager", "manager", world.root))
    return client


@pytest.fixture
def stranger(world, client):
    client.force_login(world.person("stranger", "clerk", world.other))
    return client


def text_of(answer):
    """Return the page's words without markup, every blank one space."""
    body = re.sub(r"<script.*?</script>", " ", answer.content.decode(), flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", body)).split())


# ---- home -------------------------------------------------------------------------------------


def test_home_without_a_month_says_what_to_run(manager):
    assert "congto month run --month 2026-10" in text_of(manager.get("/"))


def test_home_without_a_grant_says_so(world, client, django_user_model):
    client.force_login(django_user_model.objects.create_user("nobody"))
    assert "Chưa được giao đơn vị nào" in text_of(client.get("/"))


def test_home_shows_the_figures_of_the_worked_month(world, manager):
    month_closed(world)
    words = text_of(manager.get("/"))
    # 3,000 and 2,304 kWh; 196/3,000 = 6.5333 %; 6,954,642/2,304 = 3,018.51 đ/kWh;
    # 6,571,155/7,511,014 = 87.487 %; 2/3 = 66.67 %
    for figure in ("3,0 MWh", "2,3 MWh", "6,53 %", "3.018,5 đ/kWh", "87,49 %", "66,67 %"):
        assert figure in words
    assert words.count("✓ khớp") == 7


def test_home_shows_a_check_that_differs(world, manager):
    month_closed(world)
    MonthCheck.objects.filter(name="bills_are_ledger").update(right=7_511_015, agrees=False)
    words = text_of(manager.get("/"))
    assert "7.511.014 đ 7.511.015 đ ✗ lệch" in words


def test_home_of_a_district_shows_that_district_and_no_checks(world, client):
    month_closed(world)
    MonthFigure.objects.filter(unit=world.district).update(customers=77)
    client.force_login(world.person("clerk", "clerk", world.district))
    words = text_of(client.get("/"))
    assert "Điện lực Hoa Mai" in words
    assert "Điện lực Hoa Cúc" not in words
    assert "Kiểm tra khớp số" not in words


def test_home_drills_to_the_chosen_unit_and_remembers_it(world, manager):
    month_closed(world)
    assert "?unit=PB00C1" in manager.get("/").content.decode()
    assert "Điện lực Hoa Cúc" in text_of(manager.get("/?unit=PB00C1"))
    manager.get("/?unit=PB0002")
    assert manager.get("/customers/PB00010000001").status_code == 404
    manager.get("/?unit=")
    assert manager.get("/customers/PB00010000001").status_code == 200


def test_a_unit_outside_the_grants_cannot_be_chosen(world, stranger):
    stranger.get("/?unit=PB0001")
    assert stranger.get("/customers/PB00010000001").status_code == 404


def test_breakdowns_add_up_to_the_bills_and_payments(world, manager):
    month_closed(world)
    answer = manager.get("/months/2026-10/breakdowns")
    words = text_of(answer)
    assert "Công ty Điện lực Hoa Sen 134 1.500" in words  # kWh: residential, business
    assert "Công ty Điện lực Hoa Sen 282.620 5.279.382" in words
    assert "Ngân hàng Sông Tiền Ngân hàng 1 305.230" in words
    assert manager.get("/months/2026-13/breakdowns").status_code == 404


# ---- customer ---------------------------------------------------------------------------------


def test_customer_page_shows_what_a_clerk_needs(world, manager):
    finding(world, "PB00010000001001")
    words = text_of(manager.get("/customers/PB00010000001"))
    for part in (
        "Nguyễn Thị Đào",
        "12 đường Hoa Mai",
        "Điện lực Hoa Mai",
        "Sinh hoạt (bậc thang)",
        "4.120 4.254 1 134 kWh",
        "305.230 đ 305.230 đ 10/11/2026 đã trả",
        "RDG-001 Thiếu chỉ số cuối kỳ.",
        "SIM0000000001",
        "Ngân hàng Sông Tiền",
        "không nợ",
        "Ghi chỉ số kỳ tới",
    ):
        assert part in words, part


def test_an_unpaid_bill_is_an_alert(world, manager):
    words = text_of(manager.get("/customers/PB00010000003"))
    assert re.search(r"(Quá hạn|Chưa trả) 5\.701\.733 đ", words)
    assert "dưới 6 kV, ba giá, đăng ký 45 kW" in words


def test_customer_of_another_unit_is_not_there(world, stranger):
    for page in ("/customers/PB00010000001", "/customers/PB00010000001/curve"):
        answer = stranger.get(page)
        assert answer.status_code == 404
        assert "Đào" not in answer.content.decode()


def test_a_dial_past_its_last_digit_goes_on_from_zero(world, manager):
    point = UsagePoint.objects.get(code="PB00010000001001")
    meter = Meter.objects.get(serial="SIM0000000001")
    read(point, meter, 0, END, 220_000, version=2)  # 4,120 -> 99,999 -> 220: 96,100 kWh
    step = view_customer(world.household).readings[0]
    assert (step.new.version, step.use_wh, step.passed_zero) == (2, 96_100_000, True)


def test_the_day_of_half_hours_is_typed_day_first(world, manager):
    Meter.objects.update(remote=True)
    page = "/customers/PB00010000001/curve"
    assert "Không có số liệu nửa giờ ngày 09/10/2026" in text_of(
        manager.get(page, {"day": "9/10/2026"})
    )
    assert "không phải là ngày dd/mm/yyyy" in text_of(manager.get(page, {"day": "31/02/2026"}))


@pytest.mark.parametrize(
    ("reading_day", "today", "expected"),
    [
        (1, date(2026, 11, 24), date(2026, 12, 1)),
        (24, date(2026, 11, 24), date(2026, 12, 24)),
        (25, date(2026, 11, 24), date(2026, 11, 25)),
        (31, date(2026, 12, 31), date(2027, 1, 31)),
        (31, date(2027, 2, 10), date(2027, 2, 28)),
        (31, date(2027, 1, 31), date(2027, 2, 28)),
    ],
)
def test_the_next_reading_is_the_books_next_day(reading_day, today, expected):
    assert next_reading(reading_day, today) == expected


# ---- bill -------------------------------------------------------------------------------------


def test_bill_page_explains_every_line(world, manager):
    words = text_of(manager.get(f"/bills/{world.household_bill.pk}"))
    for part in (
        "rộng 50 kWh × 31/31 ngày × 1 hộ = 50 kWh",
        "50 kWh × 1.984 = 99.200",
        "rộng 100 kWh × 31/31 ngày × 1 hộ = 100 kWh",
        "34 kWh × 2.380 = 80.920",
        "282.620 đ",
        "Thuế GTGT 8 % 22.610 đ",
        "Tổng cộng 305.230 đ",
        "Ba trăm linh năm nghìn hai trăm ba mươi đồng.",
        "1279/QĐ-BCT từ 10/05/2025",
        "NQ 204/2025/QH15",
        "4.120 4.254 1 134 kWh",
    ):
        assert part in words, part


def test_bill_page_explains_bands_and_the_reactive_charge(world, manager):
    words = text_of(manager.get(f"/bills/{world.bakery_bill.pk}"))
    for part in (
        "Cao điểm 300 5.422 đ 1.626.600 đ",
        "cos φ = 0,88, k = 2,27 %",
        "Vô công 300 340 20 800 kvarh",
        "Tổng 1.000 1.075 20 1.500 kWh",
    ):
        assert part in words, part


def test_households_widen_the_tiers(world):
    PriceAssignment.objects.filter(group="residential").update(household_quarters=6)
    widths = [line.quota.width_wh for line in view_bill(world.household_bill).lines]
    assert widths == [75_000, 75_000, 150_000]  # 50, 50, 100 kWh x 1.5 households


def test_the_quote_of_a_bill_computes_the_same_bill(world, manager):
    for bill in (world.household_bill, world.bakery_bill):
        request = manager.get(f"/bills/{bill.pk}/quote.json").content.decode()
        out = io.StringIO()
        assert quote.main([], io.StringIO(request), out, io.StringIO()) == 0
        assert json.loads(out.getvalue())["gross"] == bill.gross_vnd


def test_a_bill_whose_origins_are_gone_is_still_shown(world, manager):
    PriceAssignment.objects.all().delete()
    page = f"/bills/{world.household_bill.pk}"
    assert "305.230 đ" in text_of(manager.get(page))
    assert manager.get(f"{page}/quote.json").status_code == 404


def test_bill_of_another_unit_is_not_there(world, stranger):
    for page in ("", "/quote.json"):
        assert stranger.get(f"/bills/{world.household_bill.pk}{page}").status_code == 404


# ---- every page -------------------------------------------------------------------------------


def all_pages(world):
    return [
        "/",
        "/search?q=dao",
        "/customers/PB00010000001",
        f"/bills/{world.household_bill.pk}",
        "/nowhere",
    ]


def test_no_page_names_another_host_or_carries_code(world, manager):
    month_closed(world)
    for page in all_pages(world):
        body = manager.get(page).content.decode()
        links = re.findall(r'(?:src|href|action|hx-get)="([^"]*)"', body)
        assert not [link for link in links if re.match(r"(https?:)?//", link)], page
        assert not re.search(r"<script(?![^>]*(src=|application/json))", body), page
        assert not re.search(r"\son\w+=|\sstyle=|<style", body), page


def test_every_chart_has_its_figures_as_a_table(world, manager):
    month_closed(world)
    for page in [*all_pages(world), "/months/2026-10/breakdowns"]:
        body = manager.get(page).content.decode()
        figures = re.findall(r"<figure.*?</figure>", body, flags=re.DOTALL)
        for figure in figures:
            assert "<details>" in figure
            assert "<td" in figure


def test_navigation_has_no_dead_end(world, manager):
    body = manager.get("/").content.decode()
    links = re.findall(r'<a href="([^"]*)" data-key', body)
    assert len(links) == len(ENTRIES)
    for link in links:
        assert manager.get(link).status_code == 200, link


def test_a_page_costs_a_bounded_number_of_queries(world, manager, django_assert_max_num_queries):
    month_closed(world)
    for number in range(8):  # more rows, not more queries
        finding(world, f"PB00010000001-A{number}")
    agreement = Agreement.objects.get(code="PB00010000001-A1")
    Agreement.objects.create(
        code="PB00010000001-A2", customer=agreement.customer, valid_from=date(2025, 1, 1)
    )
    frame = 6  # session, user, grants, roots, units, language
    limits = {"/": frame + 3, "/customers/PB00010000001": frame + 12}
    limits[f"/bills/{world.household_bill.pk}"] = frame + 10
    for page, limit in limits.items():
        with django_assert_max_num_queries(limit):
            assert manager.get(page).status_code == 200


def test_a_failure_shows_the_house_page_without_details(world, manager, monkeypatch):
    def broken(*_, **__):
        raise RuntimeError("secret detail")

    monkeypatch.setattr("congto.interfaces.console.views.home.overview.months", broken)
    manager.raise_request_exception = False
    answer = manager.get("/")
    assert answer.status_code == 500
    body = answer.content.decode()
    assert "Có lỗi bên trong" in body
    assert "secret detail" not in body
