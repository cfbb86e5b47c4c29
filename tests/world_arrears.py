"""Books of three customers who owe a bill each, and people who may act on it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from django.contrib.auth.models import User

from congto.office.arrears.choices import OrderKind
from congto.office.arrears.models import Case, DunningStep
from congto.office.arrears.operations import run_day
from congto.office.arrears.ordering import Asked, give_order
from congto.office.billing.models import Bill
from congto.office.control.models import Grant
from congto.office.customers.models import Agreement
from congto.office.meters.models import UsagePoint
from congto.office.network.models import NetworkElement
from congto.office.organisation.models import Unit
from congto.office.payments import collecting
from congto.office.payments.collecting import Asked as Paid
from congto.office.payments.models import Partner, PartnerTerms, Quota
from congto.vocabulary.periods import LOCAL_ZONE
from fixtures_collecting import BILL

if TYPE_CHECKING:
    from congto.office.arrears.models import SupplyOrder
    from congto.office.control.choices import Role

DUE = date(2026, 11, 10)


def at(day: int, hour: int = 6, month: int = 11) -> datetime:
    """Return an hour of a day of November 2026 in Viet Nam."""
    return datetime(2026, month, day, hour, tzinfo=LOCAL_ZONE).astimezone(UTC)


def prepare() -> None:
    """Let all bills be due on Tuesday 10/11, let partners collect freely, give points."""
    Bill.objects.update(due_date=DUE)
    PartnerTerms.objects.update(cutoff_minute=1440)
    Quota.objects.update(limit_vnd=100 * BILL)
    for one in Agreement.objects.select_related("customer__unit"):
        unit = one.customer.unit
        element, _made = NetworkElement.objects.get_or_create(
            code=f"T{unit.code}",
            defaults={"name": "Trạm", "kind": "transformer", "unit": unit, "nominal_kv": "0.4"},
        )
        UsagePoint.objects.create(
            code=f"D{one.code}", kind="customer", agreement=one, element=element, unit=unit
        )


def person(name: str, role: Role, unit: str = "PB") -> User:
    user = User.objects.create_user(name, password="a long pass-phrase")
    Grant.objects.create(user=user, unit=Unit.objects.get(code=unit), role=role)
    return user


def agreement(number: int) -> Agreement:
    return Agreement.objects.get(customer__code=f"PB{number:011}")


def bill(number: int) -> Bill:
    return Bill.objects.get(agreement=agreement(number))


def pay(number: int, when: datetime) -> None:
    one = bill(number)
    code = one.agreement.customer.code
    asked = Paid(f"T{one.pk}", bytes(32), code, [one.pk], [BILL], when, "app")
    answer = collecting.pay(Partner.objects.get(code="P01").pk, asked, at=when)
    assert answer.answer == "OK", answer


def run_days(first: int, count: int, month: int = 11) -> None:
    for number in range(count):
        run_day(at(first, month=month) + timedelta(days=number))


def steps(number: int) -> list[tuple[int, str]]:
    """Return the days of November and the steps of a customer."""
    rows = DunningStep.objects.filter(agreement=agreement(number)).order_by("id")
    return [(day.day, kind) for day, kind in rows.values_list("day", "kind")]


def case(number: int) -> Case:
    return Case.objects.get(agreement=agreement(number), state="open")


def cut(number: int, user: User, when: datetime) -> list[SupplyOrder]:
    return ordered(number, OrderKind.DISCONNECT, user, when)


def ordered(number: int, kind: OrderKind, user: User, when: datetime) -> list[SupplyOrder]:
    nothing = frozenset[str]()
    return give_order(case(number).pk, Asked(kind, user, "nợ quá hạn", when, lambda _: nothing))
