"""Pages of overdue debts: every figure opens, orders are judged, debts are given up by two."""

from __future__ import annotations

import html
import json
import re
from datetime import date, datetime
from typing import TYPE_CHECKING

import pytest
from django.test import Client

from congto.interfaces.cli.arrears import main as arrears_command
from congto.interfaces.console.views import arrears, arrears_case, arrears_orders, control
from congto.interfaces.jobs import arrears as job
from congto.office.arrears.models import Complaint, DunningStep, SupplyOrder, WriteOff
from congto.office.arrears.operations import charge_interest, run_day
from congto.office.control.choices import Role
from congto.office.control.models import Job, Proposal
from world_arrears import agreement, at, bill, case, pay, person, prepare, run_days

if TYPE_CHECKING:
    from django.http import HttpResponse

pytestmark = pytest.mark.usefixtures("collecting_books")


@pytest.fixture(autouse=True)
def _world(collecting_books: str) -> None:
    prepare()


def clock(monkeypatch: pytest.MonkeyPatch, when: datetime) -> None:
    """Let it be this moment on the pages, in jobs and on the command line."""
    for page in (arrears, arrears_case, arrears_orders, control):
        monkeypatch.setattr(page, "now", lambda: when)
    monkeypatch.setattr("django.utils.timezone.now", lambda: when)


def signed_in(name: str, role: Role, unit: str = "PB") -> Client:
    client = Client()
    client.force_login(person(name, role, unit))
    return client


