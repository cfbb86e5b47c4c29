"""Sending of a command, written down before the first byte, and what was seen of it afterwards.

Whoever talks to the meter calls `begin` first. It commits "sending" and says that the command may
be sent, once; whoever comes after it, because the first one died, is told to look only.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _

from congto.office.campaigns.choices import TaskState
from congto.office.campaigns.models import Task
from congto.office.commands.choices import ENDED, CommandKind, CommandState
from congto.office.commands.findings import STOPPED, UNCERTAIN, keep_finding
from congto.office.commands.lookouts import why_stopped
from congto.office.commands.models import Command
from congto.office.commands.protection import lock_points, points_of
from congto.office.commands.rules import CUTTING
from congto.office.commands.targets import why_not_cut
from congto.office.control.audit import record
from congto.office.devices.choices import DeviceState
from congto.vocabulary import format_vi
from congto.vocabulary.errors import InvalidInputError
from congto.vocabulary.periods import LOCAL_ZONE

if TYPE_CHECKING:
    from datetime import datetime

PROVED = frozenset({CommandState.CONFIRMED, CommandState.NOT_DONE, CommandState.UNCERTAIN})
"""What can be known of a command that was sent."""
WAITS = "waiting"
"""Of a calendar: it is in the meter and waits for its day; until then the old one counts."""


class Deed(StrEnum):
    """What the carrier of a command does now."""

    SEND = "send"
    LOOK = "look"  # it was begun before: nothing is sent, the meter is looked at
    NOTHING = "nothing"  # it has ended, or its time has not come


@dataclass(frozen=True, slots=True)
class Turn:
    """What is to be done with a command.

    Attributes:
        progress: what its earlier phases left, for kinds of several.
        message: why nothing is done.
    """

    deed: Deed
    command: int
    device: int
    kind: CommandKind
    args: dict[str, Any]
    progress: dict[str, Any] | None = None
    sent_at: datetime | None = None
    message: str = ""


def begin(number: int, *, at: datetime) -> Turn:
    """Commit that a command is being sent and return that it may be, or what is done instead.

    A command whose window is over ends as expired; one whose device is not called any more, whose
    point is protected now, or that a lookout stops, ends as not done. None of them is sent.
    """
    with transaction.atomic():
        command = _locked(number)
        if command.state == CommandState.SENDING:
            return turn_for(Deed.LOOK, command)
        if command.state != CommandState.QUEUED:
            return turn_for(Deed.NOTHING, command, _(str(CommandState(command.state).label)))
        if at < command.order.not_before:
            start = format_vi.instant(command.order.not_before)
            return turn_for(Deed.NOTHING, command, _("gửi từ %(start)s") % {"start": start})
        if (stopped := _stopped(command, at)) is not None:
            return turn_for(Deed.NOTHING, command, stopped)
        _move(command, CommandState.SENDING, at)
        command.sent_at = at
        command.save(update_fields=["state", "sent_at", "changed_at"])
        _tell(command, "command.send", at)
        return turn_for(Deed.SEND, command)


def keep_progress(number: int, progress: dict[str, Any]) -> None:
    """Commit which phases a command has passed; for kinds that go on after an interruption.

    Raises:
        InvalidInputError: the command is not being sent.
    """
    with transaction.atomic():
        command = _locked(number)
        if command.state != CommandState.SENDING:
            raise InvalidInputError(
                f"command {number} is {command.state}", expected=CommandState.SENDING.value
            )
        command.progress = progress
        command.save(update_fields=["progress"])


def ended(
    number: int, state: CommandState, seen: dict[str, Any], *, message: str = "", at: datetime
) -> CommandState:
    """Keep what is known of a command that was sent; return the state it has in the books.

    Where the books have ended it already, that end stands: what comes late is added to what was
    seen, and is a finding if it says otherwise.

    Args:
        number: of the command.
        state: CONFIRMED, NOT_DONE or UNCERTAIN.
        seen: what the meter showed before and after.
        message: in words.
        at: now.

    Raises:
        InvalidInputError: another state, or the command was never sent.
    """
    if state not in PROVED:
        raise InvalidInputError(f"a command that ends as {state}", expected=", ".join(PROVED))
    with transaction.atomic():
        command = _locked(number)
        if command.state in ENDED:
            _keep_late(command, state, seen, at)
            return CommandState(command.state)
        if command.state != CommandState.SENDING:
            raise InvalidInputError(
                f"command {number} is {command.state}", expected=CommandState.SENDING.value
            )
        _end(command, state, seen, message, at)
        return state


def _end(
    command: Command, state: CommandState, seen: dict[str, Any], message: str, at: datetime
) -> None:
    _move(command, state, at)
    command.seen, command.message = seen, message[:400]
    command.save(update_fields=["state", "seen", "message", "changed_at"])
    _tell(command, f"command.{state}", at, {"seen": seen, "message": message})
    keep_finding(command, at=at)
    programmed = state == CommandState.CONFIRMED and command.kind == CommandKind.CALENDAR
    if programmed and seen.get("why") != WAITS:
        record(
            None,
            "meter.three_rate_programmed",
            "meter",
            command.device.meter.serial,
            unit=command.device.unit,
            after={"command": command.pk, **command.order.args},
            at=at,
        )


def _stopped(command: Command, at: datetime) -> str | None:
    """End a command that may not be sent and return why; None where it may."""
    if at >= command.order.not_after:
        message = _("chưa gửi được trong thời hạn")
        _end_unsent(command, CommandState.EXPIRED, message, at)
        return message
    if command.device.state != DeviceState.ACTIVE:
        message = _("thiết bị %(state)s") % {
            "state": _(str(DeviceState(command.device.state).label))
        }
        _end_unsent(command, CommandState.NOT_DONE, message, at)
        return message
    if command.kind not in CUTTING:
        return None
    day = at.astimezone(LOCAL_ZONE).date()
    points = points_of([command.device.meter_id], day)
    lock_points(point.pk for point in points.values())
    why = why_not_cut([command.device], points, day, day).get(command.device_id)
    why = why or why_stopped(command, at)
    if why is not None:
        _end_unsent(command, CommandState.NOT_DONE, why, at, rule=STOPPED)
    return why


def _end_unsent(
    command: Command, state: CommandState, message: str, at: datetime, rule: str | None = None
) -> None:
    _move(command, state, at)
    command.message = message[:400]
    command.save(update_fields=["state", "message", "changed_at"])
    tasks = Task.objects.filter(command=command, state=TaskState.WAITING)
    tasks.update(state=TaskState.CANCELLED, ended_at=at)
    _tell(command, f"command.{state}", at, {"message": message})
    keep_finding(command, at=at, rule=rule)


def _keep_late(command: Command, state: CommandState, seen: dict[str, Any], at: datetime) -> None:
    """Add what a slow sender saw after the books had ended the command."""
    late = {"at": at.isoformat(), "state": state.value, "seen": seen}
    command.seen = {**(command.seen or {}), "late": late}
    command.save(update_fields=["seen"])
    _tell(command, "command.late", at, late)
    if state != command.state:
        keep_finding(command, at=at, rule=UNCERTAIN)


def _move(command: Command, state: CommandState, at: datetime) -> None:
    command.state, command.changed_at = state, at


def _locked(number: int) -> Command:
    rows = Command.objects.select_for_update(of=("self",))
    rows = rows.select_related("order", "device__unit", "device__meter")
    command = rows.filter(pk=number).first()
    if command is None:
        raise InvalidInputError(f"no command {number}", expected="the number of a command")
    return command


def turn_for(deed: Deed, command: Command, message: str = "") -> Turn:
    """Return a deed with what the carrier has to know of the command."""
    return Turn(
        deed,
        command.pk,
        command.device_id,
        CommandKind(command.kind),
        command.order.args,
        command.progress,
        command.sent_at,
        message,
    )


def _tell(command: Command, name: str, at: datetime, after: dict[str, Any] | None = None) -> None:
    record(
        None,
        name,
        "command",
        str(command.pk),
        unit=command.device.unit,
        after={"state": command.state, **(after or {})},
        at=at,
    )
