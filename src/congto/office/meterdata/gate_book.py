"""The rules before billing from half-hours in force: published ones, and what was decided since."""

from __future__ import annotations

from typing import TYPE_CHECKING

from congto.office.meterdata.models import DecidedGateRule
from congto.reference.billing_gates import load_usage_gate
from congto.vocabulary.gates import DatedGateRule, GateRule
from congto.vocabulary.prices import Confidence

if TYPE_CHECKING:
    from datetime import date


def gate_rows() -> list[DatedGateRule]:
    """Return every row: published, then decided; of a rule and group the newest is in force."""
    return [*load_usage_gate(), *(dated(row) for row in DecidedGateRule.objects.all())]


def dated(row: DecidedGateRule) -> DatedGateRule:
    """Return a decided row as published ones are."""
    rule = GateRule(row.rule, row.group, row.limits)
    return DatedGateRule(rule, row.valid_from, row.enabled, row.source, Confidence.CONFIRMED)


def gate_in_force(day: date) -> list[GateRule]:
    """Return the rules that judge periods which begin on a day."""
    newest: dict[tuple[str, str], DatedGateRule] = {}
    for one in sorted(gate_rows(), key=lambda row: row.valid_from):
        if one.valid_from <= day:
            newest[one.rule.rule, one.rule.group] = one
    return [one.rule for one in newest.values() if one.enabled]
