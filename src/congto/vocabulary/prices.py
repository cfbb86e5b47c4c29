"""The price book as values: price decisions, VAT rates, voltage classes, the reactive table.

Published data fill it (congto.reference), the rating engine reads it. Prices are whole đồng per kWh
before VAT; periods are half-open [from, to), an end of None is open.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING

from congto.vocabulary.errors import InvalidInputError, NotInForceError
from congto.vocabulary.groups import CustomerGroup, TimeBand

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from decimal import Decimal

    from congto.vocabulary.money import Dong


class Confidence(StrEnum):
    """How well a published value is known."""

    CONFIRMED = "confirmed"
    SINGLE_SOURCE = "single source"
    RECALLED = "recalled"
    INFERENCE = "inference"


class Residential(StrEnum):
    """Subgroups of the residential group that rules name."""

    TIERED = "tiered"
    PREPAID_CARD = "prepaid_card"
    UNDECLARED_TENANTS = "undeclared_tenants"


@dataclass(frozen=True, slots=True)
class PriceRow:
    """One cell of a decision's table, as published."""

    group: CustomerGroup
    subgroup: str | None
    voltage: str | None
    band: TimeBand
    from_kwh: int | None
    to_kwh: int | None
    price_vnd: Dong
    confidence: Confidence


@dataclass(frozen=True, slots=True)
class Tier:
    """A tier (bậc thang): its width for one household and one month; None is open-ended."""

    number: int
    width_kwh: int | None
    price_vnd: Dong


@dataclass(frozen=True, slots=True)
class TieredPrice:
    """Rising prices by tier."""

    tiers: tuple[Tier, ...]


@dataclass(frozen=True, slots=True)
class ThreeRatePrice:
    """Prices by time of use; a customer without a three-rate meter pays the normal one."""

    normal_vnd: Dong
    peak_vnd: Dong
    off_peak_vnd: Dong


@dataclass(frozen=True, slots=True)
class OnePrice:
    """One price all day; `tier` names the tier whose price it is, where it is one."""

    price_vnd: Dong
    tier: int | None = None


Tariff = TieredPrice | ThreeRatePrice | OnePrice
TariffKey = tuple[CustomerGroup, str | None, str | None]
"""Group, subgroup and voltage class as a decision's table words them."""


@dataclass(frozen=True, slots=True)
class VoltageClass:
    """A word of the price tables and the volts it covers, half-open."""

    word: str
    from_volt: int
    to_volt: int | None

    def covers(self, other: VoltageClass) -> bool:
        """Return whether every voltage of `other` belongs to this class."""
        if other.from_volt < self.from_volt:
            return False
        return self.to_volt is None or (other.to_volt is not None and other.to_volt <= self.to_volt)


@dataclass(frozen=True, eq=False)
class PriceDecision:
    """A price decision (quyết định giá): a table in force from 00:00 of `effective_from`.

    `id` is small and stable: bill lines store it.
    """

    id: int
    code: str
    effective_from: date
    effective_to: date | None
    structure: str
    average_price: Decimal
    source: str
    confidence: Confidence
    rows: tuple[PriceRow, ...]
    tariffs: Mapping[TariffKey, Tariff]


@dataclass(frozen=True, slots=True)
class VatRate:
    """A VAT rate in hundredths of a percent, by the day the index was recorded."""

    start: date
    end: date | None
    rate_bp: int
    basis: str
    confidence: Confidence


@dataclass(frozen=True, slots=True)
class ReactiveRule:
    """The surcharge for low cos phi; cos phi in hundredths, k in hundredths of a percent."""

    code: str
    start: date
    groups: frozenset[CustomerGroup]
    registered_kw_from: int
    free_from_cos_phi: int
    k_bp_by_cos_phi: Mapping[int, int]
    k_bp_below: int

    def k_bp(self, cos_phi: int) -> int:
        """Return k for cos phi in hundredths: 90 -> 0, 85 -> 588 (5.88 %), 59 -> 5254."""
        if cos_phi >= self.free_from_cos_phi:
            return 0
        return self.k_bp_by_cos_phi.get(cos_phi, self.k_bp_below)


