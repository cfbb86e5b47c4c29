"""A command in the hands of its carrier, and what is known of it in the end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime
from decimal import Decimal
from enum import Enum, StrEnum
from typing import TYPE_CHECKING, Any

from congto.headend.campaigns.proof import Verdict
from congto.headend.dlms.connection import State
from congto.headend.dlms.faults import DlmsError
from congto.interfaces.meters.books import at_once
from congto.office.commands.choices import CommandState
from congto.office.commands.operations import Deed, begin

if TYPE_CHECKING:
    from congto.headend.dlms.client import Client
    from congto.headend.transports.session import Session
    from congto.interfaces.meters.carrying import Carrying
    from congto.office.commands.operations import Turn

STATES = {
    Verdict.CONFIRMED: CommandState.CONFIRMED,
    Verdict.NOT_DONE: CommandState.NOT_DONE,
    Verdict.UNCERTAIN: CommandState.UNCERTAIN,
}


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a command.

    Attributes:
        state: CONFIRMED, NOT_DONE or UNCERTAIN.
        seen: what the meter showed, as JSON keeps it.
        message: in words.
        look_again: another visit may see more.
    """

    state: CommandState
    seen: dict[str, Any]
    message: str = ""
    look_again: bool = False


class StoppedError(Exception):
    """A command may not be sent; the books have ended it."""

    def __init__(self, turn: Turn) -> None:
        self.turn = turn
        super().__init__(turn.message)


class LaterError(Exception):
    """A command goes on in another visit, from an instant on."""

    def __init__(self, due_at: datetime, sentence: str) -> None:
        self.due_at = due_at
        super().__init__(sentence)


class Commanding:
    """A command in the hands of a carrier.

    Args:
        carrying: the task and its session.
        turn: what the books say of the command.

    Attributes:
        begun: the books have written down that it is being sent.
    """

    def __init__(self, carrying: Carrying, turn: Turn) -> None:
        self.carrying = carrying
        self.turn = turn
        self.begun = turn.deed is Deed.LOOK

    def mark(self, _about: object = None) -> None:
        """Commit that it is being sent; called before the first byte that changes the meter.

        Raises:
            StoppedError: it may not be sent: nothing is.
        """
        if self.begun:
            return
        turn = at_once(lambda: begin(self.turn.command, at=self.carrying.now()))
        if turn.deed is not Deed.SEND:
            raise StoppedError(turn)
        self.begun = True

    @property
    def session(self) -> Session:
        """Return the session of the visit."""
        return self.carrying.session

    @property
    def client(self) -> Client:
        """Return the client of the session."""
        return self.session.client

    def known(self, verdict: Verdict, outcome: object, message: str = "") -> Known:
        """Return what an exchange made known; where the session was lost, another one looks."""
        lost = self.client.connection.state is not State.OPEN
        seen = plain(outcome)
        told = seen if isinstance(seen, dict) else {"seen": seen}
        return Known(STATES[verdict], told, message, look_again=lost)


def plain(value: object) -> object:
    """Return what was seen as JSON keeps it; never called with a secret."""
    if isinstance(value, StrEnum):
        return value.value
    if value is None or (
        isinstance(value, bool | int | float | str) and not isinstance(value, Enum)
    ):
        return value
    return _told(value) if isinstance(value, TOLD) else _parts(value)


TOLD = (Enum, datetime, Decimal, DlmsError, bytes)


def _told(value: object) -> str:
    """Return one value as a text."""
    if isinstance(value, Enum):
        return value.name.lower()
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.decode("ascii") if value.isascii() else value.hex()
    return str(value)


def _parts(value: object) -> object:
    """Return each part of a value by its name, or in its order."""
    if is_dataclass(value) and not isinstance(value, type):
        return {one.name: plain(getattr(value, one.name)) for one in fields(value)}
    named = getattr(value, "_asdict", None)
    parts = value if named is None else named()
    if isinstance(parts, Mapping):
        return {str(name): plain(one) for name, one in parts.items()}
    if isinstance(parts, list | tuple | set | frozenset):
        return [plain(one) for one in parts]
    return str(value)
