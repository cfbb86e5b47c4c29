"""Books from before invoice numbers: migration 0003 numbers the bills that were issued."""

from __future__ import annotations

import pytest
from django.core.management import call_command
from django.db import connection

from congto.office.billing.models import Bill, InvoiceSeries, Issuance
from congto.office.customers.models import Agreement
from congto.office.organisation.models import Unit
from congto.office.scorecard import checks
from congto.office.storage.bulk import bulk, read
from small_utility import MONTH, House, build

pytestmark = pytest.mark.usefixtures("books")

OLD_BILL = """
INSERT INTO billing_bill (id, run_id, agreement_id, unit_id, period_from, period_to, version, state,
    reading_date, issued_on, due_date, energy_wh, net_vnd, vat_rate_bp, vat_vnd, gross_vnd)
VALUES (%s, 1, %s, %s, '2026-10-01', '2026-11-01', 1, %s, '2026-11-01', %s, '2026-11-10', 1000,
    100, 800, 8, 108)
"""
OLD_JOURNAL = (
    "INSERT INTO ledger_journal (id, kind, source, accounting_date) VALUES (%s, 1, %s, %s)"
)
OLD_LEGS = """
INSERT INTO ledger_posting (journal_id, leg, account_id, party, item, amount_vnd) VALUES
    (%(j)s, 1, 1, 1, %(b)s, 100), (%(j)s, 2, 2, 1, %(b)s, 8),
    (%(j)s, 3, 3, NULL, NULL, -100), (%(j)s, 4, 4, NULL, NULL, -8)
"""
ACCOUNTS = """
INSERT INTO ledger_account (id, code, name, kind) VALUES (1, 'r', 'r', 'receivable'),
    (2, 't', 't', 'receivable_vat'), (3, 'v', 'v', 'revenue'), (4, 'p', 'p', 'vat_payable')
"""


def test_issued_bills_get_their_numbers_and_keep_their_journals() -> None:
    build(House(1, 1), House(2, 1), House(3, 1), House(4, 1, unit="PB02", book="A2"))
    one, two, three, four = Agreement.objects.order_by("code").values_list("pk", flat=True)
    first, second = (Unit.objects.get(code=code).pk for code in ("PB01", "PB02"))
    call_command("migrate", "billing", "0002", verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO billing_billingrun (id, period_from, period_to, state, started_at)"
            " VALUES (1, '2026-10-01', '2026-11-01', 'done', now())"
        )
        cursor.execute(ACCOUNTS)
        # 11 and 13 of one unit in 2026, 12 a year before, 20 of the other unit.
        for bill, agreement, unit, day in (
            (11, one, first, "2026-11-03"),
            (12, two, first, "2025-12-03"),
            (13, three, first, "2026-11-04"),
            (20, four, second, "2026-11-03"),
        ):
            cursor.execute(OLD_BILL, [bill, agreement, unit, 4, day])
            cursor.execute(OLD_JOURNAL, [bill + 500, bill, day])
            cursor.execute(OLD_LEGS, {"j": bill + 500, "b": bill})
    call_command("migrate", verbosity=0)
    numbers = Bill.objects.order_by("pk").values_list("pk", "series__symbol", "invoice_no")
    assert list(numbers) == [
        (11, "K26TAA", 1), (12, "K25TAA", 1), (13, "K26TAA", 2), (20, "K26TAA", 1),
    ]  # fmt: skip
    assert sorted(InvoiceSeries.objects.values_list("year", "next_no")) == [
        (2025, 2), (2026, 2), (2026, 3),
    ]  # fmt: skip
    assert Bill.objects.get(pk=13).issuance_id == 13
    assert Issuance.objects.get(pk=13).net_vnd == 100
    assert read("SELECT nextval('billing_issuance_id_seq') AS n").item() == 21
    with bulk() as books:
        found = {check.name: check for check in checks.run(books, MONTH)}
    assert found["bills_are_ledger"].left == found["bills_are_ledger"].right == 4 * 108
