"""An issued bill as its invoice: everything that its documents say, from the books."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from congto.office.billing.choices import OWED, BillKind
from congto.office.billing.models import Bill, BillingRun, Issuance
from congto.office.customers.choices import PriceGroup
from congto.office.customers.models import PriceSegment
from congto.office.meterdata.models import RegisterReading
from congto.office.meters.models import MeterInstallation, ReadingBook, UsagePoint
from congto.office.overview.bill import view_bill
from congto.office.overview.customer import dial_step
from congto.vocabulary.errors import RefusedError
from congto.vocabulary.groups import Charge, Register, TimeBand
from congto.vocabulary.invoices import (
    Buyer,
    InvoiceDocument,
    InvoiceKind,
    InvoiceLine,
    InvoiceReference,
    MeterRow,
    PriceBasis,
    ReactiveBasis,
    Supply,
    UsageMonth,
    readings_prove,
)
from congto.vocabulary.periods import Period
from congto.vocabulary.prices import Confidence
from congto.vocabulary.quality import Quality

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date

    from django.db.models import QuerySet

    from congto.office.control.queries import Scope
    from congto.office.overview.bill import BillView, ExplainedLine
    from congto.office.overview.customer import DialStep
    from congto.vocabulary.invoices import Seller

    Sellers = Callable[[str, str], Seller]

MONTHS = 13
BOOKS_OFFERED = 500
"""Codes offered while typing; any code may be typed."""
KINDS = {
    BillKind.REGULAR: InvoiceKind.ORIGINAL,
    BillKind.REPLACEMENT: InvoiceKind.REPLACEMENT,
    BillKind.ADJUSTMENT: InvoiceKind.ADJUSTMENT,
}
BANDS = {1: TimeBand.NORMAL, 2: TimeBand.PEAK, 3: TimeBand.OFF_PEAK, None: TimeBand.ALL_DAY}
NOT_BY_READINGS = (
    "Điện năng của kỳ không chỉ tính từ các chỉ số trên (tạm tính, cộng hoặc trừ thêm)."
)


@dataclass(frozen=True, slots=True)
class FileChoices:
    """What documents can be asked for: periods billed, days of issue, codes of reading books."""

    periods: list[Period]
    days: list[date]
    books: list[str]


def choices_of(scope: Scope) -> FileChoices:
    """Return what the scope has issued, newest first, the last 24 periods and 60 days."""
    runs = BillingRun.objects.order_by("-period_from")[:24]
    days = scope.filter(Issuance.objects.all()).order_by("-issued_on")
    books = scope.filter(ReadingBook.objects.all()).order_by("code")
    return FileChoices(
        periods=[Period(run.period_from, run.period_to) for run in runs],
        days=list(days.values_list("issued_on", flat=True).distinct()[:60]),
        books=list(books.values_list("code", flat=True)[:BOOKS_OFFERED]),
    )


def issued(scope: Scope) -> QuerySet[Bill]:
    """Return the bills of the scope that have an invoice number and are owed."""
    bills = Bill.objects.filter(state__in=OWED).select_related(
        "agreement__customer", "unit", "series__unit", "original__series"
    )
    return scope.filter(bills)


def issued_of_book(scope: Scope, period_from: date, book: str) -> QuerySet[Bill]:
    """Return a reading book's issued bills of a period, in the order of its usage points."""
    points = UsagePoint.objects.filter(reading_book__code=book, agreement__isnull=False)
    return (
        issued(scope)
        .filter(period_from=period_from, agreement__in=points.values("agreement"))
        .order_by("agreement__code", "pk")
    )


def issued_on(scope: Scope, day: date) -> QuerySet[Bill]:
    """Return the bills issued on a day, in the order of series and number."""
    return issued(scope).filter(issued_on=day).order_by("series__symbol", "invoice_no")


def books_of_period(scope: Scope, period_from: date) -> list[str]:
    """Return the codes of the reading books with issued bills of a period."""
    agreements = issued(scope).filter(period_from=period_from).values("agreement")
    points = UsagePoint.objects.filter(agreement__in=agreements, reading_book__isnull=False)
    codes = points.order_by("reading_book__code").values_list("reading_book__code", flat=True)
    return list(codes.distinct())


