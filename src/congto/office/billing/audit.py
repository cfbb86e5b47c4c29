"""Bill audit: bills of the books rated again by the scalar engine, every difference listed.

The scalar engine is the one that is read beside the law, and it is not the one that billed. It is
given what the books hold now for the bill's period: the newest usage, the price assignment, its
purposes and household changes. So a difference is a wrong bill, or a bill whose reading or price
was corrected since and that waits to be billed anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from congto.engines.rating import scalar
from congto.engines.rating.refusals import CannotRateError
from congto.engines.rating.rounding import WH_PER_KWH
from congto.engines.rating.segments import Share, apportion
from congto.office.billing.choices import OWED, BillKind
from congto.office.billing.models import Bill, BillLine
from congto.office.control.telling import sentence_of
from congto.office.customers.models import PriceAssignment, PriceSegment
from congto.office.meterdata.models import Usage
from congto.reference.vn import price_book
from congto.vocabulary.groups import BAND_CODES, CustomerGroup

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from congto.office.control.queries import Scope
    from congto.vocabulary.periods import Period

BILLS_A_STEP = 500


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that a bill says and the audit does not: `what` names the line or the total."""

    bill: int
    agreement: str
    what: str
    billed: str
    expected: str


def audited(
    period: Period, scope: Scope, *, every: int = 1, after: int = 0
) -> Iterator[tuple[int, int, list[Difference]]]:
    """Audit the owed bills of a period step by step; yields (last bill, bills, differences).

    Args:
        period: bills whose closing reading lies in (start, end].
        scope: the units whose bills are audited.
        every: 1 audits all bills, n those whose number divides by n: a sample that does not change.
        after: goes on after this bill, the last one that an earlier step named.
    """
    while True:
        owed = Bill.objects.filter(
            period_to__gt=period.start,
            period_to__lte=period.end,
            state__in=OWED,
            pk__gt=after,
        ).exclude(kind=BillKind.ADJUSTMENT)
        bills = list(scope.filter(owed).select_related("agreement").order_by("pk")[:BILLS_A_STEP])
        if not bills:
            return
        after = bills[-1].pk
        chosen = [bill for bill in bills if bill.pk % every == 0]
        yield after, len(chosen), differences(chosen)


def differences(bills: Sequence[Bill]) -> list[Difference]:
    """Return every difference of some bills, in their order."""
    facts = _Facts.of(bills)
    return [one for bill in bills for one in _differences(bill, facts)]


@dataclass(frozen=True, slots=True)
class _Facts:
    """What the books hold about the bills, by agreement (and start of the period)."""

    usage: dict[tuple[int, object], Usage]
    prices: dict[int, list[PriceAssignment]]
    purposes: dict[int, list[PriceSegment]]
    lines: dict[int, list[BillLine]]

    @classmethod
    def of(cls, bills: Sequence[Bill]) -> _Facts:
        agreements = [bill.agreement_id for bill in bills]
        used = Usage.objects.filter(
            agreement__in=agreements, period_from__in={bill.period_from for bill in bills}
        )
        prices: dict[int, list[PriceAssignment]] = {}
        rows = PriceAssignment.objects.filter(agreement__in=agreements).order_by("valid_from")
        for price in rows:
            prices.setdefault(price.agreement_id, []).append(price)
        purposes: dict[int, list[PriceSegment]] = {}
        parts = PriceSegment.objects.filter(assignment__agreement__in=agreements)
        for part in parts.order_by("segment"):
            purposes.setdefault(part.assignment_id, []).append(part)
        lines: dict[int, list[BillLine]] = {}
        for line in BillLine.objects.filter(bill__in=bills).order_by("bill", "line_no"):
            lines.setdefault(line.bill_id, []).append(line)
        return cls(
            {(one.agreement_id, one.period_from): one for one in used.order_by("version")},
            prices,
            purposes,
            lines,
        )


