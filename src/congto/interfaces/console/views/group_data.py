"""Energy of groups: transformers, feeders, districts, companies, classes; from year to hour."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.http import Http404
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from congto.interfaces.console import charts_meterdata as charts
from congto.interfaces.console.views.lists import scope_for
from congto.interfaces.console.views.point_data import ZOOMS, Shown, title_of
from congto.interfaces.console.views.readings import asked_day, today
from congto.office.overview import group_days as overview
from congto.office.overview import point_days
from congto.vocabulary.periods import Period
from congto.vocabulary.usage import Level

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from congto.office.overview.group_days import Group
    from congto.office.overview.point_days import Span

LEVELS = {
    Level.COMPANY: gettext_lazy("Công ty điện lực"),
    Level.DISTRICT: gettext_lazy("Điện lực"),
    Level.FEEDER: gettext_lazy("Lộ trung áp"),
    Level.TRANSFORMER: gettext_lazy("Trạm biến áp"),
    Level.CUSTOMER_CLASS: gettext_lazy("Nhóm khách hàng"),
}


def level_of(word: str) -> Level:
    """Return a level, or answer 404."""
    if word not in set(Level):
        raise Http404
    return Level(word)


@require_safe
def groups(request: HttpRequest) -> HttpResponse:
    """List the groups of a level on a day, the largest energy first."""
    level = level_of(request.GET.get("level", Level.COMPANY))
    day = asked_day(request) or point_days.last_day(today()) or today()
    context = {
        "day": day,
        "before": day - timedelta(days=1),
        "after": day + timedelta(days=1),
        "level": level.value,
        "levels": [(one.value, label) for one, label in LEVELS.items()],
        "groups": overview.groups_on(level, day, scope_for(request)),
    }
    return render(request, "console/meterdata/groups.html", context)


@require_safe
def group(request: HttpRequest, level: str, key: str) -> HttpResponse:
    """Show one group of the scope at the asked zoom."""
    found = overview.find_group(level_of(level), key, scope_for(request))
    zoom = request.GET.get("zoom", "month")
    if found is None or zoom not in ZOOMS:
        raise Http404
    day = asked_day(request) or point_days.last_day(today()) or today()
    shown = Shown("", zoom, day, "A+")
    spans = spans_of(found, shown)
    context: dict[str, Any] = {
        "group": found,
        "level": LEVELS[found.level],
        "shown": shown,
        "title": title_of(shown),
        "zooms": [(one, address(found, one, day)) for one in ZOOMS],
        "before": address(found, zoom, shown.period.start - timedelta(days=1)),
        "after": address(found, zoom, shown.period.end) if shown.period.end <= today() else "",
    }
    if spans:
        context["total"] = point_days.added_up(spans)
    if any(one.energy_wh is not None for one in spans):
        inner = "month" if zoom == "year" else "day"
        context["chart"] = charts.spans(
            title_of(shown),
            spans,
            "kWh",
            monthly=zoom == "year",
            hourly=zoom == "day",
            link=lambda one: address(found, inner, one.start),
        )
    return render(request, "console/meterdata/group.html", context)


def spans_of(found: Group, shown: Shown) -> list[Span]:
    """Return a year by month, a month by day or a day by hour."""
    if shown.zoom == "day":
        return overview.hours_of(found, shown.day)
    if shown.zoom == "month":
        return overview.days_of(found, shown.period)
    months = [Period.month(shown.day.year, month) for month in range(1, 13)]
    return [point_days.added_up(overview.days_of(found, month)) for month in months]


def address(found: Group, zoom: str, day: date) -> str:
    """Return the page of another zoom or day."""
    page = reverse("group-data", args=[found.level.value, found.key])
    return f"{page}?{urlencode({'zoom': zoom, 'day': day.isoformat()})}"