def invoice_of_bill(number: int, scope: Scope, sellers: Sellers) -> InvoiceDocument | None:
    """Return the invoice of a bill; None if the scope has no such bill.

    `sellers` answers code and name of the issuing unit with what invoices say of it. Raises
    RefusedError if the bill has no invoice number or was cancelled.
    """
    bills = Bill.objects.filter(pk=number).select_related(
        "agreement__customer", "unit", "series__unit", "original__series"
    )
    bill = scope.filter(bills).first()
    return None if bill is None else invoice_of(bill, sellers)


def invoice_of(bill: Bill, sellers: Sellers) -> InvoiceDocument:
    """Return the invoice of an issued bill that the caller has found inside the scope."""
    if bill.state not in OWED or bill.series is None or bill.issued_on is None:
        raise RefusedError(
            f"bill {bill.pk} is {bill.get_state_display()}",
            expected="an issued bill",
            action="issue the bill first",
        )
    view = view_bill(bill)
    rows = tuple(meter_rows(bill))
    proven = readings_prove(rows, bill.energy_wh) or bill.kind == BillKind.ADJUSTMENT
    return InvoiceDocument(
        form=bill.series.form,
        series=bill.series.symbol,
        number=bill.invoice_no,
        issued_on=bill.issued_on,
        bill=bill.pk,
        seller=sellers(bill.series.unit.code, bill.series.unit.name),
        buyer=buyer_of(bill),
        supply=supply_of(view),
        period=Period(bill.period_from, bill.period_to),
        reading_date=bill.reading_date,
        due_date=bill.due_date or bill.issued_on,
        rows=rows,
        lines=tuple(lines_of(view)),
        energy_wh=bill.energy_wh,
        net_vnd=bill.net_vnd,
        vat_rate_bp=bill.vat_rate_bp,
        vat_vnd=bill.vat_vnd,
        gross_vnd=bill.gross_vnd,
        decisions=tuple(decisions_of(view)),
        reactive=reactive_of(view),
        history=tuple(history_of(bill)),
        kind=KINDS[BillKind(bill.kind)],
        original=original_of(bill),
        energy_note="" if proven else NOT_BY_READINGS,
    )


def buyer_of(bill: Bill) -> Buyer:
    """Return the customer; who uses also pays, until the books know another payer."""
    customer = bill.agreement.customer
    places = dict.fromkeys(part for part in (customer.address, customer.commune) if part)
    return Buyer(
        name=customer.name,
        address=", ".join(places),
        customer_code=customer.code,
        payer_code=customer.code,
        phone=customer.phone,
    )


def supply_of(view: BillView) -> Supply:
    """Return purpose, households, voltage and the first usage point of the agreement."""
    price = view.price
    point = (
        UsagePoint.objects.filter(agreement=view.bill.agreement_id)
        .select_related("element", "reading_book")
        .order_by("code")
        .first()
    )
    residential = price is not None and price.group == PriceGroup.RESIDENTIAL
    return Supply(
        purpose=" + ".join(purposes_of(view).values()),
        households=Decimal(price.household_quarters) / 4 if price and residential else None,
        voltage=(price.voltage or "") if price else "",
        usage_point=point.code if point else "",
        station=point.element.code if point else "",
        reading_book=point.reading_book.code if point and point.reading_book else "",
    )


def purposes_of(view: BillView) -> dict[int, str]:
    """Return the words of each purpose by its number; a meter of one purpose has number 1."""
    if view.price is None:
        return {}
    segments = PriceSegment.objects.filter(assignment=view.price.pk)
    named = {one.segment: one.get_group_display() for one in segments}
    return named or {1: view.price.get_group_display()}


def lines_of(view: BillView) -> Iterator[InvoiceLine]:
    """Yield the lines as billed; the purpose is said where there are several."""
    purposes = purposes_of(view)
    for explained in view.lines:
        line = explained.line
        yield InvoiceLine(
            charge=Charge(line.charge),
            amount_vnd=line.amount_vnd,
            energy_wh=line.energy_wh,
            price_vnd=line.price_vnd,
            tier=line.tier,
            band=BANDS[line.band],
            purpose=purposes.get(line.segment, "") if len(purposes) > 1 else "",
            part=part_of(explained, view),
            quota_wh=explained.quota.width_wh if explained.quota else None,
            decision=explained.decision.code,
        )


