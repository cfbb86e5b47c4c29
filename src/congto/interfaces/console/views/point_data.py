"""A usage point's half-hours: zoom from year to month to day, versions side by side, events."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.http import Http404
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from congto.interfaces.console import charts_meterdata as charts
from congto.interfaces.console.templatetags.meterdata import EVENT_NAMES
from congto.interfaces.console.views.day_findings import told
from congto.interfaces.console.views.lists import person, scope_for
from congto.interfaces.console.views.readings import asked_day, today
from congto.office.control.permissions import Action, may
from congto.office.intake.queries import deliveries_by_instant
from congto.office.meterdata.queries import find_point
from congto.office.overview import point_days as overview
from congto.office.overview.point_events import happenings
from congto.vocabulary import format_vi
from congto.vocabulary.intervals import CHANNEL_CODES, HALF_HOURS, Channel
from congto.vocabulary.periods import Period

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpRequest, HttpResponse

    from congto.office.intake.models import Delivery
    from congto.office.overview.point_days import DayVersion
    from congto.office.overview.point_events import Happening

ZOOMS = ("year", "month", "day")
REACTIVE = (Channel.REACTIVE_IMPORT, Channel.REACTIVE_EXPORT)


@dataclass(frozen=True, slots=True)
class Shown:
    """What of a point is looked at."""

    code: str
    zoom: str
    day: date
    channel: str
    event: str = ""

    @property
    def period(self) -> Period:
        """Return the local days shown."""
        if self.zoom == "year":
            return Period(date(self.day.year, 1, 1), date(self.day.year + 1, 1, 1))
        if self.zoom == "month":
            return Period.month(self.day.year, self.day.month)
        return Period(self.day, self.day + timedelta(days=1))

    @property
    def unit(self) -> str:
        """Return the unit of the channel."""
        return "kvarh" if CHANNEL_CODES[self.channel] in REACTIVE else "kWh"

    def address(self, zoom: str, day: date, event: str | None = None) -> str:
        """Return the page of another zoom, day or kind of events ("": of all)."""
        query = {"zoom": zoom, "day": day.isoformat()}
        if self.channel != "A+":
            query["channel"] = self.channel
        if kind := self.event if event is None else event:
            query["event"] = kind
        return f"{reverse('point-data', args=[self.code])}?{urlencode(query)}"


@require_safe
def point(request: HttpRequest, code: str) -> HttpResponse:
    """Show a point of the scope at the asked zoom; only the days of that span are read."""
    found = find_point(code, scope_for(request))
    if found is None:
        raise Http404(_("Không có điểm đo %(code)s ở đơn vị này.") % {"code": code[:48]})
    shown = shown_of(request, code)
    period = shown.period
    context: dict[str, Any] = {
        "point": found,
        "shown": shown,
        "zooms": [(zoom, shown.address(zoom, shown.day)) for zoom in ZOOMS],
        "before": shown.address(shown.zoom, period.start - timedelta(days=1)),
        "after": shown.address(shown.zoom, period.end) if period.end <= today() else "",
        "title": title_of(shown),
        "findings": told(overview.findings_of(found.pk, period), code),
    }
    context |= timeline(happenings(found.pk, period), shown)
    may_edit = may(person(request), Action.ENTER_READINGS, found.unit)
    if shown.zoom == "day":
        context |= a_day(request, found.pk, shown, may_edit=may_edit)
    else:
        context |= a_span(found.pk, shown)
    context["may_edit"] = may_edit
    return render(request, "console/meterdata/point.html", context)


def shown_of(request: HttpRequest, code: str) -> Shown:
    """Read the address; what is not asked is the last month that the store has."""
    zoom = request.GET.get("zoom", "month")
    channel = request.GET.get("channel", "A+")
    day = asked_day(request) or overview.last_day(today()) or today()
    event = request.GET.get("event", "")
    if zoom not in ZOOMS or channel not in CHANNEL_CODES or event not in {"", *EVENT_NAMES}:
        raise Http404
    return Shown(code, zoom, day, channel, event)


def timeline(entries: Sequence[Happening], shown: Shown) -> dict[str, Any]:
    """Return the entries of the asked kind, each with the page of its day, and the kinds."""
    counts = Counter(one.kind for one in entries)
    if shown.event:
        counts.setdefault(shown.event, 0)
    kinds = [
        (kind, counts[kind], shown.address(shown.zoom, shown.day, kind))
        for kind in EVENT_NAMES
        if kind in counts
    ]
    kept = [one for one in entries if shown.event in {"", one.kind}]
    return {
        "events": [(one, shown.address("day", one.day)) for one in kept],
        "event_kinds": kinds,
        "events_all": (len(entries), shown.address(shown.zoom, shown.day, "")),
    }


def title_of(shown: Shown) -> str:
    """Name the span."""
    if shown.zoom == "year":
        return _("Năm %(year)d") % {"year": shown.day.year}
    if shown.zoom == "month":
        return _("Tháng %(month)s") % {"month": f"{shown.day:%m/%Y}"}
    return _("Ngày %(day)s") % {"day": format_vi.day(shown.day)}


def a_span(point: int, shown: Shown) -> dict[str, Any]:
    """Return a year by month or a month by day."""
    channel, yearly = CHANNEL_CODES[shown.channel], shown.zoom == "year"
    if yearly:
        spans = overview.months_of(point, shown.day.year, channel)
    else:
        spans = overview.days_of(point, shown.period, channel)
    inner = "month" if yearly else "day"
    context: dict[str, Any] = {"total": overview.added_up(spans)}
    if any(one.energy_wh is not None for one in spans):
        context["chart"] = charts.spans(
            title_of(shown),
            spans,
            shown.unit,
            monthly=yearly,
            link=lambda one: shown.address(inner, one.start),
        )
    return context


def a_day(request: HttpRequest, point: int, shown: Shown, *, may_edit: bool) -> dict[str, Any]:
    """Return a day with two of its versions side by side: as delivered and as validated."""
    versions = overview.versions_of(point, shown.day, CHANNEL_CODES[shown.channel])
    context: dict[str, Any] = {
        "versions": versions,
        "sources": sources_of(versions),
        "may_open": may(person(request), Action.VIEW, None),
        "channels": overview.channels_of(point, shown.day),
    }
    if not versions:
        return context
    left, right = sides(versions, request.GET.get("left", ""), request.GET.get("right", ""))
    validated = any(not one.raw for one in versions)
    named = [(name_of(one), one) for one in ([left] if left is right else [left, right])]
    context |= {
        "left": left,
        "right": right,
        "total": None,
        "chart": charts.day_lines(
            title_of(shown), named, shown.unit, editable=may_edit and validated
        ),
        "half_hours": half_hours(left, right),
        "validated": validated,
    }
    return context


def sources_of(versions: Sequence[DayVersion]) -> list[tuple[DayVersion, Delivery | None]]:
    """Return versions with the deliveries they came from; None for validated and imported ones."""
    brought = deliveries_by_instant([one.known_at for one in versions if one.raw])
    return [(one, brought.get(one.known_at) if one.raw else None) for one in versions]


def sides(versions: Sequence[DayVersion], left: str, right: str) -> tuple[DayVersion, DayVersion]:
    """Return the two versions to compare: the asked ones, else the newest of each kind."""
    by_key = {one.key: one for one in versions}
    raw = [one for one in versions if one.raw]
    done = [one for one in versions if not one.raw]
    first = by_key.get(left) or (raw or done)[-1]
    second = by_key.get(right) or (done or raw)[-1]
    return first, second


def name_of(version: DayVersion) -> str:
    """Name a version: "giao 1", "kiểm 2"."""
    word = _("giao %(number)d") if version.raw else _("kiểm %(number)d")
    return word % {"number": version.version}


def half_hours(left: DayVersion, right: DayVersion) -> list[dict[str, Any]]:
    """Return the 48 lines of the comparison."""
    return [
        {
            "index": index,
            "left": left.values[index],
            "right": right.values[index],
            "differs": left.values[index] != right.values[index],
            "quality": right.quality_at(index),
            "method": right.methods[index] if right.methods else 0,
            "rules": right.rules_at(index),
        }
        for index in range(HALF_HOURS)
    ]
