"""A held bill rated again in place, from newer readings or prices.

The bill keeps its row; lines, totals and holds are made anew. What passes the gates then goes the
way its run would have sent it: issued at once, or ready.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from congto.office.billing.choices import BillState, HoldState
from congto.office.billing.decisions import WAITING, close_asked, locked, need_reason
from congto.office.billing.hold_rules import rules_on
from congto.office.billing.issue import issue
from congto.office.billing.models import Bill, BillHold
from congto.office.billing.rating import holds_of, rate_again, write_in_place
from congto.office.control.audit import operation
from congto.office.control.permissions import Action, require

if TYPE_CHECKING:
    from datetime import date, datetime

    import polars as pl
    from django.contrib.auth.models import User


def rerate(  # noqa: PLR0913  (who, what, why and when)
    bill_id: int,
    *,
    user: User,
    reason: str,
    at: datetime,
    issued_on: date,
    key: str | None = None,
) -> Bill:
    """Rate a bill that is held or ready again, from the newest usage and price assignment.

    Raises:
        RefusedError: no right in the unit, issued or cancelled meanwhile, or it cannot be rated.
    """
    need_reason(reason)
    with operation(
        user, "bill.rerate", "bill", str(bill_id), unit=None, reason=reason, at=at, key=key
    ) as work:
        if work.earlier:
            return Bill.objects.get(pk=bill_id)
        bill = locked(bill_id, BillState.HELD, BillState.READY)
        require(user, Action.RESOLVE, bill.unit)
        work.unit, work.before = bill.unit, shown(bill)
        rated_anew(bill, HoldState.REPLACED, user=user, reason=reason, at=at, issued_on=issued_on)
        work.after = shown(bill)
    return bill


def shown(bill: Bill) -> dict[str, object]:
    """Return what the audit row keeps of a bill before and after."""
    return {
        "state": BillState(bill.state).name,
        "energy_wh": bill.energy_wh,
        "net_vnd": bill.net_vnd,
        "gross_vnd": bill.gross_vnd,
        "invoice_no": bill.invoice_no,
    }


def rated_anew(  # noqa: PLR0913  (who, what, why and when)
    bill: Bill,
    decision: HoldState,
    *,
    user: User | None,
    reason: str,
    at: datetime,
    issued_on: date,
) -> None:
    """Rate a locked bill again and pass it through the gates, inside the caller's operation.

    Holds that the new figures no longer cause are closed with `decision`; the others are open
    again with the new figures.
    """
    rated = rate_again([bill])
    write_in_place(bill, rated)
    holds = holds_of(bill.pk, rated, rules_on(_run_end(bill)))
    _keep_holds(bill, holds, decision, user=user, reason=reason, at=at)
    close_asked(bill)
    bill.state = BillState.READY if holds.is_empty() else BillState.HELD
    bill.save(update_fields=["state"])
    if holds.is_empty() and bill.run is not None and bill.run.issue:
        issue([bill], issued_on=issued_on, run_id=bill.run_id)


def _run_end(bill: Bill) -> date:
    """Return the day whose rules held the bill: the end of its run's period."""
    return bill.run.period_to if bill.run is not None else bill.period_to


def _keep_holds(  # noqa: PLR0913  (who, what, why and when)
    bill: Bill,
    holds: pl.DataFrame,
    decision: HoldState,
    *,
    user: User | None,
    reason: str,
    at: datetime,
) -> None:
    gone = BillHold.objects.filter(bill=bill, state__in=WAITING).exclude(rule__in=holds["rule"])
    gone.update(state=decision, decided_by=user, decided_at=at, reason=reason)
    for hold in holds.drop("bill_id").iter_rows(named=True):
        undecided = {"state": HoldState.OPEN, "decided_by": None, "decided_at": None, "reason": ""}
        BillHold.objects.update_or_create(
            bill=bill, rule=hold.pop("rule"), defaults={**hold, **undecided}
        )
