"""Going on with a billing run that was begun: the same period, session and way of issue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from congto.office.billing.operations import mark_incomplete, run_billing
from congto.office.billing.queries import run_with
from congto.vocabulary.periods import Period

if TYPE_CHECKING:
    from datetime import date, datetime

    from congto.office.billing.queries import RunReport


def resume_billing(run_id: int, *, at: datetime, issued_on: date) -> RunReport:
    """Bill what is left of the run: waiting and failed books, parked accounts, late usage.

    Safe to repeat; a run with nothing left answers with no new bill. Accounts still without usage
    are marked incomplete, as after the first run.
    """
    run = run_with(run_id)
    period = Period(run.period_from, run.period_to)
    report = run_billing(
        period, at=at, issued_on=issued_on, session=run.session_id, issue=run.issue
    )
    mark_incomplete(run_id)
    return report
