"""The price book for people: decisions in order, their tables, and what is published but waits.

Everything here is published data (congto.reference); nothing is read from the database.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from itertools import groupby
from typing import TYPE_CHECKING

from congto.reference import load_time_bands
from congto.reference.fields import read_yaml, shipped
from congto.reference.vn import price_book
from congto.vocabulary.groups import CustomerGroup, TimeBand
from congto.vocabulary.money import round_half_up
from congto.vocabulary.prices import Confidence

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from congto.reference.fields import Entry
    from congto.vocabulary.money import Dong
    from congto.vocabulary.prices import PriceBook, PriceDecision, PriceRow, TimeBandSchedule

BANDS_SHOWN = (TimeBand.NORMAL, TimeBand.OFF_PEAK, TimeBand.PEAK)
"""The order of the published tables."""

SATURDAY, SUNDAY = 6, 7


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a published document is known from, and how well."""

    code: str
    source: str
    confidence: Confidence


@dataclass(frozen=True, slots=True)
class DecisionEntry:
    """A decision in the line of all; `change_percent` of the average price before it.

    `issued` and `average_confidence` are None for a decision that is not shipped (a draft).
    """

    decision: PriceDecision
    issued: date | None
    average_confidence: Confidence | None
    previous: PriceDecision | None
    following: PriceDecision | None

    @property
    def change_percent(self) -> Decimal | None:
        """Return by how much the average price rose against the decision before."""
        if self.previous is None:
            return None
        before = self.previous.average_price
        return (self.decision.average_price - before) * 100 / before

    def in_force(self, day: date) -> bool:
        """Tell whether the decision prices this day."""
        one = self.decision
        return one.effective_from <= day and (one.effective_to is None or day < one.effective_to)


@dataclass(frozen=True, slots=True)
class Cell:
    """One price of a table and what share of the average price it is."""

    row: PriceRow
    percent: Decimal


@dataclass(frozen=True, slots=True)
class PriceLine:
    """Prices of one subgroup and voltage: normal, off-peak, peak, or the one price."""

    subgroup: str | None
    voltage: str | None
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class TierTable:
    """The tiers of one subgroup, in order."""

    subgroup: str | None
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class GroupTable:
    """All prices of one customer group in a decision."""

    group: CustomerGroup
    tiers: tuple[TierTable, ...]
    three_rate: tuple[PriceLine, ...]
    one_price: tuple[PriceLine, ...]


@dataclass(frozen=True, slots=True)
class Hours:
    """A stretch of a day in one band, in minutes from midnight."""

    band: TimeBand
    from_minute: int
    to_minute: int

    @property
    def minutes(self) -> int:
        """Return its length."""
        return self.to_minute - self.from_minute


@dataclass(frozen=True, slots=True)
class ScheduleView:
    """A schedule of time bands with its citation; Monday to Saturday and Sunday."""

    schedule: TimeBandSchedule
    confidence: Confidence
    weekday: tuple[Hours, ...]
    sunday: tuple[Hours, ...]


@dataclass(frozen=True, slots=True)
class WaitingTier:
    """A tier of a structure that waits; the price is only what it would be at today's average."""

    from_kwh: int
    to_kwh: int | None
    percent: Decimal
    supposed_vnd: Dong


@dataclass(frozen=True, slots=True)
class WaitingStructure:
    """A structure of prices that is law but that no decision applies yet."""

    citation: Citation
    issued: date
    tiers: tuple[WaitingTier, ...]
    voltages: tuple[str, ...]


def entries(book: PriceBook | None = None) -> list[DecisionEntry]:
    """Return the decisions of the book, the newest first."""
    decisions = (book or price_book()).decisions
    headers = _headers()
    found = []
    for number, one in enumerate(decisions):
        header = headers.get(one.code)
        known = header.text("average_price_confidence") if header else None
        found.append(
            DecisionEntry(
                decision=one,
                issued=header.day("issued") if header else None,
                average_confidence=Confidence(known) if known else None,
                previous=decisions[number - 1] if number else None,
                following=decisions[number + 1] if number + 1 < len(decisions) else None,
            )
        )
    return found[::-1]


