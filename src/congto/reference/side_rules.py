"""Reads the rules beside the price table: support, two components, refused meter, mixed use."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from congto.reference.fields import Entry, read_yaml, refuse, refuse_gaps, shipped
from congto.reference.rates import read_rounding, read_voltage_classes
from congto.vocabulary.groups import CustomerGroup
from congto.vocabulary.side_rules import (
    MixedUseRule,
    RefusedMeterRule,
    SideRules,
    SupportRule,
    TwoComponentPrice,
    TwoComponentRule,
)

if TYPE_CHECKING:
    from collections.abc import Collection
    from importlib.resources.abc import Traversable
    from pathlib import Path

CAPACITY_VND_MOST = 2_000_000
"""Đồng per kW and month: seven times the dearest published one; more is a slip of the pen."""

ENERGY_VND_MOST = 20_000
"""Đồng per kWh, for the same reason."""


def load_side_rules(directory: Path | None = None) -> SideRules:
    """Load all of them; bad data are refused whole, with file, key and reason."""
    folder = shipped(directory)
    words = [one.word for one in read_voltage_classes(folder)]
    return SideRules(
        support=read_support(folder),
        two_component=read_two_component(folder, words),
        refused_meter=read_refused_meter(folder),
        mixed_use=read_mixed_use(folder),
        settings=MappingProxyType(read_rounding(folder)),
    )


def read_support(folder: Traversable) -> tuple[SupportRule, ...]:
    """Read support.yaml; the rules of one kind of household follow each other without gap."""
    entry = read_yaml(folder.joinpath("support.yaml")).fields("unit", "rules")
    names = ("household", "kwh", "kwh_most", "from", "to", "paid_by", "source", "confidence")
    rules: list[SupportRule] = []
    places: dict[str, list[tuple[str, SupportRule]]] = {}
    for row in entry.entries("rules"):
        row.fields(*names)
        rule = SupportRule(
            household=row.text("household"),
            kwh=_positive(row, "kwh"),
            kwh_most=row.optional_whole("kwh_most"),
            start=row.day("from"),
            end=row.optional_day("to"),
            paid_by=row.text("paid_by"),
            source=row.text("source"),
            confidence=row.confidence(),
        )
        rules.append(rule)
        places.setdefault(rule.household, []).append((row.place, rule))
    for household, dated in places.items():
        rows = [(place, rule.start, rule.end) for place, rule in dated]
        refuse_gaps(rows, f"support of {household} households")
    return tuple(rules)


def read_two_component(folder: Traversable, voltages: Collection[str]) -> TwoComponentRule:
    """Read two_component.yaml: one row for each voltage class it prices."""
    entry = read_yaml(folder.joinpath("two_component.yaml"))
    names = ("code", "in_force_from", "in_force_to", "source", "confidence", "unit")
    entry.fields(*names, "groups", "rows")
    found: dict[str, TwoComponentPrice] = {}
    for row in entry.entries("rows"):
        word = row.fields("voltage", "capacity", "normal", "peak", "off_peak").text("voltage")
        if word not in voltages:
            raise refuse(row.at("voltage"), f"unknown class {word!r}", ", ".join(voltages))
        if word in found:
            raise refuse(row.at("voltage"), f"{word} is given twice", "each class once")
        found[word] = TwoComponentPrice(
            _positive(row, "capacity", CAPACITY_VND_MOST),
            *(_positive(row, band, ENERGY_VND_MOST) for band in ("normal", "peak", "off_peak")),
        )
    return TwoComponentRule(
        code=entry.text("code"),
        start=entry.optional_day("in_force_from"),
        end=entry.optional_day("in_force_to"),
        groups=_groups(entry),
        by_voltage=MappingProxyType(found),
        source=entry.text("source"),
        confidence=entry.confidence(),
    )


def read_refused_meter(folder: Traversable) -> RefusedMeterRule:
    """Read refused_meter.yaml."""
    entry = read_yaml(folder.joinpath("refused_meter.yaml"))
    names = ("groups", "notices", "days_between", "days_after_last", "unit", "source")
    entry.fields(*names, "confidence")
    return RefusedMeterRule(
        groups=_groups(entry),
        notices=_positive(entry, "notices"),
        days_between=entry.whole("days_between"),
        days_after_last=entry.whole("days_after_last"),
        source=entry.text("source"),
        confidence=entry.confidence(),
    )


def read_mixed_use(folder: Traversable) -> MixedUseRule:
    """Read mixed_use.yaml."""
    entry = read_yaml(folder.joinpath("mixed_use.yaml"))
    entry.fields("months", "kwh_below", "unit", "source", "confidence")
    return MixedUseRule(
        months=_positive(entry, "months"),
        kwh_below=_positive(entry, "kwh_below"),
        source=entry.text("source"),
        confidence=entry.confidence(),
    )


def _groups(entry: Entry) -> frozenset[CustomerGroup]:
    return frozenset(
        Entry(entry.place, {"groups": word}).word("groups", CustomerGroup)
        for word in entry.listed("groups")
    )


def _positive(entry: Entry, key: str, most: int | None = None) -> int:
    """Read a whole number of one or more, up to a plausible bound."""
    value = entry.whole(key)
    if value < 1 or (most is not None and value > most):
        bounds = "one or more" if most is None else f"from 1 to {most:,}"
        raise refuse(entry.at(key), f"found {value:,}", bounds)
    return value