def text_of(answer: HttpResponse) -> str:
    assert answer.status_code == 200, answer.status_code
    body = re.sub(r"<script.*?</script>", " ", answer.content.decode(), flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", body)).replace("\u00a0", " ").split())


def test_ages_open_to_debts_and_debts_to_a_case(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two bills of 305,230 in PB01, one in PB02, 31 days late on 11/12."""
    clock(monkeypatch, at(20, month=12))
    client = signed_in("hoa", Role.CLERK)
    page = client.get("/arrears", {"day": "11/12/2026"})
    words = text_of(page)
    assert "Điện lực PB01 2 2 – – 610.460 – – 610.460 610.460" in words
    assert "Cộng 3 3 0 0 915.690 0 0 915.690 915.690" in words
    link = re.search(r'href="(/arrears/debts\?unit=PB01&amp;age=to_60[^"]*)"', page.text)
    assert link is not None
    opened = client.get(html.unescape(link[1]))
    assert "2 hợp đồng, 610.460 đ." in text_of(opened)
    assert f"/arrears/cases/{agreement(1).code}" in opened.text
    assert "Không ai còn nợ" in text_of(client.get("/arrears/debts", {"age": "over_90"}))
    assert "1–30 ngày" in text_of(client.get("/arrears", {"day": "xyz"}))


def test_people_of_another_unit_see_nothing_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    clock(monkeypatch, at(20))
    client = signed_in("hoa", Role.CLERK, "PB02")
    words = text_of(client.get("/arrears"))
    assert "PB02" in words
    assert "PB01" not in words
    assert client.get(f"/arrears/cases/{agreement(1).code}").status_code == 404
    answer = client.post(f"/arrears/cases/{agreement(1).code}/complain", {"text": "x"})
    assert answer.status_code == 404
    assert Complaint.objects.count() == 0


def test_a_run_is_tried_started_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    clock(monkeypatch, at(11))
    client = signed_in("minh", Role.MANAGER)
    words = text_of(client.get("/arrears/runs", {"try": "1"}))
    assert "Đã xét 3 hợp đồng, nợ quá hạn 915.690 đ; không ghi gì." in words
    assert "thông báo nợ 3" in words
    assert DunningStep.objects.count() == 0
    client.post("/arrears/runs/start", {"what": "dunning_run"})
    made = Job.objects.get()
    assert [one.message for one in job.run(made)][-1] == "thông báo nợ: 3"
    assert DunningStep.objects.count() == 3
    assert "11/11/2026 hoàn thành thông báo nợ: 3" in text_of(client.get("/arrears/runs"))
    again = client.post("/arrears/runs/start", {"what": "dunning_run"}, follow=True)
    assert "Đang có một tác vụ như vậy chạy" in text_of(again)


def test_only_who_may_run_jobs_starts_a_run(monkeypatch: pytest.MonkeyPatch) -> None:
    clock(monkeypatch, at(11))
    answer = signed_in("hoa", Role.CLERK).post("/arrears/runs/start", follow=True)
    assert "không có quyền" in text_of(answer)
    assert Job.objects.count() == 0


def test_a_case_says_what_comes_next_and_why(monkeypatch: pytest.MonkeyPatch) -> None:
    run_days(7, 6)
    clock(monkeypatch, at(12, 9))
    client = signed_in("hoa", Role.CLERK)
    charge_interest(date(2026, 11, 12), at=at(12))
    words = text_of(client.get(f"/arrears/cases/{agreement(1).code}"))
    assert "chưa đủ số ngày; tiếp theo là thông báo nợ ngày 14/11/2026" in words
    assert "14/11/2026 thông báo nợ 11/11/2026 thông báo nợ · 305.230 đ đợt 1" in words
    assert "167 đ" in words  # two days late: 167.25
    assert "Luật Điện lực 61/2024/QH15, Điều 48 khoản 4" in words
    assert "2 lần thông báo, cách nhau ít nhất 3 ngày; báo trước 24 giờ." in words
    assert "10 % một năm" in words


def test_a_complaint_is_written_down_and_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    run_day(at(11))
    clock(monkeypatch, at(12, 9))
    client = signed_in("hoa", Role.CLERK)
    address = f"/arrears/cases/{agreement(1).code}"
    client.post(f"{address}/complain", {"text": "Chỉ số sai"})
    assert "chưa làm gì: đang có khiếu nại" in text_of(client.get(address))
    client.post(f"{address}/answer", {"text": "Chỉ số đúng"})
    assert Complaint.objects.get().answer == "Chỉ số đúng"
    answer = client.post(f"{address}/answer", {"text": "lần nữa"}, follow=True)
    assert "Không có khiếu nại nào đang mở" in text_of(answer)


def test_a_plan_is_proposed_from_the_case(monkeypatch: pytest.MonkeyPatch) -> None:
    run_day(at(11))
    clock(monkeypatch, at(12, 9))
    client = signed_in("hoa", Role.CLERK)
    address = f"/arrears/cases/{agreement(1).code}"
    given = {f"bill-{bill(1).pk}": "20/11/2026", "reason": "khó khăn"}
    words = text_of(client.post(f"{address}/plan", given, follow=True))
    assert f"hóa đơn {bill(1).pk}: 20/11/2026" in words
    assert "Một thỏa thuận đang chờ duyệt" in text_of(client.get(address))
    Proposal.objects.all().delete()
    empty = client.post(f"{address}/plan", {"reason": "x"}, follow=True)
    assert "Chưa có hóa đơn nào trong thỏa thuận" in text_of(empty)


def test_a_cut_is_ordered_and_its_result_typed_in(monkeypatch: pytest.MonkeyPatch) -> None:
    run_days(10, 8)
    clock(monkeypatch, at(17, 9))
    client = signed_in("thanh", Role.INSPECTOR)
    assert "không có hồ sơ nào cần cắt" in text_of(client.get("/arrears/orders"))
    early = {"case": case(1).pk, "kind": "disconnect", "reason": "nợ"}
    answer = client.post("/arrears/orders/give", early, follow=True)
    assert "chờ đến giờ đã báo" in text_of(answer)
    clock(monkeypatch, at(18, 7))
    assert text_of(client.get("/arrears/orders")).count("ngừng cấp điện 305.230 đ") == 3
    assert "tại chỗ" in text_of(client.post("/arrears/orders/give", early, follow=True))
    order = SupplyOrder.objects.get()
    clock(monkeypatch, at(18, 10))
    done = {"what": "done", "at": "2026-11-18T09:00", "note": "đã niêm phong"}
    client.post(f"/arrears/orders/{order.pk}/end", done)
    order.refresh_from_db()
    assert (order.state, order.ended_at, order.result) == ("done", at(18, 9), "đã niêm phong")
    pay(1, at(18, 11))
    clock(monkeypatch, at(18, 12))
    assert "cấp điện trở lại 0 đ" in text_of(client.get("/arrears/orders"))


def test_a_debt_is_given_up_by_two_persons(monkeypatch: pytest.MonkeyPatch) -> None:
    when = at(20, month=3).replace(year=2027)
    clock(monkeypatch, when)
    accountant = signed_in("hoa", Role.ACCOUNTANT)
    page = accountant.get("/arrears/write-offs")
    assert "130" in text_of(page)  # days from 10/11/2026 to 20/03/2027: 20 + 31 + 31 + 28 + 20
    given = {"bill": bill(1).pk, "document": "QĐ 7", "reason": "khách bỏ đi"}
    proposed = accountant.post("/arrears/write-offs/propose", given, follow=True)
    assert "Xử lý nợ khó đòi" in text_of(proposed)
    made = Proposal.objects.get()
    accountant.post(f"/proposals/{made.pk}/decide", {"decision": "approve"})
    assert WriteOff.objects.count() == 0
    manager = signed_in("minh", Role.MANAGER)
    manager.post(f"/proposals/{made.pk}/decide", {"decision": "approve"})
    assert WriteOff.objects.get().document == "QĐ 7"
    assert "QĐ 7" in text_of(manager.get("/arrears/write-offs"))
    code = agreement(1).customer.code
    assert "không nợ" in text_of(manager.get(f"/customers/{code}"))
    assert "đã trả" in text_of(manager.get(f"/bills/{bill(1).pk}"))


def test_the_command_line_tries_runs_and_tells_ages(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Then(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:  # type: ignore[override]  # one zone
            assert tz is not None
            return at(11)

    monkeypatch.setattr("congto.interfaces.cli.arrears.datetime", Then)
    monkeypatch.setattr("congto.interfaces.cli.arrears.boot", lambda: None)

    def told(*words: str) -> dict[str, object]:
        assert arrears_command([*words, "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    assert told("try")["notice"] == 3
    assert DunningStep.objects.count() == 0
    assert told("run") == {
        "day": "2026-11-11", "cases": 3, "owed_vnd": 915_690, "notice": 3, "units": 2,
        "units_done_now": 2,
    }  # fmt: skip
    assert told("run")["units_done_now"] == 0
    assert told("ages")["to_30_vnd"] == 915_690
    assert told("interest", "--until", "2026-11-11")["amount_vnd"] == 3 * 84
