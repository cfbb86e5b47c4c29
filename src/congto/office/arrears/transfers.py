"""Bank transfers of customers that wait in suspense, used for a deposit or for late interest.

Partners collect bills and nothing else. What a customer transfers for a deposit or for interest
comes with the bank statement, waits in suspense, and is told its use here, by two persons.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from congto.office.arrears import reading
from congto.office.arrears.choices import DepositMove
from congto.office.arrears.events import post_event
from congto.office.arrears.models import Deposit, InterestPayment
from congto.office.control.proposals import ProposalKind, register
from congto.office.customers.models import Agreement
from congto.office.ledger import rules
from congto.office.ledger.choices import JournalKind
from congto.office.ledger.queries import late_interest
from congto.office.settlement.choices import LineState
from congto.office.settlement.models import BankStatementLine
from congto.vocabulary.errors import InvalidInputError, RefusedError
from congto.vocabulary.money import format_dong
from congto.vocabulary.periods import LOCAL_ZONE

if TYPE_CHECKING:
    from datetime import date, datetime

    from congto.office.organisation.models import Unit

KEY = "transfer_use"
DEPOSIT, INTEREST = "deposit", "interest"


class TransferUse(ProposalKind):
    """Uses a transfer; the subject is the statement line, a slash, the agreement's code."""

    key = KEY
    title = "Dùng tiền chuyển khoản chờ xử lý"
    subject_kind = "bank_line"
    labels = {  # noqa: RUF012  (the registry's protocol; nobody writes to it)
        "left_vnd": "Tiền còn chờ xử lý",
        "use": "Dùng vào",
        "amount_vnd": "Số tiền",
        "bill": "Hóa đơn",
        "document": "Văn bản",
    }

    def unit(self, subject: str) -> Unit:
        """Return the district of the customer."""
        return _parts(subject)[1].customer.unit

    def current(self, subject: str) -> dict[str, Any]:
        """Return what is left of the transfer."""
        return {"left_vnd": _left(_parts(subject)[0])}

    def validate(self, subject: str, after: dict[str, Any]) -> dict[str, Any]:
        """Return the use made clean: whole đồng, no more than is left, no more than is owed."""
        reading.refuse_unknown(after, set(self.labels))
        line, agreement = _parts(subject)
        amount, use = reading.amount(after.get("amount_vnd")), after.get("use")
        left = _left(line)
        if amount > left:
            raise RefusedError(
                _("Báo có số %(line)d chỉ còn %(left)s")
                % {"line": line.pk, "left": format_dong(left)}
            )
        clean = {"left_vnd": left - amount, "use": use, "amount_vnd": amount}
        clean["document"] = reading.document(after.get("document"))
        if use == DEPOSIT:
            return {**clean, "bill": None}
        if use != INTEREST:
            raise InvalidInputError(_("Dùng vào ký quỹ hoặc lãi chậm trả"))
        bill = reading.number(after.get("bill"), _("Hóa đơn"))
        owed = late_interest(agreement.pk, bill)
        if amount > owed:
            raise RefusedError(
                _("Lãi chậm trả của hóa đơn %(bill)d còn %(owed)s")
                % {"bill": bill, "owed": format_dong(owed)}
            )
        return {**clean, "bill": bill}

    def apply(self, subject: str, after: dict[str, Any], *, reason: str, at: datetime) -> None:
        """Post the use; the line is locked, so that no đồng of it is used twice."""
        del reason
        line, agreement = _parts(subject)
        locked = BankStatementLine.objects.select_for_update().get(pk=line.pk)
        self.validate(subject, after)
        locked.state = LineState.USED  # no bill is paid with it any more
        locked.save(update_fields=["state"])
        on = at.astimezone(LOCAL_ZONE).date()
        use = _take_deposit if after["use"] == DEPOSIT else _pay_interest
        use(line, agreement, after, on)

    def shown(self, field: str, value: object) -> str:
        """Return a value as a screen shows it."""
        if value is None:
            return ""
        if field.endswith("_vnd"):
            return format_dong(int(str(value)))
        words = {DEPOSIT: _("ký quỹ"), INTEREST: _("lãi chậm trả")}
        return words.get(str(value), str(value)) if field == "use" else str(value)


def _take_deposit(
    line: BankStatementLine, agreement: Agreement, after: dict[str, Any], on: date
) -> None:
    unit, amount = agreement.customer.unit, after["amount_vnd"]
    made = Deposit.objects.create(
        agreement=agreement, unit=unit, move=DepositMove.TAKEN, amount_vnd=amount, line=line,
        document=after["document"], accounting_date=on,
    )  # fmt: skip
    post_event(
        JournalKind.DEPOSIT, rules.deposit, unit, on=on,
        source=made.pk, party=agreement.pk, item=None, amount_vnd=amount,
    )  # fmt: skip


def _pay_interest(
    line: BankStatementLine, agreement: Agreement, after: dict[str, Any], on: date
) -> None:
    unit, amount = agreement.customer.unit, after["amount_vnd"]
    made = InterestPayment.objects.create(
        bill_id=after["bill"], agreement=agreement, unit=unit, line=line, amount_vnd=amount,
        accounting_date=on,
    )  # fmt: skip
    post_event(
        JournalKind.INTEREST_PAID, rules.interest_paid, unit, on=on,
        source=made.pk, party=agreement.pk, item=after["bill"], amount_vnd=amount,
    )  # fmt: skip


def _left(line: BankStatementLine) -> int:
    """Return what nobody has used yet of a line that waits in suspense."""
    if line.partner_id is not None or line.amount_vnd <= 0:
        return 0
    books = (Deposit.objects.filter(line=line), InterestPayment.objects.filter(line=line))
    used = sum(rows.aggregate(sum=Coalesce(Sum("amount_vnd"), 0))["sum"] for rows in books)
    return int(line.amount_vnd - used)


def _parts(subject: str) -> tuple[BankStatementLine, Agreement]:
    number, _slash, code = subject.partition("/")
    line = BankStatementLine.objects.filter(pk=number).first() if number.isdecimal() else None
    agreements = Agreement.objects.select_related("customer__unit")
    agreement = agreements.filter(code=code).first()
    if line is None or agreement is None:
        raise RefusedError(
            _("Không có báo có hoặc hợp đồng %(subject)s") % {"subject": subject[:60]}
        )
    return line, agreement


register(TransferUse())
