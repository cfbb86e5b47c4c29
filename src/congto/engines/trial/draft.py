"""The price book of a draft: what a trial changes, laid over what is in force."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from math import floor
from types import MappingProxyType
from typing import TYPE_CHECKING

from congto.vocabulary.errors import NotInForceError
from congto.vocabulary.groups import CustomerGroup
from congto.vocabulary.prices import OnePrice, Residential, ThreeRatePrice, TieredPrice
from congto.vocabulary.trials import ALL_GROUPS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from congto.vocabulary.money import Dong
    from congto.vocabulary.prices import PriceBook, PriceDecision, Tariff
    from congto.vocabulary.trials import TrialRules, TrialTiers

WHOLE_BP = 10_000


def draft_book(book: PriceBook, rules: TrialRules, on: date) -> PriceBook:
    """Return the price book that a trial rates its base with.

    A draft decision, or tiers, hold over the whole base, whatever date the draft names: one
    decision takes the place of all others. Without either the decisions keep their dates, and
    percentages change each of them. Groups that a draft decision does not price keep today's
    price. The book given stays as it is.

    Args:
        book: the price book in force.
        rules: the draft.
        on: the last day of the base; the decision in force on it is what "today" means.

    Raises:
        NotInForceError: no decision of `book` is in force on that day.
    """
    decisions = book.decisions
    if rules.decision or rules.tiers:
        last = decision_on(book, on)
        draft = _completed(rules.decision, last) if rules.decision else last
        if rules.tiers:
            draft = _with_tiers(draft, rules.tiers)
        decisions = (replace(draft, effective_from=date.min, effective_to=None),)
    changes = {one.group: one.change_bp for one in rules.changes}
    if changes:
        decisions = tuple(_changed(one, changes) for one in decisions)
    return replace(book, decisions=decisions, vat_rates=rules.vat or book.vat_rates)


def decision_on(book: PriceBook, day: date) -> PriceDecision:
    """Return the decision in force on a day; raises NotInForceError if none is."""
    found = book.decisions_in(day, day + timedelta(days=1))
    if not found:
        raise NotInForceError(f"no price decision is in force on {day}")
    return found[-1]


def kept_groups(book: PriceBook, rules: TrialRules, on: date) -> list[str]:
    """Return the groups that a draft decision does not price and that so keep today's price."""
    if rules.decision is None:
        return []
    priced = _purposes(rules.decision)
    kept = _purposes(decision_on(book, on)) - priced
    return sorted("/".join(word for word in key if word) for key in kept)


def _purposes(decision: PriceDecision) -> set[tuple[CustomerGroup, str | None]]:
    return {(group, subgroup) for group, subgroup, _voltage in decision.tariffs}


def _completed(draft: PriceDecision, last: PriceDecision) -> PriceDecision:
    """Give the draft today's price for each group and subgroup that it does not price."""
    priced = _purposes(draft)
    kept = {key: tariff for key, tariff in last.tariffs.items() if key[:2] not in priced}
    return replace(draft, tariffs=MappingProxyType({**draft.tariffs, **kept}))


def _with_tiers(decision: PriceDecision, tiers: TrialTiers) -> PriceDecision:
    """Put the tiers in the place of the residential ones."""
    residential = CustomerGroup.RESIDENTIAL
    tariffs = {
        **decision.tariffs,
        (residential, Residential.TIERED, None): tiers.tiered,
        (residential, Residential.UNDECLARED_TENANTS, None): tiers.undeclared_tenants,
    }
    return replace(decision, structure=tiers.structure, tariffs=MappingProxyType(tariffs), rows=())


def _changed(decision: PriceDecision, changes: Mapping[str, int]) -> PriceDecision:
    """Change every price of a decision by the percentage of its group."""
    tariffs = {
        key: _changed_tariff(tariff, changes.get(key[0], changes.get(ALL_GROUPS, 0)))
        for key, tariff in decision.tariffs.items()
    }
    return replace(decision, tariffs=MappingProxyType(tariffs), rows=())


def _changed_tariff(tariff: Tariff, change_bp: int) -> Tariff:
    if isinstance(tariff, OnePrice):
        return replace(tariff, price_vnd=changed_price(tariff.price_vnd, change_bp))
    if isinstance(tariff, ThreeRatePrice):
        return ThreeRatePrice(
            changed_price(tariff.normal_vnd, change_bp),
            changed_price(tariff.peak_vnd, change_bp),
            changed_price(tariff.off_peak_vnd, change_bp),
        )
    return TieredPrice(
        tuple(
            replace(tier, price_vnd=changed_price(tier.price_vnd, change_bp))
            for tier in tariff.tiers
        )
    )


def changed_price(price_vnd: Dong, change_bp: int) -> Dong:
    """Return a price changed by hundredths of a percent, whole đồng per kWh, half up.

    1,984 at +300 (3 %) is 2,043.52 -> 2,044;  2,050 at -150 is 2,019.25 -> 2,019.
    """
    return floor(Fraction(price_vnd * (WHOLE_BP + change_bp), WHOLE_BP) + Fraction(1, 2))
