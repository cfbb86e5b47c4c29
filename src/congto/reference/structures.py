"""Structures of retail prices: tiers, groups and the rules a decision's table must fulfil."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from congto.reference.fields import Entry, read_yaml, refuse
from congto.vocabulary.groups import CustomerGroup

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import date
    from importlib.resources.abc import Traversable

    from congto.vocabulary.prices import TariffKey

PRICE_KINDS = ("tiered", "three_rate", "one_price")


@dataclass(frozen=True, slots=True)
class GroupRule:
    """What a table holds for one group and subgroup; no voltages: one row for all."""

    prices: str
    voltages: tuple[str, ...]
    required: bool


@dataclass(frozen=True, slots=True)
class Structure:
    """A structure of retail prices; `start` of None: law, but not applied yet."""

    code: str
    start: date | None
    tiers: tuple[tuple[int, int | None], ...]
    undeclared_tenants_kwh: int
    percent_from: int
    percent_to: int
    groups: Mapping[tuple[CustomerGroup, str | None], GroupRule]

    def keys(self) -> dict[TariffKey, GroupRule]:
        """Return every group, subgroup and voltage a table may have, with its rule."""
        return {
            (group, subgroup, voltage): rule
            for (group, subgroup), rule in self.groups.items()
            for voltage in (rule.voltages or (None,))
        }


def read_structures(folder: Traversable, voltages: Collection[str]) -> dict[str, Structure]:
    """Read structures/*.yaml by code."""
    found: dict[str, Structure] = {}
    for file in sorted(folder.joinpath("structures").iterdir(), key=lambda one: one.name):
        structure = read_structure(file, voltages)
        if structure.code in found:
            raise refuse(f"{file}, key code", f"{structure.code} is given twice", "another code")
        found[structure.code] = structure
    return found


def read_structure(file: Traversable, voltages: Collection[str]) -> Structure:
    """Read and check one structure."""
    entry = read_yaml(file).fields(
        "code",
        "issued",
        "in_force_from",
        "in_force_to",
        "source",
        "confidence",
        "tiers",
        "undeclared_tenants",
        "plausible_percent_of_average",
        "groups",
    )
    entry.day("issued")
    entry.text("source")
    entry.confidence()
    entry.optional_day("in_force_to")
    bounds = entry.entry("plausible_percent_of_average")
    tiers = entry.entry("tiers").fields("unit", "rows")
    tiers.text("unit")
    return Structure(
        code=entry.text("code"),
        start=entry.optional_day("in_force_from"),
        tiers=read_tiers(tiers),
        undeclared_tenants_kwh=entry.entry("undeclared_tenants").whole("price_of_kwh"),
        percent_from=bounds.whole("from"),
        percent_to=bounds.whole("to"),
        groups=read_groups(entry, voltages),
    )


def read_tiers(entry: Entry) -> tuple[tuple[int, int | None], ...]:
    """Read the tiers' first and last kWh and check that they join."""
    rows = entry.entries("rows")
    tiers = tuple(
        (row.fields("from", "to", "percent").whole("from"), row.optional_whole("to"))
        for row in rows
    )
    for row in rows:
        row.decimal("percent")
    refuse_broken_tiers(list(tiers), [row.place for row in rows])
    return tiers


def refuse_broken_tiers(tiers: list[tuple[int, int | None]], places: list[str]) -> None:
    """Refuse tiers that do not begin at 0, do not join, or do not end open."""
    if tiers[0][0] != 0:
        raise refuse(places[0], f"the first tier begins at {tiers[0][0]} kWh", "0 kWh")
    for ((start, end), (following, _)), place in zip(pairwise(tiers), places[1:], strict=True):
        if end is None or end <= start or following != end + 1:
            raise refuse(
                place,
                f"a tier from {following} kWh follows the tier from {start} to {end}",
                "tiers that join; a tier is missing or overlaps",
            )
    if tiers[-1][1] is not None:
        raise refuse(places[-1], f"the last tier ends at {tiers[-1][1]} kWh", "an open end")


def read_groups(
    entry: Entry, voltages: Collection[str]
) -> dict[tuple[CustomerGroup, str | None], GroupRule]:
    """Read which groups the tables have."""
    found: dict[tuple[CustomerGroup, str | None], GroupRule] = {}
    for row in entry.entries("groups"):
        row.fields("group", "subgroup", "prices", "voltages", "required")
        key = (row.word("group", CustomerGroup), row.optional("subgroup"))
        if key in found:
            raise refuse(row.place, f"{key[0]} {key[1]} is given twice", "one row per group")
        prices = row.text("prices")
        if prices not in PRICE_KINDS:
            raise refuse(row.at("prices"), f"found {prices!r}", "one of " + ", ".join(PRICE_KINDS))
        words = tuple(str(word) for word in row.listed("voltages"))
        for word in words:
            if word not in voltages:
                raise refuse(
                    row.at("voltages"), f"unknown class {word!r}", "one of " + ", ".join(voltages)
                )
        found[key] = GroupRule(prices, words, row.yes("required"))
    return found
