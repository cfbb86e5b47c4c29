"""Tasks, sessions and campaigns beyond their terms; what commands did stays with their orders."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection, transaction

from congto.office.control.audit import record

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.auth.models import User

ROWS_AT_ONCE = 10_000
"""Rows of one transaction: workers go on meanwhile."""

TASKS = """
FROM campaigns_task WHERE ended_at < %(before)s AND kind <> 'command'
  AND state NOT IN ('waiting', 'leased')
"""
SESSIONS = """
FROM campaigns_session s WHERE began_at < %(before)s AND ended_at < %(before)s
  AND NOT EXISTS (SELECT FROM campaigns_task t WHERE t.session_id = s.id)
"""
CAMPAIGNS = """
FROM campaigns_campaign c WHERE closes_at < %(before)s AND state = 'closed'
  AND NOT EXISTS (SELECT FROM campaigns_task t WHERE t.campaign_id = c.id)
"""


def purge_tasks(before: datetime, *, user: User | None, at: datetime, dry_run: bool = False) -> int:
    """Delete tasks of readings that ended before an instant, and campaigns without any then.

    Returns:
        How many tasks.
    """
    done = _purge("campaigns_task", TASKS, before, user=user, at=at, dry_run=dry_run)
    _purge("campaigns_campaign", CAMPAIGNS, before, user=user, at=at, dry_run=dry_run)
    return done


def purge_sessions(
    before: datetime, *, user: User | None, at: datetime, dry_run: bool = False
) -> int:
    """Delete sessions that ended before an instant and that no task names; return how many."""
    return _purge("campaigns_session", SESSIONS, before, user=user, at=at, dry_run=dry_run)


def _purge(  # noqa: PLR0913  (what, who and when)
    table: str, what: str, before: datetime, *, user: User | None, at: datetime, dry_run: bool
) -> int:
    """Delete rows, so many at once; count them alone in a dry run."""
    if dry_run:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) {what}", {"before": before})
            return int(cursor.fetchone()[0])
    sql = f"DELETE FROM {table} WHERE id IN (SELECT id {what} LIMIT {ROWS_AT_ONCE})"  # noqa: S608  (constants of this file)
    total, count = 0, ROWS_AT_ONCE
    while count == ROWS_AT_ONCE:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql, {"before": before})
            count = int(cursor.rowcount)
            if count:
                after = {"before": before, "rows": count}
                record(user, f"{table}.purge", "campaign", "", unit=None, after=after, at=at)
        total += count
    return total
