"""What a trial changes: a draft decision, tiers, percentages, quotas, VAT; any of them, or several.

A trial bills the past anew under rules that are not in force. Prices are whole đồng per kWh before
VAT; percentages of prices are hundredths of a percent.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from congto.vocabulary.prices import OnePrice, PriceDecision, TieredPrice, VatRate

ALL_GROUPS = "all"
"""In place of a price group: every group that no other change names."""


@dataclass(frozen=True, slots=True)
class PercentChange:
    """A change of the prices of one group, or of all: 300 is +3 %, -150 is -1.5 %."""

    group: str
    change_bp: int


@dataclass(frozen=True, slots=True)
class QuotaRule:
    """Another count of household quotas, for residential customers.

    Quarters of a quota are first taken times `percent`, rounded half up, then held between the
    bounds; 4 quarters are one household.
    """

    percent: int = 100
    at_least_quarters: int = 1
    at_most_quarters: int | None = None


@dataclass(frozen=True, slots=True)
class TrialTiers:
    """Residential tiers of a structure at an average price, and what undeclared tenants pay."""

    structure: str
    tiered: TieredPrice
    undeclared_tenants: OnePrice


@dataclass(frozen=True, slots=True)
class TrialRules:
    """A draft as its author wrote it; without any change it is what is in force.

    They apply in this order: `decision` takes the place of the decisions in force, `tiers` of its
    residential prices, `changes` raise or lower what is then there. `vat` takes the place of the
    VAT rates, `quota` of the customers' quotas.
    """

    name: str
    decision: PriceDecision | None = None
    tiers: TrialTiers | None = None
    changes: tuple[PercentChange, ...] = ()
    vat: tuple[VatRate, ...] = ()
    quota: QuotaRule | None = None
