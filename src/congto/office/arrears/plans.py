"""Payment plans (thỏa thuận trả dần): a day for each overdue bill, agreed by two persons.

Partners clear whole bills, so an instalment is a bill. While the plan is kept and nothing is
overdue beside it, no step is taken; the first day missed ends it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from congto.office.arrears import reading
from congto.office.arrears.choices import PlanState
from congto.office.arrears.models import Instalment, PaymentPlan
from congto.office.billing.choices import OWED
from congto.office.billing.models import Bill
from congto.office.control.proposals import ProposalKind, register
from congto.office.customers.models import Agreement
from congto.office.ledger.queries import receivable
from congto.vocabulary import format_vi
from congto.vocabulary.errors import InvalidInputError, RefusedError
from congto.vocabulary.periods import LOCAL_ZONE

if TYPE_CHECKING:
    from datetime import date, datetime

    from congto.office.organisation.models import Unit

KEY = "payment_plan"
DAYS_MAX = 366


class Plan(ProposalKind):
    """Agrees on days for the open bills of an agreement; the subject is the agreement's code."""

    key = KEY
    title = "Thỏa thuận trả dần"
    subject_kind = "agreement"
    labels = {"instalments": "Trả theo ngày"}  # noqa: RUF012  (the registry's protocol; nobody writes to it)

    def unit(self, subject: str) -> Unit:
        """Return the district of the customer."""
        return _agreement(subject).customer.unit

    def current(self, subject: str) -> dict[str, Any]:
        """Return the instalments of the plan that is active: bill -> day."""
        active = Instalment.objects.filter(
            plan__agreement__code=subject, plan__state=PlanState.ACTIVE
        )
        return {"instalments": {str(one.bill_id): one.due_on for one in active}}

    def validate(self, subject: str, after: dict[str, Any]) -> dict[str, Any]:
        """Return the instalments made clean: open bills of the agreement, a day for each."""
        reading.refuse_unknown(after, set(self.labels))
        agreement = _agreement(subject)
        given = after.get("instalments")
        if not isinstance(given, dict) or not given:
            raise InvalidInputError(_("Chưa có hóa đơn nào trong thỏa thuận"))
        days = {
            str(bill): reading.day(day, _("Ngày trả hóa đơn %(bill)s") % {"bill": bill})
            for bill, day in given.items()
        }
        for bill in days:
            if not bill.isdecimal() or not _owed(agreement, int(bill)) > 0:
                raise RefusedError(
                    _("Hóa đơn %(bill)s không phải là hóa đơn còn nợ của hợp đồng %(code)s")
                    % {"bill": bill[:20], "code": subject}
                )
        return {"instalments": dict(sorted(days.items(), key=lambda one: (one[1], one[0])))}

    def apply(self, subject: str, after: dict[str, Any], *, reason: str, at: datetime) -> None:
        """Put the plan into force in place of the one before.

        Raises:
            RefusedError: a day is over or too far, or an overdue bill is left out.
        """
        del reason
        on = at.astimezone(LOCAL_ZONE).date()
        agreement = Agreement.objects.select_for_update(of=("self",)).get(code=subject)
        days = {
            int(bill): reading.day(day, _("Ngày trả")) for bill, day in after["instalments"].items()
        }
        _refuse_days(days, on)
        _refuse_left_out(agreement, days, on)
        PaymentPlan.objects.filter(agreement=agreement, state=PlanState.ACTIVE).update(
            state=PlanState.BROKEN, ended_on=on
        )
        owed = {bill: _owed(agreement, bill) for bill in days}
        plan = PaymentPlan.objects.create(
            agreement=agreement, made_on=on, owed_vnd=sum(owed.values())
        )
        Instalment.objects.bulk_create(
            Instalment(plan=plan, bill_id=bill, due_on=day, amount_vnd=owed[bill])
            for bill, day in days.items()
        )

    def shown(self, field: str, value: object) -> str:
        """Return a value as a screen shows it."""
        del field
        if not isinstance(value, dict):
            return ""
        return "; ".join(
            _("hóa đơn %(bill)s: %(day)s")
            % {"bill": bill, "day": format_vi.day(reading.day(day, ""))}
            for bill, day in value.items()
        )


def _refuse_days(days: dict[int, date], on: date) -> None:
    for bill, day in days.items():
        if not 0 <= (day - on).days <= DAYS_MAX:
            raise RefusedError(
                _("Ngày trả hóa đơn %(bill)s là %(day)s")
                % {"bill": bill, "day": format_vi.day(day)},
                expected=_("từ hôm nay đến một năm sau"),
            )


def _refuse_left_out(agreement: Agreement, days: dict[int, date], on: date) -> None:
    overdue = Bill.objects.filter(agreement=agreement, state__in=OWED, due_date__lt=on)
    for bill in overdue.exclude(pk__in=days).order_by("due_date"):
        if _owed(agreement, bill.pk) > 0:
            raise RefusedError(
                _("Hóa đơn %(bill)s quá hạn mà không có trong thỏa thuận") % {"bill": bill.pk},
                expected=_("mọi hóa đơn quá hạn"),
            )


def _owed(agreement: Agreement, bill: int) -> int:
    return sum(receivable(agreement.pk, [bill]).values())


def _agreement(code: str) -> Agreement:
    found = Agreement.objects.select_related("customer__unit").filter(code=code).first()
    if found is None:
        raise RefusedError(_("Không có hợp đồng %(code)s") % {"code": code})
    return found


register(Plan())
