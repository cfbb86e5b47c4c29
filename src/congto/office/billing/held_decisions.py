"""What people decide on a held bill besides releasing it: read again, estimate, cancel, propose.

A bill that a clerk may sign is estimated or cancelled by one person. Above that a clerk proposes
to issue or to cancel it and a second person approves; reading again changes no money, so whoever
may deal with findings asks for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.translation import gettext as _

from congto.office.billing.choices import BillState, HoldState, Signer
from congto.office.billing.decisions import (
    ask_readers,
    decide_holds,
    locked,
    released,
    signer_needed,
)
from congto.office.billing.estimates import estimated_bill
from congto.office.billing.issue import issue
from congto.office.billing.models import Bill, BillHold
from congto.office.billing.series import issuer_of
from congto.office.control.audit import operation
from congto.office.control.permissions import Action, require
from congto.office.control.proposals import ProposalKind, register
from congto.office.organisation.models import Unit
from congto.vocabulary.errors import InvalidInputError, RefusedError
from congto.vocabulary.money import format_dong

if TYPE_CHECKING:
    from datetime import date, datetime

    from django.contrib.auth.models import User


def ask_for_reading(bill_id: int, *, user: User, reason: str, at: datetime) -> Bill:
    """Ask for the meter to be read again: the bill stays held and says that it waits for it.

    Each usage point gets the finding BIL-301 for the readers; rating the bill again
    (office.billing.rerate) closes it.

    Raises:
        RefusedError: no right in the unit, not held any more, or asked for already.
        InvalidInputError: no reason.
    """
    _need_reason(reason)
    with operation(
        user, "bill.reread", "bill", str(bill_id), unit=None, reason=reason, at=at
    ) as work:
        bill = locked(bill_id, BillState.HELD)
        require(user, Action.RESOLVE, bill.unit)
        waiting = BillHold.objects.filter(bill=bill, state=HoldState.OPEN)
        if not waiting.exists():
            raise RefusedError(
                _("Hóa đơn %(bill)s đã được yêu cầu đọc lại") % {"bill": bill_id},
                action=_("chờ chỉ số mới, hoặc duyệt, tạm tính, hủy hóa đơn"),
            )
        asked = ask_readers(bill, user=user, at=at)
        waiting.update(state=HoldState.REREAD, decided_by=user, decided_at=at, reason=reason)
        work.unit, work.before = bill.unit, {"holds": HoldState.OPEN.value}
        work.after = {"holds": HoldState.REREAD.value, "usage_points": asked}
    return bill


def cancel_held(bill_id: int, *, user: User, reason: str, at: datetime) -> Bill:
    """Cancel a held bill: it never had a number nor stood in the ledger, so nothing is reversed."""
    _need_reason(reason)
    with operation(
        user, "bill.cancel_held", "bill", str(bill_id), unit=None, reason=reason, at=at
    ) as work:
        bill = _signed_by_one(bill_id, user)
        work.unit, work.before = bill.unit, {"state": BillState.HELD.name}
        _cancelled(bill, user=user, reason=reason, at=at)
        work.after = {"state": BillState.CANCELLED.name}
    return bill


def estimate_held(bill_id: int, *, user: User, reason: str, at: datetime, issued_on: date) -> Bill:
    """Bill an estimate in place of the held bill and issue it; return the new bill.

    The held bill is cancelled; the estimate is the next version of the usage and of the bill, so
    both stay to be seen. See `estimates` for how it is computed and when it is refused.
    """
    _need_reason(reason)
    with operation(
        user, "bill.estimate", "bill", str(bill_id), unit=None, reason=reason, at=at
    ) as work:
        bill = _signed_by_one(bill_id, user)
        new = estimated_bill(bill, at=at)
        decide_holds(bill.pk, HoldState.ESTIMATED, user=user, reason=reason, at=at)
        Bill.objects.filter(pk=bill.pk).update(state=BillState.CANCELLED)
        issue([new], issued_on=issued_on, run_id=bill.run_id)
        work.unit = bill.unit
        work.before = {"bill": bill.pk, "energy_wh": bill.energy_wh, "gross_vnd": bill.gross_vnd}
        work.after = {"bill": new.pk, "energy_wh": new.energy_wh, "gross_vnd": new.gross_vnd}
    return new


def _signed_by_one(bill_id: int, user: User) -> Bill:
    """Lock a held bill that one person may decide on."""
    bill = locked(bill_id, BillState.HELD)
    require(user, Action.RESOLVE, bill.unit)
    level = signer_needed(bill_id)
    if level > Signer.CLERK:
        raise RefusedError(
            _("Hóa đơn %(bill)s cần %(signer)s ký")
            % {"bill": bill_id, "signer": _(level.label).lower()},
            action=_("lập đề nghị để người thứ hai ký"),
        )
    return bill


def _cancelled(bill: Bill, *, user: User | None, reason: str, at: datetime) -> None:
    decide_holds(bill.pk, HoldState.CANCELLED, user=user, reason=reason, at=at)
    bill.state = BillState.CANCELLED
    bill.save(update_fields=["state"])


def _need_reason(reason: str) -> None:
    if not reason.strip():
        raise InvalidInputError(_("Thiếu lý do"), action=_("ghi lý do"))


class HeldBillDecision(ProposalKind):
    """Issues or cancels a held bill that needs a second person's signature.

    Up to the head (trưởng phòng) a manager of the bill's unit signs, above that one of its company.
    """

    key = "bill_release"
    title = "Quyết định hóa đơn treo"
    subject_kind = "bill"
    labels = {  # noqa: RUF012  (the registry's protocol; nobody writes to it)
        "state": "Trạng thái",
        "signer": "Người ký",
        "holds": "Lý do treo",
        "energy_wh": "Điện năng",
        "gross_vnd": "Tổng tiền",
    }

    def unit(self, subject: str) -> Unit:
        """Return the unit of the bill."""
        return _bill(subject).unit

    def signing_unit(self, subject: str, unit: Unit) -> Unit:
        """Return the bill's unit, or the company above it for what a deputy or director signs."""
        if signer_needed(int(subject)) <= Signer.HEAD:
            return unit
        return issuer_of(unit.pk, {one.path: one for one in Unit.objects.all()})

    def current(self, subject: str) -> dict[str, Any]:
        """Return the bill's state, why it is held and what it is worth."""
        bill = _bill(subject)
        return {
            "state": BillState(bill.state).name,
            "signer": signer_needed(bill.pk).value,
            "holds": list(BillHold.objects.filter(bill=bill).values_list("rule", flat=True)),
            "energy_wh": bill.energy_wh,
            "gross_vnd": bill.gross_vnd,
        }

    def validate(self, subject: str, after: dict[str, Any]) -> dict[str, Any]:
        """Return the decision made clean; only a held bill can be issued or cancelled by it."""
        now = self.current(subject)
        if now["state"] != BillState.HELD.name:
            raise RefusedError(
                _("Hóa đơn %(bill)s không còn treo") % {"bill": subject},
                action=_("rút đề nghị"),
            )
        if after.get("state") not in {BillState.ISSUED.name, BillState.CANCELLED.name}:
            raise InvalidInputError(_("Quyết định: cần phát hành hoặc hủy"))
        return {**now, "state": after["state"]}

    def apply(self, subject: str, after: dict[str, Any], *, reason: str, at: datetime) -> None:
        """Issue or cancel the bill; the proposal tells who asked and who signed."""
        bill = locked(int(subject), BillState.HELD)
        if after["state"] == BillState.CANCELLED.name:
            _cancelled(bill, user=None, reason=reason, at=at)
        else:
            released(bill, user=None, reason=reason, at=at, issued_on=timezone.localdate(at))

    def shown(self, field: str, value: object) -> str:
        """Return a value as a screen shows it."""
        if field == "state":
            return _(str(BillState[str(value)].label))
        if field == "signer":
            return _(str(Signer(int(str(value))).label))
        if field == "holds" and isinstance(value, list):
            return ", ".join(value)
        if field == "energy_wh":
            return f"{int(str(value)) // 1000} kWh"
        return format_dong(int(str(value)))


register(HeldBillDecision())


def _bill(subject: str) -> Bill:
    number = int(subject) if subject.isascii() and subject.isdigit() else 0
    bill = Bill.objects.select_related("unit").filter(pk=number).first()
    if bill is None:
        raise RefusedError(_("Không có hóa đơn số %(bill)s") % {"bill": subject[:20]})
    return bill
