"""Pages of channels: a counter's day, a list out and back, measures with their definitions."""

from __future__ import annotations

import csv
import html
import io
import re
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import polars as pl
import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from congto.interfaces.cli.channels import main as channels
from congto.office.billing.models import Bill
from congto.office.channels import drawers, operations
from congto.office.channels.models import CollectionList, Drawer, DrawerTurn, Mandate, Receipt
from congto.office.control.models import AuditEntry, Grant, Proposal
from congto.office.organisation.models import Unit
from congto.office.payments import quota
from congto.office.payments.acceptance import REPORTED
from congto.office.payments.models import Partner, PartnerTerms, Payment
from congto.office.payments.operations import load_partners, post_payments
from congto.vocabulary.errors import InvalidInputError
from fixtures_collecting import BILL

if TYPE_CHECKING:
    from pathlib import Path

    from django.http import HttpResponse

pytestmark = pytest.mark.usefixtures("collecting_books")

NOW = datetime(2026, 11, 5, 3, 0, tzinfo=UTC)


def signed_in(name: str, role: str, unit: str = "PB") -> Client:
    user = User.objects.create_user(name)
    Grant.objects.create(user=user, unit=Unit.objects.get(code=unit), role=role)
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def clerk(collecting_books: str) -> Client:
    return signed_in("thu", "clerk")


@pytest.fixture
def drawer(collecting_books: str) -> Drawer:
    load_partners([{"code": "QUAY1", "name": "Quầy Một", "kind": "counter", "bank_account": "Q1"}])
    counter = Partner.objects.get(code="QUAY1")
    # From the first day on which tests may run, as pages read the clock.
    PartnerTerms.objects.create(
        partner=counter, valid_from=date(2020, 1, 1), limit_vnd=10 * BILL, exactness="any",
        document="Định mức tồn quỹ",
    )  # fmt: skip
    quota.grant(counter.pk, on=date(2026, 11, 5), at=NOW)
    return drawers.add_drawer(
        "NK01", "Ngăn kéo 1", Unit.objects.get(code="PB01"), counter,
        float_vnd=500_000, user=None, at=NOW,
    )  # fmt: skip


