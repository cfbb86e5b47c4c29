"""Correcting an issued bill: what it would be now, period by period, and three proposals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from congto.interfaces.console.scope import workplace_of
from congto.interfaces.console.views.customer import parse_day
from congto.interfaces.console.views.lists import now, person
from congto.office.billing.adjustments import SUMS, preview
from congto.office.billing.choices import BillState
from congto.office.billing.correction_proposals import span_subject
from congto.office.control.operations import propose
from congto.office.control.permissions import Action, may
from congto.office.control.telling import sentence_of
from congto.office.overview.bill import find_bill
from congto.vocabulary.errors import CongtoError, InvalidInputError
from congto.vocabulary.format_vi import day as date_vi
from congto.vocabulary.periods import Period

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse, QueryDict

    from congto.office.billing.adjustments import Adjusted
    from congto.office.billing.models import Bill

KINDS = ("bill_cancel", "bill_rebill", "bill_adjust")


@require_safe
def correct(request: HttpRequest, number: int) -> HttpResponse:
    """Show an issued bill's span of periods as billed and as it would be billed now."""
    bill = _bill(request, number)
    context: dict[str, Any] = {
        "bill": bill,
        "may_propose": may(person(request), Action.PROPOSE, bill.unit),
        "asked": _asked(bill, request.GET),
    }
    try:
        span = _span(bill, request.GET)
        periods = preview(bill.agreement_id, span)
        context |= {"periods": periods, "total": _total(periods), "span": span}
    except CongtoError as error:
        context["refused"] = sentence_of(error)
    return render(request, "console/billing/correct.html", context)


@require_POST
def propose_correction(request: HttpRequest, number: int) -> HttpResponse:
    """Propose one of the three corrections to a second person."""
    bill = _bill(request, number)
    kind = request.POST.get("kind", "")
    if kind not in KINDS:
        raise Http404(_("Không có cách sửa “%(kind)s”.") % {"kind": kind[:20]})
    try:
        subject = str(bill.pk)
        if kind != "bill_cancel":
            subject = span_subject(bill.agreement.code, _span(bill, request.POST))
        made = propose(
            kind,
            subject,
            {},
            reason=request.POST.get("reason", ""),
            user=person(request),
            at=now(),
        )
    except CongtoError as error:
        messages.error(request, sentence_of(error))
        return redirect("bill-correct", number)
    return redirect("proposal", made.pk)


def _bill(request: HttpRequest, number: int) -> Bill:
    """Return the issued bill of the scope, or answer 404."""
    bill = find_bill(number, workplace_of(request).scope)
    if bill is None or bill.state not in {BillState.ISSUED, BillState.PENDING_CANCEL}:
        raise Http404(_("Không có hóa đơn đã phát hành số %(number)s ở đây.") % {"number": number})
    return bill


def _asked(bill: Bill, given: QueryDict) -> dict[str, str]:
    """Return the days as typed; where nothing is typed, those of the bill's own period."""
    own = {"from": bill.period_from, "to": bill.period_to}
    return {name: given.get(name, "").strip() or date_vi(day) for name, day in own.items()}


def _span(bill: Bill, given: QueryDict) -> Period:
    """Return the asked days, half-open; raise InvalidInputError for what is no day."""
    days = {}
    for name, typed in _asked(bill, given).items():
        day = parse_day(typed)
        if day is None:
            raise InvalidInputError(
                _("Không đọc được ngày “%(day)s”, cần dạng 31/10/2026") % {"day": typed[:20]}
            )
        days[name] = day
    return Period(days["from"], days["to"])


def _total(periods: list[Adjusted]) -> dict[str, int]:
    return {name: sum(one.difference[name] for one in periods) for name in SUMS}
