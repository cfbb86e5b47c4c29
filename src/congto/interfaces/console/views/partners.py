"""Partners: contracts, quota, keys, payments and refused requests; changes are proposed here."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from congto.interfaces.console.views.counters import NUMBER, amount_of
from congto.interfaces.console.views.lists import now, person
from congto.office.control.operations import propose
from congto.office.control.permissions import Action, may, require
from congto.office.control.telling import sentence_of
from congto.office.devices.sealing import SecretBytes
from congto.office.payments import callers, queries
from congto.office.payments.choices import Exactness
from congto.office.payments.proposals import SUSPENSION, TERMS
from congto.vocabulary.errors import CongtoError, InvalidInputError

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from congto.office.payments.queries import PartnerPage

ROWS = 50
SECRET_BYTES = 32


@require_safe
def partners(request: HttpRequest) -> HttpResponse:
    """Show every partner with its quota."""
    _refuse_stranger(request)
    context = {"tab": "partners", "partners": queries.partners_with_quota()}
    return render(request, "console/channels/partners.html", context)


@require_safe
def one(request: HttpRequest, code: str) -> HttpResponse:
    """Show a partner."""
    return _page(request, _found(request, code))


@require_POST
def terms(request: HttpRequest, code: str) -> HttpResponse:
    """Propose terms that hold from a day on."""
    found = _found(request, code)
    try:
        after = {
            "valid_from": request.POST.get("valid_from", ""),
            "document": request.POST.get("document", ""),
            "limit_vnd": amount_of(request, "limit_vnd"),
            "exactness": request.POST.get("exactness", ""),
            "cutoff_minute": _minute(request.POST.get("cutoff", "")),
            "credit_days": _whole(request.POST.get("credit_days", "")),
            "netting": request.POST.get("netting") == "yes",
        }
        return _proposed(request, TERMS, found.partner.code, after)
    except CongtoError as error:
        messages.error(request, sentence_of(error))
        return redirect("partner", code)


@require_POST
def suspension(request: HttpRequest, code: str) -> HttpResponse:
    """Propose to stop new payments, or to take them again."""
    found = _found(request, code)
    try:
        after = {"suspended": not found.partner.suspended}
        return _proposed(request, SUSPENSION, found.partner.code, after)
    except CongtoError as error:
        messages.error(request, sentence_of(error))
        return redirect("partner", code)


@never_cache
@require_POST
def key(request: HttpRequest, code: str) -> HttpResponse:
    """Make a key and show its secret this once; the key before it ends a day later."""
    found = _found(request, code)
    secret = secrets.token_hex(SECRET_BYTES)
    name = request.POST.get("name", "").strip()
    at = now()
    try:
        require(request.user, Action.MANAGE_DEVICES, None)
        user, sealed = person(request), SecretBytes(secret.encode())
        callers.add_key(found.partner.code, name, sealed, valid_from=at, user=user, at=at)
    except CongtoError as error:
        messages.error(request, sentence_of(error))
        return redirect("partner", code)
    return _page(request, found, secret=secret, made=name)


def _page(request: HttpRequest, found: PartnerPage, **other: str) -> HttpResponse:
    context = {
        "tab": "partners",
        "view": found,
        "exactness": [(one.value, _(one.label)) for one in Exactness],
        "may_propose": may(request.user, Action.PROPOSE, None),
        "may_make_keys": may(request.user, Action.MANAGE_DEVICES, None),
        **other,
    }
    return render(request, "console/channels/partner.html", context)


def _proposed(request: HttpRequest, kind: str, code: str, after: dict[str, Any]) -> HttpResponse:
    reason = request.POST.get("reason", "")
    made = propose(kind, code, after, reason=reason, user=person(request), at=now())
    return redirect("proposal", made.pk)


def _found(request: HttpRequest, code: str) -> PartnerPage:
    _refuse_stranger(request)
    found = queries.partner_page(code, most=ROWS)
    if found is None:
        raise Http404(_("Không có đối tác %(code)s") % {"code": code[:20]})
    return found


def _refuse_stranger(request: HttpRequest) -> None:
    """Answer 404 to who does not see the whole corporation: contracts are its own."""
    if not may(request.user, Action.VIEW, None):
        raise Http404(_("Chỉ người được giao toàn Tổng công ty xem đối tác thu hộ"))


def _whole(text: str) -> int:
    if not NUMBER.fullmatch(text.strip()):
        raise InvalidInputError(
            _("Số ngày báo có: nhận “%(found)s”, cần số nguyên") % {"found": text[:20]}
        )
    return int(text)


def _minute(text: str) -> int:
    """Return the minute of the day of a time as 16:00; 24:00 is the end of the day."""
    hour, _colon, minute = text.strip().partition(":")
    if not (hour.isdecimal() and minute.isdecimal() and len(minute) == 2 and int(minute) < 60):
        raise InvalidInputError(
            _("Giờ chốt ngày: nhận “%(found)s”, cần giờ:phút như 16:00, cả ngày là 24:00")
            % {"found": text[:20]}
        )
    return int(hour) * 60 + int(minute)
