"""The audit finds every planted wrong bill, and no other."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection

from congto.office.billing import operations
from congto.office.billing.audit import audited
from congto.office.billing.models import Bill
from congto.office.control.queries import Scope
from congto.office.customers.models import Agreement, PriceAssignment, PriceSegment
from congto.office.meterdata.models import Usage
from congto.reference.vn import price_book
from small_utility import AT, ISSUED, MONTH, House, assign, build

pytestmark = pytest.mark.usefixtures("books")


def billed() -> None:
    moved = House(4, 300)
    build(
        House(1, 134),
        House(2, 500),
        House(3, 1000, group="business", voltage="<6kV"),
        moved,
        House(5, 900, group="business", voltage="<6kV"),
    )
    # The fourth has two households from the 16th on, the fifth sells in front and lives behind.
    fourth = Agreement.objects.get(code__contains="4-A1")
    PriceAssignment.objects.filter(agreement=fourth).update(valid_to=date(2026, 10, 16))
    assign(fourth, moved, valid_from=date(2026, 10, 16))
    PriceAssignment.objects.filter(agreement=fourth, valid_from=date(2026, 10, 16)).update(
        household_quarters=8
    )
    fifth = PriceAssignment.objects.get(agreement__code__contains="5-A1")
    for number, group, share in ((1, "business", 7000), (2, "residential", None)):
        PriceSegment.objects.create(
            assignment=fifth,
            segment=number,
            group=group,
            voltage="<6kV" if group == "business" else None,
            share_bp=share,
        )
    operations.sync_price_decisions(price_book())
    report = operations.run_billing(MONTH, at=AT, issued_on=ISSUED)
    assert (report.bills, report.parked) == (5, 0)


def found(every: int = 1) -> list[tuple[str, str]]:
    steps = audited(MONTH, Scope.everything(), every=every)
    return [(one.agreement[-4:], one.what) for _, _, step in steps for one in step]


def test_right_bills_have_no_difference() -> None:
    billed()
    assert found() == []


def test_household_change_and_mixed_use_are_billed_by_hand() -> None:
    billed()
    net = dict(Bill.objects.values_list("agreement__code", "net_vnd"))
    by_end = {code[-4:]: amount for code, amount in net.items()}
    # Quota 15/31 of one + 16/31 of two households = 47/31: widths 75.8 -> 76, 76, 151.6 -> 152.
    # 76 x 1984 + 76 x 2050 + 148 x 2380 = 150,784 + 155,800 + 352,240.
    assert by_end["4-A1"] == 658_824
    # 900 x 70 % = 630 x 3152 = 1,985,760; 270 kWh lived: 99,200 + 102,500 + 238,000 + 70 x 2998.
    assert by_end["5-A1"] == 1_985_760 + 439_700 + 209_860


def test_every_planted_difference_is_found_and_no_other() -> None:
    billed()
    bills = {bill.agreement.code[-4:]: bill for bill in Bill.objects.select_related("agreement")}
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE billing_billline SET amount_vnd = amount_vnd + 1 WHERE bill_id = %s"
            " AND line_no = 2",
            [bills["1-A1"].pk],
        )
        cursor.execute(
            "UPDATE billing_bill SET vat_vnd = vat_vnd - 1, gross_vnd = gross_vnd - 1"
            " WHERE id = %s",
            [bills["3-A1"].pk],
        )
        cursor.execute(
            "DELETE FROM billing_billline WHERE bill_id = %s AND line_no = 6", [bills["2-A1"].pk]
        )
    assert sorted(found()) == [
        ("1-A1", "line 2"),
        ("2-A1", "line 6"),
        ("3-A1", "gross_vnd"),
        ("3-A1", "vat_vnd"),
    ]


def test_a_reading_corrected_since_is_a_difference() -> None:
    billed()
    usage = Usage.objects.get(agreement__code__contains="3-A1")
    usage.pk, usage.version, usage.energy_wh = None, 2, 999_000
    usage.save()
    assert ("3-A1", "energy_wh") in found()


def test_a_sample_is_the_same_each_time() -> None:
    billed()
    counts = [sum(count for _, count, _ in audited(MONTH, Scope.everything(), every=2))] * 2
    assert counts[0] == Bill.objects.extra(where=["id %% 2 = 0"]).count()
    assert found(every=2) == found(every=2)
