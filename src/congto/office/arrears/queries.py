"""Reads of arrears that other stages and pages need."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import F, Sum

from congto.office.arrears.choices import CaseState, OrderState, PlanState, RunState
from congto.office.arrears.models import (
    Case,
    Complaint,
    Deposit,
    DunningRun,
    DunningStep,
    PaymentPlan,
    SupplyOrder,
    WriteOff,
)

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from django.db.models import QuerySet

    from congto.office.control.queries import Scope
    from congto.vocabulary.money import Dong


def cleared_otherwise(bills: Iterable[int]) -> dict[int, Dong]:
    """Return bill -> đồng of it that a deposit paid or that were given up; others are left out."""
    numbers = list(bills)
    given_up = (
        WriteOff.objects.filter(bill__in=numbers)
        .values_list("bill")
        .annotate(sum=Sum(F("net_vnd") + F("vat_vnd")))
    )
    applied = (
        Deposit.objects.filter(bill__in=numbers).values_list("bill").annotate(sum=Sum("amount_vnd"))
    )
    cleared: dict[int, Dong] = {bill: int(amount) for bill, amount in given_up}
    for bill, amount in applied:
        cleared[bill] = cleared.get(bill, 0) - int(amount)
    return cleared


def steps_of(agreement: int) -> QuerySet[DunningStep]:
    """Return what was done about an agreement's debts, the newest first."""
    return DunningStep.objects.filter(agreement=agreement).order_by("-day", "-id")


def cases_of(agreement: int) -> QuerySet[Case]:
    """Return the cases of an agreement, the newest first."""
    return Case.objects.filter(agreement=agreement).order_by("-id")


def orders_of(agreement: int) -> QuerySet[SupplyOrder]:
    """Return the orders to cut or give back an agreement's supply, the newest first."""
    rows = SupplyOrder.objects.filter(case__agreement=agreement)
    return rows.select_related("usage_point", "maker", "command_order").order_by("-id")


def waiting_orders(scope: Scope) -> QuerySet[SupplyOrder]:
    """Return the orders of the scope that nobody has carried out yet, the oldest first."""
    rows = SupplyOrder.objects.filter(state=OrderState.ORDERED).select_related(
        "usage_point", "unit", "maker", "command_order", "case__agreement__customer"
    )
    return scope.filter(rows).order_by("id")


def complaints_of(agreement: int) -> QuerySet[Complaint]:
    """Return the complaints of an agreement, the newest first."""
    return Complaint.objects.filter(agreement=agreement)


def active_plan(agreement: int) -> PaymentPlan | None:
    """Return the payment plan that an agreement keeps now."""
    return PaymentPlan.objects.filter(agreement=agreement, state=PlanState.ACTIVE).first()


def runs() -> QuerySet[DunningRun]:
    """Return the runs, the newest day first."""
    return DunningRun.objects.order_by("-day")


def run_of(on: date) -> DunningRun | None:
    """Return the run of a day."""
    return DunningRun.objects.filter(day=on).first()


def is_done(run: DunningRun) -> bool:
    """Tell whether a run has done every unit."""
    return run.state == RunState.DONE


def write_offs(scope: Scope) -> QuerySet[WriteOff]:
    """Return the debts of the scope that were given up, the newest first."""
    rows = WriteOff.objects.select_related("bill", "agreement__customer", "unit")
    return scope.filter(rows).order_by("-id")


def open_cases_to_order(scope: Scope, on: date) -> QuerySet[Case]:
    """Return the open cases of the scope that may need an order on a day.

    A cut was announced for the day, or an order was given before, so that supply may be cut.
    """
    rows = Case.objects.filter(state=CaseState.OPEN).select_related("unit", "agreement__customer")
    announced = rows.filter(cut_on=on)
    ordered = rows.filter(orders__isnull=False)
    return scope.filter((announced | ordered).distinct()).order_by("unit__path", "id")
