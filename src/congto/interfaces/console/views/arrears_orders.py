"""Orders to cut supply for debt and to give it back: what is due, what waits, how it ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from congto.interfaces.console.views.headend.order_form import instant
from congto.interfaces.console.views.lists import now, person, scope_for
from congto.interfaces.meters.abilities import able
from congto.office.arrears import operations, queries
from congto.office.arrears.choices import OrderKind
from congto.office.arrears.ordering import Asked
from congto.office.control.permissions import Action, granted_paths
from congto.office.control.telling import sentence_of
from congto.office.overview import arrears as overview
from congto.vocabulary.errors import CongtoError, InvalidInputError

if TYPE_CHECKING:
    from datetime import datetime

    from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

    from congto.office.arrears.models import SupplyOrder

WAITING_SHOWN = 200


@require_safe
def orders(request: HttpRequest) -> HttpResponse:
    """Show whose supply is to be cut or given back now, and the orders that wait."""
    scope = scope_for(request)
    at = now()
    context = {
        "due": overview.due_orders(scope, at, timezone.localdate(at)),
        "waiting": queries.waiting_orders(scope)[:WAITING_SHOWN],
        "may_order": bool(granted_paths(person(request), Action.COMMAND)),
        "at": at,
    }
    return render(request, "console/arrears/orders.html", context)


@require_POST
def give(request: HttpRequest) -> HttpResponseRedirect:
    """Give the orders of one case; the rules are asked again."""
    posted = request.POST
    kind, number = posted.get("kind", ""), posted.get("case", "")
    if kind not in OrderKind.values or not number.isdecimal():
        raise Http404
    asked = Asked(OrderKind(kind), person(request), posted.get("reason", ""), now(), able)
    try:
        made = operations.give_order(int(number), asked)
    except CongtoError as error:
        messages.error(request, sentence_of(error))
    else:
        messages.success(request, said(made))
    return redirect("arrears-orders")


def said(made: list[SupplyOrder]) -> str:
    """Say which orders were given and how each is carried out."""
    return "; ".join(
        _("phiếu số %(number)d, điểm đo %(point)s: %(way)s")
        % {"number": one.pk, "point": one.usage_point.code, "way": _(str(one.get_way_display()))}
        for one in made
    )


@require_POST
def end(request: HttpRequest, number: int) -> HttpResponseRedirect:
    """Write down how an order ended on the spot, or take it back."""
    order = queries.waiting_orders(scope_for(request, Action.COMMAND)).filter(pk=number).first()
    if order is None:
        raise Http404(_("Không có phiếu số %(number)d chờ thực hiện") % {"number": number})
    note, user, at = request.POST.get("note", ""), person(request), now()
    what = request.POST.get("what", "")
    try:
        if what == "done":
            operations.carried_out(number, moment(request), user=user, note=note, at=at)
        elif what == "not_done":
            operations.not_carried_out(number, user=user, note=note, at=at)
        elif what == "withdraw":
            operations.withdraw_order(number, user=user, reason=note, at=at)
        else:
            raise Http404
    except CongtoError as error:
        messages.error(request, sentence_of(error))
    return redirect("arrears-orders")


def moment(request: HttpRequest) -> datetime:
    """Return when the order was carried out, as it was typed."""
    typed = instant(_("Lúc thực hiện"), request.POST.get("at", ""))
    if typed is None:
        raise InvalidInputError(_("Thiếu lúc thực hiện"), expected=_("ngày và giờ"))
    return typed
