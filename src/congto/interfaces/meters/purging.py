"""What the head end leaves behind is removed when its term is over: a day's work, once a day.

Frames in which readings came stay as long as they may be asked for, and their sessions with them.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from congto.interfaces.jobs.locks import only_one
from congto.interfaces.meters import frames
from congto.office.campaigns.operations import purge_sessions, purge_tasks
from congto.office.devices.operations import purge_uses
from congto.reference.retention import Kept, terms_on
from congto.vocabulary.periods import LOCAL_ZONE

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

PURGING = "headend_purge"
ROWS = {
    Kept.TASKS: purge_tasks,
    Kept.SESSIONS: purge_sessions,
    Kept.SECRET_USES: purge_uses,
}
"""In this order: a session goes when no task names it any more."""


def purge(
    at: datetime,
    *,
    before: date | None = None,
    terms: Mapping[Kept, int] | None = None,
    dry_run: bool = False,
) -> dict[str, int]:
    """Remove what is beyond its term; where another process does, nothing.

    Args:
        at: now.
        before: only what is older than this day as well; a term is never cut short.
        terms: days of each; None: as in force today.
        dry_run: count, and remove nothing.

    Returns:
        How many of each were removed; frames are files.
    """
    today = at.astimezone(LOCAL_ZONE).date()
    days = terms_on(today) if terms is None else terms
    last = {
        what: min(today - timedelta(days=days[what]), before or today - timedelta(days=days[what]))
        for what in Kept
    }
    with only_one(PURGING) as mine:
        if not mine:
            return {}
        plain, delivered = last[Kept.FRAMES], last[Kept.DELIVERED_FRAMES]
        return {
            "frames": frames.prune(plain, delivered, dry_run=dry_run),
            **{
                str(what): remove(_midnight(last[what]), user=None, at=at, dry_run=dry_run)
                for what, remove in ROWS.items()
            },
        }


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(0), LOCAL_ZONE)
