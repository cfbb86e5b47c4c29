"""Debts that are given up (xử lý nợ khó đòi): proposed by one person, decided by another.

What is still owed on the bill, amount and VAT apart, and its interest become an expense. The bill
stays what it was; nobody can pay it any more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from congto.office.arrears import reading
from congto.office.arrears.events import post_event
from congto.office.arrears.interest import hold_charges
from congto.office.arrears.models import WriteOff
from congto.office.billing.choices import OWED
from congto.office.billing.models import Bill
from congto.office.control.proposals import ProposalKind, register
from congto.office.ledger import rules
from congto.office.ledger.choices import AccountKind, JournalKind
from congto.office.ledger.queries import late_interest, receivable
from congto.vocabulary.errors import RefusedError
from congto.vocabulary.money import format_dong
from congto.vocabulary.periods import LOCAL_ZONE

if TYPE_CHECKING:
    from datetime import datetime

    from congto.office.organisation.models import Unit

KEY = "write_off"


class GiveUp(ProposalKind):
    """Gives up what is owed on a bill; the subject is the bill's number."""

    key = KEY
    title = "Xử lý nợ khó đòi"
    subject_kind = "bill"
    labels = {  # noqa: RUF012  (the registry's protocol; nobody writes to it)
        "owed_vnd": "Còn nợ",
        "interest_vnd": "Lãi chậm trả",
        "document": "Văn bản quyết định",
    }

    def unit(self, subject: str) -> Unit:
        """Return the district of the bill."""
        return _bill(subject).unit

    def current(self, subject: str) -> dict[str, Any]:
        """Return what is owed now."""
        bill = _bill(subject)
        return {
            "owed_vnd": sum(receivable(bill.agreement_id, [bill.pk]).values()),
            "interest_vnd": late_interest(bill.agreement_id, bill.pk),
            "document": "",
        }

    def validate(self, subject: str, after: dict[str, Any]) -> dict[str, Any]:
        """Return the state after: nothing owed, and the document that says so."""
        reading.refuse_unknown(after, set(self.labels))
        bill = _bill(subject)
        if bill.state not in OWED or not self.current(subject)["owed_vnd"] > 0:
            raise RefusedError(_("Hóa đơn số %(bill)s không còn nợ") % {"bill": subject})
        document = reading.document(after.get("document"))
        return {"owed_vnd": 0, "interest_vnd": 0, "document": document}

    def apply(self, subject: str, after: dict[str, Any], *, reason: str, at: datetime) -> None:
        """Post what is owed as an expense; the bill is locked, so that no payment comes between.

        Raises:
            RefusedError: the bill is not overdue, or is given up already.
        """
        del reason
        on = at.astimezone(LOCAL_ZONE).date()
        bill = Bill.objects.select_for_update(of=("self",)).select_related("unit").get(pk=subject)
        hold_charges(bill.unit_id)
        if bill.due_date is None or bill.due_date >= on:
            raise RefusedError(_("Hóa đơn số %(bill)s chưa quá hạn") % {"bill": subject})
        if WriteOff.objects.filter(bill=bill).exists():
            raise RefusedError(_("Nợ của hóa đơn số %(bill)s đã xử lý") % {"bill": subject})
        owed = receivable(bill.agreement_id, [bill.pk])
        amounts = {
            "net_vnd": owed[AccountKind.RECEIVABLE],
            "vat_vnd": owed[AccountKind.RECEIVABLE_VAT],
            "interest_vnd": max(late_interest(bill.agreement_id, bill.pk), 0),
        }
        made = WriteOff.objects.create(
            bill=bill, agreement_id=bill.agreement_id, unit=bill.unit, accounting_date=on,
            document=after["document"], **amounts,
        )  # fmt: skip
        post_event(
            JournalKind.WRITE_OFF, rules.write_off, bill.unit, on=on,
            source=made.pk, party=bill.agreement_id, item=bill.pk, **amounts,
        )  # fmt: skip

    def shown(self, field: str, value: object) -> str:
        """Return a value as a screen shows it."""
        return format_dong(int(str(value))) if field.endswith("_vnd") else str(value)


def _bill(subject: str) -> Bill:
    found = Bill.objects.select_related("unit").filter(pk=subject).first()
    if found is None:
        raise RefusedError(_("Không có hóa đơn số %(bill)s") % {"bill": subject})
    return found


register(GiveUp())
