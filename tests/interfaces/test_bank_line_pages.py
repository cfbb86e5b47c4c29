"""Pages of bank lines: who may see them, what one may be, and a person's word on it."""

from __future__ import annotations

from datetime import UTC, date, datetime

import polars as pl
import pytest
from django.contrib.auth.models import User
from django.test import Client

from congto.office.billing.models import Bill
from congto.office.control.models import AuditEntry, Grant
from congto.office.organisation.models import Unit
from congto.office.payments.models import Payment
from congto.office.settlement import operations
from congto.office.settlement.models import BankStatementLine, MatchProposal
from fixtures_collecting import BILL

pytestmark = pytest.mark.usefixtures("collecting_books")

NOW = datetime(2026, 11, 5, 3, 0, tzinfo=UTC)


def signed_in(name: str, role: str, unit: str) -> Client:
    user = User.objects.create_user(name)
    Grant.objects.create(user=user, unit=Unit.objects.get(code=unit), role=role)
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def accountant(collecting_books: str) -> Client:
    return signed_in("ketoan", "accountant", "PB")


def came(amount: int, text: str) -> BankStatementLine:
    rows = [("0001", date(2026, 11, 5), amount, "", text)]
    frame = pl.DataFrame(rows, schema=operations.STATEMENT.columns, orient="row")
    operations.import_statement(frame, at=NOW)
    return BankStatementLine.objects.get(text=text)


def two_customers() -> list[str]:
    bills = Bill.objects.order_by("id")[:2]
    return [bill.agreement.customer.code for bill in bills]


def test_a_line_that_names_two_customers_is_confirmed_on_its_page(accountant: Client) -> None:
    first, second = two_customers()
    line = came(2 * BILL, f"tra cho {first} va {second}")
    answer = accountant.post("/bank-lines/match", follow=True)
    assert "1 dòng: 0 rõ nguồn, 1 đề xuất" in answer.content.decode()
    page = accountant.get(f"/bank-lines/{line.pk}").content.decode()
    assert first in page
    assert "nội dung nêu mã của nhiều khách hàng" in page
    proposal = MatchProposal.objects.get()
    address = f"/bank-lines/{line.pk}/proposals/{proposal.pk}"
    accountant.post(address, {"decision": "confirm"})
    accountant.post(address, {"decision": "confirm"})  # sent twice: paid once
    assert Payment.objects.count() == 2
    line.refresh_from_db()
    assert line.state == "customer"
    assert AuditEntry.objects.filter(operation="match.confirm").count() == 1


def test_a_rejected_proposal_goes_and_the_invoices_may_be_named(accountant: Client) -> None:
    first, second = two_customers()
    line = came(2 * BILL, f"tra cho {first} va {second}")
    accountant.post("/bank-lines/match")
    proposal = MatchProposal.objects.get()
    accountant.post(f"/bank-lines/{line.pk}/proposals/{proposal.pk}", {"decision": "reject"})
    assert "Không có đề xuất nào" in accountant.get(f"/bank-lines/{line.pk}").content.decode()
    bills = Bill.objects.order_by("id")[:2]
    named = [f"{bill.series.symbol}-{bill.invoice_no}" for bill in bills]
    wrong = accountant.post(f"/bank-lines/{line.pk}/split", {"invoices": named[0]}, follow=True)
    assert "hai số bằng nhau" in wrong.content.decode()
    accountant.post(f"/bank-lines/{line.pk}/split", {"invoices": ", ".join(named)})
    assert set(Payment.objects.values_list("bill", flat=True)) == {bill.pk for bill in bills}


def test_lines_are_listed_by_state(accountant: Client) -> None:
    came(7, "khong ro")
    assert "khong ro" in accountant.get("/bank-lines").content.decode()
    assert "khong ro" not in accountant.get("/bank-lines?state=customer").content.decode()
    assert accountant.get("/bank-lines?state=nothing").status_code == 404


@pytest.mark.parametrize(("role", "unit"), [("clerk", "PB01"), ("analyst", "PB")])
def test_who_does_not_collect_everywhere_sees_no_bank_lines(role: str, unit: str) -> None:
    line = came(7, "khong ro")
    client = signed_in("ai", role, unit)
    for address in ("/bank-lines", f"/bank-lines/{line.pk}"):
        assert client.get(address).status_code == 403
    assert client.post("/bank-lines/match").status_code == 403
    assert client.post(f"/bank-lines/{line.pk}/split", {"invoices": "X-1"}).status_code == 403