def text_of(answer: HttpResponse) -> str:
    assert answer.status_code == 200, answer.status_code
    body = re.sub(r"<script.*?</script>", " ", answer.content.decode(), flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", body)).replace("\u00a0", " ").split())


def bill(number: int) -> Bill:
    return Bill.objects.get(agreement__customer__code__endswith=f"{number:011}")


def test_a_day_at_the_counter_to_the_proposal_of_its_difference(
    drawer: Drawer, clerk: Client
) -> None:
    clerk.post("/channels/counters/drawers/NK01/open", {"counted": "500.000"})
    turn = DrawerTurn.objects.get()
    page = clerk.get(f"/channels/counters/turns/{turn.pk}?customer=pb00000000001")
    assert "Còn nợ" in text_of(page)
    assert "305.230 đ" in text_of(page)
    form = {
        "customer": "PB00000000001", "bill": [bill(1).pk], "tender": "cash",
        "key": re.search(r'name="key" value="([0-9a-f]{32})"', page.content.decode())[1],
    }  # fmt: skip
    first = clerk.post(f"/channels/counters/turns/{turn.pk}/take", form)
    again = clerk.post(f"/channels/counters/turns/{turn.pk}/take", form)
    assert first.url == again.url
    assert (Receipt.objects.count(), Payment.objects.count()) == (1, 1)
    printed = text_of(clerk.get(first.url))
    assert f"Phiếu thu NK01-{turn.pk}-1" in printed
    assert "Ba trăm linh năm nghìn hai trăm ba mươi đồng." in printed
    closing = {"cash": "800.000", "card": "0", "transfer": "0"}
    assert "805.230 đ" in text_of(clerk.get(f"/channels/counters/turns/{turn.pk}"))
    closed = text_of(clerk.post(f"/channels/counters/turns/{turn.pk}/close", closing, follow=True))
    assert "Đã kiểm, chênh lệch" in closed
    assert "-5.230 đ" in closed
    assert "Nộp ngân hàng: 300.000 đ" in closed  # 800,000 less 500,000 of change
    proposed = clerk.post(
        f"/channels/counters/turns/{turn.pk}/difference", {"reason": "trả thừa khách"}
    )
    proposal = Proposal.objects.get()
    assert proposed.url == f"/proposals/{proposal.pk}"
    assert "Ghi sổ chênh lệch kiểm quỹ" in text_of(clerk.get(proposed.url))
    manager = signed_in("truong", "manager")
    manager.post(f"/proposals/{proposal.pk}/decide", {"decision": "approve", "reason": ""})
    assert "Chênh lệch đã ghi sổ" in text_of(clerk.get("/channels/counters"))
    assert "NK01" in text_of(clerk.get("/channels/receipts"))


@pytest.mark.parametrize("typed", ["", "12,5", "-1", "1.23", "nhiều"])
def test_an_amount_that_is_no_whole_dong_closes_nothing(
    drawer: Drawer, clerk: Client, typed: str
) -> None:
    clerk.post("/channels/counters/drawers/NK01/open", {"counted": "500000"})
    turn = DrawerTurn.objects.get()
    counted = {"cash": typed, "card": "0", "transfer": "0"}
    answer = clerk.post(f"/channels/counters/turns/{turn.pk}/close", counted, follow=True)
    assert "Số tiền" in text_of(answer)
    turn.refresh_from_db()
    assert turn.state == "open"


def test_a_counter_of_another_unit_does_not_exist(drawer: Drawer) -> None:
    other = signed_in("xa", "clerk", "PB02")
    assert "chưa có ngăn kéo" in text_of(other.get("/channels/counters"))
    assert other.post("/channels/counters/drawers/NK01/open", {"counted": "0"}).status_code == 404
    drawers.open_turn(drawer, 500_000, user=user_of("PB01"), at=NOW)
    turn = DrawerTurn.objects.get()
    assert other.get(f"/channels/counters/turns/{turn.pk}").status_code == 404


def user_of(unit: str) -> User:
    user = User.objects.create_user("khac")
    Grant.objects.create(user=user, unit=Unit.objects.get(code=unit), role="clerk")
    return user


def mandate(customer: int) -> None:
    row = {
        "number": f"UN{customer}", "customer": f"PB{customer:011}", "unit": "PB01", "bank": "P01",
        "account": "001", "holder": "A", "limit_vnd": None, "valid_from": date(2026, 1, 1),
        "valid_to": None, "document": "Giấy",
    }  # fmt: skip
    schema = {"limit_vnd": pl.Int64, "valid_to": pl.Date}
    assert operations.load("mandates", pl.DataFrame([row], schema_overrides=schema)).inserted == 1


def test_a_debit_list_goes_out_as_a_file_and_its_result_comes_back(clerk: Client) -> None:
    # Pages read the clock: the terms hold whenever this runs.
    PartnerTerms.objects.update(valid_from=date(2020, 1, 1))
    mandate(1)
    mandate(2)
    no_unit = clerk.post("/channels/lists/make", {"bank": "P01", "day": "2026-11-05"}, follow=True)
    assert "Chưa chọn đơn vị" in text_of(no_unit)
    clerk.get("/channels/lists?unit=PBC")
    made = clerk.post("/channels/lists/make", {"bank": "P01", "day": "2026-11-05"})
    found = CollectionList.objects.get()
    assert made.url == f"/channels/lists/{found.pk}"
    out = clerk.get(f"/channels/lists/{found.pk}.csv").content.decode()
    rows = list(csv.reader(io.StringIO(out)))
    assert rows[-1] == ["END", "2", "610460"]
    assert AuditEntry.objects.filter(operation="list.export").count() == 1
    back = (
        "reference,result,amount_vnd,paid_at,reason\n"
        f"{rows[1][0]},PAID,{BILL},{found.made_at.isoformat()},\n"
        f"{rows[2][0]},REFUSED,,,tài khoản bị khóa\nEND,2,{BILL}\n"
    )
    for _twice in range(2):
        file = SimpleUploadedFile("ketqua.csv", back.encode())
        answer = clerk.post(f"/channels/lists/{found.pk}/result", {"file": file}, follow=True)
        assert "Đã nhận 2 dòng kết quả, 0 dòng không nhận được." in text_of(answer)
    assert "tài khoản bị khóa" in text_of(clerk.get(f"/channels/lists/{found.pk}?state=refused"))
    assert Payment.objects.count() == 1
    cut = SimpleUploadedFile("ketqua.csv", back.replace(f"END,2,{BILL}\n", "").encode())
    refused = clerk.post(f"/channels/lists/{found.pk}/result", {"file": cut}, follow=True)
    assert "dòng cuối END" in text_of(refused)
    assert "UN1" in text_of(clerk.get("/channels/mandates"))
    address = f"/channels/mandates/{Mandate.objects.get(number='UN1').pk}"
    ended = clerk.post(address, {"day": "2026-12-01", "reason": "khách báo"}, follow=True)
    assert "Đến trước ngày 01/12/2026" in text_of(ended)
    assert "Chưa có bảng kê" not in text_of(clerk.get("/channels/lists"))


def test_measures_say_what_they_mean_and_which_list_they_leave_out(clerk: Client) -> None:
    row = {
        "partner_code": "P01", "partner_txn_id": "T1", "bill_id": bill(1).pk,
        "customer_code": "PB00000000001", "amount_vnd": BILL, "paid_at": NOW, "channel": "app",
    }  # fmt: skip
    post_payments(pl.DataFrame([row], schema=REPORTED.columns), at=NOW)
    page = text_of(clerk.get("/channels?month=2026-11"))
    assert "1. Qua ngân hàng và trung gian thanh toán" in page
    assert "2. Không dùng tiền mặt" in page
    assert "33,33 %" in page  # 1 of 3 customers
    assert "Chưa nêu danh sách xã đặc biệt khó khăn nào" in page
    operations.name_list("204/QĐ-TTg", "Chỉ tiêu 2018", date(2016, 3, 1), user=None, at=NOW)
    page = text_of(clerk.get("/channels?month=2018-01"))
    assert "Danh sách theo 204/QĐ-TTg đã được 900/QĐ-TTg thay thế từ 20/06/2017." in page
    assert "Chưa nạp xã nào của danh sách 204/QĐ-TTg." in page
    out = clerk.get("/channels/measures.csv?month=2026-11").content.decode("utf-8-sig")
    total = list(csv.DictReader(io.StringIO(out)))[-1]
    assert (total["customers"], total["by_partner"], total["cashless_bp"]) == ("3", "1", "3333")
    assert AuditEntry.objects.filter(operation="channels.export").count() == 1


def test_only_who_runs_the_house_names_the_list(clerk: Client) -> None:
    named = {"decision": "900/QĐ-TTg", "valid_from": "2018-01-01", "document": "CT 989"}
    assert "Chỉ người chạy tác vụ" in text_of(
        clerk.post("/channels/named-list", named, follow=True)
    )
    chief = signed_in("ketoan", "accountant")
    assert "Đã ghi danh sách" in text_of(chief.post("/channels/named-list", named, follow=True))
    wrong = chief.post("/channels/named-list", {**named, "valid_from": "2018-02-31"}, follow=True)
    assert "Ngày không hợp lệ" in text_of(wrong)


def test_home_visits_and_agents_have_pages_without_any(clerk: Client) -> None:
    assert "Tháng này không ai trả tại nhà" in text_of(clerk.get("/channels/home?month=2026-11"))
    assert clerk.get("/channels/home.csv?month=2026-11&radius=x").status_code == 200
    assert "chưa có đại lý" in text_of(clerk.get("/channels/agents"))
    assert clerk.get("/channels?month=hôm qua").status_code == 200


def test_who_paid_at_home_is_on_the_page_and_in_the_file(clerk: Client) -> None:
    load_partners([{"code": "DL1", "name": "Đại lý", "kind": "agent", "bank_account": "D"}])
    row = {
        "partner_code": "DL1", "partner_txn_id": "T1", "bill_id": bill(3).pk,
        "customer_code": "PB00000000003", "amount_vnd": BILL, "paid_at": NOW,
        "channel": "agent_home",
    }  # fmt: skip
    post_payments(pl.DataFrame([row], schema=REPORTED.columns), at=NOW)
    contract = {
        "partner": "DL1", "unit": "PB02", "phone": "0900", "visits_homes": True,
        "valid_from": date(2026, 1, 1), "valid_to": None, "document": "HĐ 7",
    }  # fmt: skip
    agents = pl.DataFrame([contract], schema_overrides={"valid_to": pl.Date})
    assert operations.load("agents", agents).inserted == 1
    assert "DL1 0900 Điện lực PB02 HĐ 7" in text_of(clerk.get("/channels/agents"))
    page = text_of(clerk.get("/channels/home?month=2026-11&radius=500"))
    assert "Điện lực PB02 – – 1 305.230 đ 0 0 1" in page  # no point near, none far, one not placed
    assert "PB00000000003" in page
    assert "chưa rõ vị trí" in page
    out = clerk.get("/channels/home.csv?month=2026-11").content.decode("utf-8-sig")
    (one,) = csv.DictReader(io.StringIO(out))
    assert (one["code"], one["unit"], one["amount_vnd"]) == ("PB00000000003", "PB02", "305230")
    assert (one["point"], one["distance_m"]) == ("", "")


def test_who_may_not_export_gets_no_file(collecting_books: str) -> None:
    agent = signed_in("dien_thoai", "care_agent")
    assert agent.get("/channels/measures.csv").status_code == 403
    assert "CSV" not in text_of(agent.get("/channels")).split("Định nghĩa")[0]


def test_a_bill_has_a_dynamic_and_a_static_code(clerk: Client, settings, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]  # pytest-django's fixture
    settings.DATA = tmp_path
    (tmp_path / "sellers.yaml").write_text(
        "PBC:\n  name: A\n  tax_code: '0'\n  address: B\n  bank_name: C\n"
        "  bank_bin: '970415'\n  bank_account: '123'\n",
        encoding="utf-8",
    )
    number = bill(1).pk
    page = clerk.get(f"/bills/{number}/codes")
    body = page.content.decode()
    assert body.count("<svg") >= 2
    assert "5406305230" in body  # the amount owed, in the dynamic code only
    assert "0813PB00000000001" in body
    assert f"/bills/{number}/codes" in clerk.get(f"/bills/{number}").content.decode()


def test_a_file_of_master_data_is_loaded_by_the_command(
    collecting_books: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "communes.csv"
    file.write_text("code,name,province\n00001,Xã Một,Mẫu\n,Xã,Mẫu\n", encoding="utf-8")
    assert channels(["load", "communes", str(file)]) == 1
    said = capsys.readouterr().out
    assert "1 added, 0 unchanged, 1 rejected" in said


def test_a_drawer_is_set_up_by_the_command(
    drawer: Drawer, capsys: pytest.CaptureFixture[str]
) -> None:
    assert channels(["drawer", "NK9", "Ngăn kéo", "PB01", "QUAY1", "--float", "5000"]) == 0
    assert "5000 đồng" in capsys.readouterr().out
    with pytest.raises(InvalidInputError, match="a new code"):
        channels(["drawer", "NK9", "Ngăn kéo", "PB01", "QUAY1"])
    with pytest.raises(InvalidInputError, match="P01"):
        channels(["drawer", "NK8", "Ngăn kéo", "PB01", "P01"])


def test_a_row_is_ended_by_the_command(
    collecting_books: str, capsys: pytest.CaptureFixture[str]
) -> None:
    mandate(1)
    words = ["--on", "2026-12-01", "--reason", "khách báo"]
    assert channels(["end", "mandates", "UN1", *words]) == 0
    assert "UN1 holds until 2026-12-01" in capsys.readouterr().out
    assert Mandate.objects.get().valid_to == date(2026, 12, 1)
    with pytest.raises(InvalidInputError, match="1 words: number"):
        channels(["end", "mandates", "UN1", "UN2", *words])