def _differences(bill: Bill, facts: _Facts) -> Iterator[Difference]:
    def difference(what: str, billed: object, expected: object) -> Difference:
        return Difference(bill.pk, bill.agreement.code, what, str(billed), str(expected))

    usage = facts.usage.get((bill.agreement_id, bill.period_from))
    in_force = [
        price
        for price in facts.prices.get(bill.agreement_id, [])
        if price.valid_from < bill.period_to
        and (price.valid_to is None or price.valid_to > bill.period_from)
    ]
    if usage is None or not in_force:
        yield difference("bill", f"{bill.gross_vnd} VND", "a usage and a price assignment")
        return
    try:
        expected = scalar.rate_rows(_rows(bill, usage, in_force, facts), price_book())
    except CannotRateError as error:
        yield difference("bill", f"{bill.gross_vnd} VND", sentence_of(error))
        return
    billed_lines = [_billed(line) for line in facts.lines.get(bill.pk, [])]
    expected_lines = [_expected(line) for line in expected.lines]
    for number in range(max(len(billed_lines), len(expected_lines))):
        pair = [
            lines[number] if number < len(lines) else "none"
            for lines in (billed_lines, expected_lines)
        ]
        if pair[0] != pair[1]:
            yield difference(f"line {number + 1}", *pair)
    for name in ("energy_wh", "net_vnd", "vat_rate_bp", "vat_vnd", "gross_vnd"):
        wanted = usage.energy_wh if name == "energy_wh" else getattr(expected, name)
        if getattr(bill, name) != wanted:
            yield difference(name, getattr(bill, name), wanted)


def _rows(
    bill: Bill, usage: Usage, prices: list[PriceAssignment], facts: _Facts
) -> list[scalar.Usage]:
    """Return the rows of the bill as the scalar engine takes them."""
    first = prices[0]
    bands = scalar.Bands(usage.normal_wh, usage.peak_wh, usage.off_peak_wh)
    whole = scalar.Usage(
        group=first.group,
        subgroup=first.subgroup,
        voltage=first.voltage,
        household_quarters=first.household_quarters,
        start=bill.period_from,
        end=bill.period_to,
        reading_date=bill.reading_date,
        energy_wh=usage.energy_wh,
        bands=bands if first.time_of_use else None,
        reactive_varh=usage.reactive_varh,
        registered_kw=first.registered_kw,
        peak_for_all=first.peak_for_all,
        household_changes=tuple(
            (price.valid_from, price.household_quarters) for price in prices[1:]
        ),
    )
    purposes = facts.purposes.get(first.pk)
    return _by_purpose(whole, purposes) if purposes else [whole]


def _by_purpose(whole: scalar.Usage, purposes: list[PriceSegment]) -> list[scalar.Usage]:
    shares = [
        Share(one.share_bp, None if one.fixed_kwh is None else one.fixed_kwh * WH_PER_KWH)
        for one in purposes
    ]
    parts = apportion(whole.energy_wh, whole.bands, shares, WH_PER_KWH)
    return [
        scalar.Usage(
            group=one.group,
            subgroup=one.subgroup,
            voltage=one.voltage,
            household_quarters=one.household_quarters,
            start=whole.start,
            end=whole.end,
            reading_date=whole.reading_date,
            energy_wh=energy,
            bands=None if one.group == CustomerGroup.RESIDENTIAL else bands,
            reactive_varh=whole.reactive_varh if place == 0 else 0,
            registered_kw=whole.registered_kw,
            segment=one.segment,
            peak_for_all=whole.peak_for_all,
        )
        for place, (one, (energy, bands)) in enumerate(zip(purposes, parts, strict=True))
    ]


def _billed(line: BillLine) -> str:
    return _said(
        line.segment, line.tier, line.band, line.energy_wh, line.price_vnd, line.amount_vnd,
        line.decision_id,
    )  # fmt: skip


def _expected(line: scalar.Line) -> str:
    band = None if line.band is None else int(BAND_CODES[line.band])
    return _said(
        line.segment, line.tier, band, line.energy_wh, line.price_vnd, line.amount_vnd,
        line.decision.id,
    )  # fmt: skip


def _said(*parts: int | None) -> str:
    """Put a line into words that two engines can be compared by and a person can read."""
    segment, tier, band, energy, price, amount, decision = parts
    kwh = "-" if energy is None else f"{Decimal(energy) / WH_PER_KWH:f} kWh x {price}"
    return (
        f"segment {segment}, tier {tier or '-'}, band {band or '-'}: {kwh} = {amount} VND"
        f" (decision {decision})"
    )
