"""Pages of manual reading: progress, a book's sheet, missed reads, re-read orders, files.

Figures by hand from the worked month: household 4,120 -> 4,254 (134 kWh), five dial digits; bakery
with three rates and multiplier 20, four energy registers and a reactive one.
"""

import html
import re
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from congto.office.meterdata.models import (
    ReadingPhoto,
    ReadingVisit,
    RegisterReading,
    RereadOrder,
    RouteStop,
)
from congto.office.meters.models import MeterInstallation, UsagePoint
from world_console import END, START, finding, make_world

DAY = "2026-11-01"
SHEET = f"/readings/books/A0101?day={DAY}"
JPEG = b"\xff\xd8\xff\xe0" + b"0123456789" * 3


@pytest.fixture
def world(db):
    made = make_world()
    RegisterReading.objects.filter(read_on=END).delete()
    return made


@pytest.fixture
def clerk(world, client):
    client.force_login(world.person("clerk", "clerk", world.district))
    return client


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
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", body)).replace("\u00a0", " ").split())


def point(number):
    return UsagePoint.objects.get(code=f"PB0001000000{number}001")


def enter(client, number, **fields):
    """Post a row as the page does, through htmx."""
    data = {"day": DAY, "point": point(number).pk, **fields}
    return client.post("/readings/books/A0101/enter", data, headers={"HX-Request": "true"})


def dials():
    found = RegisterReading.objects.filter(read_on=END).order_by("register", "version")
    return list(found.values_list("register", "version", "index_wh", "quality"))


# ---- progress ---------------------------------------------------------------------------------


def test_progress_counts_points_by_book(world, clerk):
    words = text_of(clerk.get(f"/readings?day={DAY}"))
    assert "Điểm phải ghi 2 Đã có chỉ số 0" in words
    assert "Sổ 01 Hoa Mai A0101 – Điện lực Hoa Mai 2 0 0 2 0" in words
    enter(clerk, 1, dial_0="4254")
    enter(clerk, 3, dial_0="vn")
    words = text_of(clerk.get(f"/readings?day={DAY}"))
    assert "Sổ 01 Hoa Mai A0101 – Điện lực Hoa Mai 2 1 1 0 0" in words


def test_a_day_without_books_says_so(world, clerk):
    assert "Ngày này không có sổ nào ghi" in text_of(clerk.get("/readings?day=2026-11-05"))


def test_another_unit_sees_no_book(world, stranger):
    assert "Ngày này không có sổ nào ghi" in text_of(stranger.get(f"/readings?day={DAY}"))
    assert stranger.get(SHEET).status_code == 404
    assert enter(stranger, 1, dial_0="4254").status_code == 404


# ---- the sheet --------------------------------------------------------------------------------


def test_the_sheet_shows_old_readings_in_the_order_of_the_route(world, clerk):
    RouteStop.objects.create(usage_point=point(3), position=1, pole="C12")
    words = text_of(clerk.get(SHEET))
    assert words.index("Bánh Ngọt Ánh Dương") < words.index("Nguyễn Thị Đào")
    assert "4.120 →" in words
    assert "cột C12" in words
    assert "×20" in words


def test_a_good_reading_is_kept_at_once(world, clerk):
    words = text_of(enter(clerk, 1, dial_0="4.254"))
    assert dials() == [(0, 1, 4_254_000, 7)]
    assert "134 kWh" in words
    assert "1 / 2 điểm có chỉ số" in words


def test_the_same_reading_again_is_no_new_version(world, clerk):
    enter(clerk, 1, dial_0="4254")
    enter(clerk, 1, dial_0="4254")
    assert dials() == [(0, 1, 4_254_000, 7)]


def test_a_corrected_reading_is_the_next_version(world, clerk):
    enter(clerk, 1, dial_0="4254")
    enter(clerk, 1, dial_0="4260")
    assert dials() == [(0, 1, 4_254_000, 7), (0, 2, 4_260_000, 7)]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("123456", "mặt 5 số không thể chỉ 123.456 kWh, cần từ 0 đến 99.999"),
        ("4254,5", "nhận 4.254,5 kWh, cần 0 số lẻ"),
        ("42.5", "phần thập phân viết sau dấu phẩy"),
        ("abc", "cần một số"),
        ("", "Chưa gõ chỉ số, cần chỉ số, hoặc lý do không đọc được"),
    ],
)
def test_a_bad_value_is_explained_and_not_kept(world, clerk, typed, said):
    assert said in text_of(enter(clerk, 1, dial_0=typed))
    assert dials() == []


