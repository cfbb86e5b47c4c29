"""What a usage point's month came to: bands, demand, quality, register beside half-hours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import Http404
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from congto.interfaces.console import charts_meterdata as charts
from congto.interfaces.console.views.lists import scope_for
from congto.interfaces.console.views.readings import asked_day, today
from congto.office.meterdata.queries import determinants_of_point, find_point
from congto.office.overview import point_days
from congto.vocabulary.periods import Period
from congto.vocabulary.usage import Source

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

MONTHS = 12

SOURCES = {
    Source.NOTHING: gettext_lazy("chưa có số liệu"),
    Source.HALF_HOURS: gettext_lazy("đủ các nửa giờ"),
    Source.REGISTERS: gettext_lazy("chỉ số đầu và cuối kỳ"),
    Source.PART: gettext_lazy("một phần các nửa giờ"),
}


@require_safe
def determinants(request: HttpRequest, code: str) -> HttpResponse:
    """Show the determinants of a point of the scope in a month, and its last twelve by band."""
    scope = scope_for(request)
    point = find_point(code, scope)
    if point is None:
        raise Http404(_("Không có điểm đo %(code)s ở đơn vị này.") % {"code": code[:48]})
    day = asked_day(request) or point_days.last_day(today()) or today()
    months = months_until(Period.month(day.year, day.month))
    rows = {month: determinants_of_point(point.pk, month, scope) for month in months}
    month = months[-1]
    shown = rows[month]
    context: dict[str, Any] = {
        "point": point,
        "month": month,
        "before": months[-2].start,
        "after": month.end if month.end <= today() else None,
        "row": shown,
        "source": SOURCES[Source(shown["source"])] if shown else "",
        "agrees": agrees(shown, "difference_wh", "sum_tolerance_wh"),
        "bands_agree": agrees(shown, "bands_difference_wh", "bands_tolerance_wh"),
    }
    known = {one: row for one, row in rows.items() if row and row["energy_wh"] is not None}
    if known:
        context["chart"] = charts.months_by_band([(one, known.get(one, {})) for one in months])
    return render(request, "console/meterdata/determinants.html", context)


def months_until(last: Period) -> list[Period]:
    """Return twelve months in the order of time, the last one included."""
    count = last.start.year * 12 + last.start.month - 1
    numbers = range(count - MONTHS + 1, count + 1)
    return [Period.month(number // 12, number % 12 + 1) for number in numbers]


def agrees(row: dict[str, Any] | None, difference: str, tolerance: str) -> bool | None:
    """Tell whether two sums agree within their tolerance; None where one of them is not known."""
    if row is None or row[difference] is None or row[tolerance] is None:
        return None
    return bool(abs(row[difference]) <= row[tolerance])
