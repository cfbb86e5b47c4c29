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
from congto.office.control.choices import FindingSeverity, FindingState
from congto.office.control.models import FindingRecord
from congto.office.control.permissions import Action, require
from congto.office.meterdata.manual_orders import order_reading
from congto.office.meters.models import UsagePoint
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
    holds = BillHold.objects.filter(bill=bill_id, state__in=WAITING)
    return Signer(holds.aggregate(level=Max("signer"))["level"] or Signer.CLERK)


WAITING = (HoldState.OPEN, HoldState.REREAD)
"""Holds that still keep a bill from being issued."""


def decide_holds(
    bill_id: int, state: HoldState, *, user: User | None, reason: str, at: datetime
) -> None:
    """Close the bill's open holds with one decision."""
    BillHold.objects.filter(bill=bill_id, state__in=WAITING).update(
        state=state, decided_by=user, decided_at=at, reason=reason
    )


def need_reason(reason: str) -> None:
    """Raise InvalidInputError when a decision comes without its reason."""
    if not reason.strip():
        raise InvalidInputError(_("Thiếu lý do"), action=_("ghi lý do"))


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
    need_reason(reason)
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


ASK_AGAIN = "BIL-301"


def ask_readers(bill: Bill, *, user: User | None, at: datetime) -> list[str]:
    """Keep an open finding BIL-301 and a re-read order on every usage point; return their codes."""
    why = "; ".join(BillHold.objects.filter(bill=bill).values_list("observed", flat=True))
    points = UsagePoint.objects.filter(agreement=bill.agreement_id).order_by("code")
    for point in points.select_related("unit"):
        order_reading(
            point,
            bill.period_to,
            reason=f"Hóa đơn {bill.pk} bị treo: {why}",
            origin=("bill", str(bill.pk)),
            user=user,
            at=at,
        )
        FindingRecord.objects.update_or_create(
            rule=ASK_AGAIN,
            subject=point.code,
            period_from=bill.period_from,
            period_to=bill.period_to,
            defaults={
                "severity": FindingSeverity.WARNING,
                "subject_kind": "usage_point",
                "unit_id": point.unit_id,
                "observed": why[:240],
                "expected": "chỉ số được đọc lại",
                "text": f"Hóa đơn {bill.pk} bị treo: đọc lại chỉ số của điểm đo {point.code}.",
                "state": FindingState.OPEN,
                "found_at": at,
            },
        )
    return [point.code for point in points]


def close_asked(bill: Bill) -> None:
    """Close the readers' findings of a bill that has been rated again."""
    FindingRecord.objects.filter(
        rule=ASK_AGAIN,
        subject__in=UsagePoint.objects.filter(agreement=bill.agreement_id).values("code"),
        period_from=bill.period_from,
        state=FindingState.OPEN,
    ).update(state=FindingState.CLOSED)