def test_a_doubted_reading_waits_for_a_second_look(world, clerk):
    answer = enter(clerk, 1, dial_0="4100")
    assert "chỉ số mới 4.100 kWh nhỏ hơn chỉ số cũ 4.120 kWh" in text_of(answer)
    assert "bấm Enter lần nữa" in text_of(answer)
    assert dials() == []
    answered = re.search(r'name="answered" value="([^"]*)"', answer.content.decode())[1]
    # another value is judged anew, not confirmed by the old answer
    enter(clerk, 1, dial_0="4090", answered=answered)
    assert dials() == []
    enter(clerk, 1, dial_0="4100", answered=answered)
    assert dials() == [(0, 1, 4_100_000, 6)]  # confirmed against a rejecting rule: suspect
    assert ReadingVisit.objects.get().confirmed == "RDG-002"


def test_use_unlike_the_past_months_is_asked(world, clerk):
    meter = MeterInstallation.objects.get(usage_point=point(1)).meter
    # 100 kWh in July, August and September each: 92 days, 300 kWh
    for month, index in ((7, 3_820_000), (8, 3_920_000), (9, 4_020_000)):
        RegisterReading.objects.create(
            usage_point=point(1), meter=meter, register=0, read_on=date(2026, month, 1),
            index_wh=index, quality=7, source=0, known_at="2026-10-01T00:00Z",
        )  # fmt: skip
    # usual for 31 days: 300 x 31 / 92 = 101.086..; 4,120 + 202 = 4,322 is 199.8 %
    assert "cao hơn nhiều" not in text_of(enter(clerk, 1, dial_0="4322"))
    assert "203 kWh cao hơn nhiều so với khoảng 101,086 kWh" in text_of(
        enter(clerk, 1, dial_0="4323")
    )


def test_no_use_is_asked(world, clerk):
    assert "cả kỳ không sử dụng điện" in text_of(enter(clerk, 1, dial_0="4120"))
    assert dials() == []


def test_three_rates_need_every_register(world, clerk):
    assert "thiếu bộ vô công" in text_of(
        enter(clerk, 3, dial_0="1075", dial_1="650", dial_2="265", dial_3="160")
    )
    enter(clerk, 3, dial_0="1075", dial_1="650", dial_2="265", dial_3="160", dial_4="340")
    assert [(register, wh) for register, _, wh, _ in dials()] == [
        (0, 1_075_000), (1, 650_000), (2, 265_000), (3, 160_000), (4, 340_000),
    ]  # fmt: skip


def test_a_code_typed_for_a_figure_is_the_reason(world, clerk):
    assert "Vắng nhà, không đọc được" in text_of(enter(clerk, 1, dial_0="vn"))
    assert ReadingVisit.objects.get().state == "VN"
    listed = text_of(clerk.get(f"/readings/missed?day={DAY}"))
    assert "Nguyễn Thị Đào" in listed
    assert "Vắng nhà, không đọc được 1" in listed
    enter(clerk, 1, dial_0="4254")
    assert "Không có điểm nào" in text_of(clerk.get(f"/readings/missed?day={DAY}"))


def test_a_manager_looks_and_does_not_type(world, manager):
    assert 'class="keep"' not in manager.get(SHEET).content.decode()
    assert "không có quyền nhập chỉ số" in text_of(enter(manager, 1, dial_0="4254"))
    assert dials() == []


def test_without_script_the_sheet_says_what_was_wrong(world, clerk):
    data = {"day": DAY, "point": point(1).pk, "dial_0": "123456"}
    answer = clerk.post("/readings/books/A0101/enter", data, follow=True)
    assert "không thể chỉ 123.456 kWh" in text_of(answer)


def test_a_day_on_which_the_book_is_not_read_is_no_page(world, clerk):
    answer = clerk.get("/readings/books/A0101?day=2026-11-02")
    assert answer.status_code == 404


# ---- photos -----------------------------------------------------------------------------------


def send(client, content, name="a.jpg"):
    file = SimpleUploadedFile(name, content)
    data = {"day": DAY, "point": point(1).pk, "photo": file}
    return client.post("/readings/books/A0101/photo", data, headers={"HX-Request": "true"})


def test_a_photo_stands_beside_the_reading(world, clerk):
    send(clerk, JPEG)
    send(clerk, JPEG)  # the same picture is kept once
    kept = ReadingPhoto.objects.get()
    assert f'src="/readings/photos/{kept.pk}"' in clerk.get(SHEET).content.decode()
    shown = clerk.get(f"/readings/photos/{kept.pk}")
    assert shown["Content-Type"] == "image/jpeg"
    assert b"".join(shown.streaming_content) == JPEG


