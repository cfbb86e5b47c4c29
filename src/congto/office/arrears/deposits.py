"""Deposits of customers (ký quỹ): what is held, and its use for a bill or its return, by two."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from congto.office.arrears import reading
from congto.office.arrears.choices import DepositMove
from congto.office.arrears.events import post_event
from congto.office.arrears.models import Deposit
from congto.office.billing.corrections import shares
from congto.office.billing.models import Bill
from congto.office.control.proposals import ProposalKind, register
from congto.office.customers.models import Agreement
from congto.office.ledger import rules
from congto.office.ledger.choices import AccountKind, JournalKind
from congto.office.ledger.queries import receivable
from congto.vocabulary.errors import InvalidInputError, RefusedError
from congto.vocabulary.money import format_dong
from congto.vocabulary.periods import LOCAL_ZONE

if TYPE_CHECKING:
    from datetime import date, datetime

    from congto.office.organisation.models import Unit

KEY = "deposit_use"


class DepositUse(ProposalKind):
    """Uses a deposit for a bill or gives it back; the subject is the agreement's code."""

    key = KEY
    title = "Dùng hoặc trả lại ký quỹ"
    subject_kind = "agreement"
    labels = {  # noqa: RUF012  (the registry's protocol; nobody writes to it)
        "held_vnd": "Ký quỹ đang giữ",
        "move": "Việc",
        "amount_vnd": "Số tiền",
        "bill": "Hóa đơn",
        "document": "Văn bản",
    }

    def unit(self, subject: str) -> Unit:
        """Return the district of the customer."""
        return _agreement(subject).customer.unit

    def current(self, subject: str) -> dict[str, Any]:
        """Return what is held."""
        return {"held_vnd": held(_agreement(subject).pk)}

    def validate(self, subject: str, after: dict[str, Any]) -> dict[str, Any]:
        """Return the move made clean: no more than is held, and no more than the bill owes."""
        reading.refuse_unknown(after, set(self.labels))
        agreement = _agreement(subject)
        amount, move = reading.amount(after.get("amount_vnd")), after.get("move")
        there = held(agreement.pk)
        if amount > there:
            raise RefusedError(_("Ký quỹ đang giữ là %(held)s") % {"held": format_dong(there)})
        clean = {"held_vnd": there - amount, "move": move, "amount_vnd": amount}
        clean["document"] = reading.document(after.get("document"))
        if move == DepositMove.RETURNED:
            return {**clean, "bill": None}
        if move != DepositMove.APPLIED:
            raise InvalidInputError(_("Ký quỹ dùng để bù nợ hoặc trả lại"))
        bill = reading.number(after.get("bill"), _("Hóa đơn"))
        owed = sum(receivable(agreement.pk, [bill]).values())
        if amount > owed:
            raise RefusedError(
                _("Hóa đơn %(bill)d còn nợ %(owed)s") % {"bill": bill, "owed": format_dong(owed)}
            )
        return {**clean, "bill": bill}

    def apply(self, subject: str, after: dict[str, Any], *, reason: str, at: datetime) -> None:
        """Post the move; agreement and bill are locked, so that nothing is used or paid twice."""
        del reason
        rows = Agreement.objects.select_for_update(of=("self",)).select_related("customer__unit")
        agreement = rows.get(code=subject)
        if after["bill"] is not None:
            Bill.objects.select_for_update(of=("self",)).get(pk=after["bill"])
        self.validate(subject, after)
        _move(agreement, after, at.astimezone(LOCAL_ZONE).date())

    def shown(self, field: str, value: object) -> str:
        """Return a value as a screen shows it."""
        if value is None:
            return ""
        if field.endswith("_vnd"):
            return format_dong(int(str(value)))
        return _(str(DepositMove(str(value)).label)) if field == "move" else str(value)


def _move(agreement: Agreement, after: dict[str, Any], on: date) -> None:
    unit, amount, bill = agreement.customer.unit, after["amount_vnd"], after["bill"]
    made = Deposit.objects.create(
        agreement=agreement, unit=unit, move=after["move"], amount_vnd=-amount, bill_id=bill,
        document=after["document"], accounting_date=on,
    )  # fmt: skip
    event = {"source": made.pk, "party": agreement.pk, "item": bill}
    if bill is None:
        post_event(
            JournalKind.DEPOSIT_RETURNED, rules.deposit_returned, unit, on=on,
            amount_vnd=amount, **event,
        )  # fmt: skip
        return
    owed = receivable(agreement.pk, [bill])
    net, vat = shares(amount, owed[AccountKind.RECEIVABLE], owed[AccountKind.RECEIVABLE_VAT])
    post_event(
        JournalKind.DEPOSIT_APPLIED, rules.deposit_applied, unit, on=on,
        net_vnd=net, vat_vnd=vat, **event,
    )  # fmt: skip


def held(agreement: int) -> int:
    """Return the deposit that is held of an agreement, in đồng."""
    rows = Deposit.objects.filter(agreement=agreement)
    return int(rows.aggregate(sum=Coalesce(Sum("amount_vnd"), 0))["sum"])


def _agreement(code: str) -> Agreement:
    found = Agreement.objects.select_related("customer__unit").filter(code=code).first()
    if found is None:
        raise RefusedError(_("Không có hợp đồng %(code)s") % {"code": code})
    return found


register(DepositUse())
