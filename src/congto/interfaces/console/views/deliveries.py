"""Deliveries of half-hours and events: what came, what a file would change, loading it; exports."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from django.contrib import messages
from django.db import transaction
from django.http import FileResponse, Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from congto.interfaces.console import file_words
from congto.interfaces.console.views.lists import now, person, scope_for
from congto.interfaces.intake.contents import errors_of, keep
from congto.interfaces.intake.errors import rows_of
from congto.interfaces.intake.formats import DELIVERED, WRITTEN, format_of, holds_of
from congto.interfaces.jobs import readings_delivery, readings_export
from congto.office.control.permissions import Action, may, require
from congto.office.intake.choices import DeliveryState, Way
from congto.office.intake.operations import receive
from congto.office.intake.queries import (
    delivery_with,
    latest_deliveries,
    shares,
    source_days,
)
from congto.office.overview.devices import sessions_of
from congto.vocabulary.errors import CongtoError, InvalidInputError
from congto.vocabulary.periods import Period

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from congto.office.intake.models import Delivery

DAYS_SHOWN = 14
ERRORS_SHOWN = 200
SOURCE = "console"


@require_safe
def deliveries(request: HttpRequest) -> HttpResponse:
    """Show the latest deliveries, how complete the sources are, and the two forms."""
    scope_for(request)
    _need_everything(request)
    today = timezone.localdate(now())
    measured = source_days(today - timedelta(days=DAYS_SHOWN), today)
    context = {
        "deliveries": latest_deliveries(),
        "sources": [(day, shares(day)) for day in measured],
        "formats": [(key, file_words.phrase(one.title)) for key, one in DELIVERED.items()],
        "written": [(key, file_words.phrase(one.title)) for key, one in WRITTEN.items()],
        "may_bring": may(person(request), Action.ENTER_READINGS, None),
        "may_export": may(person(request), Action.EXPORT, None),
        "yesterday": today - timedelta(days=1),
    }
    return render(request, "console/readings/deliveries.html", context)


@require_POST
def bring(request: HttpRequest) -> HttpResponse:
    """Receive a file and let a job preview it; nothing enters the store."""
    user = person(request)
    try:
        require(user, Action.ENTER_READINGS, None)
        upload = request.FILES.get("file")
        if upload is None:
            raise InvalidInputError(_("Chưa chọn tệp"))
        content = keep(
            upload.chunks(),
            upload.name or "file",
            request.POST.get("format", ""),
            halve_hours=request.POST.get("halve_hours") == "on",
        )
        with transaction.atomic():
            number = f"{content.sha256[:24]}-{content.format}"
            delivery, new = receive(SOURCE, number, content, way=Way.PAGE, user=user, at=now())
            if new:
                readings_delivery.start(delivery, load=False, user=user, at=now())
    except CongtoError as error:
        messages.error(request, file_words.told(error))
        return redirect("deliveries")
    return redirect("delivery", delivery.pk)


@require_safe
def delivery(request: HttpRequest, number: int) -> HttpResponse:
    """Show what a delivery would change or has changed, and every row that cannot be taken."""
    scope_for(request)
    _need_everything(request)
    found = _found(number)
    context = {
        "delivery": found,
        "format": file_words.phrase(format_of(found.format).title),
        "message": file_words.whole(found.message),
        "errors": file_words.rows(rows_of(found, ERRORS_SHOWN)),
        "holds": holds_of(found.format),
        "previewed": found.state == DeliveryState.PREVIEWED,
        "waiting": found.state == DeliveryState.RECEIVED,
        "repeated": found.days - found.new_days,
        "unchanged": found.days - found.new_days - found.changed_days,
        "may_load": may(person(request), Action.ENTER_READINGS, None),
        "sessions": sessions_of(found.pk),
    }
    return render(request, "console/readings/delivery.html", context)


@require_POST
def load(request: HttpRequest, number: int) -> HttpResponse:
    """Let a job load a previewed delivery."""
    user = person(request)
    try:
        require(user, Action.ENTER_READINGS, None)
        readings_delivery.start(_found(number), load=True, user=user, at=now())
    except CongtoError as error:
        messages.error(request, file_words.told(error))
    return redirect("delivery", number)


@require_safe
def errors(request: HttpRequest, number: int) -> FileResponse:
    """Hand out the list of rows that were not taken."""
    scope_for(request)
    _need_everything(request)
    path = errors_of(_found(number))
    if not path.is_file():
        raise Http404(_("Không có dòng nào bị loại."))
    return FileResponse(path.open("rb"), as_attachment=True, filename=f"{number}-errors.csv")


@require_POST
def export(request: HttpRequest) -> HttpResponse:
    """Start an export of half-hours."""
    try:
        first, last = (_day(request.POST.get(name, "")) for name in ("from", "to"))
        codes = request.POST.get("codes", "").replace(",", " ").split()
        period = Period(first, last + timedelta(days=1))
        name = request.POST.get("format", "")
        job = readings_export.start(codes, period, name, user=person(request), at=now())
    except CongtoError as error:
        messages.error(request, file_words.told(error))
        return redirect("deliveries")
    return redirect("job", job.pk)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InvalidInputError(_("Ngày “%(found)s”") % {"found": text[:20]}) from error


def _found(number: int) -> Delivery:
    found = delivery_with(number)
    if found is None:
        raise Http404(_("Không có lần giao %(number)s.") % {"number": number})
    return found


def _need_everything(request: HttpRequest) -> None:
    """Answer 404 to people who do not work for the whole house: a delivery is of everybody."""
    if not may(person(request), Action.VIEW, None):
        raise Http404(_("Trang này cần quyền xem toàn hệ thống."))
