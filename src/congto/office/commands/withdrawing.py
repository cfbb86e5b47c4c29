"""Ends of commands without a meter: withdrawn by a person, expired, or left by the queue.

What has been sent is neither withdrawn nor expired: it is read back, and where that does not come
to an end it is uncertain.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from congto.office.campaigns.choices import TaskState
from congto.office.campaigns.models import Task
from congto.office.commands.choices import CommandState
from congto.office.commands.findings import keep_finding
from congto.office.commands.models import Command, CommandOrder
from congto.office.control.audit import checked_reason, operation, record
from congto.office.control.choices import ProposalState
from congto.office.control.permissions import Action, may
from congto.office.control.proposals import lapse
from congto.office.control.proposals import withdraw as withdraw_proposal
from congto.vocabulary.errors import InvalidInputError, RefusedError

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.auth.models import User
    from django.db.models import QuerySet

UNSENT = (CommandState.PROPOSED, CommandState.QUEUED)
AT_WORK = (TaskState.WAITING, TaskState.LEASED)
BATCH = 500


def withdraw(
    number: int, *, user: User, reason: str, at: datetime, command: int | None = None
) -> int:
    """Withdraw what an order has not sent yet, or one command of it; return how many.

    The maker may, and whoever may command or approve in the order's unit: stopping is safe.

    Raises:
        InvalidInputError: no reason.
        RefusedError: no such order or right, it waits for a second person and another person made
            it (who then rejects it), or nothing is left that was not sent.
    """
    if not reason.strip():
        raise InvalidInputError(_("Thiếu lý do"), action=_("ghi lý do"))
    with transaction.atomic():
        made = _order(number, user)
        proposal = made.proposal
        if proposal is not None and proposal.state == ProposalState.PENDING:
            return _withdraw_proposed(made, command, user, reason, at)
        with operation(
            user,
            "command.withdraw",
            "command_order",
            str(made.pk),
            unit=made.unit,
            reason=reason,
            at=at,
        ) as work:
            rows = made.commands.filter(state__in=UNSENT)
            rows = rows if command is None else rows.filter(pk=command)
            ended = take_back(rows, CommandState.WITHDRAWN, checked_reason(reason), at=at)
            if not ended:
                raise RefusedError(
                    _("Phiếu lệnh số %(number)d không còn lệnh nào chưa gửi để rút")
                    % {"number": made.pk}
                )
            work.after = {"withdrawn": ended}
    return len(ended)


def take_back(
    rows: QuerySet[Command], state: CommandState, message: str, *, at: datetime
) -> list[int]:
    """End commands that were not sent, and their tasks; return their numbers.

    The rows are locked first: who is about to send one has done it before, or finds it ended.
    """
    commands = list(rows.filter(state__in=UNSENT).order_by("pk").select_for_update(of=("self",)))
    for command in commands:
        command.state, command.message, command.changed_at = state, message[:400], at
    Command.objects.bulk_update(commands, ["state", "message", "changed_at"], batch_size=1000)
    tasks = [command.task_id for command in commands if command.task_id]
    ended = TaskState.EXPIRED if state == CommandState.EXPIRED else TaskState.CANCELLED
    Task.objects.filter(pk__in=tasks, state=TaskState.WAITING).update(state=ended, ended_at=at)
    return [command.pk for command in commands]


def settle(*, at: datetime) -> int:
    """End what time or the queue has ended; return how many commands. Run every minute.

    - not sent when the window was over: expired, and the proposal that nobody decided with it;
    - its task was given up before it was sent: not done;
    - sent, and its task was given up: uncertain, as nobody saw the state since.
    """
    return _expire(at) + _left_unsent(at) + _left_unseen(at)


def _expire(at: datetime) -> int:
    late = CommandOrder.objects.filter(commands__state__in=UNSENT, not_after__lte=at)
    count = 0
    for number in list(late.order_by("pk").values_list("pk", flat=True).distinct()):
        with transaction.atomic():
            made = CommandOrder.objects.select_related("unit").get(pk=number)
            if made.proposal_id is not None:
                lapse(made.proposal_id, reason=_("quá hạn gửi"), at=at)
            ended = take_back(
                made.commands.all(), CommandState.EXPIRED, _("chưa gửi được trong thời hạn"), at=at
            )
            if ended:
                _tell(made, "command.expire", ended, at)
            count += len(ended)
    return count


def _left_unsent(at: datetime) -> int:
    left = Command.objects.filter(state=CommandState.QUEUED).exclude(task__state__in=AT_WORK)
    count = 0
    for number in list(left.order_by("pk").values_list("pk", flat=True)[:BATCH]):
        with transaction.atomic():
            command = _locked(number, CommandState.QUEUED)
            if command is None:
                continue
            message = _("chưa gửi: không làm việc được với công tơ (%(fault)s)")
            _end(command, CommandState.NOT_DONE, message % {"fault": _fault_of(command)}, at)
            count += 1
    return count


def _left_unseen(at: datetime) -> int:
    left = Command.objects.filter(state=CommandState.SENDING).exclude(task__state__in=AT_WORK)
    count = 0
    for number in list(left.order_by("pk").values_list("pk", flat=True)[:BATCH]):
        with transaction.atomic():
            command = _locked(number, CommandState.SENDING)
            if command is None:
                continue
            message = _("đã gửi, chưa đọc lại được trạng thái của công tơ (%(fault)s)")
            _end(command, CommandState.UNCERTAIN, message % {"fault": _fault_of(command)}, at)
            count += 1
    return count


def _end(command: Command, state: CommandState, message: str, at: datetime) -> None:
    command.state, command.message, command.changed_at = state, message[:400], at
    command.save(update_fields=["state", "message", "changed_at"])
    keep_finding(command, at=at)
    record(
        None,
        f"command.{state}",
        "command",
        str(command.pk),
        unit=command.device.unit,
        after={"state": state, "message": message},
        at=at,
    )


def _locked(number: int, state: CommandState) -> Command | None:
    """Lock a command whose task has ended; None where either has moved on meanwhile."""
    rows = Command.objects.select_for_update(of=("self",)).filter(pk=number, state=state)
    command = rows.select_related("device__unit", "device__meter", "task").first()
    at_work = command is not None and command.task is not None and command.task.state in AT_WORK
    return None if at_work else command


def _fault_of(command: Command) -> str:
    return (command.task.fault if command.task else "") or "–"


def _order(number: int, user: User) -> CommandOrder:
    rows = CommandOrder.objects.select_for_update(of=("self",))
    made = rows.select_related("unit", "proposal").filter(pk=number).first()
    if made is None or not (
        made.maker_id == user.pk
        or may(user, Action.COMMAND, made.unit)
        or may(user, Action.APPROVE, made.unit)
    ):
        raise RefusedError(
            _("Không có phiếu lệnh số %(number)d trong phạm vi được giao") % {"number": number}
        )
    return made


def _withdraw_proposed(
    made: CommandOrder, command: int | None, user: User, reason: str, at: datetime
) -> int:
    """Take the whole order back before anybody has approved it; the maker does."""
    if command is not None:
        raise RefusedError(
            _("Phiếu lệnh số %(number)d đang chờ duyệt cả phiếu") % {"number": made.pk},
            action=_("rút cả phiếu và lập phiếu mới"),
        )
    count = made.commands.filter(state=CommandState.PROPOSED).count()
    withdraw_proposal(made.proposal_id or 0, user=user, reason=reason, at=at)
    return count


def _tell(made: CommandOrder, name: str, ended: list[int], at: datetime) -> None:
    after = {"commands": ended[:BATCH], "count": len(ended)}
    record(None, name, "command_order", str(made.pk), unit=made.unit, after=after, at=at)
