"""Corrections by maker and checker: cancel one bill, bill a span again, adjust a span.

From the proposal to its decision the bills wait (PENDING_CANCEL), still owed, and nobody else can
correct them. What the checker sees is rated when proposed and rated again at approval: if usage,
prices or amounts moved in between, the approval is refused.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from congto.office.billing.adjustments import adjust, preview
from congto.office.billing.choices import BillKind, BillState
from congto.office.billing.corrections import again, cancel, rebill
from congto.office.billing.models import Bill
from congto.office.control.proposals import ProposalKind, register
from congto.office.customers.models import Agreement
from congto.vocabulary.errors import InvalidInputError, RefusedError
from congto.vocabulary.format_vi import day, kwh, number
from congto.vocabulary.periods import LOCAL_ZONE, Period

if TYPE_CHECKING:
    from datetime import datetime

    from congto.office.organisation.models import Unit

LABELS = {
    "state": "Trạng thái",
    "invoices": "Hóa đơn",
    "energy_wh": "Điện năng",
    "net_vnd": "Tiền điện",
    "vat_vnd": "Thuế GTGT",
    "gross_vnd": "Tổng tiền",
}
SUMS = ("energy_wh", "net_vnd", "vat_vnd", "gross_vnd")


def span_subject(agreement_code: str, span: Period) -> str:
    """Name the periods of an agreement that lie in a span: "CODE 2026-08-01 2026-11-01"."""
    return f"{agreement_code} {span.start} {span.end}"


def _span(subject: str) -> tuple[Agreement, Period]:
    code, *days = subject.split()
    try:
        period = Period(*(date.fromisoformat(one) for one in days))
    except (TypeError, ValueError) as error:
        raise InvalidInputError(
            _("Đối tượng “%(subject)s”") % {"subject": subject[:60]},
            expected=_("mã hợp đồng, ngày đầu và ngày sau ngày cuối"),
        ) from error
    found = Agreement.objects.select_related("customer__unit").filter(code=code).first()
    if found is None:
        raise RefusedError(_("Không có hợp đồng %(code)s") % {"code": code})
    return found, period


def _newest(subject: str, *, lock: bool = False) -> list[Bill]:
    """Return the newest bill of each period in the span, oldest first, adjustments left out."""
    agreement, span = _span(subject)
    bills = Bill.objects.filter(
        agreement=agreement,
        period_from__gte=span.start,
        period_to__lte=span.end,
        state__gte=BillState.HELD,
    ).exclude(kind=BillKind.ADJUSTMENT)
    if lock:
        bills = bills.select_for_update(of=("self",))
    newest = {one.period_from: one for one in bills.select_related("unit").order_by("version")}
    if not newest:
        raise RefusedError(
            _("Hợp đồng %(code)s không có hóa đơn nào trong khoảng này") % {"code": agreement.code}
        )
    return [newest[start] for start in sorted(newest)]


def _names(bills: list[Bill]) -> str:
    return "; ".join(f"{day(one.period_from)} ({number(one.gross_vnd)} đ)" for one in bills)


def _mark(bills: list[Bill], before: BillState, after: BillState) -> None:
    for bill in bills:
        if bill.state != before:
            raise RefusedError(
                _("Hóa đơn %(bill)s đang ở trạng thái “%(state)s”")
                % {"bill": bill.pk, "state": _(BillState(bill.state).label)},
                expected=_(before.label),
                action=_("tải lại trang để xem quyết định mới nhất"),
            )
    Bill.objects.filter(pk__in=[bill.pk for bill in bills]).update(state=after)


def _waiting(bills: list[Bill]) -> list[Bill]:
    return [one for one in bills if one.state == BillState.PENDING_CANCEL]


class _Correction(ProposalKind):
    """What the corrections of a span share."""

    subject_kind = "bill_span"
    labels = LABELS

    def unit(self, subject: str) -> Unit:
        """Return the unit of the agreement's customer."""
        return _span(subject)[0].customer.unit

    def current(self, subject: str) -> dict[str, Any]:
        """Return what is billed in the span; a bill that waits for its cancelling is still owed."""
        bills = _newest(subject)
        owed = [one for one in bills if one.state != BillState.CANCELLED]
        return {
            "invoices": _names(bills),
            **{name: sum(getattr(one, name) for one in owed) for name in SUMS},
        }

    def shown(self, field: str, value: object) -> str:
        """Return a value as a screen shows it."""
        return shown(field, value)


class BillCancel(ProposalKind):
    """Cancels one issued bill."""

    key = "bill_cancel"
    title = "Hủy hóa đơn đã phát hành"
    subject_kind = "bill"
    labels = LABELS

    def unit(self, subject: str) -> Unit:
        """Return the unit of the bill."""
        return _bill(subject).unit

    def current(self, subject: str) -> dict[str, Any]:
        """Return the bill; one that waits for its cancelling is still issued."""
        bill = _bill(subject)
        state = bill.state
        if state == BillState.PENDING_CANCEL:
            state = BillState.ISSUED
        return {"state": int(state), **{name: getattr(bill, name) for name in SUMS}}

    def validate(self, subject: str, after: dict[str, Any]) -> dict[str, Any]:
        """Return the bill as cancelled; refused unless it is owed."""
        del after  # there is one way to cancel
        now = self.current(subject)
        if now["state"] != BillState.ISSUED:
            _mark([_bill(subject)], BillState.ISSUED, BillState.ISSUED)
        return {"state": BillState.CANCELLED.value, **dict.fromkeys(SUMS, 0)}

    def proposed(self, subject: str, *, at: datetime) -> None:
        """Let the bill wait."""
        del at
        _mark([_bill(subject, lock=True)], BillState.ISSUED, BillState.PENDING_CANCEL)

    def dropped(self, subject: str, *, at: datetime) -> None:
        """Give the bill back its state."""
        del at
        _mark([_bill(subject, lock=True)], BillState.PENDING_CANCEL, BillState.ISSUED)

    def apply(self, subject: str, after: dict[str, Any], *, reason: str, at: datetime) -> None:
        """Cancel it on the local day of the approval."""
        del after, reason
        cancel(_bill(subject, lock=True), on=_local_day(at))

    def shown(self, field: str, value: object) -> str:
        """Return a value as a screen shows it."""
        return shown(field, value)


