"""The gates as published start values: before billing from half-hours, and before issue."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from congto.reference.fields import Entry, read_yaml, refuse, shipped
from congto.vocabulary.gates import DatedGateRule, GateRule, SignLevel
from congto.vocabulary.groups import CustomerGroup

if TYPE_CHECKING:
    from pathlib import Path

_WHOLE = re.compile(r"0|[1-9]\d*")


def load_billing_gates(directory: Path | None = None) -> tuple[DatedGateRule, ...]:
    """Load billing_gates.yaml; a rule may stand once a price group."""
    return _load(directory, "billing_gates.yaml")


def load_usage_gate(directory: Path | None = None) -> tuple[DatedGateRule, ...]:
    """Load usage_gate.yaml; a rule may stand once a price group."""
    return _load(directory, "usage_gate.yaml")


def _load(directory: Path | None, name: str) -> tuple[DatedGateRule, ...]:
    entry = read_yaml(shipped(directory).joinpath(name)).fields("source", "rules")
    rules = [_rule(row) for row in entry.entries("rules")]
    seen: set[tuple[str, str]] = set()
    for one, row in zip(rules, entry.entries("rules"), strict=True):
        key = (one.rule.rule, one.rule.group)
        if key in seen:
            raise refuse(row.place, f"rule {key[0]} for {key[1] or 'all'} twice", "each once")
        seen.add(key)
    return tuple(rules)


def _rule(row: Entry) -> DatedGateRule:
    row.fields("rule", "group", "from", "limits", "ladder", "source", "confidence")
    group = row.optional("group") or ""
    if group and group not in list(CustomerGroup):
        raise refuse(row.at("group"), f"found {group!r}", ", ".join(CustomerGroup))
    limits = row.entry("limits")
    return DatedGateRule(
        rule=GateRule(
            rule=row.text("rule"),
            group=group,
            limits={name: limits.whole(name) for name in limits.values},
            ladder=_ladder(row) if "ladder" in row.values else (),
        ),
        valid_from=row.day("from"),
        enabled=True,
        source=row.text("source"),
        confidence=row.confidence(),
    )


def _ladder(row: Entry) -> tuple[tuple[int, int], ...]:
    """Read rising steps of two whole numbers in quotes: the limit and the level that signs."""
    steps = []
    for step in row.listed("ladder"):
        pair = step if isinstance(step, list) else []
        if len(pair) != 2 or not all(_WHOLE.fullmatch(str(number)) for number in pair):
            raise refuse(row.at("ladder"), f"found {step!r}", 'steps such as ["3", "1"]')
        steps.append((int(pair[0]), int(pair[1])))
    if not steps or steps != sorted(set(steps)):
        raise refuse(row.at("ladder"), f"steps {steps}", "rising steps")
    if any(level > max(SignLevel) for _, level in steps):
        raise refuse(row.at("ladder"), f"steps {steps}", f"levels up to {max(SignLevel).value}")
    return tuple(steps)
