"""What needs a second person in billing: releasing bills that a clerk may not sign."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from congto.office.billing.choices import BillState, Signer
from congto.office.billing.decisions import WAITING, locked, released, signer_needed
from congto.office.billing.models import Bill
from congto.office.billing.series import issuer_of
from congto.office.control.proposals import ProposalKind, register
from congto.office.organisation.models import Unit
from congto.vocabulary.errors import RefusedError
from congto.vocabulary.format_vi import kwh, number
from congto.vocabulary.periods import LOCAL_ZONE

if TYPE_CHECKING:
    from datetime import datetime


class BillRelease(ProposalKind):
    """Releases a held bill and issues it; the holds are what the checker signs away.

    Up to the head (trưởng phòng) a manager of the bill's unit signs, above that one of its company.
    """

    key = "bill_release"
    title = "Duyệt phát hành hóa đơn bị treo"
    subject_kind = "bill"
    labels = {  # noqa: RUF012  (the registry's protocol; nobody writes to it)
        "state": "Trạng thái",
        "holds": "Lý do treo",
        "signer": "Cấp ký",
        "energy_wh": "Điện năng",
        "gross_vnd": "Tổng tiền",
    }

    def unit(self, subject: str) -> Unit:
        """Return the unit of the bill."""
        return bill_of(subject).unit

    def signing_unit(self, subject: str, unit: Unit) -> Unit:
        """Return the bill's unit, or the company above it for what a deputy or director signs."""
        if signer_needed(int(subject)) <= Signer.HEAD:
            return unit
        return issuer_of(unit.pk, {one.path: one for one in Unit.objects.all()})

    def current(self, subject: str) -> dict[str, Any]:
        """Return the bill's state, figures and the holds that still wait."""
        bill = bill_of(subject)
        holds = bill.holds.filter(state__in=WAITING).order_by("rule")
        return {
            "state": bill.state,
            "holds": "; ".join(f"{one.rule}: {one.observed} ≠ {one.expected}" for one in holds),
            "signer": signer_needed(bill.pk).value,
            "energy_wh": bill.energy_wh,
            "gross_vnd": bill.gross_vnd,
        }

    def validate(self, subject: str, after: dict[str, Any]) -> dict[str, Any]:
        """Return the bill as issued without holds; refused when it is not held any more."""
        del after  # there is one way to release a bill
        now = self.current(subject)
        if now["state"] != BillState.HELD:
            raise RefusedError(
                _("Hóa đơn %(bill)s đang ở trạng thái “%(state)s”")
                % {"bill": subject, "state": _(BillState(now["state"]).label)},
                expected=_(BillState.HELD.label),
                action=_("tải lại trang để xem quyết định mới nhất"),
            )
        return {**now, "state": BillState.ISSUED.value, "holds": ""}

    def apply(self, subject: str, after: dict[str, Any], *, reason: str, at: datetime) -> None:
        """Close the holds and issue the bill on the local day of the approval."""
        del after
        bill = locked(int(subject), BillState.HELD)
        day = at.astimezone(LOCAL_ZONE).date()
        released(bill, user=None, reason=reason, at=at, issued_on=day)

    def shown(self, field: str, value: object) -> str:
        """Return a value as a screen shows it."""
        return shown(field, value)


def shown(field: str, value: object) -> str:
    """Return a figure of a bill's state as a screen shows it."""
    if value is None or value == "":
        return ""
    if field == "state":
        return _(str(BillState(int(str(value))).label))
    if field == "signer":
        return _(str(Signer(int(str(value))).label))
    if field.endswith("_wh"):
        return kwh(int(str(value)))
    if field.endswith("_vnd"):
        return f"{number(int(str(value)))} đ"
    return str(value)


def bill_of(subject: str) -> Bill:
    """Return the bill that a proposal names; RefusedError if there is none."""
    found = Bill.objects.select_related("unit", "agreement__customer")
    bill = found.filter(pk=subject).first() if subject.isdecimal() else None
    if bill is None:
        raise RefusedError(_("Không có hóa đơn số %(bill)s") % {"bill": subject})
    return bill


register(BillRelease())