def test_what_is_no_picture_is_refused(world, clerk):
    assert "Tệp này không phải ảnh" in text_of(send(clerk, b"<svg onload=alert(1)>", "a.jpg"))
    assert not ReadingPhoto.objects.exists()


def test_a_photo_of_another_unit_is_not_shown(world, clerk, client):
    send(clerk, JPEG)
    client.force_login(world.person("stranger", "clerk", world.other))
    assert client.get(f"/readings/photos/{ReadingPhoto.objects.get().pk}").status_code == 404


# ---- re-read orders ---------------------------------------------------------------------------


def test_a_finding_becomes_an_order_that_the_next_reading_closes(world, clerk):
    enter(clerk, 1, dial_0="4254")
    found = finding(world, point(1).code)
    said = text_of(clerk.post("/readings/rereads/order", {"finding": found.pk}, follow=True))
    order = RereadOrder.objects.get()
    assert f"Yêu cầu đọc lại số {order.pk} đã lập." in said
    assert (order.read_on, order.origin) == (END, str(found.pk))
    assert "Thiếu chỉ số cuối kỳ." in text_of(clerk.get("/readings/rereads"))
    assert "chờ đọc lại" in text_of(clerk.get(f"{SHEET}&show=orders"))
    enter(clerk, 1, dial_0="4254")  # read again, the same
    order.refresh_from_db()
    assert (order.state, order.outcome) == ("done", "same")
    assert "Chỉ số như cũ" in text_of(clerk.get("/readings/rereads?state=done"))


def test_another_value_closes_an_order_as_changed(world, clerk):
    enter(clerk, 1, dial_0="4254")
    clerk.post("/readings/rereads/order", {"point": point(1).code, "day": DAY, "reason": "mờ ảnh"})
    enter(clerk, 1, dial_0="4250")
    assert RereadOrder.objects.get().outcome == "changed"


def test_an_order_is_cancelled_with_a_reason(world, clerk):
    clerk.post("/readings/rereads/order", {"point": point(1).code, "day": DAY, "reason": "mờ"})
    cancel = f"/readings/rereads/{RereadOrder.objects.get().pk}/cancel"
    assert "Thiếu lý do" in text_of(clerk.post(cancel, {"reason": " "}, follow=True))
    clerk.post(cancel, {"reason": "đã xem ảnh"})
    assert RereadOrder.objects.get().state == "cancelled"


def test_an_order_twice_is_one(world, clerk):
    for _time in range(2):
        clerk.post("/readings/rereads/order", {"point": point(1).code, "day": DAY, "reason": "mờ"})
    assert RereadOrder.objects.count() == 1


# ---- files ------------------------------------------------------------------------------------


def taken(client, kind="csv"):
    answer = client.get(f"/readings/books/A0101.{kind}?day={DAY}")
    assert answer.status_code == 200
    return answer.content


def shown(client, content, name="so.csv"):
    return client.post("/readings/handheld", {"file": SimpleUploadedFile(name, content)})


def key_of(answer):
    return re.search(r'name="key" value="(\w+)"', answer.content.decode())[1]


def filled(content, index):
    """Fill CS_MOI of the household's line, the only one with LOAI_BCS KT."""
    return content.replace(b",01/10/2026,,,,100*SHBT,", f",01/10/2026,{index},,,100*SHBT,".encode())


def test_a_file_goes_out_and_an_unchanged_one_changes_nothing(world, clerk):
    for kind in ("csv", "xml"):
        words = text_of(shown(clerk, taken(clerk, kind), f"so.{kind}"))
        assert "Tệp không làm đổi gì trong sổ sách." in words
    assert dials() == []


def test_a_brought_file_is_previewed_then_loaded(world, clerk):
    content = filled(taken(clerk), 4254)
    answer = shown(clerk, content)
    assert "Nhập 1 điểm tốt" in text_of(answer)
    assert dials() == []
    clerk.post("/readings/handheld/load", {"key": key_of(answer), "name": "so.csv"})
    assert dials() == [(0, 1, 4_254_000, 7)]
    clerk.post("/readings/handheld/load", {"key": key_of(answer), "name": "so.csv"})
    assert dials() == [(0, 1, 4_254_000, 7)]


