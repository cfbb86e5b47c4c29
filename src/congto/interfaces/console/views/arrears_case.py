"""One agreement's debts: what was done, what comes next and why; complaint and payment plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from congto.interfaces.console.views.control import iso_day
from congto.interfaces.console.views.headend.order_form import number
from congto.interfaces.console.views.lists import now, person, scope_for
from congto.office.arrears.choices import OrderKind, StepKind
from congto.office.arrears.operations import close_complaint, open_complaint
from congto.office.control.operations import propose
from congto.office.control.permissions import Action, may
from congto.office.control.telling import sentence_of
from congto.office.overview import arrears as overview
from congto.vocabulary.errors import CongtoError, InvalidInputError

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

    from congto.office.customers.models import Agreement


def found(request: HttpRequest, code: str) -> Agreement:
    """Return the agreement of the scope, or answer 404."""
    agreement = overview.find_agreement(code, scope_for(request))
    if agreement is None:
        raise Http404(_("Không có hợp đồng %(code)s ở đơn vị này.") % {"code": code})
    return agreement


@require_safe
def case(request: HttpRequest, code: str) -> HttpResponse:
    """Show the debts of an agreement, the steps with their days, and what comes next."""
    agreement = found(request, code)
    at = now()
    view = overview.view_case(agreement, at, timezone.localdate(at))
    unit = agreement.customer.unit
    verdict = view.verdict
    context = {
        "view": view,
        "today": timezone.localdate(at),
        "step": word_of(verdict.step if verdict else None),
        "next_word": word_of(verdict.next_step if verdict else None),
        "may_propose": may(person(request), Action.PROPOSE, unit),
        "may_order": verdict is not None
        and verdict.step in OrderKind.values
        and may(person(request), Action.COMMAND, unit),
    }
    return render(request, "console/arrears/case.html", context)


def word_of(step: str | None) -> str:
    """Return a step as a person reads it; nothing where there is none."""
    return _(str(StepKind(step).label)) if step else ""


@require_POST
def complain(request: HttpRequest, code: str) -> HttpResponseRedirect:
    """Write a complaint down."""
    agreement = found(request, code)
    try:
        open_complaint(agreement.code, request.POST.get("text", ""), user=person(request), at=now())
    except CongtoError as error:
        messages.error(request, sentence_of(error))
    return redirect("arrears-case", code)


@require_POST
def answer(request: HttpRequest, code: str) -> HttpResponseRedirect:
    """Write the answer to the open complaint down."""
    agreement = found(request, code)
    at = now()
    view = overview.view_case(agreement, at, timezone.localdate(at))
    try:
        if view.open_complaint is None:
            raise InvalidInputError(_("Không có khiếu nại nào đang mở"))
        close_complaint(
            view.open_complaint.pk, request.POST.get("text", ""), user=person(request), at=at
        )
    except CongtoError as error:
        messages.error(request, sentence_of(error))
    return redirect("arrears-case", code)


@require_POST
def plan(request: HttpRequest, code: str) -> HttpResponseRedirect:
    """Propose a payment plan: a day for each open bill that has one typed."""
    agreement = found(request, code)
    days = {
        name.removeprefix("bill-"): iso_day(str(value))
        for name, value in request.POST.items()
        if name.startswith("bill-") and str(value).strip()
    }
    try:
        made = propose(
            "payment_plan",
            agreement.code,
            {"instalments": days},
            reason=request.POST.get("reason", ""),
            user=person(request),
            at=now(),
        )
    except CongtoError as error:
        messages.error(request, sentence_of(error))
        return redirect("arrears-case", code)
    return redirect("proposal", made.pk)


@require_POST
def money(request: HttpRequest, code: str) -> HttpResponseRedirect:
    """Propose what is done with a transfer that waits, or with the deposit of the agreement."""
    agreement, posted = found(request, code), request.POST
    use = posted.get("use", "")
    after = {
        "amount_vnd": number(posted.get("amount", "")),
        "document": posted.get("document", ""),
        "bill": number(posted.get("bill", "")) or None,
    }
    if use in {"deposit", "interest"}:
        kind, subject = "transfer_use", f"{posted.get('line', '').strip()}/{agreement.code}"
        after["use"] = use
    else:
        kind, subject = "deposit_use", agreement.code
        after["move"] = use
    try:
        made = propose(
            kind, subject, after, reason=posted.get("reason", ""), user=person(request), at=now()
        )
    except CongtoError as error:
        messages.error(request, sentence_of(error))
        return redirect("arrears-case", code)
    return redirect("proposal", made.pk)
