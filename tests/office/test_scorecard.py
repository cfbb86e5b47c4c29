"""The month in figures, and checks that speak when a book is wrong."""

from __future__ import annotations

import polars as pl
import pytest
from django.db import connection

from congto.interfaces.bench.books import fill
from congto.office.billing import operations as billing
from congto.office.billing.models import Bill
from congto.office.control.models import FindingRecord
from congto.office.control.queries import Scope
from congto.office.meterdata.models import Usage
from congto.office.meterdata.operations import determine_usage
from congto.office.organisation.models import Unit
from congto.office.payments import operations as payments
from congto.office.payments.acceptance import REPORTED
from congto.office.scorecard import operations, queries
from congto.office.scorecard.choices import CheckName
from congto.office.scorecard.models import MonthCheck
from congto.office.settlement import operations as settlement
from congto.reference.vn import price_book
from small_utility import AT, ISSUED, MONTH, House, build

pytestmark = pytest.mark.usefixtures("books")


@pytest.fixture
def month(books: str) -> None:
    """Three households of 134 kWh (282,620 + 22,610 đồng each) in two districts; two have paid."""
    build(House(1, 134), House(2, 134), House(3, 134, unit="PB02", book="B1"))
    billing.sync_price_decisions(price_book())
    billing.run_billing(MONTH, at=AT, issued_on=ISSUED)
    payments.load_partners(
        [
            {"code": "P01", "name": "Ngân hàng Một", "kind": "bank", "bank_account": "0001"},
            {"code": "COUNTER", "name": "Quầy", "kind": "counter", "bank_account": "0009"},
        ]
    )
    first, _, third = Bill.objects.order_by("agreement__code")
    rows = [
        (partner, "1", bill.pk, bill.agreement.customer.code, 305_230, AT, "x")
        for partner, bill in (("P01", first), ("COUNTER", third))
    ]
    payments.post_payments(pl.DataFrame(rows, schema=REPORTED.columns, orient="row"), at=AT)
    credited = [(account, ISSUED, 305_230, f"{code}-20261103", "") for account, code in ACCOUNTS]
    settlement.import_statement(
        pl.DataFrame(credited, schema=settlement.STATEMENT.columns, orient="row"), at=AT
    )


ACCOUNTS = (("0001", "P01"), ("0009", "COUNTER"))


def verdicts() -> dict[str, bool]:
    operations.summarise(MONTH, at=AT)
    return {check.name: check.agrees for check in queries.month_checks(MONTH)}


def wrong() -> set[str]:
    return {name for name, agrees in verdicts().items() if not agrees}


# Usage without readings and without network meters: these two cannot agree in this small utility.
WITHOUT_METERS = {CheckName.USAGE_IS_READINGS, CheckName.ENERGY_CLOSES}


@pytest.mark.usefixtures("month")
def test_figures_of_districts_add_up_to_companies_and_the_corporation() -> None:
    operations.summarise(MONTH, at=AT)
    summary = {one.code: one for one in queries.month_summary(MONTH, Scope.everything())}
    assert list(summary) == ["PBC", "PB"]
    total = summary["PB"]
    assert (total.customers, total.bills, total.sold_kwh) == (3, 3, 402)
    assert (total.revenue_vnd, total.vat_vnd, total.gross_vnd) == (847_860, 67_830, 915_690)
    assert total.collected_vnd == 610_460
    # 847,860 / 402 = 2,109.1044...; 610,460 / 915,690 = 66.666...; one payer of two used a bank.
    assert total.average_price_vnd_per_kwh == "2109.1"
    assert total.collected_percent == "66.67"
    assert (total.payers, total.payers_by_partner, total.partner_payers_percent) == (2, 1, "50.00")
    assert total.loss_percent == "-"


@pytest.mark.usefixtures("month")
def test_a_person_sees_the_figures_of_their_own_units_only() -> None:
    operations.summarise(MONTH, at=AT)
    second = Unit.objects.get(code="PB02")
    (only,) = queries.month_summary(MONTH, Scope((second.path,)))
    assert (only.code, only.bills, only.collected_percent) == ("PB02", 1, "100.00")


@pytest.mark.usefixtures("month")
def test_sound_books_agree_and_summing_up_again_changes_nothing() -> None:
    assert wrong() == WITHOUT_METERS
    first = queries.summary_as_json(MONTH)
    assert wrong() == WITHOUT_METERS
    assert queries.summary_as_json(MONTH) == first
    assert queries.checks_agree(MONTH) is False


@pytest.mark.usefixtures("month")
def test_a_bill_changed_behind_the_ledgers_back_is_found() -> None:
    bill = Bill.objects.order_by("pk")[0]
    Bill.objects.filter(pk=bill.pk).update(net_vnd=282_621, gross_vnd=305_231)
    assert wrong() - WITHOUT_METERS == {CheckName.BILLS_ARE_LEDGER, CheckName.REVENUE_IS_LEDGER}
    assert FindingRecord.objects.filter(rule="SCO-001", state="open").count() == 4
    Bill.objects.filter(pk=bill.pk).update(net_vnd=282_620, gross_vnd=305_230)
    assert wrong() == WITHOUT_METERS
    assert FindingRecord.objects.filter(rule="SCO-001", state="open").count() == 2


@pytest.mark.usefixtures("month")
def test_a_short_and_an_excess_credit_do_not_cancel_out() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE settlement_bankstatementline SET amount_vnd = amount_vnd"
            " + CASE bank_account WHEN '0001' THEN 5 ELSE -5 END"
        )
    operations.summarise(MONTH, at=AT)
    check = next(one for one in queries.month_checks(MONTH) if one.name.startswith("payments"))
    assert (check.left, check.right, check.agrees) == (610_460, 610_460, False)


@pytest.mark.usefixtures("month")
def test_a_ledger_that_was_tampered_with_is_found() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("UPDATE ledger_posting SET amount_vnd = amount_vnd + 1 WHERE leg = 1")
        cursor.execute("SET session_replication_role = origin")
    assert CheckName.LEDGER_SUMS_TO_ZERO in wrong()


def test_usage_that_was_changed_after_the_readings_is_found() -> None:
    fill(60, 3, MONTH)
    determine_usage(MONTH, at=AT)

    def check() -> MonthCheck:
        operations.summarise(MONTH, at=AT)
        return MonthCheck.objects.get(name=CheckName.USAGE_IS_READINGS)

    assert check().agrees
    assert check().left > 0
    usage = Usage.objects.order_by("pk")[0]
    Usage.objects.filter(pk=usage.pk).update(energy_wh=usage.energy_wh + 1000)
    assert not check().agrees
    assert check().left - check().right == 1000
