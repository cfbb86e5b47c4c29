"""Who is asked once more before a command that cuts is sent: the stages that asked for the cut.

A stage that orders cuts learns of things after its order was given (the customer has paid). It
stands a lookout here, which is asked in the transaction that lets the command go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from congto.office.commands.models import Command

    Lookout = Callable[[Command, datetime], str | None]
    """Says why a command may not be sent now; None where it may, or where it is another's."""

_LOOKOUTS: list[Lookout] = []


def stand(lookout: Lookout) -> None:
    """Ask a lookout from now on; the same one again changes nothing."""
    if lookout not in _LOOKOUTS:
        _LOOKOUTS.append(lookout)


def why_stopped(command: Command, at: datetime) -> str | None:
    """Return why a command that cuts may not be sent; None where nobody objects."""
    answers = (lookout(command, at) for lookout in _LOOKOUTS)
    return next((answer for answer in answers if answer is not None), None)
