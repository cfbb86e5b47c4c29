"""Rules beside the price table as values: support, two-component price, refused meter, mixed use.

Published data fill them (congto.reference.side_rules); each tells its source and how sure it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from congto.vocabulary.groups import CustomerGroup
    from congto.vocabulary.money import Dong
    from congto.vocabulary.prices import Confidence


@dataclass(frozen=True, slots=True)
class SupportRule:
    """Budget support of households: `kwh` x tier-1 price a month; `kwh_most` None: no limit."""

    household: str
    kwh: int
    kwh_most: int | None
    start: date
    end: date | None
    paid_by: str
    source: str
    confidence: Confidence


@dataclass(frozen=True, slots=True)
class TwoComponentPrice:
    """Capacity price Cp in đồng per kW and month and energy prices Ca in đồng per kWh."""

    capacity_vnd_per_kw: Dong
    normal_vnd: Dong
    peak_vnd: Dong
    off_peak_vnd: Dong


@dataclass(frozen=True, slots=True)
class TwoComponentRule:
    """The two-component table; `start` of None: published, not in force."""

    code: str
    start: date | None
    end: date | None
    groups: frozenset[CustomerGroup]
    by_voltage: Mapping[str, TwoComponentPrice]
    source: str
    confidence: Confidence

    def in_force_on(self, day: date) -> bool:
        """Return whether the table prices energy used on `day`."""
        return self.start is not None and self.start <= day and (self.end is None or day < self.end)


@dataclass(frozen=True, slots=True)
class RefusedMeterRule:
    """When all energy of a buyer who refuses the three-rate meter costs the peak price."""

    groups: frozenset[CustomerGroup]
    notices: int
    days_between: int
    days_after_last: int
    source: str
    confidence: Confidence


@dataclass(frozen=True, slots=True)
class MixedUseRule:
    """Below `kwh_below` a month on average a residential contract is residential as a whole."""

    months: int
    kwh_below: int
    source: str
    confidence: Confidence


@dataclass(frozen=True, slots=True)
class SideRules:
    """All of them."""

    support: tuple[SupportRule, ...]
    two_component: TwoComponentRule
    refused_meter: RefusedMeterRule
    mixed_use: MixedUseRule
    settings: Mapping[str, tuple[str, ...]]
    """Rounding settings: choices by name, the default first."""
