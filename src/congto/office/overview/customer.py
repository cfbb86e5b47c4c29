"""Everything a clerk needs to see of one customer, each part one query."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from django.db.models import Q, Sum

from congto.office.arrears.queries import cleared_otherwise
from congto.office.billing.choices import OWED
from congto.office.billing.models import Bill
from congto.office.control.choices import FindingState
from congto.office.control.models import FindingRecord
from congto.office.customers.models import Agreement, Customer, PriceAssignment
from congto.office.meterdata.models import RegisterReading, Usage
from congto.office.meters.models import MeterInstallation, UsagePoint
from congto.office.payments.models import Payment
from congto.office.storage import intervals
from congto.vocabulary.periods import Period

if TYPE_CHECKING:
    from collections.abc import Iterable

    from congto.office.control.queries import Scope
    from congto.vocabulary.money import Dong

MONTHS_SHOWN = 13
READINGS_SHOWN = 120
BILLS_SHOWN = 24


def find_customer(code: str, scope: Scope) -> Customer | None:
    """Return the customer with this code if the scope has it."""
    return scope.filter(Customer.objects.filter(code=code).select_related("unit")).first()


@dataclass(frozen=True, slots=True)
class BilledPeriod:
    """A bill with what was paid on it, cleared by a deposit, or given up."""

    bill: Bill
    paid_vnd: Dong

    @property
    def owed_vnd(self) -> Dong:
        """Return what is still owed; only an issued bill is owed."""
        return self.bill.gross_vnd - self.paid_vnd if self.issued else 0

    @property
    def issued(self) -> bool:
        """Tell whether the bill counts."""
        return self.bill.state in OWED


@dataclass(frozen=True, slots=True)
class DialStep:
    """Two readings of one register of one meter and what passed between them."""

    new: RegisterReading
    old: RegisterReading | None
    multiplier: int
    dial_wh: int

    @property
    def use_wh(self) -> int | None:
        """Return the use: difference of the dial, past its last digit if need be, x multiplier.

        99,800 -> 220 on five digits is 420. None without an older reading.
        """
        if self.old is None:
            return None
        return (self.new.index_wh - self.old.index_wh) % self.dial_wh * self.multiplier

    @property
    def passed_zero(self) -> bool:
        """Tell whether the dial went past its last digit."""
        return self.old is not None and self.new.index_wh < self.old.index_wh


@dataclass(frozen=True, slots=True)
class MonthUse:
    """Use of one billing period, in Wh."""

    period_from: date
    period_to: date
    energy_wh: int


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the timeline; `ahead` has not happened yet."""

    day: date
    what: str
    detail: str
    ahead: bool


@dataclass(frozen=True, slots=True)
class CustomerView:
    """One customer with the rows of every stage, newest first."""

    customer: Customer
    agreements: list[Agreement]
    assignments: list[PriceAssignment]
    points: list[UsagePoint]
    installations: list[MeterInstallation]
    uses: list[MonthUse]
    bills: list[BilledPeriod]
    payments: list[Payment]
    readings: list[DialStep]
    findings: list[FindingRecord]

    @property
    def price(self) -> PriceAssignment | None:
        """Return the latest price assignment."""
        return self.assignments[0] if self.assignments else None

    @property
    def unpaid(self) -> list[BilledPeriod]:
        """Return issued bills that are not paid in full."""
        return [billed for billed in self.bills if billed.owed_vnd > 0]

    @property
    def owed_vnd(self) -> Dong:
        """Return what is owed on the bills shown."""
        return sum(billed.owed_vnd for billed in self.unpaid)

    @property
    def remote_points(self) -> list[UsagePoint]:
        """Return the points whose present meter is read remotely."""
        remote = {
            installation.usage_point_id
            for installation in self.installations
            if installation.meter.remote and installation.valid_to is None
        }
        return [point for point in self.points if point.pk in remote]

    def overdue(self, today: date) -> list[BilledPeriod]:
        """Return unpaid bills whose due date has passed."""
        return [one for one in self.unpaid if one.bill.due_date and one.bill.due_date < today]


def view_customer(customer: Customer) -> CustomerView:
    """Read the customer's rows; the caller has found the customer inside the scope."""
    agreements = list(Agreement.objects.filter(customer=customer).order_by("code"))
    accounts = [agreement.pk for agreement in agreements]
    assignments = PriceAssignment.objects.filter(agreement__in=accounts)
    points = list(
        UsagePoint.objects.filter(agreement__in=accounts)
        .select_related("element", "reading_book", "agreement")
        .order_by("code")
    )
    installations = list(
        MeterInstallation.objects.filter(usage_point__in=points)
        .select_related("meter", "usage_point")
        .order_by("-valid_from")
    )
    bills = bills_of(accounts)
    return CustomerView(
        customer=customer,
        agreements=agreements,
        assignments=list(assignments.select_related("agreement").order_by("-valid_from")),
        points=points,
        installations=installations,
        uses=uses_of(accounts),
        bills=bills,
        payments=payments_of(bills),
        readings=readings_of(points, installations),
        findings=findings_of(customer, agreements, points, installations),
    )


def bills_of(accounts: list[int]) -> list[BilledPeriod]:
    """Return the latest bills of the accounts with the sum paid on each."""
    bills = list(
        Bill.objects.filter(agreement__in=accounts).order_by("-period_from", "-version")[
            :BILLS_SHOWN
        ]
    )
    sums = Payment.objects.filter(bill__in=bills).values("bill").annotate(paid=Sum("amount_vnd"))
    paid = dict(sums.values_list("bill", "paid"))
    other = cleared_otherwise(bill.pk for bill in bills)
    return [BilledPeriod(bill, int(paid.get(bill.pk, 0)) + other.get(bill.pk, 0)) for bill in bills]


