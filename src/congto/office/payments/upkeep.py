"""What has to be done for partners between payments: results, limits that begin, warnings.

Safe at any time and any number of times; each step is whole in itself.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from django.db import connection
from django.utils.translation import gettext as _

from congto.office.control.choices import FindingSeverity
from congto.office.control.models import FindingRecord
from congto.office.payments import collecting, quota
from congto.office.payments.callers import forget_signatures
from congto.office.payments.choices import AttemptState
from congto.office.payments.models import Attempt, Partner
from congto.office.payments.terms import grant_due, grants_due
from congto.vocabulary.money import format_dong
from congto.vocabulary.periods import LOCAL_ZONE

if TYPE_CHECKING:
    from datetime import datetime

WARNING, EXCEEDED = "QTA-001", "QTA-002"
"""A threshold of the quota is reached; nothing is left of it."""
FULL_PERCENT = 100
KEPT = timedelta(minutes=30)
"""Signatures are remembered so long; none is taken after five minutes."""
OLD = "SELECT EXISTS (SELECT FROM payments_seensignature WHERE at < %s)"


class Done(NamedTuple):
    """What a step did: payments that got their result, limits that began, warnings written."""

    settled: int
    granted: int
    warned: int


def anything_to_do(*, at: datetime) -> bool:
    """Say whether a step would change anything."""
    if Attempt.objects.filter(state=AttemptState.RESERVED).exists() or grants_due(at=at):
        return True
    with connection.cursor() as cursor:
        cursor.execute(OLD, [at - KEPT])
        return bool(cursor.fetchone()[0]) or bool(_unwritten(at))


def step(*, at: datetime) -> Done:
    """Settle what waits, let limits begin, forget old signatures, write warnings."""
    settled = sum(
        one.state is not AttemptState.RESERVED for one in collecting.settle_waiting(at=at)
    )
    granted = grant_due(at=at)
    forget_signatures(before=at - KEPT)
    warnings = _unwritten(at)
    for warning in warnings:
        _write(warning, at)
    return Done(settled, granted, len(warnings))


class _Warning(NamedTuple):
    partner: str
    threshold: int
    standing: quota.Standing

    @property
    def rule(self) -> str:
        return EXCEEDED if self.standing.available <= 0 else WARNING

    @property
    def subject(self) -> str:
        return f"{self.partner}/{self.threshold}"


def _unwritten(at: datetime) -> list[_Warning]:
    """Return the thresholds that partners have reached today and that nobody was told of yet."""
    today = at.astimezone(LOCAL_ZONE).date()
    told = set(
        FindingRecord.objects.filter(
            rule__in=(WARNING, EXCEEDED), period_from=today
        ).values_list("rule", "subject")
    )  # fmt: skip
    found = []
    for number, code in Partner.objects.order_by("pk").values_list("pk", "code"):
        now = quota.standing(number)
        if now.warning is None:
            continue
        reached = FULL_PERCENT if now.available <= 0 else now.warning
        one = _Warning(code, reached, now)
        if (one.rule, one.subject) not in told:
            found.append(one)
    return found


def _write(warning: _Warning, at: datetime) -> None:
    today = at.astimezone(LOCAL_ZONE).date()
    now = warning.standing
    words = {
        "partner": warning.partner,
        "percent": now.percent,
        "available": format_dong(now.available),
    }
    text = _("Hạn mức thu của %(partner)s đã dùng %(percent)d %%, còn %(available)s")
    FindingRecord.objects.get_or_create(
        rule=warning.rule,
        subject=warning.subject,
        period_from=today,
        period_to=today + timedelta(days=1),
        defaults={
            "severity": FindingSeverity.WARNING,
            "subject_kind": "partner",
            "unit": None,
            "observed": format_dong(now.used + now.reserved),
            "expected": format_dong(now.limit),
            "text": (text % words)[:400],
            "found_at": at,
        },
    )
