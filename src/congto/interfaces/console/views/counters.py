"""Counters: drawers and turns, receipts taken and printed, a drawer counted and closed."""

from __future__ import annotations

import re
import uuid
from typing import TYPE_CHECKING

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from congto.interfaces.console.views.lists import now, person, scope_for
from congto.office.channels import drawers as counting
from congto.office.channels import queries
from congto.office.channels.choices import DrawerState, Tender
from congto.office.control.operations import propose
from congto.office.control.permissions import Action, granted_paths
from congto.office.control.queries import Scope, rows
from congto.office.control.telling import sentence_of
from congto.office.payments.owing import owing
from congto.vocabulary.errors import CongtoError, InvalidInputError

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from congto.office.channels.models import DrawerTurn
    from congto.vocabulary.money import Dong

ROWS_A_PAGE = 50
AMOUNT = re.compile(r"\d{1,3}(\.\d{3})+|\d{1,15}", re.ASCII)
NUMBER = re.compile(r"\d{1,18}", re.ASCII)


@require_safe
def counters(request: HttpRequest) -> HttpResponse:
    """Show the drawers of the scope, which of them are open, and past turns with differences."""
    scope = scope_for(request)
    turns = queries.turns(scope)
    opened = {turn.drawer_id: turn for turn in turns.filter(state=DrawerState.OPEN)}
    context = {
        "tab": "counters",
        "drawers": [(drawer, opened.get(drawer.pk)) for drawer in queries.drawers(scope)],
        "page": Paginator(turns.exclude(state=DrawerState.OPEN), ROWS_A_PAGE).get_page(
            request.GET.get("page")
        ),
        "may_collect": bool(granted_paths(request.user, Action.COLLECT)),
    }
    return render(request, "console/channels/counters.html", context)


@require_POST
def open_turn(request: HttpRequest, code: str) -> HttpResponse:
    """Begin a turn with the change that was counted."""
    drawer = get_object_or_404(queries.drawers(scope_for(request)), code=code)
    try:
        counted = amount_of(request, "counted")
        made = counting.open_turn(drawer, counted, user=person(request), at=now())
    except CongtoError as error:
        messages.error(request, sentence_of(error))
        return redirect("counters")
    return redirect("drawer-turn", made.pk)


@require_safe
def turn(request: HttpRequest, number: int) -> HttpResponse:
    """Show a turn: what a customer owes, the receipts so far, and what should be in the drawer."""
    found = turn_of(request, number)
    code = request.GET.get("customer", "").strip().upper()
    mine = found.state == DrawerState.OPEN and found.cashier_id == person(request).pk
    scope = scope_for(request, Action.COLLECT) if mine else Scope.nothing()
    known = rows("customers.Customer", scope).filter(code=code[:13]).exists() if code else False
    owed = owing(customer=code[:13]) if known else None
    context = {
        "tab": "counters",
        "turn": found,
        "mine": mine,
        "customer": code,
        "owed": owed,
        "key": uuid.uuid4().hex,
        "tenders": [(one.value, _(one.label)) for one in counting.CHANNELS],
        "receipts": found.receipts.select_related("customer").order_by("-number"),
        "expected": [
            (one.value, _(one.label), amount) for one, amount in counting.expected(found).items()
        ],
        "counts": found.counts.all(),
        "deposit": counting.to_deposit(found),
        "may_propose": bool(granted_paths(request.user, Action.PROPOSE)),
    }
    return render(request, "console/channels/turn.html", context)


@require_POST
def take(request: HttpRequest, number: int) -> HttpResponse:
    """Take the bills that were ticked and show the receipt."""
    found = turn_of(request, number)
    bills = [int(one) for one in request.POST.getlist("bill") if NUMBER.fullmatch(one)]
    customer = request.POST.get("customer", "")[:13]
    try:
        tender = request.POST.get("tender", "")
        key = request.POST.get("key", "")
        if tender not in Tender.values or not re.fullmatch(r"[0-9a-f]{32}", key):
            raise InvalidInputError(_("Chưa chọn hình thức thu"))
        order = counting.Order(customer, bills, Tender(tender), key)
        made = counting.take(found.pk, order, user=person(request), at=now())
    except CongtoError as error:
        messages.error(request, sentence_of(error))
        return redirect(f"{reverse('drawer-turn', args=[number])}?customer={customer}")
    return redirect("receipt", made.pk)


@require_safe
def receipt(request: HttpRequest, number: int) -> HttpResponse:
    """Show a receipt, for printing."""
    found = get_object_or_404(queries.receipts(scope_for(request)), pk=number)
    mine = found.turn.state == DrawerState.OPEN and found.turn.cashier_id == person(request).pk
    bills = queries.bills_of(found)
    context = {"tab": "counters", "receipt": found, "bills": bills, "mine": mine}
    return render(request, "console/channels/receipt.html", context)


@require_POST
def take_back(request: HttpRequest, number: int) -> HttpResponse:
    """Take a receipt of the present turn back, with the reason."""
    found = get_object_or_404(queries.receipts(scope_for(request)), pk=number)
    try:
        reason = request.POST.get("reason", "")
        counting.take_back(found.pk, reason=reason, user=person(request), at=now())
    except CongtoError as error:
        messages.error(request, sentence_of(error))
    else:
        messages.success(request, _("Đã hủy phiếu thu; hóa đơn lại còn nợ."))
    return redirect("receipt", number)


@require_POST
def close(request: HttpRequest, number: int) -> HttpResponse:
    """Write down what was counted and end the turn."""
    found = turn_of(request, number)
    try:
        counted = {one: amount_of(request, one.value) for one in counting.CHANNELS}
        closed = counting.close_turn(found.pk, counted, user=person(request), at=now())
    except CongtoError as error:
        messages.error(request, sentence_of(error))
    else:
        if closed.state == DrawerState.BALANCED:
            messages.success(request, _("Kiểm quỹ khớp, ca thu đã đóng."))
        else:
            messages.warning(request, _("Kiểm quỹ có chênh lệch: lập đề nghị ghi sổ."))
    return redirect("drawer-turn", number)


@require_POST
def difference(request: HttpRequest, number: int) -> HttpResponse:
    """Propose to book the difference of a closed turn."""
    found = turn_of(request, number)
    try:
        made = propose(
            "drawer_difference",
            str(found.pk),
            {"state": DrawerState.SETTLED.value},
            reason=request.POST.get("reason", ""),
            user=person(request),
            at=now(),
        )
    except CongtoError as error:
        messages.error(request, sentence_of(error))
        return redirect("drawer-turn", number)
    return redirect("proposal", made.pk)


def turn_of(request: HttpRequest, number: int) -> DrawerTurn:
    """Return a turn of the scope, else answer 404."""
    found = queries.turns(scope_for(request)).filter(pk=number).first()
    if found is None:
        raise Http404(_("Không có ca thu số %(turn)s") % {"turn": number})
    return found


def amount_of(request: HttpRequest, name: str) -> Dong:
    """Return whole đồng of the form, written 1234567 or 1.234.567; never guessed where empty."""
    text = request.POST.get(name, "").strip()
    if not AMOUNT.fullmatch(text):
        raise InvalidInputError(
            _("Số tiền “%(found)s”") % {"found": text[:20]}, expected=_("số đồng nguyên")
        )
    return int(text.replace(".", ""))