@dataclass(frozen=True, eq=False)
class PriceBook:
    """All that prices a bill, in order of date; immutable, so its identity may key a cache."""

    decisions: tuple[PriceDecision, ...]
    vat_rates: tuple[VatRate, ...]
    reactive: ReactiveRule
    voltage_classes: tuple[VoltageClass, ...]

    @cached_property
    def voltages(self) -> Mapping[str, VoltageClass]:
        """Voltage classes by word."""
        return {one.word: one for one in self.voltage_classes}

    @cached_property
    def subgroups(self) -> Mapping[CustomerGroup, tuple[str | None, ...]]:
        """Subgroups of each group that any decision prices; residential also takes None."""
        known: dict[CustomerGroup, dict[str | None, None]] = {
            CustomerGroup.RESIDENTIAL: {None: None}
        }
        for decision in self.decisions:
            for group, subgroup, _ in decision.tariffs:
                known.setdefault(group, {})[subgroup] = None
        return {group: tuple(words) for group, words in known.items()}

    def decision(self, code: str) -> PriceDecision:
        """Return the decision with this code."""
        for one in self.decisions:
            if one.code == code:
                return one
        raise InvalidInputError(
            f"price decision {code!r}", expected=", ".join(one.code for one in self.decisions)
        )

    def decisions_in(self, start: date, end: date) -> tuple[PriceDecision, ...]:
        """Return the decisions in force on any day of [start, end), oldest first."""
        return tuple(
            one
            for one in self.decisions
            if one.effective_from < end and (one.effective_to is None or one.effective_to > start)
        )

    def vat_on(self, day: date) -> VatRate | None:
        """Return the VAT rate of bills whose index is recorded on `day`; None if none is known."""
        for rate in self.vat_rates:
            if rate.start <= day and (rate.end is None or day < rate.end):
                return rate
        return None

    def tariff(
        self, decision: PriceDecision, group: str, subgroup: str | None, voltage: str | None
    ) -> Tariff | None:
        """Return what a customer pays under a decision; None where its table has no such row.

        The voltage counts only where the table has voltage classes; a finer class than the table's
        pays the row that covers it. A table with one class needs no word for it.
        """
        rows = self._rows(decision, group, subgroup)
        if None in rows:
            return rows[None]
        if voltage is None:
            return next(iter(rows.values())) if len(rows) == 1 else None
        asked = self.voltages.get(voltage)
        if asked is None:
            return None
        return next(
            (
                tariff
                for word, tariff in rows.items()
                if word is not None and self.voltages[word].covers(asked)
            ),
            None,
        )

    def _rows(
        self, decision: PriceDecision, group: str, subgroup: str | None
    ) -> dict[str | None, Tariff]:
        """Return a group's tariffs by voltage word; residential without a subgroup is tiered."""
        if group == CustomerGroup.RESIDENTIAL and subgroup is None:
            subgroup = Residential.TIERED
        return {
            word: tariff
            for (one_group, one_subgroup, word), tariff in decision.tariffs.items()
            if one_group == group and one_subgroup == subgroup
        }

    def free_of_voltage(self, decision: PriceDecision, group: str, subgroup: str | None) -> bool:
        """Return whether a decision has one price for the group at every voltage."""
        return None in self._rows(decision, group, subgroup)

    def voltage_words(self, group: str, subgroup: str | None) -> tuple[str, ...]:
        """Return the voltage words that find a price for this group; empty if none is needed."""
        if any(self.tariff(one, group, subgroup, None) for one in self.decisions):
            return ()
        return tuple(
            word
            for word in self.voltages
            if any(self.tariff(one, group, subgroup, word) for one in self.decisions)
        )

    def with_draft(self, draft: PriceDecision) -> PriceBook:
        """Return a book in which `draft` follows the last decision; this book stays as it is."""
        last = self.decisions[-1]
        if draft.effective_from <= last.effective_from:
            raise InvalidInputError(
                f"draft decision {draft.code} from {draft.effective_from}",
                expected=f"a day after {last.effective_from}, when {last.code} began",
            )
        if draft.id in {one.id for one in self.decisions}:
            raise InvalidInputError(
                f"draft decision {draft.code} with id {draft.id}", expected="an id not in use"
            )
        closed = replace(last, effective_to=draft.effective_from)
        return replace(self, decisions=(*self.decisions[:-1], closed, draft))


@dataclass(frozen=True, slots=True)
class TimeWindow:
    """Half-open window of minutes of the day on some weekdays (1 Monday .. 7 Sunday)."""

    band: TimeBand
    weekdays: frozenset[int]
    from_minute: int
    to_minute: int


@dataclass(frozen=True, eq=False)
class TimeBandSchedule:
    """Hours of the time bands by one document; `start` of None: known, not yet in force."""

    code: str
    start: date | None
    end: date | None
    source: str
    windows: tuple[TimeWindow, ...]

    def bands(self, weekday: int) -> tuple[TimeBand, ...]:
        """Return the band of each of the 48 half-hours of a weekday (1 Monday .. 7 Sunday)."""
        return tuple(self._band(weekday, 30 * half_hour) for half_hour in range(48))

    def _band(self, weekday: int, minute: int) -> TimeBand:
        for window in self.windows:
            if weekday in window.weekdays and window.from_minute <= minute < window.to_minute:
                return window.band
        return TimeBand.NORMAL


def schedule_on(schedules: tuple[TimeBandSchedule, ...], day: date) -> TimeBandSchedule:
    """Return the schedule in force on `day`; raises NotInForceError if none is."""
    for one in schedules:
        if one.start and one.start <= day and (one.end is None or day < one.end):
            return one
    raise NotInForceError(f"no schedule of time bands is in force on {day}")
