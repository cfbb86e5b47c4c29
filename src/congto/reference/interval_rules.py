"""The rules of half-hours as published start values: limits by class, deliveries, sources."""

from __future__ import annotations

from typing import TYPE_CHECKING

from congto.reference.fields import Entry, read_yaml, refuse, shipped
from congto.vocabulary.interval_rules import DatedIntervalRule, IntervalRule
from congto.vocabulary.intervals import CustomerClass, SourceRole

if TYPE_CHECKING:
    from pathlib import Path

CLASSES = {one.name.lower(): one for one in CustomerClass}
ROLES = {one.name.lower(): one for one in SourceRole}


def load_interval_rules(directory: Path | None = None) -> tuple[DatedIntervalRule, ...]:
    """Load interval_rules.yaml; a rule may stand once a customer class and day it begins."""
    entry = read_yaml(shipped(directory).joinpath("interval_rules.yaml")).fields("source", "rules")
    rows = entry.entries("rules")
    found = [_rule(row) for row in rows]
    seen: set[tuple[object, ...]] = set()
    for one, row in zip(found, rows, strict=True):
        key = (one.rule.rule, one.rule.customer_class, one.valid_from)
        if key in seen:
            of = row.optional("class") or "all"
            raise refuse(row.place, f"rule {one.rule.rule} for {of} twice", "each once a day")
        seen.add(key)
    return tuple(found)


def _rule(row: Entry) -> DatedIntervalRule:
    row.fields("rule", "class", "roles", "from", "enabled", "limits", "source", "confidence")
    limits = row.entry("limits")
    return DatedIntervalRule(
        rule=IntervalRule(
            rule=row.text("rule"),
            customer_class=_class(row),
            roles=_roles(row),
            limits={name: limits.whole(name) for name in limits.values},
        ),
        valid_from=row.day("from"),
        enabled=row.yes("enabled"),
        source=row.text("source"),
        confidence=row.confidence(),
    )


def _class(row: Entry) -> CustomerClass | None:
    word = row.optional("class")
    if word is None:
        return None
    if word not in CLASSES:
        raise refuse(row.at("class"), f"found {word!r}", ", ".join(CLASSES))
    return CLASSES[word]


def _roles(row: Entry) -> tuple[SourceRole, ...]:
    words = row.listed("roles")
    if not words or any(word not in ROLES for word in words):
        raise refuse(row.at("roles"), f"found {words!r}", "some of " + ", ".join(ROLES))
    return tuple(ROLES[str(word)] for word in words)
