"""Carriers of commands: written down before the first byte, proved by what the meter shows.

A command that another visit has begun is looked at, and nothing is sent: so a worker may die at any
moment and none goes out twice. Where the line is lost after sending, the next visit looks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from congto.headend.dlms.faults import DlmsError, Fault
from congto.headend.transports.outlook import Outlook, outlook_of
from congto.interfaces.meters import carry_image, carry_keys, carry_states
from congto.interfaces.meters.books import on_books
from congto.interfaces.meters.carry_keys import settle_secrets
from congto.interfaces.meters.carrying import CARRIERS, Carried
from congto.interfaces.meters.commanded import Commanding, Known, LaterError, StoppedError
from congto.office.campaigns.choices import TaskKind, TaskState
from congto.office.commands.choices import CommandKind, CommandState
from congto.office.commands.operations import Deed, ended
from congto.office.commands.queries import turn_of

__all__ = ["carry_command", "settle_secrets"]

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from congto.interfaces.meters.carrying import Carrying

    Carry = Callable[[Commanding], Awaitable[Known]]

DEEDS: dict[CommandKind, tuple[Carry, Carry]] = {
    CommandKind.DISCONNECT: (carry_states.switched, carry_states.relay_seen),
    CommandKind.CONNECT: (carry_states.switched, carry_states.relay_seen),
    CommandKind.ARM: (carry_states.switched, carry_states.relay_seen),
    CommandKind.LOAD_LIMIT: (carry_states.limited, carry_states.limit_seen),
    CommandKind.CALENDAR: (carry_states.converted, carry_states.calendar_seen),
    CommandKind.CLOCK: (carry_states.clock_kept, carry_states.clock_seen),
    CommandKind.PASSWORD: (carry_keys.changed, carry_keys.change_seen),
    CommandKind.KEYS: (carry_keys.changed, carry_keys.change_seen),
    CommandKind.FIRMWARE: (carry_image.sent, carry_image.sent),
}
"""Kind of command -> how it is sent, and how it is looked at after another visit began it."""


async def carry_command(carrying: Carrying) -> Carried:
    """Carry out the command that a task names.

    Raises:
        DlmsError: the meter could not be read before, or not any more since: the task comes again.
    """
    number = int(carrying.task.args["command"])
    turn = await on_books(lambda: turn_of(number))
    if turn.deed is Deed.NOTHING:
        return _told(number, turn.message)
    commanding = Commanding(carrying, turn)
    try:
        known = await _tried(commanding)
        if not commanding.begun:  # it was so already: nothing went out, and that is known
            commanding.mark()
    except StoppedError as stopped:
        return _told(number, stopped.turn.message)
    except LaterError as later:
        return Carried(TaskState.WAITING, None, "", str(later), due_at=later.due_at)
    if known.state == CommandState.UNCERTAIN and known.look_again:
        raise DlmsError(
            Fault.BROKEN,
            f"command {number} was sent and its effect not seen",
            expected="the state of the meter",
            action="It is looked at in another visit; nothing is sent",
        )
    at = carrying.now()
    state = await on_books(
        lambda: ended(number, known.state, known.seen, message=known.message, at=at)
    )
    return Carried(result={"command": number, "state": state.value, "seen": known.seen})


async def _tried(commanding: Commanding) -> Known:
    """Send the command, or look at the meter; what can never be sent is not done."""
    send, look = DEEDS[commanding.turn.kind]
    try:
        return await (look if commanding.begun else send)(commanding)
    except DlmsError as error:
        if commanding.begun or _comes_again(error):
            raise
        return Known(CommandState.NOT_DONE, {}, error.sentence())


def _comes_again(error: DlmsError) -> bool:
    """Say whether a later visit may fare better; else the command has failed now."""
    return outlook_of(error) is not Outlook.PERMANENT


def _told(number: int, message: str) -> Carried:
    result: dict[str, Any] = {"command": number, "message": message}
    return Carried(result=result)


CARRIERS[TaskKind.COMMAND] = carry_command
