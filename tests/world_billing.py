"""Held bills, two versions of a bill and a run with books, on top of the worked month."""

from datetime import date, timedelta

from congto.office.billing.choices import BillKind, BillState, HoldState, PartitionState, Signer
from congto.office.billing.models import Bill, BillHold, BillLine, RunPartition
from congto.office.meterdata.models import Usage
from congto.office.meters.models import ReadingBook
from world_console import AT, World, bill, lines, make_world
from world_invoices import numbered


def held_world() -> World:
    """Make the worked month with both bills held: the household's by a clerk's rule, the bakery's
    by one that a head must sign.
    """
    world = make_world()
    hold(world.household_bill, "BIL-104", Signer.CLERK)
    hold(world.bakery_bill, "BIL-102", Signer.HEAD)
    Bill.objects.filter(pk=world.bakery_bill.pk).update(past_day_wh=[10_000, 11_000, 12_000])
    return world


def hold(one: Bill, rule: str, signer: Signer) -> BillHold:
    """Take the bill back to held, as the run would have written it, with a hold of the rule."""
    Bill.objects.filter(pk=one.pk).update(
        state=BillState.HELD, invoice_no=None, series=None, issued_on=None, due_date=None
    )
    return BillHold.objects.create(
        bill=one,
        rule=rule,
        gate=1,
        signer=signer,
        observed="48,3 kWh/ngày (4,8 lần)",
        expected="dưới 3 lần của 10,0 kWh/ngày",
        text="Kỳ này 48,3 kWh/ngày, gấp 4,8 lần bình quân 3 kỳ trước: kiểm tra chỉ số.",
        state=HoldState.OPEN,
    )


def partition(world: World, state: PartitionState, **figures: object) -> RunPartition:
    """Enter one more reading book of the district into the run."""
    number = RunPartition.objects.count() + 1
    book = ReadingBook.objects.create(
        code=f"R{number:04}", name=f"Sổ {number}", unit=world.district, reading_day=1
    )
    return RunPartition.objects.create(
        run=world.household_bill.run, reading_book=book, state=state, **figures
    )


def billed_anew(world: World) -> Bill:
    """Cancel the household's bill and bill 120 kWh instead of 134.

    By hand: 50 x 1984 + 50 x 2050 + 20 x 2380 = 249,300; VAT 8 % 19,944; 269,244 in all.
    """
    old = world.household_bill
    series, number = numbered(world.company)  # it was issued before it was cancelled
    Bill.objects.filter(pk=old.pk).update(
        state=BillState.CANCELLED, series=series, invoice_no=number, issued_on=date(2026, 11, 3)
    )
    decision = BillLine.objects.filter(bill=old).first().decision
    series, number = numbered(world.company)
    new = Bill.objects.create(
        run=old.run,
        agreement=old.agreement,
        unit=old.unit,
        period_from=old.period_from,
        period_to=old.period_to,
        version=2,
        kind=BillKind.REPLACEMENT,
        original=old,
        state=BillState.ISSUED,
        reading_date=old.reading_date,
        issued_on=date(2026, 11, 9),
        due_date=date(2026, 11, 16),
        series=series,
        invoice_no=number,
        energy_wh=120_000,
        net_vnd=249_300,
        vat_rate_bp=800,
        vat_vnd=19_944,
        gross_vnd=269_244,
    )
    lines(new, decision, [(1, 1, None, 50, 1984, 99_200), (2, 2, None, 50, 2050, 102_500)])
    lines(new, decision, [(3, 3, None, 20, 2380, 47_600)])
    return new


__all__ = ["AT", "bill", "billed_anew", "held_world", "hold", "partition"]


def cycles_before(bill: Bill, *kwh: int) -> None:
    """Enter the usage of the months before a bill, the newest first."""
    end = bill.period_from
    for energy in kwh:
        start = (end - timedelta(days=1)).replace(day=1)
        Usage.objects.create(
            agreement=bill.agreement, reading_book=ReadingBook.objects.first(), period_from=start,
            period_to=end, energy_wh=energy * 1000, quality=7, known_at=AT,
        )  # fmt: skip
        end = start