def part_of(explained: ExplainedLine, view: BillView) -> Period | None:
    """Return the days of a line that does not stand for the whole period."""
    line, bill = explained.line, view.bill
    if line.part_from and line.part_to:
        return Period(line.part_from, line.part_to)
    if len(view.decisions) < 2:
        return None
    decision = explained.decision
    end = decision.effective_to or bill.period_to
    start = max(bill.period_from, decision.effective_from)
    return Period(start, min(bill.period_to, end)) if start < min(bill.period_to, end) else None


def decisions_of(view: BillView) -> Iterator[PriceBasis]:
    """Yield each price decision with how well its least known price on the bill is known."""
    order = list(Confidence)
    for decision in view.decisions:
        known = [one.confidence for one in view.lines if one.decision is decision]
        yield PriceBasis(decision.code, decision.effective_from, max(known, key=order.index))


def reactive_of(view: BillView) -> ReactiveBasis | None:
    """Return what a charge for reactive power rests on, where there is such a charge."""
    charged = any(one.line.charge == Charge.REACTIVE for one in view.lines)
    if not charged or view.reactive is None or view.usage is None:
        return None
    found = view.reactive
    return ReactiveBasis(view.usage.reactive_varh, found.cos_phi, found.k_bp, found.rule.code)


def original_of(bill: Bill) -> InvoiceReference | None:
    """Return the invoice that a replacement or adjustment names."""
    found = bill.original
    if found is None or bill.kind == BillKind.REGULAR:
        return None
    if found.series is None or found.invoice_no is None or found.issued_on is None:
        raise RefusedError(
            f"bill {bill.pk} names bill {found.pk}, which has no invoice number",
            expected="an invoice that was issued",
            action="have the bill made again",
        )
    return InvoiceReference(
        found.series.form, found.series.symbol, found.invoice_no, found.issued_on
    )


def history_of(bill: Bill) -> Iterator[UsageMonth]:
    """Yield up to thirteen months with what was billed, oldest first, this bill's month last."""
    bills = Bill.objects.filter(
        agreement=bill.agreement_id, state__in=OWED, period_to__lte=bill.period_to
    ).order_by("-period_to")
    sums: dict[tuple[int, int], tuple[int, int]] = {}
    for one in bills[: 3 * MONTHS]:
        last = one.period_to - timedelta(days=1)
        energy, gross = sums.get((last.year, last.month), (0, 0))
        sums[last.year, last.month] = (energy + one.energy_wh, gross + one.gross_vnd)
    for (year, month), (energy, gross) in sorted(sums.items())[-MONTHS:]:
        yield UsageMonth(year, month, energy, gross)


def meter_rows(bill: Bill) -> Iterator[MeterRow]:
    """Yield per meter and register the first and last reading of the period and what passed.

    A meter that was changed inside the period has its removal and its installation between.
    """
    points = list(
        UsagePoint.objects.filter(agreement=bill.agreement_id).values_list("pk", flat=True)
    )
    installations = MeterInstallation.objects.filter(usage_point__in=points).select_related("meter")
    hung = {one.meter_id: one for one in installations}
    readings = RegisterReading.objects.filter(
        usage_point__in=points, read_on__range=(bill.period_from, bill.period_to)
    ).order_by("usage_point_id", "meter_id", "register", "-version")
    found: dict[tuple[int, int, int], dict[date, RegisterReading]] = {}
    for one in readings:
        key = (one.usage_point_id, one.meter_id, one.register)
        found.setdefault(key, {}).setdefault(one.read_on, one)
    for (_, meter, register), by_day in found.items():
        first, last = by_day[min(by_day)], by_day[max(by_day)]
        if first is not last and meter in hung:
            step = dial_step(last, first, hung[meter])
            yield _row(step, Register(register), hung[meter].meter.serial)


def _row(step: DialStep, register: Register, serial: str) -> MeterRow:
    weakest = min(Quality(step.new.quality), Quality(step.old.quality if step.old else 0))
    return MeterRow(
        register=register,
        meter=serial,
        old_wh=step.old.index_wh if step.old else 0,
        new_wh=step.new.index_wh,
        multiplier=step.multiplier,
        measured_wh=step.use_wh or 0,
        estimated=weakest <= Quality.FINAL_ESTIMATED,
    )
