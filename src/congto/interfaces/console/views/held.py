"""Held bills: the queue by rule and unit, one bill at a time, and what a person decides on it.

After a decision the next bill of the same queue opens; whoever comes second is told who decided.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from congto.interfaces.console import charts
from congto.interfaces.console.views.held_actions import (
    DECISIONS,
    PROPOSE_CANCEL,
    PROPOSE_RELEASE,
    actions_for,
)
from congto.interfaces.console.views.lists import now, person, scope_for
from congto.office.control.telling import sentence_of
from congto.office.overview import held as overview
from congto.vocabulary.errors import CongtoError

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

    from congto.office.overview.held import HeldView

CONFLICTS: dict[str, frozenset[str]] = {
    "BIL-101": frozenset({"energy", "day"}),
    "BIL-102": frozenset({"energy", "day"}),
    "BIL-103": frozenset({"day"}),
    "BIL-104": frozenset({"index"}),
    "BIL-105": frozenset({"households", "day"}),
    "BIL-106": frozenset({"purpose", "group"}),
    "BIL-107": frozenset({"days"}),
    "BIL-108": frozenset({"index"}),
    "BIL-201": frozenset({"gross"}),
    "BIL-202": frozenset({"first"}),
    "BIL-203": frozenset({"last"}),
    "BIL-204": frozenset({"gross", "energy"}),
}
"""Which facts of a bill a rule sets against each other; the page marks them."""


@require_safe
def queue(request: HttpRequest) -> HttpResponse:
    """Show how many bills are held, by rule and by unit."""
    scope = scope_for(request)
    rule = request.GET.get("rule", "")
    context = {
        "rule": rule,
        "rules": overview.by_rule(scope),
        "units": overview.by_unit(scope, rule),
        "totals": overview.totals(scope),
    }
    return render(request, "console/billing/held.html", context)


@require_safe
def next_held(request: HttpRequest) -> HttpResponseRedirect:
    """Open the first bill of the queue."""
    rule = request.GET.get("rule", "")
    first = overview.first_waiting(scope_for(request), rule)
    return to_bill(first, rule)


def to_bill(number: int | None, rule: str) -> HttpResponseRedirect:
    """Go to a bill of the queue, or to the overview when the queue is empty."""
    address = reverse("held-bill", args=[number]) if number else reverse("held")
    return redirect(f"{address}?{urlencode({'rule': rule})}" if rule else address)


def found(request: HttpRequest, number: int) -> HeldView:
    """Return the bill of the scope that is or was held, or answer 404."""
    bill = overview.find_held(number, scope_for(request))
    if bill is None:
        raise Http404(_("Không có hóa đơn treo %(number)s ở đơn vị này.") % {"number": number})
    return overview.view_held(bill)


@require_safe
def held_bill(request: HttpRequest, number: int) -> HttpResponse:
    """Show one held bill with its conflict and the decisions the person may take."""
    view = found(request, number)
    rule = request.GET.get("rule", "")
    marked = {fact for one in view.holds for fact in CONFLICTS.get(one.rule, ())}
    actions = actions_for(person(request), view)
    context: dict[str, Any] = {
        "view": view,
        "rule": rule,
        "place": overview.place_of(number, scope_for(request), rule),
        "marked": marked,
        "actions": actions,
        "may_propose": any(one in actions for one in (PROPOSE_RELEASE, PROPOSE_CANCEL)),
    }
    if view.bill.past_day_wh:
        context["use_chart"] = charts.day_use(view.day_wh_oldest_first, view.bill.period_from)
    return render(request, "console/billing/held_bill.html", context)


@require_POST
def decide(request: HttpRequest, number: int) -> HttpResponseRedirect:
    """Carry out a decision and open the next bill; a refusal stays on this one and says why."""
    view = found(request, number)
    rule = request.POST.get("rule", "")
    decision = DECISIONS.get(request.POST.get("decision", ""))
    if decision is None:
        raise Http404
    place = overview.place_of(number, scope_for(request), rule)
    following = place.following or place.previous
    if not view.open:
        messages.warning(request, decided_by_another(view))
        return to_bill(following, rule)
    at = now()
    try:
        said = decision.carry_out(
            number,
            user=person(request),
            reason=request.POST.get("reason", ""),
            at=at,
            on=timezone.localdate(at),
        )
    except CongtoError as error:
        messages.error(request, sentence_of(error))
        return to_bill(number, rule)
    messages.success(request, said)
    return to_bill(following, rule)


def decided_by_another(view: HeldView) -> str:
    """Say who has decided on the bill meanwhile, and what."""
    last = max(
        (one for one in view.holds if one.decided_at),
        key=lambda one: str(one.decided_at),
        default=None,
    )
    names = {"bill": view.bill.pk, "state": _(view.bill.get_state_display())}
    if last is None or last.decided_by is None:
        return _("Hóa đơn %(bill)s không còn treo: %(state)s.") % names
    names |= {"user": last.decided_by.get_username(), "what": _(last.get_state_display())}
    return _("%(user)s đã quyết định hóa đơn %(bill)s trước bạn: %(what)s.") % names
