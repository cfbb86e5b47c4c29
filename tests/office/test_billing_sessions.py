"""A session read three times a month: three bills, each with its own days, worked by hand."""

from __future__ import annotations

from datetime import date

import pytest

from congto.office.billing import operations
from congto.office.billing.choices import BillState
from congto.office.billing.models import Bill, BillingRun
from congto.office.billing.sessions import bill_session, define_session
from congto.office.control.models import AuditEntry
from congto.office.meterdata.models import RegisterReading, Usage
from congto.office.meters.models import Meter, MeterInstallation, ReadingBook, UsagePoint
from congto.office.network.models import NetworkElement
from congto.reference.vn import price_book
from congto.vocabulary.errors import InvalidInputError
from small_utility import AT, ISSUED, MONTH, House, build

pytestmark = pytest.mark.usefixtures("books")

DIALS = {date(2026, 9, 25): 0, date(2026, 10, 6): 1_100, date(2026, 10, 15): 2_000,
         date(2026, 10, 25): 3_000}  # fmt: skip


def factory() -> None:
    """One business customer below 6 kV with one register, read on 25, 6, 15, 25; one not read."""
    build(House(1, 1, group="business", voltage="<6kV", book="B1"), House(2, 1, book="B2"))
    Usage.objects.all().delete()
    unit = ReadingBook.objects.get(code="B1").unit
    element = NetworkElement.objects.create(
        code="T1", name="T1", kind="transformer", unit=unit, nominal_kv="0.4"
    )
    for number, book in enumerate(ReadingBook.objects.order_by("code"), start=1):
        agreement = book.unit.customer_set.get(code__endswith=str(number)).agreements.get()
        point = UsagePoint.objects.create(
            code=f"P{number}", kind="customer", agreement=agreement, element=element, unit=unit,
            reading_book=book,
        )  # fmt: skip
        meter = Meter.objects.create(serial=f"M{number}", dial_digits=6, decimals=0)
        MeterInstallation.objects.create(
            usage_point=point, meter=meter, valid_from=date(2026, 1, 1)
        )
        if number == 1:
            for day, kwh in DIALS.items():
                RegisterReading.objects.create(
                    usage_point=point, meter=meter, register=0, read_on=day, index_wh=kwh * 1000,
                    quality=7, source=1, known_at=AT,
                )  # fmt: skip
    operations.sync_price_decisions(price_book())


def bill() -> list[tuple[int, int, int]]:
    reports = bill_session("S3", MONTH, at=AT, issued_on=ISSUED)
    return [(report.bills, report.held, report.new_bills) for _, report in reports]


def test_three_cycles_are_three_bills_and_other_books_are_left_alone() -> None:
    factory()
    define_session("S3", [6, 15, 25], ["B1"], user=None, at=AT)
    assert bill() == [(1, 0, 1), (1, 0, 1), (1, 0, 1)]
    found = Bill.objects.order_by("period_from").values_list("period_from", "period_to", "net_vnd")
    # 3152 đ/kWh: 1,100, 900 and 1,000 kWh.
    assert list(found) == [
        (date(2026, 9, 25), date(2026, 10, 6), 3_467_200),
        (date(2026, 10, 6), date(2026, 10, 15), 2_836_800),
        (date(2026, 10, 15), date(2026, 10, 25), 3_152_000),
    ]
    assert list(Bill.objects.order_by("invoice_no").values_list("invoice_no", flat=True)) == [
        1,
        2,
        3,
    ]
    assert BillingRun.objects.filter(session__code="S3").count() == 3
    assert bill() == [(1, 0, 0), (1, 0, 0), (1, 0, 0)]


def test_a_cycle_without_reading_is_incomplete_until_it_is_read() -> None:
    factory()
    late = RegisterReading.objects.get(read_on=date(2026, 10, 15))
    RegisterReading.objects.filter(pk=late.pk).delete()
    define_session("S3", [6, 15, 25], ["B1"], user=None, at=AT)
    bill()
    states = Bill.objects.order_by("period_from").values_list("state", flat=True)
    assert list(states) == [BillState.ISSUED, BillState.INCOMPLETE, BillState.INCOMPLETE]
    late.save(force_insert=True)
    bill()
    assert set(Bill.objects.values_list("state", flat=True)) == {BillState.ISSUED}
    assert Bill.objects.count() == 3


def test_a_session_is_defined_whole_or_not_at_all() -> None:
    factory()
    with pytest.raises(InvalidInputError, match="reading books B9 are not known"):
        define_session("S3", [6], ["B1", "B9"], user=None, at=AT)
    with pytest.raises(InvalidInputError, match="reading days 15, 6"):
        define_session("S3", [15, 6], ["B1"], user=None, at=AT)
    assert not ReadingBook.objects.exclude(session=None).exists()
    define_session("S3", [6], ["B1"], user=None, at=AT)
    define_session("S3", [7], [], user=None, at=AT)
    entry = AuditEntry.objects.filter(operation="session.define").order_by("-id")[0]
    assert (entry.before, entry.after) == ({"days": [6]}, {"days": [7], "books": []})
    with pytest.raises(InvalidInputError, match="reading session 'S4'"):
        bill_session("S4", MONTH, at=AT, issued_on=ISSUED)
