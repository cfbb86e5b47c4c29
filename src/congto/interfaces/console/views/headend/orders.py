"""Orders of commands: what was asked of which meters, who decided, what was read back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from congto.interfaces.console.views.lists import now, person, scope_for
from congto.office.commands.operations import withdraw
from congto.office.control import queries
from congto.office.control.choices import ProposalState
from congto.office.control.permissions import Action, may
from congto.office.control.telling import sentence_of
from congto.office.overview import commands as overview
from congto.vocabulary.errors import CongtoError

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

    from congto.office.commands.models import CommandOrder


@require_safe
def order(request: HttpRequest, number: int) -> HttpResponse:
    """Show an order of the scope; its commands read themselves again while they move."""
    found = find(request, number)
    view = overview.view_order(found)
    user, proposal = person(request), found.proposal
    pending = proposal is not None and proposal.state == ProposalState.PENDING
    own = found.maker_id == user.pk
    approves = may(user, Action.APPROVE, found.unit)
    commands = may(user, Action.COMMAND, found.unit)
    context = {
        "view": view,
        "warnings": overview.warnings_of(view, now()) if pending else None,
        "may_decide": pending and not own and approves,
        "may_withdraw": view.is_unsent and (own or (not pending and (commands or approves))),
        "history": queries.history("command_order", str(number)),
    }
    return render(request, "console/headend/order.html", context)


def find(request: HttpRequest, number: int) -> CommandOrder:
    """Return the order, or answer 404 where the scope has none."""
    order = overview.find_order(number, scope_for(request))
    if order is None:
        raise Http404(_("Không có phiếu lệnh %(number)s.") % {"number": number})
    return order


@require_POST
def take_back(request: HttpRequest, number: int) -> HttpResponseRedirect:
    """Withdraw what of an order has not been sent."""
    found = find(request, number)
    try:
        count = withdraw(
            found.pk, user=person(request), reason=request.POST.get("reason", ""), at=now()
        )
        messages.success(request, _("Đã rút %(count)d lệnh chưa gửi.") % {"count": count})
    except CongtoError as error:
        messages.error(request, sentence_of(error))
    return redirect("command-order", number)
