"""Overdue debts for people: ages by unit, the rows behind them, one case, what is due now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from congto.engines.arrears import AGES, age_of, in_force
from congto.office.arrears import queries
from congto.office.arrears.cases import rules
from congto.office.arrears.choices import OrderKind
from congto.office.arrears.deposits import held
from congto.office.arrears.judging import judgement, judgements, why_not
from congto.office.arrears.owed import aging, open_bills, open_bills_of
from congto.office.billing.models import Bill
from congto.office.control.choices import ProposalState
from congto.office.control.models import Proposal
from congto.office.control.queries import unit_ids
from congto.office.customers.models import Agreement
from congto.office.ledger.queries import late_interest
from congto.office.organisation.models import Unit
from congto.office.storage.bulk import bulk

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from congto.office.arrears.judging import Judgement
    from congto.office.arrears.models import Case, Complaint, DunningStep, PaymentPlan, SupplyOrder
    from congto.office.control.queries import Scope
    from congto.vocabulary.dunning import CutLaw, DunningPlan, LateRate
    from congto.vocabulary.money import Dong

ROWS_SHOWN = 200
OLD_DAYS = 90
"""So long after its due date a debt is offered to be given up."""


@dataclass(frozen=True, slots=True)
class AgeRow:
    """What the customers of a unit owe, by age; `owed` in the order of AGES."""

    unit: Unit | None
    agreements: int
    bills: int
    owed: tuple[Dong, ...]

    @property
    def total_vnd(self) -> Dong:
        """Return all of it."""
        return sum(self.owed)

    @property
    def overdue_vnd(self) -> Dong:
        """Return what is late."""
        return sum(self.owed[1:])

    @property
    def cells(self) -> list[tuple[str, Dong]]:
        """Return age and amount side by side."""
        return list(zip(AGES, self.owed, strict=True))


def ages(scope: Scope, on: date, *, today: date) -> tuple[list[AgeRow], AgeRow]:
    """Return a row for each unit with debts, and their sum."""
    found = aging(None if scope.whole else unit_ids(scope), on, today=today)
    units = Unit.objects.in_bulk(found["unit_id"].to_list())
    rows = [
        AgeRow(
            units[row["unit_id"]], row["agreements"], row["bills"], tuple(row[age] for age in AGES)
        )
        for row in found.iter_rows(named=True)
    ]
    rows.sort(key=lambda one: one.unit.path if one.unit else "")
    sums = tuple(sum(row.owed[place] for row in rows) for place in range(len(AGES)))
    total = AgeRow(None, sum(r.agreements for r in rows), sum(r.bills for r in rows), sums)
    return rows, total


@dataclass(frozen=True, slots=True)
class Debt:
    """What one agreement owes of an age: bills, sum, the oldest due date."""

    agreement: Agreement
    bills: int
    owed_vnd: Dong
    due_date: date


@dataclass(frozen=True, slots=True)
class Debts:
    """The largest debts, how many there are, and what they come to."""

    rows: list[Debt]
    count: int
    owed_vnd: Dong


def debts(scope: Scope, on: date, *, today: date, age: str = "") -> Debts:
    """Return the agreements that owe something of an age, or anything late; the largest first."""
    with bulk() as books:
        units = None if scope.whole else unit_ids(scope)
        bills = open_bills(books, units=units, on=on if on < today else None)
    aged = bills.with_columns(age=age_of(pl.col("due_date"), on))
    wanted = aged.filter((pl.col("age") == age) if age in AGES else (pl.col("age") != AGES[0]))
    found = (
        wanted.group_by("agreement_id")
        .agg(pl.len().alias("bills"), pl.col("owed_vnd").sum(), pl.col("due_date").min())
        .sort("owed_vnd", "agreement_id", descending=[True, False])
    )
    shown = found.head(ROWS_SHOWN)
    named = Agreement.objects.select_related("customer__unit").in_bulk(
        shown["agreement_id"].to_list()
    )
    rows = [
        Debt(named[row["agreement_id"]], row["bills"], row["owed_vnd"], row["due_date"])
        for row in shown.iter_rows(named=True)
    ]
    return Debts(rows, found.height, int(found["owed_vnd"].sum()))


@dataclass(frozen=True, slots=True)
class OpenBill:
    """A bill that is owed, with its interest charged so far and the proposal to give it up."""

    bill: Bill
    owed_vnd: Dong
    interest_vnd: Dong
    proposal: Proposal | None


@dataclass(frozen=True, slots=True)
class CaseView:
    """Everything about the debts of one agreement.

    Attributes:
        verdict: what is due now, or why nothing is; None: nothing is owed and no case is open.
        why: the verdict in words where nothing is due.
        law, plan, rate: the rules of the day, each with its source.
    """

    agreement: Agreement
    bills: list[OpenBill]
    verdict: Judgement | None
    why: str | None
    case: Case | None
    steps: list[DunningStep]
    orders: list[SupplyOrder]
    complaints: list[Complaint]
    agreed: PaymentPlan | None
    pending_plan: Proposal | None
    deposit_vnd: Dong
    law: CutLaw
    plan: DunningPlan
    rate: LateRate

    @property
    def owed_vnd(self) -> Dong:
        """Return what is owed on all bills."""
        return sum(one.owed_vnd for one in self.bills)

    @property
    def open_complaint(self) -> Complaint | None:
        """Return the complaint that nobody has answered yet."""
        return next((one for one in self.complaints if one.valid_to is None), None)


def find_agreement(code: str, scope: Scope) -> Agreement | None:
    """Return the agreement with this code if the scope has it."""
    rows = Agreement.objects.select_related("customer__unit").filter(code=code)
    return scope.filter(rows, "customer__unit").first()


def view_case(agreement: Agreement, at: datetime, on: date) -> CaseView:
    """Read what there is about an agreement's debts; the caller has found it in the scope."""
    number = agreement.pk
    verdict = judgement(number, at)
    dated = rules()
    return CaseView(
        agreement=agreement,
        bills=_open_bills(agreement),
        verdict=verdict,
        why=None if verdict is None or verdict.step else why_not("", verdict),
        case=queries.cases_of(number).first(),
        steps=list(queries.steps_of(number)[:ROWS_SHOWN]),
        orders=list(queries.orders_of(number)),
        complaints=list(queries.complaints_of(number)),
        agreed=queries.active_plan(number),
        pending_plan=pending("payment_plan", [agreement.code]).get(agreement.code),
        deposit_vnd=held(number),
        law=in_force(dated.laws, on),
        plan=in_force(dated.plans, on),
        rate=in_force(dated.rates, on),
    )