@pytest.mark.parametrize(
    ("choice", "readings", "orders"), [("leave", 0, 0), ("order", 0, 1), ("keep", 1, 0)]
)
def test_doubted_lines_go_as_was_chosen(world, clerk, choice, readings, orders):
    answer = shown(clerk, filled(taken(clerk), 4100))
    assert "1 điểm nghi ngờ" in text_of(answer)
    assert "nhỏ hơn chỉ số cũ" in text_of(answer)
    clerk.post(
        "/readings/handheld/load", {"key": key_of(answer), "name": "so.csv", "doubted": choice}
    )
    assert (len(dials()), RereadOrder.objects.count()) == (readings, orders)


def test_a_wrong_line_is_named_and_the_rest_is_offered(world, clerk):
    content = filled(taken(clerk), 4254).replace(b",20,1000,", b",40,1000,")
    words = text_of(shown(clerk, content))
    assert "HSN là “40”, cần 20 như trong sổ sách" in words
    assert "Nhập 1 điểm tốt" in words


def test_a_file_of_another_unit_is_refused(world, clerk, client):
    content = filled(taken(clerk), 4254)
    client.force_login(world.person("stranger", "clerk", world.other))
    assert "sổ A0101 không có ở đơn vị này" in text_of(shown(client, content))


def test_what_is_no_file_says_so(world, clerk):
    answer = shown(clerk, b"hello")
    assert answer.status_code == 400
    assert "thiếu trường" in text_of(answer)
    assert clerk.post("/readings/handheld/load", {"key": "../../etc/passwd"}).status_code == 404


def test_pages_take_few_queries(world, clerk, django_assert_max_num_queries):
    for page in (f"/readings?day={DAY}", SHEET, f"/readings/missed?day={DAY}", "/readings/rereads"):
        with django_assert_max_num_queries(24):
            assert clerk.get(page).status_code == 200


def test_start_is_the_day_before(world, clerk):
    """The period begins on the reading day before: opening readings of 1 October."""
    assert date(2026, 10, 1) == START
    assert "‹ 01/10" in text_of(clerk.get(SHEET))


# ---- the route --------------------------------------------------------------------------------

ROUTE = "/readings/books/A0101/route"


def places():
    return list(RouteStop.objects.order_by("position").values_list("usage_point__code", "position"))


def bring_route(client, text):
    upload = SimpleUploadedFile("route.csv", text.encode())
    return client.post(f"{ROUTE}/bring", {"file": upload}, follow=True)


def test_a_point_moves_on_the_route_by_its_buttons(world, clerk):
    clerk.post(ROUTE, {"renumber": "1"})
    before = [code for code, _place in places()]
    answer = clerk.post(ROUTE, {"move": f"{UsagePoint.objects.get(code=before[-1]).pk}:1"})
    assert answer.url.startswith(f"{ROUTE}#p")
    assert places() == [(before[-1], 1), (before[0], 2)]
    words = text_of(clerk.get(SHEET))
    assert words.index(before[-1]) < words.index(before[0])


def test_a_route_goes_to_a_file_and_comes_back_turned_round(world, clerk):
    clerk.post(ROUTE, {"renumber": "1"})
    before = [code for code, _place in places()]
    lines = clerk.get(f"{ROUTE}.csv").content.decode("utf-8-sig").splitlines()
    assert lines[0] == "place,usage_point,name,address,pole"
    assert [line.split(",")[:2] for line in lines[1:]] == [["1", before[0]], ["2", before[1]]]
    turned = f"place;usage_point\n2;{before[0]}\n1;{before[1]}\n"
    assert "2 điểm đổi chỗ" in text_of(bring_route(clerk, turned))
    assert places() == [(before[1], 1), (before[0], 2)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("place,usage_point\n1,KHACH\n", "dòng “KHACH”; cần mã điểm đo của sổ, mỗi mã một lần"),
        ("place,usage_point\nx,KHACH\n", "Dòng 2: thứ tự “x”; cần số nguyên từ 1"),
        ("a,b\n1,2\n", "thiếu cột; cần place, usage_point"),
    ],
)
def test_a_wrong_route_changes_nothing(world, clerk, text, said):
    before = places()
    assert said in text_of(bring_route(clerk, text))
    assert places() == before


def test_only_who_enters_readings_moves_points(world, manager):
    before = places()
    assert "data-go" not in manager.get(ROUTE).content.decode()
    manager.post(ROUTE, {"renumber": "1"})
    assert places() == before


def test_a_typed_place_that_is_no_number_is_explained(world, clerk):
    one = UsagePoint.objects.filter(reading_book__code="A0101").first().pk
    answer = clerk.post(ROUTE, {"move": str(one), f"to-{one}": "đầu"}, follow=True)
    assert "Thứ tự “đầu”; cần số nguyên từ 1" in text_of(answer)
