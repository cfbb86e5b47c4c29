"""Two bills of one agreement side by side: what re-billing or an adjustment changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from congto.office.billing.choices import BillState
from congto.office.billing.models import Bill, BillLine

if TYPE_CHECKING:
    from congto.office.control.queries import Scope
    from congto.vocabulary.money import Dong

LineKey = tuple[int, str, str, int, int, int]
"""Charge, price decision, first day of the part, segment, tier, band: the order of a bill."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A figure before and after; None where the bill has no such line."""

    old: int | None
    new: int | None

    @property
    def difference(self) -> int:
        """Return after less before; an absent line counts as zero."""
        return (self.new or 0) - (self.old or 0)


@dataclass(frozen=True, slots=True)
class LinePair:
    """The same line of both bills: energy in Wh, price in đồng per kWh, amount in đồng."""

    line: BillLine
    energy: Pair
    price: Pair
    amount: Pair

    @property
    def changed(self) -> bool:
        """Tell whether anything differs."""
        return any(one.old != one.new for one in (self.energy, self.price, self.amount))


@dataclass(frozen=True, slots=True)
class Comparison:
    """Both bills, their lines in order, and the totals."""

    old: Bill
    new: Bill
    lines: list[LinePair]
    totals: dict[str, Pair]

    @property
    def gross_difference(self) -> Dong:
        """Return what the customer owes more (or less) after than before."""
        return self.new.gross_vnd - self.old.gross_vnd


def versions(bill: Bill) -> list[Bill]:
    """Return the rated bills of the same agreement and period, the first version first."""
    rows = Bill.objects.filter(
        agreement=bill.agreement_id, period_from=bill.period_from, state__gte=BillState.HELD
    )
    return list(rows.select_related("agreement__customer", "unit", "series").order_by("version"))


def find_pair(number: int, other: int | None, scope: Scope) -> Comparison | None:
    """Compare a bill with another of its agreement, by default with the version next to it.

    None when the scope has no such bill, or when there is nothing to compare it with.
    """
    bills = Bill.objects.filter(pk=number).select_related("agreement__customer", "unit", "series")
    bill = scope.filter(bills).first()
    if bill is None:
        return None
    if other is None:
        others = [one for one in versions(bill) if one.pk != bill.pk]
        older = [one for one in others if one.version < bill.version]
        partner = older[-1] if older else next(iter(others), None)
    else:
        partner = (
            Bill.objects.filter(pk=other, agreement=bill.agreement_id, state__gte=BillState.HELD)
            .exclude(pk=bill.pk)
            .select_related("series")
            .first()
        )
    if partner is None:
        return None
    old, new = sorted((bill, partner), key=lambda one: (one.period_from, one.version))
    return compare(old, new)


def compare(old: Bill, new: Bill) -> Comparison:
    """Set the lines of two bills side by side."""
    lines: dict[LineKey, list[BillLine | None]] = {}
    rows = BillLine.objects.filter(bill__in=(old.pk, new.pk)).select_related("decision")
    for line in rows.order_by("line_no", "bill"):
        pair = lines.setdefault(_key(line), [None, None])
        pair[line.bill_id == new.pk] = line
    names = ("energy_wh", "net_vnd", "vat_vnd", "gross_vnd", "vat_rate_bp")
    return Comparison(
        old=old,
        new=new,
        lines=[_pair(*lines[key]) for key in sorted(lines)],
        totals={name: Pair(getattr(old, name), getattr(new, name)) for name in names},
    )


def _key(line: BillLine) -> LineKey:
    part = str(line.part_from or "")
    return (
        line.charge,
        line.decision.code,
        part,
        line.segment,
        line.tier or 0,
        line.band or 0,
    )


def _pair(old: BillLine | None, new: BillLine | None) -> LinePair:
    def both(name: str) -> Pair:
        return Pair(
            getattr(old, name) if old else None,
            getattr(new, name) if new else None,
        )

    shown = new or old
    assert shown is not None  # a key stands there because a line has it
    return LinePair(shown, both("energy_wh"), both("price_vnd"), both("amount_vnd"))
