"""The gates' rules in the books: the published start values, and what the utility decided since."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from congto.office.billing.models import HoldRule
from congto.reference.billing_gates import load_billing_gates
from congto.vocabulary.gates import GateRule

if TYPE_CHECKING:
    from datetime import date, datetime


@transaction.atomic
def sync_hold_rules(*, at: datetime) -> None:
    """Enter the published rules that the books lack; those that are there stay as decided."""
    known = set(HoldRule.objects.values_list("rule", "group").distinct())
    HoldRule.objects.bulk_create(
        [
            HoldRule(
                rule=one.rule.rule,
                group=one.rule.group,
                valid_from=one.valid_from,
                enabled=one.enabled,
                limits={**one.rule.limits, "ladder": [list(step) for step in one.rule.ladder]},
                confidence=one.confidence,
                source=one.source,
                known_at=at,
            )
            for one in load_billing_gates()
            if (one.rule.rule, one.rule.group) not in known
        ]
    )


def rules_on(day: date) -> tuple[GateRule, ...]:
    """Return the rules that hold bills of a period ending on `day`."""
    rows = HoldRule.objects.filter(valid_from__lte=day).exclude(valid_to__lte=day)
    return tuple(gate_rule(row) for row in rows if row.enabled)


def gate_rule(row: HoldRule) -> GateRule:
    """Return a row's rule as the gates read it."""
    limits = {name: value for name, value in row.limits.items() if name != "ladder"}
    ladder = tuple((limit, level) for limit, level in row.limits.get("ladder", ()))
    return GateRule(row.rule, row.group, limits, ladder)
