"""Correcting an issued bill in the console: the preview by hand, and three proposals."""

from __future__ import annotations

import pytest
from django.test import Client

from congto.office.billing.choices import BillKind, BillState
from congto.office.billing.models import Bill
from congto.office.control.choices import Role
from congto.office.control.models import Proposal
from world_months import OCTOBER, bill_of, months_of, person, use

pytestmark = pytest.mark.usefixtures("books")


def four_months() -> None:
    months_of(100, 134)


@pytest.fixture(scope="module")
def books_start(prepared):
    return prepared(four_months)


@pytest.fixture
def bill() -> Bill:
    """October of 134 kWh after three months of 100 kWh, all issued."""
    return bill_of(1, OCTOBER)


def client_of(role: Role, unit: str = "PB01") -> Client:
    client = Client()
    client.force_login(person(f"{role}-{unit}", role, unit))
    return client


def shown(client: Client, address: str) -> str:
    return client.get(address).content.decode().replace("\u00a0", " ")


def test_the_page_shows_what_the_periods_would_be_now(bill: Bill) -> None:
    clerk = client_of(Role.CLERK)
    assert "Tính lại bằng đúng số đã phát hành" in shown(clerk, f"/bills/{bill.pk}/correct")
    use(1, OCTOBER, 120)
    page = shown(clerk, f"/bills/{bill.pk}/correct")
    # 120 kWh: 249,300 + 19,944 = 269,244; billed 305,230: 35,986 less.
    assert "305.230" in page
    assert "269.244" in page
    assert "35.986" in page
    wide = shown(clerk, f"/bills/{bill.pk}/correct?from=01/07/2026&to=01/11/2026")
    assert wide.count("217.836") == 6  # three months of 100 kWh, as billed and as now
    assert "khoảng này" in shown(clerk, f"/bills/{bill.pk}/correct?from=01/01/2027&to=01/02/2027")


def test_a_day_that_is_none_and_a_span_without_days_are_said(bill: Bill) -> None:
    clerk = client_of(Role.CLERK)
    address = f"/bills/{bill.pk}/correct"
    assert "Không đọc được ngày “31/02/2026”" in shown(clerk, f"{address}?from=31/02/2026")
    page = shown(clerk, f"{address}?from=01/11/2026&to=01/11/2026")
    assert 'name="kind"' not in page
    assert 'value="01/11/2026"' in page


def test_an_adjustment_is_proposed_and_approved_by_another(bill: Bill) -> None:
    use(1, OCTOBER, 120)
    clerk, manager = client_of(Role.CLERK), client_of(Role.MANAGER)
    form = {"kind": "bill_adjust", "reason": "đọc nhầm chỉ số"}
    answer = clerk.post(f"/bills/{bill.pk}/correct/propose", form)
    made = Proposal.objects.get()
    assert answer.url == f"/proposals/{made.pk}"
    assert "Tổng tiền" in shown(manager, answer.url)
    manager.post(f"/proposals/{made.pk}/decide", {"decision": "approve"})
    assert Proposal.objects.get().state == "approved"
    one = Bill.objects.get(kind=BillKind.ADJUSTMENT)
    assert (one.original_id, one.gross_vnd) == (bill.pk, -35_986)


def test_cancel_lets_the_bill_wait_and_says_so(bill: Bill) -> None:
    clerk = client_of(Role.CLERK)
    form = {"kind": "bill_cancel", "reason": "lập nhầm"}
    clerk.post(f"/bills/{bill.pk}/correct/propose", form)
    assert bill_of(1, OCTOBER).state == BillState.PENDING_CANCEL
    assert "chờ người thứ hai" in shown(clerk, f"/bills/{bill.pk}/correct")


def test_what_is_wrong_is_said_and_nothing_is_proposed(bill: Bill) -> None:
    clerk = client_of(Role.CLERK)
    address = f"/bills/{bill.pk}/correct/propose"
    for form, sentence in (
        ({"kind": "bill_cancel", "reason": " "}, "Thiếu lý do"),
        ({"kind": "bill_adjust", "reason": "x"}, "Không kỳ nào trong khoảng này khác"),
    ):
        assert sentence in clerk.post(address, form, follow=True).content.decode()
    assert clerk.post(address, {"kind": "burn", "reason": "x"}).status_code == 404
    assert client_of(Role.CLERK, "PB02").get(f"/bills/{bill.pk}/correct").status_code == 404
    agent = client_of(Role.CARE_AGENT)
    assert "bill_cancel" not in shown(agent, f"/bills/{bill.pk}/correct")
    agent.post(address, {"kind": "bill_cancel", "reason": "x"})
    assert not Proposal.objects.exists()
