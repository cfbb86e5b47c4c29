"""The slow rating engine: one bill at a time, to be read beside the law.

Every rule is one function with its source. Quantities are exact fractions or whole Wh, money is
whole đồng. What cannot be rated raises CannotRateError.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from congto.engines.rating.refusals import (
    MAX_QUANTITY_WH,
    MAX_QUARTERS,
    CannotRateError,
    Refusal,
)
from congto.engines.rating.rounding import WH_PER_KWH, TierRounding, half_up, half_up_to
from congto.vocabulary.groups import Charge, TimeBand
from congto.vocabulary.money import Dong, percent_of
from congto.vocabulary.periods import days_in_month
from congto.vocabulary.prices import OnePrice, ThreeRatePrice, TieredPrice

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from congto.vocabulary.prices import PriceBook, PriceDecision, ReactiveRule, Tariff, Tier


class Bands(NamedTuple):
    """What the three registers of a three-rate meter counted, in Wh."""

    normal_wh: int
    peak_wh: int
    off_peak_wh: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What one account used in [start, end); see frames.rating.RATING_INPUT for the columns.

    A bill may have several rows: purposes of mixed use (`segment`), and parts of the period that
    were measured apart on the day of a new price (`cycle_from` is then the first day of the whole).

    Attributes:
        bands: None for a meter with one register.
        cycle_from: the day whose month gives Tcal; None: `start`.
        peak_for_all: the buyer refused the three-rate meter, all energy is at the peak price.
        household_changes: (from, quarters), rising and inside the period; before the first one
            `household_quarters` holds.
    """

    group: str
    subgroup: str | None
    voltage: str | None
    household_quarters: int
    start: date
    end: date
    reading_date: date
    energy_wh: int
    bands: Bands | None
    reactive_varh: int
    registered_kw: int
    segment: int = 1
    cycle_from: date | None = None
    peak_for_all: bool = False
    household_changes: tuple[tuple[date, int], ...] = ()

    @property
    def days(self) -> int:
        """Return the days between the two readings (T)."""
        return (self.end - self.start).days


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a bill; energy and price are None for the reactive charge.

    What explains it: the segment, the days [start, end) it prices, and the width of its tier for
    these households and days (None: no tier, or the open one).
    """

    charge: Charge
    tier: int | None
    band: TimeBand | None
    energy_wh: int | None
    price_vnd: Dong | None
    amount_vnd: Dong
    decision: PriceDecision
    cos_phi: int | None = None
    k_bp: int | None = None
    segment: int = 1
    start: date | None = None
    end: date | None = None
    width_wh: int | None = None


@dataclass(frozen=True, slots=True)
class Bill:
    """Lines in order and their totals."""

    lines: tuple[Line, ...]
    net_vnd: Dong
    vat_rate_bp: int
    vat_vnd: Dong
    gross_vnd: Dong


@dataclass(frozen=True, slots=True)
class Part:
    """The days of a period under one decision; `first_day` and `last_day` count from its start."""

    decision: PriceDecision
    tariff: Tariff
    first_day: int
    last_day: int

    @property
    def days(self) -> int:
        """Return the number of days of this part (Nc or Nm)."""
        return self.last_day - self.first_day


def rate(usage: Usage, book: PriceBook, rounding: TierRounding = TierRounding.WHOLE_KWH) -> Bill:
    """Return the bill of one account for one period."""
    return rate_rows([usage], book, rounding)


def rate_rows(
    rows: Sequence[Usage], book: PriceBook, rounding: TierRounding = TierRounding.WHOLE_KWH
) -> Bill:
    """Return one bill of all rows: each is priced by its own rule, VAT and reactive once for all.

    All rows have the same reading date. kvarh belong to the meter and stand on one row only.
    """
    ordered = sorted(rows, key=lambda row: (row.segment, row.start))
    cut = _cut(ordered, book)
    day = ordered[0].reading_date
    vat = book.vat_on(day)
    if vat is None:
        raise CannotRateError(Refusal.NO_VAT, f"no VAT rate is known for {day}", "a later date")
    energy = [
        line
        for usage, parts in cut
        for part in parts
        for line in energy_lines(usage, part, rounding)
    ]
    lines = (*energy, *reactive_lines(ordered, energy, cut[-1][1][-1].decision, book.reactive))
    net = sum(line.amount_vnd for line in lines)
    vat_amount = percent_of(net, vat.rate_bp)
    return Bill(lines, net, vat.rate_bp, vat_amount, net + vat_amount)


def _cut(rows: list[Usage], book: PriceBook) -> list[tuple[Usage, list[Part]]]:
    """Return each row with its parts; of several refusals the first in order is raised."""
    cut, refused = [], []
    for usage in rows:
        try:
            check(usage)
            cut.append((usage, parts_of(usage, book)))
        except CannotRateError as error:
            refused.append(error)
    if refused:
        raise min(refused, key=lambda error: list(Refusal).index(error.reason))
    return cut


def check(usage: Usage) -> None:
    """Refuse what no rule can price."""
    quantities = [usage.energy_wh, *(usage.bands or ()), usage.reactive_varh]
    if usage.start >= usage.end:
        raise CannotRateError(
            Refusal.PERIOD_EMPTY,
            f"the period from {usage.start} to {usage.end} has no day",
            "an end after the start",
        )
    if min(*quantities, usage.registered_kw) < 0:
        raise CannotRateError(
            Refusal.QUANTITY_NEGATIVE, "a quantity is negative", "kWh, kvarh and kW of zero or more"
        )
    if max(quantities) > MAX_QUANTITY_WH:
        raise CannotRateError(
            Refusal.QUANTITY_TOO_LARGE,
            f"a quantity of {max(quantities) // WH_PER_KWH:,} kWh or kvarh",
            f"at most {MAX_QUANTITY_WH // WH_PER_KWH:,}",
        )
    if usage.bands is not None and sum(usage.bands) != usage.energy_wh:
        raise CannotRateError(
            Refusal.BANDS_DIFFER,
            f"the bands add up to {sum(usage.bands)} Wh, the total is {usage.energy_wh} Wh",
            "bands that add up to the total",
        )
    for quarters in (usage.household_quarters, *(count for _, count in usage.household_changes)):
        if not 1 <= quarters <= MAX_QUARTERS:
            raise CannotRateError(
                Refusal.QUOTA_OUT_OF_RANGE,
                f"{Decimal(quarters) / 4} households",
                f"from 0.25 to {MAX_QUARTERS // 4:,}",
            )


def parts_of(usage: Usage, book: PriceBook) -> list[Part]:
    """Cut the period at the days on which a new decision takes effect.

    The old price applies through the day before, the new one from 00:00 of the decision's date
    (EVNSPC, October 2024).
    """
    decisions = book.decisions_in(usage.start, usage.end)
    if not decisions or decisions[0].effective_from > usage.start:
        raise CannotRateError(
            Refusal.NO_DECISION,
            f"no price is in force on {usage.start}",
            f"a day from {book.decisions[0].effective_from}",
        )
    last = decisions[-1]
    if last.effective_to is not None and last.effective_to < usage.end:
        raise CannotRateError(
            Refusal.NO_DECISION,
            f"no price is in force from {last.effective_to}",
            f"a period that ends by {last.effective_to}",
        )
    parts = []
    for one in decisions:
        tariff = book.tariff(one, usage.group, usage.subgroup, usage.voltage)
        if tariff is None:
            words = [usage.group, usage.subgroup, usage.voltage]
            raise CannotRateError(
                Refusal.NO_PRICE,
                f"{one.code} has no price for {', '.join(word for word in words if word)}",
                "a group, subgroup and voltage of its table",
            )
        start = max(usage.start, one.effective_from)
        end = min(usage.end, one.effective_to or usage.end)
        parts.append(Part(one, tariff, (start - usage.start).days, (end - usage.start).days))
    return parts


def share(usage: Usage, part: Part, quantity_wh: int, rounding: TierRounding) -> int:
    """Return a part's share of a quantity, by days: S_old = S / T x Nc, S_new = S - S_old.

    Source: EVNCPC customer page; for residential customers and any meter that was not read on the
    day of the new price. S_old is rounded half up, the new part takes the rest. With more than
    two parts the sums up to the end of each part are rounded, so that nothing is lost.
    134 kWh over 30 days, 12 of them old: 53.6 -> 54 old, 80 new.
    """

    def until(day: int) -> int:
        exact = Fraction(quantity_wh * day, usage.days)
        return min(half_up_to(exact, rounding), quantity_wh)

    end = quantity_wh if part.last_day == usage.days else until(part.last_day)
    return end - until(part.first_day)


def energy_lines(usage: Usage, part: Part, rounding: TierRounding) -> Iterator[Line]:
    """Price one part of the period by what its tariff is."""
    if isinstance(part.tariff, ThreeRatePrice):
        yield from three_rate_lines(usage, part, part.tariff, rounding)
        return
    energy = share(usage, part, usage.energy_wh, rounding)
    if isinstance(part.tariff, TieredPrice):
        yield from tier_lines(usage, part, part.tariff, energy, rounding)
    else:
        yield from one_price_lines(usage, part, part.tariff, energy)


def tier_lines(
    usage: Usage, part: Part, tariff: TieredPrice, energy_wh: int, rounding: TierRounding
) -> Iterator[Line]:
    """Fill the tiers in order; the last is open-ended.

    Source: 28/2014/QĐ-TTg (tiers); quota of each tier x number of households: TT 60/2025/TT-BCT
    Art. 12(2).
    """
    rest = energy_wh
    for tier in tariff.tiers:
        width = tier_width(usage, part, tier, rounding)
        energy = rest if width is None else min(rest, width)
        rest -= energy
        yield from _energy_line(usage, part, tier.number, None, energy, tier.price_vnd, width)


def tier_width(usage: Usage, part: Part, tier: Tier, rounding: TierRounding) -> int | None:
    """Return a tier's width in Wh: M = Mq / Tcal x sum(N_i x h_i), rounded half up.

    Mq is the width for one household and month, Tcal the calendar days of the month in which the
    period began, N_i the days of this part with h_i households (quarters / 4). Source: EVNCPC
    customer page on price changes; TT 16/2014/TT-BCT Art. 10 for periods that are not one month
    and for a change of the household count (recalled): one run through the tiers with the quota
    of all days. 50 kWh, 20 of 30 days, 1 household: 33.33 -> 33 kWh.
    """
    if tier.width_kwh is None:
        return None
    quota_wh = tier.width_kwh * WH_PER_KWH
    month = days_in_month(usage.cycle_from or usage.start)
    return half_up_to(Fraction(quota_wh * quarter_days(usage, part), month * 4), rounding)


def quarter_days(usage: Usage, part: Part) -> int:
    """Return the sum of quarters of a household over the days of a part: 20 days of one -> 80."""
    first, last = (usage.start + timedelta(days=day) for day in (part.first_day, part.last_day))
    changes = [(usage.start, usage.household_quarters), *usage.household_changes]
    ends = [*(day for day, _ in changes[1:]), usage.end]
    return sum(
        quarters * max(0, (min(end, last) - max(start, first)).days)
        for (start, quarters), end in zip(changes, ends, strict=True)
    )


def three_rate_lines(
    usage: Usage, part: Part, tariff: ThreeRatePrice, rounding: TierRounding
) -> Iterator[Line]:
    """Price each register at its band's price; without a three-rate meter all is normal hours.

    A buyer who must have such a meter and refuses it pays the peak price for all. Source: TT
    16/2014/TT-BCT Art. 5; the normal price without such a meter and the refusal are recalled.
    """
    bands = usage.bands or Bands(usage.energy_wh, 0, 0)
    if usage.peak_for_all:
        bands = Bands(0, usage.energy_wh, 0)
    for band, quantity, price in (
        (TimeBand.NORMAL, bands.normal_wh, tariff.normal_vnd),
        (TimeBand.PEAK, bands.peak_wh, tariff.peak_vnd),
        (TimeBand.OFF_PEAK, bands.off_peak_wh, tariff.off_peak_vnd),
    ):
        energy = share(usage, part, quantity, rounding)
        yield from _energy_line(usage, part, None, band, energy, price)


def one_price_lines(usage: Usage, part: Part, tariff: OnePrice, energy_wh: int) -> Iterator[Line]:
    """Price all energy at one price: administrative, prepaid, undeclared tenants, wholesale."""
    yield from _energy_line(usage, part, tariff.tier, None, energy_wh, tariff.price_vnd)


def _energy_line(  # noqa: PLR0913, PLR0917  (what a line is made of)
    usage: Usage,
    part: Part,
    tier: int | None,
    band: TimeBand | None,
    energy_wh: int,
    price_vnd: Dong,
    width_wh: int | None = None,
) -> Iterator[Line]:
    """Yield the line if there is energy on it; amount = kWh x price, half up to whole đồng."""
    if energy_wh:
        yield Line(
            charge=Charge.ENERGY,
            tier=tier,
            band=band,
            energy_wh=energy_wh,
            price_vnd=price_vnd,
            amount_vnd=half_up(Fraction(energy_wh * price_vnd, WH_PER_KWH)),
            decision=part.decision,
            segment=usage.segment,
            start=usage.start + timedelta(days=part.first_day),
            end=usage.start + timedelta(days=part.last_day),
            width_wh=width_wh,
        )


def reactive_lines(
    rows: Sequence[Usage], energy: list[Line], decision: PriceDecision, rule: ReactiveRule
) -> Iterator[Line]:
    """Charge low cos phi: Tq = Ta x k %, Ta the money of active energy before VAT.

    Source: TT 15/2014/TT-BCT: production, business and service buyers with 40 kW or more
    registered and cos phi under 0.90, of one reading cycle. Where such a buyer shares one meter
    with other purposes, the whole energy of the meter counts. The line names the decision that
    prices the end of the period.
    """
    applies = any(
        usage.group in rule.groups
        and usage.registered_kw >= rule.registered_kw_from
        and (usage.cycle_from or usage.start) >= rule.start
        for usage in rows
    )
    energy_wh = sum(usage.energy_wh for usage in rows)
    if not applies or energy_wh == 0:
        return
    cos_phi = power_factor(energy_wh, sum(usage.reactive_varh for usage in rows))
    k_bp = rule.k_bp(cos_phi)
    amount = percent_of(sum(line.amount_vnd for line in energy), k_bp)
    if amount:
        yield Line(
            charge=Charge.REACTIVE,
            tier=None,
            band=None,
            energy_wh=None,
            price_vnd=None,
            amount_vnd=amount,
            decision=decision,
            cos_phi=cos_phi,
            k_bp=k_bp,
            segment=rows[-1].segment,
            start=rows[-1].cycle_from or rows[-1].start,
            end=rows[-1].end,
        )


def power_factor(energy_wh: int, reactive_varh: int) -> int:
    """Return cos phi in hundredths: A / sqrt(A^2 + R^2), rounded half up to two decimals.

    1,000 kWh and 620 kvarh: 0.8499 -> 85. Sixty digits are more than the 25 that can tell
    quantities of up to 10^12 Wh from a tie.
    """
    with localcontext() as context:
        context.prec = 60
        active, reactive = Decimal(energy_wh), Decimal(reactive_varh)
        cos_phi = active / (active * active + reactive * reactive).sqrt()
        return int((cos_phi * 100).quantize(Decimal(1), rounding=ROUND_HALF_UP))