class BillRebill(_Correction):
    """Bills the periods of a span again: the old bills are cancelled, new ones take their place."""

    key = "bill_rebill"
    title = "Lập lại hóa đơn"

    def validate(self, subject: str, after: dict[str, Any]) -> dict[str, Any]:
        """Return the bills as they would be now; refused if they moved since they were shown."""
        bills = _newest(subject)
        plan = again(bills)
        count = _("%(count)d hóa đơn mới thay thế") % {"count": len(bills)}
        clean = {"invoices": count, **{name: plan.total(name) for name in SUMS}}
        return _unmoved(after, clean)

    def proposed(self, subject: str, *, at: datetime) -> None:
        """Let the issued bills wait; those cancelled before are only billed again."""
        del at
        issued = [one for one in _newest(subject, lock=True) if one.state != BillState.CANCELLED]
        _mark(issued, BillState.ISSUED, BillState.PENDING_CANCEL)

    def dropped(self, subject: str, *, at: datetime) -> None:
        """Give the bills back their state."""
        del at
        waiting = _waiting(_newest(subject, lock=True))
        _mark(waiting, BillState.PENDING_CANCEL, BillState.ISSUED)

    def apply(self, subject: str, after: dict[str, Any], *, reason: str, at: datetime) -> None:
        """Bill them again on the local day of the approval, all or none."""
        del after, reason
        rebill(_newest(subject, lock=True), on=_local_day(at))


class BillAdjust(_Correction):
    """Adjusts the bills of a span: one adjustment invoice for each period whose amount differs."""

    key = "bill_adjust"
    title = "Điều chỉnh hóa đơn (truy thu, thoái hoàn)"

    def current(self, subject: str) -> dict[str, Any]:
        """Return what is billed in the span, adjustments included."""
        agreement, span = _span(subject)
        periods = preview(agreement.pk, span)
        return {
            "invoices": "; ".join(day(one.period.start) for one in periods),
            **{name: sum(one.billed[name] for one in periods) for name in SUMS},
        }

    def validate(self, subject: str, after: dict[str, Any]) -> dict[str, Any]:
        """Return what should have been billed, each period recomputed whole."""
        agreement, span = _span(subject)
        periods = preview(agreement.pk, span)
        differing = [one for one in periods if not one.unchanged]
        text = "; ".join(
            f"{day(one.period.start)} ({number(one.difference['gross_vnd'])} đ)"
            for one in differing
        )
        if not differing:
            raise RefusedError(_("Không kỳ nào trong khoảng này khác với hóa đơn đã phát hành"))
        right = {name: sum(one.right[name] for one in periods) for name in SUMS}
        return _unmoved(after, {"invoices": text, **right})

    def apply(self, subject: str, after: dict[str, Any], *, reason: str, at: datetime) -> None:
        """Issue the adjustment invoices on the local day of the approval, all or none."""
        del after, reason
        agreement, span = _span(subject)
        _newest(subject, lock=True)
        adjust(agreement.pk, span, on=_local_day(at))


def _unmoved(after: dict[str, Any], clean: dict[str, Any]) -> dict[str, Any]:
    """Return the recomputed state, unless it differs from what was shown to the person."""
    moved = [name for name in SUMS if name in after and after[name] != clean[name]]
    if moved:
        raise RefusedError(
            _("%(field)s đã thay đổi: lúc xem %(then)s, nay %(now)s")
            % {
                "field": _(LABELS[moved[0]]),
                "then": shown(moved[0], after[moved[0]]),
                "now": shown(moved[0], clean[moved[0]]),
            },
            action=_("từ chối và lập đề nghị mới"),
        )
    return clean


def shown(field: str, value: object) -> str:
    """Return a figure of a bill's state as a screen shows it."""
    if value is None or value == "":
        return ""
    if field == "state":
        return _(str(BillState(int(str(value))).label))
    if field.endswith("_wh"):
        return kwh(int(str(value)))
    if field.endswith("_vnd"):
        return f"{number(int(str(value)))} đ"
    return str(value)


def _bill(subject: str, *, lock: bool = False) -> Bill:
    bills = Bill.objects.select_related("unit", "agreement__customer")
    if lock:
        bills = bills.select_for_update(of=("self",))
    bill = bills.filter(pk=subject).first() if subject.isdecimal() else None
    if bill is None:
        raise RefusedError(_("Không có hóa đơn số %(bill)s") % {"bill": subject[:20]})
    return bill


def _local_day(at: datetime) -> date:
    return at.astimezone(LOCAL_ZONE).date()


for kind in (BillCancel(), BillRebill(), BillAdjust()):
    register(kind)
