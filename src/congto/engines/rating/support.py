"""Support of poor and policy households: shown beside the bill, paid from the budget."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from congto.engines.rating.rounding import WH_PER_KWH
from congto.vocabulary.groups import CustomerGroup
from congto.vocabulary.periods import days_in_month
from congto.vocabulary.prices import TieredPrice

if TYPE_CHECKING:
    from datetime import date

    from congto.vocabulary.money import Dong
    from congto.vocabulary.prices import PriceBook, PriceDecision
    from congto.vocabulary.side_rules import SupportRule


@dataclass(frozen=True, slots=True)
class Support:
    """kWh, price and money of a month's support; zero kWh where the household used too much."""

    kwh: int
    price_vnd: Dong
    amount_vnd: Dong
    decision: PriceDecision
    rule: SupportRule


def support(
    rule: SupportRule, book: PriceBook, energy_wh: int, start: date, end: date
) -> Support | None:
    """Return the support of the month in which [start, end) begins; None without a tier price.

    30 kWh x tier-1 price, for policy households only up to 50 kWh a month, before VAT. Use of a
    period that is not one month is compared by days. Source: 14/2025/QĐ-TTg Art. 4. The decision
    in force on the first day gives the price. 30 x 1984 = 59,520 đồng.
    """
    decision = next(iter(book.decisions_in(start, end)), None)
    if decision is None:
        return None
    tariff = book.tariff(decision, CustomerGroup.RESIDENTIAL, None, None)
    if not isinstance(tariff, TieredPrice):
        return None
    monthly = Fraction(energy_wh * days_in_month(start), (end - start).days)
    entitled = rule.kwh_most is None or monthly <= rule.kwh_most * WH_PER_KWH
    kwh, price = rule.kwh if entitled else 0, tariff.tiers[0].price_vnd
    return Support(kwh, price, kwh * price, decision, rule)