@cache
def _headers() -> dict[str, Entry]:
    """Return the header of each shipped decision by its code."""
    home = shipped(None).joinpath("price_decisions")
    headers = [read_yaml(file) for file in home.iterdir() if file.name.endswith(".yaml")]
    return {header.text("code"): header for header in headers}


def group_tables(decision: PriceDecision) -> list[GroupTable]:
    """Return a decision's prices as it publishes them, group by group, households first."""
    present = {row.group for row in decision.rows}
    return [_group_table(decision, group) for group in CustomerGroup if group in present]


def _group_table(decision: PriceDecision, group: CustomerGroup) -> GroupTable:
    tiers: list[TierTable] = []
    three_rate: list[PriceLine] = []
    one_price: list[PriceLine] = []
    rows = [row for row in decision.rows if row.group == group]
    for (subgroup, voltage), found in groupby(rows, key=lambda row: (row.subgroup, row.voltage)):
        cells = tuple(cell(row, decision) for row in found)
        if cells[0].row.from_kwh is not None:
            tiers.append(TierTable(subgroup, cells))
        elif len(cells) > 1:
            by_band = {one.row.band: one for one in cells}
            shown = tuple(by_band[band] for band in BANDS_SHOWN)
            three_rate.append(PriceLine(subgroup, voltage, shown))
        else:
            one_price.append(PriceLine(subgroup, voltage, cells))
    return GroupTable(group, tuple(tiers), tuple(three_rate), tuple(one_price))


def cell(row: PriceRow, decision: PriceDecision) -> Cell:
    """Return a price with its percent of the decision's average price."""
    return Cell(row, Decimal(row.price_vnd) * 100 / decision.average_price)


def schedules() -> list[ScheduleView]:
    """Return the schedules of time bands: the one in force, then those that wait."""
    file = shipped(None).joinpath("time_bands.yaml")
    sure = {row.text("code"): row.confidence() for row in read_yaml(file).entries("schedules")}
    return [
        ScheduleView(one, sure[one.code], hours(one, SATURDAY), hours(one, SUNDAY))
        for one in load_time_bands()
    ]


def hours(schedule: TimeBandSchedule, weekday: int) -> tuple[Hours, ...]:
    """Return a weekday's stretches of one band, from midnight to midnight."""
    found = []
    start = 0
    for band, half_hours in groupby(schedule.bands(weekday)):
        end = start + 30 * len(list(half_hours))
        found.append(Hours(band, start, end))
        start = end
    return tuple(found)


def reactive_citation() -> Citation:
    """Return the document of the reactive table."""
    return _citation(read_yaml(shipped(None).joinpath("reactive.yaml")))


def _citation(entry: Entry) -> Citation:
    return Citation(entry.text("code"), entry.text("source"), entry.confidence())


def structure_citation(code: str) -> Citation:
    """Return the document of a structure of prices."""
    return next(_citation(one) for one in _structures() if one.text("code") == code)


def waiting_structures(average_price: Decimal) -> list[WaitingStructure]:
    """Return the structures that are law and not applied.

    Each tier also gets the price that it would have at this average price: half up to whole đồng,
    as the published tables do. It is an illustration, no price.
    """
    return [
        _waiting(one, average_price)
        for one in _structures()
        if one.optional_day("in_force_from") is None
    ]


def _structures() -> Iterable[Entry]:
    files = shipped(None).joinpath("structures").iterdir()
    return [read_yaml(file) for file in sorted(files, key=lambda file: file.name)]


def _waiting(entry: Entry, average_price: Decimal) -> WaitingStructure:
    tiers = []
    for row in entry.entry("tiers").entries("rows"):
        percent = row.decimal("percent")
        supposed = round_half_up(average_price * percent / 100)
        tiers.append(WaitingTier(row.whole("from"), row.optional_whole("to"), percent, supposed))
    words = [str(word) for row in entry.entries("groups") for word in row.listed("voltages")]
    return WaitingStructure(
        _citation(entry), entry.day("issued"), tuple(tiers), tuple(dict.fromkeys(words))
    )
