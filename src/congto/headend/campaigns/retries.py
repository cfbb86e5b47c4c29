"""What is done with a task whose session failed: again soon, or no more in this window."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from congto.headend.transports.outlook import Outlook

if TYPE_CHECKING:
    from datetime import datetime

FIRST_WAIT = timedelta(seconds=30)
"""Doubled with each retry (numbers of GXF: 30 seconds, two retries)."""
CLASS_WIDTH = 10
"""From one class of priorities to the next: a task that fell never falls among the next class."""


class Again(NamedTuple):
    """The next try: not before, and at which priority."""

    due_at: datetime
    priority: int


def next_try(
    outlook: Outlook, attempts: int, attempts_max: int, priority: int, *, at: datetime
) -> Again | None:
    """Return the next try of a task, None where it has failed for this window.

    Args:
        outlook: what the fault means.
        attempts: tries so far, this one included.
        attempts_max: tries in all.
        priority: of the task now.
        at: when it failed.
    """
    if outlook is not Outlook.TRANSIENT or attempts >= attempts_max:
        return None
    fallen = priority if (priority + 1) % CLASS_WIDTH == 0 else priority + 1
    return Again(at + FIRST_WAIT * 2 ** (attempts - 1), fallen)
