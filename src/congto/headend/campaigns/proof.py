"""What is known of a command after it was sent: the meter shows it, shows otherwise, or is mute.

An answer is no proof: relays stick behind a success, and meters do what they answer an error to.
What counts is the state read afterwards.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeVar

from congto.headend.dlms.client import Pause
from congto.headend.dlms.connection import State
from congto.headend.dlms.faults import DlmsError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from congto.headend.dlms.client import Client, Exchange, Steps

Seen = TypeVar("Seen")

LOOKS = (0.0, 1.0, 2.0, 3.0, 5.0, 8.0, 10.0)
"""Seconds before each look at what a command has done; the time given to a meter is their sum."""


class Verdict(StrEnum):
    """What is known of a command."""

    CONFIRMED = "confirmed"  # the meter shows what was asked
    NOT_DONE = "not_done"  # it shows otherwise, or nothing was sent
    UNCERTAIN = "uncertain"  # something was sent, and nothing could be seen since: look again


def untold(_phase: object) -> None:
    """Take what a command is about to do, and keep it nowhere."""


def tried(sending: Exchange[Any]) -> Exchange[DlmsError | None]:
    """Send something that changes the meter; return what came against it, None for success.

    With an error the meter may have done it all the same.
    """
    try:
        yield from sending
    except DlmsError as error:
        return error
    return None


def looked(
    client: Client,
    look: Callable[[], Exchange[Seen]],
    enough: Callable[[Seen], bool],
    looks: Sequence[float] = LOOKS,
) -> Steps[list[Seen]]:
    """Look at the meter until it is enough, the looks are used up, or the meter is mute.

    Returns what was seen, each state once in a row; nothing where the association has ended.
    """
    seen: list[Seen] = []
    for seconds in looks:
        if client.connection.state is not State.OPEN:
            break
        if seconds:
            yield Pause(seconds)
        try:
            found = yield from look()
        except DlmsError:
            continue  # refused for now, or lost: then the association is no longer open
        if not seen or seen[-1] != found:
            seen.append(found)
        if enough(found):
            break
    return seen


def told(error: DlmsError | None) -> str:
    """Return what came against a command as one text, empty for success."""
    return "" if error is None else error.found
