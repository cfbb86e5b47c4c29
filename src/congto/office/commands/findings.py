"""Findings of commands: what a person has to look at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from congto.office.commands.choices import CommandKind, CommandState
from congto.office.control.choices import FindingSeverity
from congto.office.control.models import FindingRecord

if TYPE_CHECKING:
    from datetime import datetime

    from congto.office.commands.models import Command

NOT_DONE, UNCERTAIN, STOPPED = "CMD-001", "CMD-002", "CMD-003"
OF_STATES = {CommandState.NOT_DONE: NOT_DONE, CommandState.UNCERTAIN: UNCERTAIN}


def keep_finding(command: Command, *, at: datetime, rule: str | None = None) -> None:
    """Keep the finding of a command that was not done or is uncertain, once for each command."""
    rule = rule or OF_STATES.get(CommandState(command.state))
    if rule is None:
        return
    label = _(str(CommandKind(command.kind).label))
    state = _(str(CommandState(command.state).label))
    words = {
        "number": command.pk,
        "kind": label,
        "meter": command.device.meter.serial,
        "state": state,
        "message": command.message,
    }
    text = _("Lệnh số %(number)d (%(kind)s) tới công tơ %(meter)s: %(state)s. %(message)s")
    FindingRecord.objects.get_or_create(
        rule=rule,
        subject=str(command.pk),
        period_from=None,
        period_to=None,
        defaults={
            "severity": FindingSeverity.WARNING,
            "subject_kind": "command",
            "unit": command.device.unit,
            "observed": (command.message or state)[:240],
            "expected": label[:240],
            "text": (text % words)[:400],
            "found_at": at,
        },
    )