def payments_of(bills: Iterable[BilledPeriod]) -> list[Payment]:
    """Return the payments of these bills, newest first."""
    numbers = [billed.bill.pk for billed in bills]
    payments = Payment.objects.filter(bill__in=numbers).select_related("partner")
    return list(payments.order_by("-paid_at", "-id"))


def uses_of(accounts: list[int]) -> list[MonthUse]:
    """Return the use of the last periods, oldest first; of each period the latest version."""
    rows = (
        Usage.objects.filter(agreement__in=accounts)
        .order_by("-period_from", "agreement", "-version")
        .values_list("period_from", "period_to", "agreement", "energy_wh")
    )[: MONTHS_SHOWN * 4]
    latest: dict[tuple[date, int], tuple[date, int]] = {}
    for period_from, period_to, agreement, energy_wh in rows:
        latest.setdefault((period_from, agreement), (period_to, energy_wh))
    months: dict[date, MonthUse] = {}
    for (period_from, _agreement), (period_to, energy_wh) in latest.items():
        before = months.get(period_from)
        total = energy_wh + (before.energy_wh if before else 0)
        months[period_from] = MonthUse(period_from, period_to, total)
    return sorted(months.values(), key=lambda use: use.period_from)[-MONTHS_SHOWN:]


def readings_of(points: list[UsagePoint], installations: list[MeterInstallation]) -> list[DialStep]:
    """Return the latest readings by point and register, each with the one before it."""
    rows = RegisterReading.objects.filter(usage_point__in=points).order_by(
        "-read_on", "usage_point", "register", "-version"
    )[:READINGS_SHOWN]
    hung = {installation.meter_id: installation for installation in installations}
    # The meter is part of the key: on a day of exchange both meters are read.
    current: dict[tuple[int, int, int, date], RegisterReading] = {}
    for row in rows:
        current.setdefault((row.usage_point_id, row.meter_id, row.register, row.read_on), row)
    newest_first = list(current.values())
    steps = []
    for index, new in enumerate(newest_first):
        old = next((row for row in newest_first[index + 1 :] if _same_dial(row, new)), None)
        steps.append(dial_step(new, old, hung.get(new.meter_id)))
    return steps


def dial_step(
    new: RegisterReading, old: RegisterReading | None, hung: MeterInstallation | None
) -> DialStep:
    """Pair two readings with the multiplier and the length of the dial they were read on."""
    digits = hung.meter.dial_digits if hung else 8
    return DialStep(new, old, hung.multiplier if hung else 1, 10 ** (digits + 3))


def _same_dial(one: RegisterReading, other: RegisterReading) -> bool:
    return (one.usage_point_id, one.meter_id, one.register) == (
        other.usage_point_id,
        other.meter_id,
        other.register,
    )


def findings_of(
    customer: Customer,
    agreements: list[Agreement],
    points: list[UsagePoint],
    installations: list[MeterInstallation],
) -> list[FindingRecord]:
    """Return open findings about the customer, the agreements, points and meters."""
    subjects = [customer.code, *(one.code for one in agreements), *(one.code for one in points)]
    subjects += [installation.meter.serial for installation in installations]
    return list(
        FindingRecord.objects.filter(
            Q(subject__in=subjects),
            subject_kind__in=("customer", "agreement", "usage_point", "meter"),
            state=FindingState.OPEN,
        ).order_by("-id")[:50]
    )


@dataclass(frozen=True, slots=True)
class HalfHourCurve:
    """One day of a remotely read point: 48 values in Wh, None where one is missing."""

    point: UsagePoint
    day: date
    values_wh: list[int | None]
    quality: int


def half_hours(point: UsagePoint, day: date) -> HalfHourCurve | None:
    """Return the half-hours of a point on a local day; None when there is none."""
    rows = intervals.read_point(point.pk, Period(day, day + timedelta(days=1)))
    if rows.is_empty():
        return None
    row = rows.row(0, named=True)
    return HalfHourCurve(point, day, row["values"], row["quality"])


def timeline(view: CustomerView, today: date) -> list[Event]:
    """Return what happened and what comes next, the furthest ahead first."""
    events = [
        Event(billed.bill.issued_on, "bill", str(billed.bill.pk), ahead=False)
        for billed in view.bills
        if billed.issued and billed.bill.issued_on
    ]
    events += [
        Event(one.accounting_date, "payment", one.partner.name, False) for one in view.payments
    ]
    events += [
        Event(one.valid_from, "meter", one.meter.serial, one.valid_from > today)
        for one in view.installations
    ]
    events += [
        Event(one.bill.due_date, "due", str(one.bill.pk), one.bill.due_date > today)
        for one in view.unpaid
        if one.bill.due_date
    ]
    for book in {point.reading_book for point in view.points if point.reading_book}:
        events.append(Event(next_reading(book.reading_day, today), "reading", book.name, True))
    return sorted(events, key=lambda event: (event.day, event.what), reverse=True)[:12]


def next_reading(reading_day: int, today: date) -> date:
    """Return the first day after today that is the book's reading day.

    A month that is shorter than the reading day is read on its last day.
    """
    month = Period.month(today.year, today.month)
    for candidate in (month, Period.month(month.end.year, month.end.month)):
        day = min(
            candidate.start + timedelta(days=reading_day - 1), candidate.end - timedelta(days=1)
        )
        if day > today:
            return day
    following = Period.month(month.end.year, month.end.month)
    return following.start + timedelta(days=reading_day - 1)
