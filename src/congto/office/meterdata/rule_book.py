"""The rules of half-hours in force: the published ones, and what the utility decided since."""

from __future__ import annotations

from congto.office.meterdata.models import DecidedRule
from congto.reference.interval_rules import CLASSES, ROLES, load_interval_rules
from congto.vocabulary.interval_rules import DatedIntervalRule, IntervalRule
from congto.vocabulary.prices import Confidence


def rule_rows() -> list[DatedIntervalRule]:
    """Return every row: published, then decided; IntervalRules.on takes the newest that began."""
    return [*load_interval_rules(), *(dated(row) for row in DecidedRule.objects.all())]


def dated(row: DecidedRule) -> DatedIntervalRule:
    """Return a decided row as the engine reads it."""
    rule = IntervalRule(
        rule=row.rule,
        customer_class=CLASSES[row.customer_class] if row.customer_class else None,
        roles=tuple(ROLES[name] for name in row.roles),
        limits=row.limits,
    )
    return DatedIntervalRule(rule, row.valid_from, row.enabled, row.source, Confidence.CONFIRMED)


def latest(rule: str, customer_class: str) -> DatedIntervalRule | None:
    """Return the row of a rule and class that begins last; None where there is no such one."""
    if customer_class and customer_class not in CLASSES:
        return None
    wanted = CLASSES.get(customer_class)
    rows = [
        row for row in rule_rows() if row.rule.rule == rule and row.rule.customer_class == wanted
    ]
    return max(rows, key=lambda one: one.valid_from, default=None)
