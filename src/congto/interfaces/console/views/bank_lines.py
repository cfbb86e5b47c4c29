"""Bank lines: what is known of each, and a person's word on those in suspense."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from congto.interfaces.console.match_words import why
from congto.interfaces.console.views.lists import now, person
from congto.office.control.permissions import Action, may
from congto.office.control.telling import sentence_of
from congto.office.settlement import deciding, queries
from congto.office.settlement.choices import LineState
from congto.office.settlement.explaining import explain
from congto.vocabulary.errors import CongtoError
from congto.vocabulary.periods import LOCAL_ZONE

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

ROWS_A_PAGE = 100


@require_safe
def bank_lines(request: HttpRequest) -> HttpResponse:
    """Show bank lines by what is known of them; those in suspense with age and proposals."""
    _let_in(request)
    state = request.GET.get("state", LineState.SUSPENSE)
    if state not in {"", *LineState.values}:
        raise Http404
    page = Paginator(queries.bank_lines(state), ROWS_A_PAGE).get_page(request.GET.get("page"))
    proposals = queries.with_proposals([line.pk for line in page])
    today = now().astimezone(LOCAL_ZONE).date()
    context = {
        "tab": "bank-lines",
        "state": state,
        "states": [(one.value, _(one.label)) for one in LineState],
        "page": page,
        "rows": [
            (line, (today - line.booking_date).days, proposals.get(line.pk, 0)) for line in page
        ],
    }
    return render(request, "console/channels/bank_lines.html", context)


@require_safe
def bank_line(request: HttpRequest, number: int) -> HttpResponse:
    """Show a bank line and what it may be."""
    _let_in(request)
    line = get_object_or_404(queries.bank_lines(), pk=number)
    context = {
        "tab": "bank-lines",
        "line": line,
        "waiting": line.state == LineState.SUSPENSE and line.amount_vnd > 0,
        "proposals": [
            (one, why(one), queries.bills_of(one), one.lines_vnd == one.items_vnd)
            for one in queries.proposals_of(number)
        ],
    }
    return render(request, "console/channels/bank_line.html", context)


@require_POST
def match(request: HttpRequest) -> HttpResponse:
    """Read the texts of all lines in suspense again."""
    _let_in(request)
    try:
        done = explain(at=now())
    except CongtoError as error:
        messages.error(request, sentence_of(error))
    else:
        messages.success(
            request,
            _("Đã xem %(lines)d dòng: %(cleared)d rõ nguồn, %(proposals)d đề xuất chờ quyết định.")
            % {"lines": done.looked_at, "cleared": done.cleared, "proposals": done.proposals},
        )
    return redirect("bank-lines")


@require_POST
def decide(request: HttpRequest, number: int, proposal: int) -> HttpResponse:
    """Confirm or reject a proposal for a line, then go on to the next."""
    _let_in(request)
    if not queries.proposals_of(number).filter(pk=proposal).exists():
        messages.error(request, _("Đề xuất này đã được quyết định hoặc hết hiệu lực."))
        return redirect("bank-line", number)
    try:
        if request.POST.get("decision") == "confirm":
            deciding.confirm(proposal, user=person(request), at=now())
            messages.success(
                request, _("Đã đưa dòng %(line)d khỏi tài khoản chờ xử lý.") % {"line": number}
            )
            return redirect("bank-lines")
        deciding.reject(proposal, user=person(request), at=now())
        messages.success(request, _("Đã bác đề xuất; nó không được nêu lại."))
    except CongtoError as error:
        messages.error(request, sentence_of(error))
    return redirect("bank-line", number)


@require_POST
def split(request: HttpRequest, number: int) -> HttpResponse:
    """Pay with a line the bills that the person names."""
    _let_in(request)
    get_object_or_404(queries.bank_lines(), pk=number)
    invoices = request.POST.get("invoices", "").replace(",", " ").split()
    try:
        deciding.split(number, invoices[:100], user=person(request), at=now())
    except CongtoError as error:
        messages.error(request, sentence_of(error))
        return redirect("bank-line", number)
    messages.success(
        request, _("Đã đưa dòng %(line)d khỏi tài khoản chờ xử lý.") % {"line": number}
    )
    return redirect("bank-lines")


def _let_in(request: HttpRequest) -> None:
    """Let in who collects everywhere: a bank's line belongs to no unit until it is known."""
    if not may(request.user, Action.COLLECT, None):
        raise PermissionDenied(_("Sao kê ngân hàng cần quyền thu tiền ở toàn đơn vị"))
