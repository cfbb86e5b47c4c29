"""Reads of counters, mandates, agents and lists, each inside a scope."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from django.db.models import Count, Q, Sum

from congto.office.channels.choices import OVER_LIMIT, LineState
from congto.office.channels.models import (
    Agent,
    CollectionList,
    Drawer,
    DrawerTurn,
    Mandate,
    Receipt,
)
from congto.office.payments.models import Partner, Payment

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from congto.office.control.queries import Scope
    from congto.vocabulary.money import Dong


def drawers(scope: Scope) -> QuerySet[Drawer]:
    """Return the drawers of a scope."""
    return scope.filter(Drawer.objects.select_related("unit", "counter"))


def turns(scope: Scope) -> QuerySet[DrawerTurn]:
    """Return the turns of a scope, newest first, with the number and sum of valid receipts."""
    valid = Q(receipts__reversed_at__isnull=True)
    found = scope.filter(DrawerTurn.objects.select_related("drawer__counter", "cashier", "unit"))
    return found.annotate(
        taken=Count("receipts", filter=valid), taken_vnd=Sum("receipts__amount_vnd", filter=valid)
    ).order_by("-id")


def receipts(scope: Scope) -> QuerySet[Receipt]:
    """Return the receipts of a scope, newest first."""
    return scope.filter(
        Receipt.objects.select_related("customer", "turn__drawer", "turn__cashier", "unit")
    )


def mandates(scope: Scope) -> QuerySet[Mandate]:
    """Return the mandates of a scope."""
    return scope.filter(Mandate.objects.select_related("customer", "bank", "unit"))


def agents(scope: Scope) -> QuerySet[Agent]:
    """Return the agents of a scope with the number of their reading books."""
    found = scope.filter(Agent.objects.select_related("partner", "unit"))
    return found.annotate(book_count=Count("books")).order_by("partner__code")


def lists(scope: Scope) -> QuerySet[CollectionList]:
    """Return the collection lists of a scope with how many of their lines are in which state."""
    by_state = {
        f"{state.value}_count": Count("lines", filter=Q(lines__state=state)) for state in LineState
    }
    found = scope.filter(CollectionList.objects.select_related("partner", "unit"))
    return found.annotate(**by_state).order_by("-id")


def banks() -> QuerySet[Partner]:
    """Return the banks that hold mandates."""
    return Partner.objects.filter(mandate__isnull=False).distinct().order_by("name")


class Handed(NamedTuple):
    """A line as the file says it."""

    reference: str
    customer: str
    name: str
    address: str
    account: str
    holder: str
    amount_vnd: Dong
    period: str


def handed(given: CollectionList) -> list[Handed]:
    """Return the lines of a list's file in their order: those that were never refused at making."""
    rows = (
        given.lines.select_related("agreement__customer", "mandate", "bill")
        .exclude(state=LineState.REFUSED, tries=0, reason=OVER_LIMIT)
        .order_by("number")
    )
    return [
        Handed(
            one.reference,
            one.agreement.customer.code,
            one.agreement.customer.name,
            one.agreement.customer.address,
            one.mandate.account if one.mandate else "",
            one.mandate.holder if one.mandate else "",
            one.amount_vnd,
            f"{one.bill.period_from:%m/%Y}",
        )
        for one in rows
    ]


def bills_of(receipt: Receipt) -> list[Payment]:
    """Return the payments of a receipt, one a bill, without what took them back."""
    number = receipt.partner_txn_id
    counter = receipt.turn.drawer.counter_id
    rows = Payment.objects.filter(partner=counter, partner_txn_id=number, reverses=None)
    return list(rows.select_related("bill").order_by("bill_id"))
