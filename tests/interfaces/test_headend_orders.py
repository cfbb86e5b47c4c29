"""Orders of commands on the console: seen before given, decided by another, withdrawn; lists."""

import html
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from congto.interfaces.console.views.headend import order_form
from congto.office.commands.models import Command, CommandCap, CommandOrder, ProtectedPoint
from congto.office.control.choices import Role
from congto.office.control.models import Proposal
from congto.office.control.operations import approve
from world_headend import now
from world_orders import able, make_command_world

REASON = "Quá hạn thanh toán hai kỳ"


@pytest.fixture
def world(db, monkeypatch):
    monkeypatch.setattr(order_form, "able", able)
    return make_command_world(4)


@pytest.fixture
def maker(world, client):
    client.force_login(world.maker)
    return client


def text_of(answer):
    """Return the page's words without markup, every blank one space."""
    body = re.sub(r"<script.*?</script>", " ", answer.content.decode(), flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", body)).replace("\u00a0", " ").split())


def filled(**more):
    given = {"kind": "disconnect", "meters": "M1\nM2", "reason": REASON, "key": "one"}
    return {**given, **more}


def post(client, **more):
    return client.post("/headend/orders/new", filled(**more))


# ---- the form -----------------------------------------------------------------------------------


def test_the_form_begins_with_the_meter_it_was_opened_for(maker):
    body = maker.get("/headend/orders/new?serial=M3&kind=load_limit").content.decode()
    assert ">M3</textarea>" in body
    assert 'name="watts"' in body
    assert "Lập phiếu lệnh" in body


def test_a_preview_says_who_takes_the_command_and_writes_nothing(world, maker):
    world.protect("P2")
    answer = post(maker, preview="yes", meters="M1\nP2\nX9")
    words = text_of(answer)
    assert "1 công tơ nhận lệnh" in words
    assert "M1 – P1 Điện lực Bắc" in words
    assert "2 công tơ không nhận lệnh" in words
    assert "M2 điểm đo P2 được bảo vệ, không được cắt: bệnh viện (12/QĐ-UBND)" in words
    assert "X9 không có thiết bị đo xa này" in words
    assert not CommandOrder.objects.exists()


def test_an_order_waits_for_a_second_person(world, maker):
    answer = post(maker, give="yes")
    made = CommandOrder.objects.get()
    assert answer.url == f"/headend/orders/{made.pk}"
    assert (made.kind, made.reason, made.maker) == ("disconnect", REASON, world.maker)
    assert sorted(made.commands.values_list("device__meter__serial", "state")) == [
        ("M1", "proposed"),
        ("M2", "proposed"),
    ]
    words = text_of(maker.get(answer.url))
    assert "2 / 100 lệnh loại này" not in words.split("Trước khi duyệt")[0]
    assert "1 / 100 lệnh loại này" in words  # one meter in each of the two districts


def test_a_second_press_gives_the_same_order(maker):
    assert post(maker, give="yes").url == post(maker, give="yes").url
    assert CommandOrder.objects.count() == 1


def test_a_list_is_taken_from_a_file_with_its_heading(maker):
    file = SimpleUploadedFile("cat.csv", "Số công tơ;Ghi chú\nM3;nợ\nM4;nợ\n".encode("utf-8-sig"))
    post(maker, give="yes", meters="", file=file)
    found = CommandOrder.objects.get().commands.values_list("device__meter__serial", flat=True)
    assert sorted(found) == ["M3", "M4"]


def test_refused_meters_stop_an_order_until_they_are_left_out(world, maker):
    world.protect("P2")
    answer = post(maker, give="yes")
    assert answer.status_code == 400
    assert "1 công tơ không nhận lệnh: M2" in text_of(answer)
    assert not CommandOrder.objects.exists()
    post(maker, give="yes", skip_refused="on")
    assert [one.device.meter.serial for one in Command.objects.all()] == ["M1"]


def test_a_meter_that_nobody_knows_stops_an_order(maker):
    assert "X9: không có thiết bị" in text_of(post(maker, give="yes", meters="M1\nX9"))
    assert not CommandOrder.objects.exists()


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"meters": " \n"}, "Chưa có công tơ nào"),
        ({"reason": " "}, "Thiếu lý do"),
        ({"not_after": "hôm nay"}, "Gửi đến: nhận “hôm nay”"),
        ({"not_before": "2036-01-01T00:00"}, "Thời hạn lệnh"),
        ({"kind": "load_limit", "watts": "hai", "over_seconds": "60", "under_seconds": "60"},
         "watts: nhận “hai”"),
        ({"kind": "calendar", "day": "31/02/2026"}, "day: nhận “2026-02-31”"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_in_one_sentence(maker, more, told):
    answer = post(maker, give="yes", **more)
    assert answer.status_code == 400
    assert told in text_of(answer)
    assert not CommandOrder.objects.exists()


def test_a_load_limit_is_typed_as_people_write_it(world, maker):
    limit = {"kind": "load_limit", "watts": "5.500", "over_seconds": "60", "under_seconds": "90"}
    post(maker, give="yes", meters="M1", **limit)
    made = CommandOrder.objects.get()
    assert made.args == {"watts": 5500, "over_seconds": 60, "under_seconds": 90}
    assert "Công suất tối đa (W) 5.500" in text_of(maker.get(f"/headend/orders/{made.pk}"))


# ---- the second person --------------------------------------------------------------------------


def test_the_second_person_sees_what_stands_against_it_and_decides(world, maker, client):
    post(maker, give="yes")
    made = CommandOrder.objects.get()
    world.protect("P1", at=now())
    assert "data-key-a" not in maker.get(f"/headend/orders/{made.pk}").content.decode()
    client.force_login(world.checker)
    page = client.get(f"/headend/orders/{made.pk}")
    words = text_of(page)
    assert "M1 điểm đo P1 trong danh sách không được cắt: bệnh viện" in words
    assert REASON in words
    assert "data-key-a" in page.content.decode()
    decided = {"decision": "reject", "reason": "bệnh viện"}
    client.post(f"/proposals/{made.proposal_id}/decide", decided)
    assert set(made.commands.values_list("state", flat=True)) == {"withdrawn"}


def test_what_was_not_sent_is_withdrawn_with_a_reason(world, maker):
    post(maker, give="yes")
    made = CommandOrder.objects.get()
    approve(made.proposal_id, user=world.checker, at=now())
    address = f"/headend/orders/{made.pk}/withdraw"
    assert "Thiếu lý do" in text_of(maker.post(address, {"reason": " "}, follow=True))
    assert "Đã rút 2 lệnh" in text_of(maker.post(address, {"reason": "đã trả"}, follow=True))
    assert set(made.commands.values_list("state", flat=True)) == {"withdrawn"}


def test_a_command_shows_what_was_read_back(world, maker):
    post(maker, give="yes", meters="M1")
    command = Command.objects.get()
    approve(command.order.proposal_id, user=world.checker, at=now())
    command.refresh_from_db()
    command.state, command.sent_at = "sending", now()
    command.save()
    command.state, command.seen = "not_done", {"before": "đóng", "after": "đóng"}
    command.message = "rơ-le không đổi trạng thái"
    command.save()
    words = text_of(maker.get(f"/headend/orders/{command.order_id}"))
    assert "không thực hiện 1" in words
    assert "rơ-le không đổi trạng thái" in words
    assert "sau đóng" in words


# ---- rights -------------------------------------------------------------------------------------


def test_who_may_not_command_has_no_form(world, client):
    client.force_login(world.clerk)
    assert client.get("/headend/orders/new").status_code == 403
    assert client.post("/headend/orders/new", filled(give="yes")).status_code == 403
    assert not CommandOrder.objects.exists()


def test_orders_of_another_district_do_not_exist(world, maker, client):
    post(maker, give="yes", meters="M1")
    made = CommandOrder.objects.get()
    client.force_login(world.units.person("nam", Role.INSPECTOR, world.units.south))
    assert client.get(f"/headend/orders/{made.pk}").status_code == 404
    assert client.post(f"/headend/orders/{made.pk}/withdraw", {"reason": "x"}).status_code == 404
    refused = post(client, give="yes", meters="M1", key="two")
    assert "không có thiết bị đo xa này trong phạm vi" in text_of(refused)


def test_an_order_of_many_costs_no_more_queries(world, maker, django_assert_max_num_queries):
    for _ in range(12):
        world.add()
    meters = "\n".join(f"M{number}" for number in range(1, 17))
    post(maker, give="yes", meters=meters)
    made = CommandOrder.objects.get()
    assert made.commands.count() == 16
    with django_assert_max_num_queries(24):
        assert maker.get(f"/headend/orders/{made.pk}").status_code == 200


# ---- protected list and caps --------------------------------------------------------------------


@pytest.fixture
def clerk(world, client):
    client.force_login(world.clerk)
    return client


def test_one_person_protects_and_two_take_it_off(world, clerk):
    row = {
        "usage_point": "p3",
        "reason": "trạm bơm",
        "document": "7/UBND",
        "valid_from": "1/1/2026",
    }
    added = clerk.post("/headend/protected", {"deed": "add", **row}, follow=True)
    assert "Điểm đo P3 đã được bảo vệ." in text_of(added)
    assert "P3 – trạm bơm 7/UBND 01/01/2026" in text_of(added)
    asked = {"deed": "end", "usage_point": "P3", "valid_to": "1/1/2030", "reason": "đã dời"}
    assert "chờ người thứ hai" in text_of(clerk.post("/headend/protected", asked, follow=True))
    assert ProtectedPoint.objects.get().valid_to is None
    approve(Proposal.objects.get().pk, user=world.checker, at=now())
    assert ProtectedPoint.objects.get().valid_to.year == 2030


def test_a_list_of_protected_points_comes_and_goes_as_a_file(world, clerk):
    text = (
        "usage_point,reason,document,valid_from,valid_to\n"
        "P1,bệnh viện,1/UB,2026-01-01,\nP9,x,y,2026-01-01,\nP2,x,y,hôm qua,\n"
    )
    file = SimpleUploadedFile("list.csv", text.encode())
    words = text_of(clerk.post("/headend/protected", {"deed": "bring", "file": file}, follow=True))
    assert "Thêm 1, đã có 0, không nhận 2 dòng." in words
    assert "Dòng 3: Không có điểm đo P9" in words
    assert "Dòng 4: Ngày “hôm qua”" in words
    out = clerk.get("/headend/protected.csv").content.decode().splitlines()
    assert out == [
        "usage_point,reason,document,valid_from,valid_to",
        "P1,bệnh viện,1/UB,2026-01-01,",
    ]


def test_a_cap_changes_with_two_persons(world, clerk):
    cap = {"unit": "PB0101", "kind": "disconnect", "per_day": "20", "two_persons_from": "1"}
    answer = clerk.post("/headend/caps/propose", {**cap, "reason": "thử"})
    proposal = Proposal.objects.get()
    assert answer.url == f"/proposals/{proposal.pk}"
    assert not CommandCap.objects.exists()
    approve(proposal.pk, user=world.checker, at=now())
    assert "Điện lực Bắc cắt điện 20 1" in text_of(clerk.get("/headend/caps"))
    wrong = clerk.post(
        "/headend/caps/propose", {**cap, "per_day": "-1", "reason": "x"}, follow=True
    )
    assert "nhận “-1”" in text_of(wrong)


def test_who_only_looks_sees_no_forms(world, client):
    client.force_login(world.units.person("xem", Role.ANALYST, world.units.root))
    for page in ("/headend/protected", "/headend/caps"):
        answer = client.get(page)
        assert answer.status_code == 200
        assert 'name="reason"' not in answer.content.decode()
