"""Exceptions of half-hours: how many by rule, then one after the other by keyboard."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from congto.interfaces.console import charts_meterdata as charts
from congto.interfaces.console.finding_words import finding_text
from congto.interfaces.console.views.lists import now, person, scope_for
from congto.office.control.permissions import Action, may
from congto.office.control.telling import sentence_of
from congto.office.meterdata.choices import DayFindingState
from congto.office.meterdata.day_finding_decisions import close_day_finding
from congto.office.meterdata.manual_calendar import reading_day_after
from congto.office.meterdata.manual_orders import order_reading
from congto.office.overview import day_findings as overview
from congto.office.overview import point_days
from congto.vocabulary import format_vi
from congto.vocabulary.errors import CongtoError
from congto.vocabulary.intervals import CHANNEL_CODES, Channel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

    from congto.interfaces.console.charts import Chart
    from congto.office.meterdata.models import DayFinding

DAYS_BEFORE = 7
USUAL = (
    _("Đã xem biểu đồ, số liệu hợp lý"),
    _("Khách hàng xác nhận"),
    _("Đã có yêu cầu sửa chữa"),
)


@require_safe
def queue(request: HttpRequest) -> HttpResponse:
    """Show how many exceptions wait, by rule: of half-hours, and of register readings beside."""
    scope = scope_for(request)
    rules = overview.by_rule(scope)
    context = {
        "rules": rules,
        "total": sum(one.findings for one in rules),
        "registers": overview.register_rules(scope),
    }
    return render(request, "console/meterdata/exceptions.html", context)


@require_safe
def next_finding(request: HttpRequest) -> HttpResponseRedirect:
    """Open the first exception of the queue."""
    rule = request.GET.get("rule", "")
    return to_finding(overview.first_waiting(scope_for(request), rule), rule)


def to_finding(number: int | None, rule: str) -> HttpResponseRedirect:
    """Go to an exception of the queue, or to the overview when nothing waits."""
    address = reverse("exception", args=[number]) if number else reverse("exceptions")
    return redirect(f"{address}?{urlencode({'rule': rule})}" if rule else address)


def found(request: HttpRequest, number: int) -> DayFinding:
    """Return a finding of the scope, or answer 404."""
    one = overview.find(number, scope_for(request))
    if one is None:
        raise Http404(_("Không có phát hiện số %(number)s ở đơn vị này.") % {"number": number})
    return one


@require_safe
def finding(request: HttpRequest, number: int) -> HttpResponse:
    """Show one exception with its day, the same weekday before, and what a person may do."""
    one = found(request, number)
    rule = request.GET.get("rule", "")
    channel = Channel(one.channel)
    code = next(code for code, known in CHANNEL_CODES.items() if known == channel)
    open_now = one.state == DayFindingState.OPEN
    context: dict[str, Any] = {
        "finding": one,
        "text": told([one], one.usage_point.code)[0][1],
        "rule": rule,
        "place": overview.place_of(one, scope_for(request), rule),
        "open": open_now,
        "may_decide": open_now and may(person(request), Action.RESOLVE, one.usage_point.unit),
        "usual": [_(reason) for reason in USUAL],
        "channel": code,
        "versions": point_days.versions_of(one.usage_point_id, one.local_day, channel),
        "chart": chart_of(one, channel),
    }
    return render(request, "console/meterdata/exception.html", context)


def chart_of(one: DayFinding, channel: Channel) -> Chart | None:
    """Draw the day as it is now beside the same weekday a week before."""
    lines = []
    before = one.local_day - timedelta(days=DAYS_BEFORE)
    for day in (one.local_day, before):
        versions = point_days.versions_of(one.usage_point_id, day, channel)
        if versions:
            lines.append((format_vi.day(day), versions[-1]))
    unit = "kvarh" if channel in {Channel.REACTIVE_IMPORT, Channel.REACTIVE_EXPORT} else "kWh"
    title = _("Ngày %(day)s và cùng thứ tuần trước") % {"day": format_vi.day(one.local_day)}
    marked = (one.first, one.last)
    return charts.day_lines(title, lines, unit, marked=marked) if lines else None


def told(findings: Sequence[DayFinding], code: str) -> list[tuple[DayFinding, str]]:
    """Return findings of one point with their sentences."""
    said = overview.texts(findings, {one.usage_point_id: code for one in findings})
    return [(one, finding_text(said[one.pk])) for one in findings]


@require_POST
def decide(request: HttpRequest, number: int) -> HttpResponseRedirect:
    """Close an exception, or send somebody to read, and open the next one."""
    one = found(request, number)
    rule, reason = request.POST.get("rule", ""), request.POST.get("reason", "")
    place = overview.place_of(one, scope_for(request), rule)
    user, at = person(request), now()
    try:
        if request.POST.get("decision") == "reread":
            order_reading(
                one.usage_point,
                reading_day_after(one.usage_point.reading_book, one.local_day),
                reason=reason,
                origin=("day_finding", str(one.pk)),
                user=user,
                at=at,
            )
            messages.success(
                request, _("Đã yêu cầu đọc lại %(point)s.") % {"point": one.usage_point.code}
            )
        else:
            close_day_finding(one.pk, reason=reason, user=user, at=at)
            messages.success(request, _("Phát hiện %(number)d đã xử lý.") % {"number": one.pk})
    except CongtoError as error:
        messages.error(request, sentence_of(error))
        return to_finding(number, rule)
    return to_finding(place.following or place.previous, rule)