def _open_bills(agreement: Agreement) -> list[OpenBill]:
    with bulk() as books:
        owed = open_bills_of(books, [agreement.pk])
    by_bill = dict(owed.select("bill_id", "owed_vnd").iter_rows())
    waiting = pending("write_off", [str(bill) for bill in by_bill])
    bills = Bill.objects.filter(pk__in=list(by_bill)).order_by("due_date", "pk")
    return [
        OpenBill(
            bill, by_bill[bill.pk], late_interest(agreement.pk, bill.pk), waiting.get(str(bill.pk))
        )
        for bill in bills
    ]


def pending(kind: str, subjects: Sequence[str]) -> dict[str, Proposal]:
    """Return subject -> the proposal of a kind that waits for it."""
    rows = Proposal.objects.filter(kind=kind, subject__in=subjects, state=ProposalState.PENDING)
    return {one.subject: one for one in rows}


@dataclass(frozen=True, slots=True)
class DueOrder:
    """A case whose supply is to be cut now, or given back."""

    case: Case
    kind: OrderKind
    owed_vnd: Dong


def due_orders(scope: Scope, at: datetime, on: date) -> list[DueOrder]:
    """Return the cases of the scope whose supply is to be cut or given back, as of now."""
    cases = list(queries.open_cases_to_order(scope, on)[:ROWS_SHOWN])
    found = judgements([case.agreement_id for case in cases], at) if cases else {}
    return [
        DueOrder(case, OrderKind(verdict.step), verdict.owed_vnd)
        for case in cases
        if (verdict := found.get(case.agreement_id)) is not None
        and verdict.step is not None
        and verdict.step in OrderKind.values
    ]


@dataclass(frozen=True, slots=True)
class OldDebt:
    """A bill that has been late for long."""

    bill: Bill
    owed_vnd: Dong
    days: int
    proposal: Proposal | None


def old_debts(scope: Scope, on: date) -> list[OldDebt]:
    """Return the bills of the scope that are more than 90 days late, the oldest first."""
    with bulk() as books:
        owed = open_bills(books, units=None if scope.whole else unit_ids(scope))
    late = (pl.lit(on) - pl.col("due_date")).dt.total_days()
    shown = owed.with_columns(days=late).filter(pl.col("days") > OLD_DAYS)
    shown = shown.sort("due_date", "bill_id").head(ROWS_SHOWN)
    rows = Bill.objects.select_related("agreement__customer", "unit")
    bills = rows.in_bulk(shown["bill_id"].to_list())
    waiting = pending("write_off", [str(bill) for bill in bills])
    return [
        OldDebt(
            bills[row["bill_id"]], row["owed_vnd"], row["days"], waiting.get(str(row["bill_id"]))
        )
        for row in shown.iter_rows(named=True)
    ]


def named_units(numbers: Sequence[int]) -> dict[int, Unit]:
    """Return units by number."""
    return Unit.objects.in_bulk(list(numbers))
