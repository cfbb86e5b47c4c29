"""A bill as JSON: lines and totals, and beside them what explains or accompanies them."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from congto.engines.rating.meter_reads import advance_wh
from congto.engines.rating.rounding import WH_PER_KWH
from congto.engines.rating.scalar import Bands
from congto.engines.rating.support import support
from congto.engines.rating.two_component import two_component
from congto.interfaces.cli.quote.fields import trimmed
from congto.vocabulary.errors import InvalidInputError
from congto.vocabulary.groups import Charge, CustomerGroup

if TYPE_CHECKING:
    from congto.engines.rating.scalar import Bill, Line
    from congto.interfaces.cli.quote.request import Asked
    from congto.vocabulary.prices import PriceBook
    from congto.vocabulary.side_rules import SideRules


def shown(bill: Bill, asked: Asked, book: PriceBook, rules: SideRules) -> dict[str, object]:
    """Return a bill as JSON values: quantities, prices and rates as texts, amounts as numbers.

    Keys beyond lines and totals stand only where the request gave reason for them.
    """
    energy = [line for line in bill.lines if line.charge is Charge.ENERGY]
    segmented = len(asked.purposes) > 1
    cut = len({(line.start, line.end) for line in energy}) > 1
    explained = cut or any(one.changes for one in asked.purposes)
    answer: dict[str, object] = {
        "lines": [
            _line(line) | _trace(line, segmented=segmented, cut=cut, explained=explained)
            for line in bill.lines
        ],
        "net": bill.net_vnd,
        "vat_rate": f"{Decimal(bill.vat_rate_bp) / 10_000:.2f}",
        "vat": bill.vat_vnd,
        "gross": bill.gross_vnd,
    }
    return answer | _energy(asked) | _purposes(asked, rules) | _beside(asked, book, rules)


def _line(line: Line) -> dict[str, object]:
    """Return a line; a reactive one also tells cos phi and k."""
    values: dict[str, object] = {
        "charge": line.charge.name.lower(),
        "tier": line.tier,
        "band": line.band.value if line.band else None,
        "kwh": None if line.energy_wh is None else kwh(line.energy_wh),
        "price": None if line.price_vnd is None else str(line.price_vnd),
        "amount": line.amount_vnd,
        "decision": line.decision.code,
    }
    if line.charge is Charge.REACTIVE:
        values["cos_phi"] = f"{Decimal(line.cos_phi or 0) / 100:.2f}"
        values["k_percent"] = trimmed(Decimal(line.k_bp or 0) / 100)
    return values


def _trace(line: Line, *, segmented: bool, cut: bool, explained: bool) -> dict[str, object]:
    """Return what explains an energy line: its segment, days and tier width."""
    if line.charge is not Charge.ENERGY:
        return {}
    values: dict[str, object] = {}
    if segmented:
        values["segment"] = line.segment
    if cut:
        values |= {"from": str(line.start), "to": str(line.end)}
    if explained and line.tier is not None:
        values["tier_width"] = None if line.width_wh is None else kwh(line.width_wh)
    return values


def kwh(energy_wh: int) -> str:
    """Write Wh as kWh: 12500 -> "12.5"."""
    return trimmed(Decimal(energy_wh) / WH_PER_KWH)


def _energy(asked: Asked) -> dict[str, object]:
    """Return the reads with their advance, and how billed energy came about."""
    used, values = asked.used, dict[str, object]()
    if used.reads:
        values["reads"] = [
            {
                "meter": one.meter,
                "register": one.register.name.lower(),
                "from": str(one.start),
                "to": str(one.end),
                "multiplier": trimmed(
                    Decimal(one.multiplier.numerator) / one.multiplier.denominator
                ),
                "advance": kwh(advance_wh(one)),
                "rolled_over": one.rolled_over,
                "estimated": one.estimated,
            }
            for one in used.reads
        ]
        estimated = any(one.estimated for one in used.reads)
        values["quality"] = "estimated" if estimated else "actual"
    if used.reads or used.adjustments_wh:
        changes = {name: kwh(abs(wh)) for name, wh in used.adjustments_wh.items()}
        billed = sum(row.energy_wh for row in asked.rows)
        values["energy"] = {"metered": kwh(used.metered_wh), **changes, "billed": kwh(billed)}
    return values


def _purposes(asked: Asked, rules: SideRules) -> dict[str, object]:
    """Return what each segment got, and the rules that decided for the whole meter."""
    values = dict[str, object]()
    if len(asked.purposes) > 1:
        values["segments"] = [
            {
                "segment": number,
                "group": one.group,
                "kwh": kwh(sum(row.energy_wh for row in asked.rows if row.segment == number)),
            }
            for number, one in enumerate(asked.purposes, start=1)
        ]
    if asked.kept_residential:
        values["mixed_use"] = {
            "rule": "all_residential",
            "kwh_below": str(rules.mixed_use.kwh_below),
            "basis": rules.mixed_use.source,
            "confidence": rules.mixed_use.confidence.value,
        }
    if asked.meter_refused:
        values["three_rate_refused"] = {
            "peak_price_from": None if asked.peak_from is None else str(asked.peak_from),
            "basis": rules.refused_meter.source,
            "confidence": rules.refused_meter.confidence.value,
        }
    return values


def _beside(asked: Asked, book: PriceBook, rules: SideRules) -> dict[str, object]:
    """Return support and the two-component price: beside the bill, never part of it."""
    values = dict[str, object]()
    if asked.support is not None:
        values["support"] = _support(asked, book, rules)
    if asked.peak_w is not None:
        values["reference"] = {"two_component": _two_component(asked, rules)}
    return values


def _support(asked: Asked, book: PriceBook, rules: SideRules) -> dict[str, object]:
    day = asked.start
    dated = [one for one in rules.support if one.household == asked.support]
    rule = next(
        (one for one in dated if one.start <= day and not (one.end and one.end <= day)), None
    )
    energy = sum(row.energy_wh for row in asked.rows if row.group == CustomerGroup.RESIDENTIAL)
    found = None if rule is None else support(rule, book, energy, asked.start, asked.end)
    if found is None:
        raise InvalidInputError(
            f"no support rule for {asked.support} households is known on {day}",
            expected=f"a period from {min(one.start for one in dated)}",
        )
    return {
        "kwh": str(found.kwh),
        "price": str(found.price_vnd),
        "amount": found.amount_vnd,
        "decision": found.decision.code,
        "basis": found.rule.source,
        "paid_by": found.rule.paid_by,
        "confidence": found.rule.confidence.value,
    }


def _two_component(asked: Asked, rules: SideRules) -> dict[str, object]:
    rule, purpose = rules.two_component, asked.purposes[0]
    price = rule.by_voltage[purpose.voltage or ""]
    parts = [row.bands or Bands(row.energy_wh, 0, 0) for row in asked.rows]
    bands = Bands(*(sum(one) for one in zip(*parts, strict=True)))
    peak_w = asked.peak_w or 0
    amount = two_component(price, peak_w, bands)
    return {
        "code": rule.code,
        "in_force": rule.in_force_on(asked.start),
        "peak_kw": kwh(peak_w),
        "capacity_price": str(price.capacity_vnd_per_kw),
        "capacity": amount.capacity_vnd,
        "normal": amount.normal_vnd,
        "peak": amount.peak_vnd,
        "off_peak": amount.off_peak_vnd,
        "net": amount.net_vnd,
        "basis": rule.source,
        "confidence": rule.confidence.value,
    }
