"""Held bills for people: how many by rule and unit, one at a time with what it conflicts with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Count, Max, Sum

from congto.office.billing.choices import BillKind, BillState, HoldState, Signer
from congto.office.billing.models import Bill, BillHold
from congto.office.control.choices import ProposalState
from congto.office.control.models import Proposal
from congto.office.control.queries import unit_ids
from congto.office.customers.models import PriceAssignment
from congto.office.organisation.models import Unit
from congto.office.overview.bill import readings_between

if TYPE_CHECKING:
    from datetime import date

    from django.db.models import QuerySet

    from congto.office.control.queries import Scope
    from congto.office.overview.customer import DialStep
    from congto.vocabulary.money import Dong

UNDECIDED = (HoldState.OPEN, HoldState.REREAD)
"""A bill stays held while it waits to be read again."""

BEFORE = (BillState.HELD, BillState.READY, BillState.ISSUED, BillState.PENDING_CANCEL)


@dataclass(frozen=True, slots=True)
class RuleCount:
    """Bills that a rule holds: how many, their sum, and the highest signer among them."""

    rule: str
    bills: int
    gross_vnd: Dong
    signer: Signer


@dataclass(frozen=True, slots=True)
class Place:
    """Where a bill stands in the queue: its neighbours, its place (1 is first), how many there are.

    A bill that is not in the queue any more has place 0, and its neighbours are those around where
    it stood.
    """

    previous: int | None
    following: int | None
    place: int
    total: int


@dataclass(frozen=True, slots=True)
class Side:
    """A bill as one side of a comparison."""

    bill: Bill
    price: PriceAssignment | None
    readings: list[DialStep]

    @property
    def days(self) -> int:
        """Return the days of the period."""
        return (self.bill.period_to - self.bill.period_from).days

    @property
    def day_wh(self) -> int:
        """Return Wh a day, cut to whole Wh as the gates do."""
        return self.bill.energy_wh // self.days


@dataclass(frozen=True, slots=True)
class HeldView:
    """A held bill, why it is held, and the bill before it."""

    now: Side
    before: Side | None
    holds: list[BillHold]
    proposal: Proposal | None

    @property
    def bill(self) -> Bill:
        """Return the bill itself."""
        return self.now.bill

    @property
    def open(self) -> bool:
        """Tell whether it still waits for a decision."""
        return self.bill.state == BillState.HELD

    @property
    def signer(self) -> Signer:
        """Return who must sign: the highest level of the holds that are open."""
        levels = [one.signer for one in self.holds if one.state in UNDECIDED]
        return Signer(max(levels, default=Signer.CLERK))

    @property
    def day_wh_oldest_first(self) -> list[int]:
        """Return Wh a day of the periods before and of this one."""
        return [*reversed(self.bill.past_day_wh), self.now.day_wh]


def waiting(scope: Scope, rule: str = "", state: str = "") -> QuerySet[BillHold]:
    """Return the holds of the scope that nobody has closed, of one rule or of all."""
    states = [state] if state in UNDECIDED else list(UNDECIDED)
    holds = BillHold.objects.filter(
        state__in=states, bill__state=BillState.HELD, bill__unit__in=unit_ids(scope)
    )
    return holds.filter(rule=rule) if rule else holds


def by_rule(scope: Scope) -> list[RuleCount]:
    """Return the rules that hold bills now, the most frequent first."""
    rows = (
        waiting(scope)
        .order_by()
        .values("rule")
        .annotate(
            bills=Count("bill", distinct=True), gross=Sum("bill__gross_vnd"), level=Max("signer")
        )
    )
    found = [
        RuleCount(row["rule"], row["bills"], int(row["gross"]), Signer(row["level"]))
        for row in rows
    ]
    return sorted(found, key=lambda one: (-one.bills, one.rule))


def by_unit(scope: Scope, rule: str = "") -> list[tuple[Unit, int]]:
    """Return the units with held bills and how many, in the order of the units."""
    rows = waiting(scope, rule).order_by().values_list("bill__unit")
    counts = dict(rows.annotate(bills=Count("bill", distinct=True)))
    return [(unit, counts[unit.pk]) for unit in Unit.objects.filter(pk__in=counts).order_by("path")]


def totals(scope: Scope) -> dict[str, int]:
    """Return how many bills wait, and of them those that wait to be read again."""
    rows = waiting(scope).order_by().values_list("state")
    counts = dict(rows.annotate(bills=Count("bill", distinct=True)))
    bills = waiting(scope).aggregate(bills=Count("bill", distinct=True))["bills"]
    return {"bills": bills, "reread": counts.get(HoldState.REREAD, 0)}


def place_of(number: int, scope: Scope, rule: str = "") -> Place:
    """Return where the bill stands among those that wait, in the order of their numbers."""
    queue = waiting(scope, rule).order_by().values_list("bill", flat=True).distinct()
    before = queue.filter(bill__lt=number)
    after = queue.filter(bill__gt=number)
    here = queue.filter(bill=number).exists()
    count_before, count_after = before.count(), after.count()
    return Place(
        previous=before.order_by("-bill").first(),
        following=after.order_by("bill").first(),
        place=count_before + 1 if here else 0,
        total=count_before + count_after + here,
    )


def first_waiting(scope: Scope, rule: str = "") -> int | None:
    """Return the number of the first bill that waits."""
    return waiting(scope, rule).order_by("bill").values_list("bill", flat=True).first()


def find_held(number: int, scope: Scope) -> Bill | None:
    """Return a bill of the scope that is or was held."""
    bills = Bill.objects.filter(pk=number, holds__isnull=False).distinct()
    return scope.filter(bills.select_related("agreement__customer", "unit", "series")).first()


def view_held(bill: Bill) -> HeldView:
    """Read a bill with its holds and the bill before; the caller has found it in the scope."""
    prices = list(
        PriceAssignment.objects.filter(agreement=bill.agreement_id).order_by("-valid_from")
    )
    before = (
        Bill.objects.filter(
            agreement=bill.agreement_id, period_from__lt=bill.period_from, state__in=BEFORE
        )
        .exclude(kind=BillKind.ADJUSTMENT)
        .order_by("-period_from", "-version")
        .first()
    )
    proposals = Proposal.objects.filter(
        subject_kind="bill", subject=str(bill.pk), state=ProposalState.PENDING
    )
    return HeldView(
        now=_side(bill, prices),
        before=_side(before, prices) if before else None,
        holds=list(BillHold.objects.filter(bill=bill).select_related("decided_by")),
        proposal=proposals.select_related("maker").first(),
    )


def _side(bill: Bill, prices: list[PriceAssignment]) -> Side:
    return Side(bill, _price_on(bill.period_from, prices), readings_between(bill))


def _price_on(day: date, prices: list[PriceAssignment]) -> PriceAssignment | None:
    """Return the latest assignment that began by the day; `prices` stand newest first."""
    return next((one for one in prices if one.valid_from <= day), None)
