"""Two price decisions side by side, cell by cell, also where their tiers or voltages differ."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from congto.office.overview.price_book import BANDS_SHOWN
from congto.vocabulary.groups import CustomerGroup, TimeBand

if TYPE_CHECKING:
    from collections.abc import Mapping

    from congto.vocabulary.prices import PriceDecision, PriceRow, VoltageClass


@dataclass(frozen=True, slots=True)
class Change:
    """A price before and after; None where a table has no such row."""

    old: PriceRow | None
    new: PriceRow | None

    @property
    def known(self) -> bool:
        """Tell whether both tables have the price."""
        return self.old is not None and self.new is not None

    @property
    def difference_vnd(self) -> int | None:
        """Return đồng per kWh more than before."""
        return self.new.price_vnd - self.old.price_vnd if self.old and self.new else None

    @property
    def percent(self) -> Decimal | None:
        """Return the difference in percent of the old price."""
        if self.old is None or self.new is None:
            return None
        return Decimal(self.new.price_vnd - self.old.price_vnd) * 100 / self.old.price_vnd


@dataclass(frozen=True, slots=True)
class TierChange:
    """kWh that lie in one tier of either table; the tiers are numbered by their own table."""

    from_kwh: int
    to_kwh: int | None
    old_tier: int | None
    new_tier: int | None
    change: Change


@dataclass(frozen=True, slots=True)
class LineChange:
    """A price by voltage and band; the voltage classes are those of each table."""

    subgroup: str | None
    old_voltage: str | None
    new_voltage: str | None
    band: TimeBand
    change: Change


@dataclass(frozen=True, slots=True)
class GroupDiff:
    """What changes for one customer group: tiers by subgroup, and all other prices."""

    group: CustomerGroup
    tiers: tuple[tuple[str | None, tuple[TierChange, ...]], ...]
    lines: tuple[LineChange, ...]

    @property
    def compared(self) -> GroupDiff:
        """Return what both tables have."""
        return self._part(known=True)

    @property
    def alone(self) -> GroupDiff:
        """Return what only one of the tables has, or is known of."""
        return self._part(known=False)

    def _part(self, *, known: bool) -> GroupDiff:
        return GroupDiff(
            self.group,
            tuple(pair for pair in self.tiers if any(one.change.known for one in pair[1]) is known),
            tuple(one for one in self.lines if one.change.known is known),
        )


Cells = dict[str | None, dict[TimeBand, "PriceRow"]]
"""Prices of a subgroup by voltage word and band."""


def diff(
    old: PriceDecision, new: PriceDecision, voltages: Mapping[str, VoltageClass]
) -> list[GroupDiff]:
    """Compare two decisions, households first; subgroups in the order of the tables."""
    found = []
    present = {row.group for row in (*old.rows, *new.rows)}
    for group in (one for one in CustomerGroup if one in present):
        before = [row for row in old.rows if row.group == group]
        after = [row for row in new.rows if row.group == group]
        tiers: list[tuple[str | None, tuple[TierChange, ...]]] = []
        lines: list[LineChange] = []
        for subgroup in dict.fromkeys(row.subgroup for row in (*after, *before)):
            rows_before = [row for row in before if row.subgroup == subgroup]
            rows_after = [row for row in after if row.subgroup == subgroup]
            if any(row.from_kwh is not None for row in (*rows_before, *rows_after)):
                tiers.append((subgroup, tuple(tier_changes(rows_before, rows_after))))
            else:
                lines += line_changes(subgroup, rows_before, rows_after, voltages)
        found.append(GroupDiff(group, tuple(tiers), tuple(lines)))
    return found


def tier_changes(old: list[PriceRow], new: list[PriceRow]) -> list[TierChange]:
    """Cut the kWh at every edge of either table.

    Six tiers and five give 0-50, 51-100, 101-200, 201-300, 301-400, 401-700, 701 and more.
    """
    starts = sorted({row.from_kwh or 0 for row in (*old, *new)})
    ends: list[int | None] = [start - 1 for start in starts[1:]]
    changes = []
    for start, end in zip(starts, [*ends, None], strict=True):
        old_tier, before = _tier_at(old, start)
        new_tier, after = _tier_at(new, start)
        changes.append(TierChange(start, end, old_tier, new_tier, Change(before, after)))
    return changes


def _tier_at(rows: list[PriceRow], kwh: int) -> tuple[int | None, PriceRow | None]:
    """Return the number and the row of the tier that holds a kWh."""
    for number, row in enumerate(rows, 1):
        if (row.from_kwh or 0) <= kwh and (row.to_kwh is None or kwh <= row.to_kwh):
            return number, row
    return None, None


def line_changes(
    subgroup: str | None,
    old: list[PriceRow],
    new: list[PriceRow],
    voltages: Mapping[str, VoltageClass],
) -> list[LineChange]:
    """Pair the voltage classes that share a voltage; a class without partner stands alone."""
    before, after = _cells(old), _cells(new)
    pairs = [(one, two) for one in before for two in after if _meet(one, two, voltages)]
    pairs += [(one, None) for one in before if one not in {pair[0] for pair in pairs}]
    pairs += [(None, two) for two in after if two not in {pair[1] for pair in pairs}]
    return [
        LineChange(
            subgroup,
            one if one in before else None,
            two if two in after else None,
            band,
            Change(before.get(one, {}).get(band), after.get(two, {}).get(band)),
        )
        for one, two in pairs
        for band in (*BANDS_SHOWN, TimeBand.ALL_DAY)
        if band in {**before.get(one, {}), **after.get(two, {})}
    ]


def _cells(rows: list[PriceRow]) -> Cells:
    found: Cells = {}
    for row in rows:
        found.setdefault(row.voltage, {})[row.band] = row
    return found


def _meet(one: str | None, two: str | None, voltages: Mapping[str, VoltageClass]) -> bool:
    """Tell whether some voltage belongs to both classes; a table without classes means all."""
    if one is None or two is None:
        return True
    first, second = voltages[one], voltages[two]
    below = second.to_volt is None or first.from_volt < second.to_volt
    above = first.to_volt is None or second.from_volt < first.to_volt
    return below and above
