"""Release of an order: its commands wait for their meters, each with a task in the queue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from congto.office.campaigns.choices import Priority, TaskKind
from congto.office.campaigns.models import Task
from congto.office.commands.choices import CommandState
from congto.office.commands.models import Command
from congto.office.commands.rules import ATTEMPTS_MAX, READ_BACK

if TYPE_CHECKING:
    from datetime import datetime

    from congto.office.commands.models import CommandOrder


def release(made: CommandOrder, *, at: datetime) -> None:
    """Put every proposed command of an order into the queue, in the caller's transaction.

    A task lives longer than the window of its command: what was sent in it is still read back.
    """
    commands = list(
        made.commands.filter(state=CommandState.PROPOSED).order_by("pk").select_for_update()
    )
    tasks = Task.objects.bulk_create(_task(made, command, at) for command in commands)
    for command, task in zip(commands, tasks, strict=True):
        command.task, command.state, command.changed_at = task, CommandState.QUEUED, at
    Command.objects.bulk_update(commands, ["task", "state", "changed_at"], batch_size=1000)


def _task(made: CommandOrder, command: Command, at: datetime) -> Task:
    return Task(
        device_id=command.device_id,
        kind=TaskKind.COMMAND,
        args={"command": command.pk},
        subject=str(command.pk),
        key=f"command:{command.pk}",
        priority=Priority.COMMAND,
        created_at=at,
        due_at=made.not_before,
        expires_at=made.not_after + READ_BACK,
        attempts_max=ATTEMPTS_MAX,
    )
