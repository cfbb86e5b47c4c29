"""What people decide about held bills. Each decision is one operation with its audit row.

A bill may be held by several rules; the highest signer of its open holds decides who may release
it. A clerk releases alone what a clerk may sign; above that the clerk proposes and a manager
approves (kind `bill_release`, office.billing.proposals).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Max
from django.utils.translation import gettext as _

from congto.office.billing.choices import BillState, HoldState, Signer
from congto.office.billing.issue import issue
from congto.office.billing.models import Bill, BillHold
from congto.office.control.audit import operation
from congto.office.control.permissions import Action, require
from congto.vocabulary.errors import InvalidInputError, RefusedError

if TYPE_CHECKING:
    from datetime import date, datetime

    from django.contrib.auth.models import User


def locked(bill_id: int, *states: BillState) -> Bill:
    """Lock a bill and return it; RefusedError says what it is if it is in none of the states."""
    bill = (
        Bill.objects.select_for_update(of=("self",))
        .select_related("unit", "agreement__customer")
        .filter(pk=bill_id)
        .first()
    )
    if bill is None:
        raise RefusedError(_("Không có hóa đơn số %(bill)s") % {"bill": bill_id})
    if bill.state not in states:
        raise RefusedError(
            _("Hóa đơn %(bill)s đang ở trạng thái “%(state)s”")
            % {"bill": bill_id, "state": _(BillState(bill.state).label)},
            expected=", ".join(_(state.label) for state in states),
            action=_("tải lại trang để xem quyết định mới nhất"),
        )
    return bill


def signer_needed(bill_id: int) -> Signer:
    """Return who must sign the release: the highest level of the bill's open holds."""
    holds = BillHold.objects.filter(bill=bill_id, state__in=(HoldState.OPEN, HoldState.REREAD))
    return Signer(holds.aggregate(level=Max("signer"))["level"] or Signer.CLERK)


def decide_holds(
    bill_id: int, state: HoldState, *, user: User | None, reason: str, at: datetime
) -> None:
    """Close the bill's open holds with one decision."""
    BillHold.objects.filter(bill=bill_id, state__in=(HoldState.OPEN, HoldState.REREAD)).update(
        state=state, decided_by=user, decided_at=at, reason=reason
    )


def release(  # noqa: PLR0913  (who, what, why and when)
    bill_id: int,
    *,
    user: User,
    reason: str,
    at: datetime,
    issued_on: date,
    key: str | None = None,
) -> Bill:
    """Release a held bill that a clerk may sign, and issue it.

    Raises:
        RefusedError: no right in the unit, not held any more, or a second person must sign.
        InvalidInputError: no reason.
    """
    if not reason.strip():
        raise InvalidInputError(_("Thiếu lý do"), action=_("ghi lý do duyệt phát hành"))
    with operation(
        user, "bill.release", "bill", str(bill_id), unit=None, reason=reason, at=at, key=key
    ) as work:
        if work.earlier:
            return Bill.objects.get(pk=bill_id)
        bill = locked(bill_id, BillState.HELD)
        require(user, Action.RESOLVE, bill.unit)
        level = signer_needed(bill_id)
        if level > Signer.CLERK:
            raise RefusedError(
                _("Hóa đơn %(bill)s cần %(signer)s ký")
                % {"bill": bill_id, "signer": _(level.label).lower()},
                action=_("lập đề nghị duyệt phát hành để người thứ hai ký"),
            )
        work.unit, work.before = bill.unit, {"state": BillState.HELD.name}
        released(bill, user=user, reason=reason, at=at, issued_on=issued_on)
        work.after = {"state": BillState.ISSUED.name, "invoice_no": bill.invoice_no}
    return bill


def released(bill: Bill, *, user: User | None, reason: str, at: datetime, issued_on: date) -> None:
    """Close the holds and issue the bill, inside the caller's operation."""
    decide_holds(bill.pk, HoldState.RELEASED, user=user, reason=reason, at=at)
    bill.state = BillState.READY
    issue([bill], issued_on=issued_on, run_id=bill.run_id)


def issue_ready(run_id: int, *, user: User | None, at: datetime, issued_on: date) -> int:
    """Issue every ready bill of a run that was billed without issue; return how many."""
    with operation(user, "bill.issue_ready", "billing_run", str(run_id), unit=None, at=at) as work:
        bills = list(
            Bill.objects.select_for_update(of=("self",))
            .select_related("unit")
            .filter(run=run_id, state=BillState.READY)
        )
        if user is not None:
            for unit in {bill.unit for bill in bills}:
                require(user, Action.RUN_JOBS, unit)
        issue(bills, issued_on=issued_on, run_id=run_id)
        work.after = {"issued": len(bills)}
    return len(bills)
