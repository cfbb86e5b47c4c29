"""Customers with several billed months and people who decide, for tests of billing."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from django.contrib.auth.models import User

from congto.office.billing import operations
from congto.office.billing.models import Bill
from congto.office.control.models import Grant
from congto.office.customers.models import Agreement
from congto.office.meterdata.models import Usage
from congto.office.meters.models import ReadingBook
from congto.office.organisation.models import Unit
from congto.reference.vn import price_book
from congto.vocabulary.periods import Period
from small_utility import House, build

if TYPE_CHECKING:
    from congto.office.control.choices import Role

AT = datetime(2026, 11, 5, 3, 0, tzinfo=UTC)
TODAY = date(2026, 11, 5)
MONTHS = [Period.month(2026, month) for month in (7, 8, 9)]
OCTOBER = Period.month(2026, 10)


def person(name: str, role: Role, unit: str) -> User:
    user = User.objects.create_user(name)
    Grant.objects.create(user=user, unit=Unit.objects.get(code=unit), role=role)
    return user


def agreement(number: int) -> Agreement:
    return Agreement.objects.get(code=f"PB{number:011}-A1")


def use(number: int, month: Period, kwh: int, **measures: int) -> Usage:
    """Enter a usage, or the next version of it."""
    whose = agreement(number)
    latest = (
        Usage.objects.filter(agreement=whose, period_from=month.start).order_by("-version").first()
    )
    return Usage.objects.create(
        agreement=whose,
        reading_book=latest.reading_book if latest else ReadingBook.objects.get(code="A1"),
        period_from=month.start,
        period_to=month.end,
        version=latest.version + 1 if latest else 1,
        quality=7,
        known_at=AT,
        **{"energy_wh": kwh * 1000, **measures},
    )


def run(month: Period, **options: object) -> operations.RunReport:
    given = {"at": AT, "issued_on": month.end.replace(day=3), **options}
    return operations.run_billing(month, **given)


def bill_of(number: int, month: Period) -> Bill:
    """Return the newest bill of a customer and month."""
    bills = Bill.objects.filter(agreement=agreement(number), period_from=month.start)
    return bills.order_by("-version")[0]


def months_of(kwh: int, october: int, number: int = 1, **house: object) -> Bill:
    """Bill three equal months and October of one customer; return October's bill."""
    operations.sync_price_decisions(price_book())
    build(House(number, october, **house))
    for month in MONTHS:
        use(number, month, kwh)
        run(month)
    run(OCTOBER)
    return bill_of(number, OCTOBER)
