"""How customers pay: the two measures of a month, and the path to no roaming cashier."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from congto.interfaces.console.views.lists import now, person, scope_for, unit_of
from congto.interfaces.files import channel_tables
from congto.office.channels import operations
from congto.office.channels.home_visits import RADIUS_M, RADIUS_MOST_M, home_visits
from congto.office.channels.measures import measures as measured
from congto.office.control.operations import record
from congto.office.control.permissions import Action, granted_paths, may
from congto.office.control.telling import sentence_of
from congto.reference.payment_channels import channels_on, decisions
from congto.vocabulary.errors import CongtoError, InvalidInputError
from congto.vocabulary.periods import Period, last_day

if TYPE_CHECKING:
    from django.http import HttpRequest

    from congto.office.channels.measures import Naming

CUSTOMERS_SHOWN = 200


@require_safe
def measures(request: HttpRequest) -> HttpResponse:
    """Show both measures of a month unit by unit, what they mean, and the list that is left out."""
    month = month_of(request)
    report = measured(month, scope_for(request))
    day = last_day(month)
    context = {
        **around(month),
        "tab": "measures",
        "report": report,
        "listed": report.naming.loaded > 0,
        "warnings": warnings(report.naming),
        "meanings": sorted(channels_on(day).items()),
        "decisions": decisions().values(),
        "may_name": may(request.user, Action.RUN_JOBS, None),
        "may_export": may_export(request),
    }
    return render(request, "console/channels/measures.html", context)


def warnings(naming: Naming) -> list[str]:
    """Return what is wrong with the list that the target names, a sentence each."""
    if not naming.decision:
        return [_("Chưa nêu danh sách xã đặc biệt khó khăn nào: chỉ có số liệu chung.")]
    said = []
    known, words = naming.known, {"decision": naming.decision}
    if known is None:
        said.append(_("Không rõ quyết định %(decision)s.") % words)
    elif known.replaced_from is not None and known.replaced_from <= naming.asked:
        words |= {"by": known.replaced_by or "", "day": f"{known.replaced_from:%d/%m/%Y}"}
        said.append(_("Danh sách theo %(decision)s đã được %(by)s thay thế từ %(day)s.") % words)
    elif known.until <= naming.asked:
        words |= {"day": f"{known.until:%d/%m/%Y}"}
        said.append(_("Danh sách theo %(decision)s chỉ áp dụng trước %(day)s.") % words)
    if not naming.loaded:
        said.append(_("Chưa nạp xã nào của danh sách %(decision)s.") % words)
    elif known is not None and known.communes not in {None, naming.loaded}:
        words |= {"found": str(naming.loaded), "all": str(known.communes)}
        said.append(_("Đã nạp %(found)s xã của %(decision)s; quyết định nêu %(all)s xã.") % words)
    return said


@require_POST
def name_list(request: HttpRequest) -> HttpResponse:
    """Say which decision's list the target names from a day on."""
    try:
        if not may(request.user, Action.RUN_JOBS, None):
            raise InvalidInputError(_("Chỉ người chạy tác vụ toàn hệ thống được nêu danh sách"))
        day = parse_date(request.POST.get("valid_from", ""))
        decision = request.POST.get("decision", "")
        if day is None or decision not in decisions():
            raise InvalidInputError(_("Thiếu ngày hoặc quyết định"))
        document = request.POST.get("document", "")[:120]
        operations.name_list(decision, document, day, user=person(request), at=now())
    except (CongtoError, ValueError) as error:
        messages.error(
            request,
            sentence_of(error) if isinstance(error, CongtoError) else _("Ngày không hợp lệ"),
        )
    else:
        messages.success(request, _("Đã ghi danh sách mà chỉ tiêu nêu."))
    return redirect("channels")


@require_safe
def export(request: HttpRequest) -> HttpResponse:
    """Hand the table of measures out as CSV."""
    month = month_of(request)
    scope = scope_for(request, Action.EXPORT)
    content = channel_tables.measures_csv(measured(month, scope))
    return csv_answer(request, content, f"kenh-thu-{month.start:%Y-%m}.csv")


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Show who still paid at home in a month, by area, with the points near them."""
    month, radius = month_of(request), radius_of(request)
    found = home_visits(month, scope_for(request), radius_m=radius)
    context = {
        **around(month),
        "tab": "home",
        "found": found,
        "areas": found.areas(),
        "radius_m": radius,
        "customers": found.customers.head(CUSTOMERS_SHOWN).to_dicts(),
        "more": max(0, found.customers.height - CUSTOMERS_SHOWN),
        "may_export": may_export(request),
    }
    return render(request, "console/channels/home.html", context)


@require_safe
def export_home(request: HttpRequest) -> HttpResponse:
    """Hand the customers who paid at home out as CSV, each with the point nearest to it."""
    month, radius = month_of(request), radius_of(request)
    found = home_visits(month, scope_for(request, Action.EXPORT), radius_m=radius)
    content = channel_tables.home_csv(found)
    return csv_answer(request, content, f"thu-tai-nha-{month.start:%Y-%m}.csv")


def month_of(request: HttpRequest) -> Period:
    """Return the month of `?month=2026-10`, else the present one."""
    try:
        return Period.parse_month(request.GET.get("month", ""))
    except InvalidInputError:
        today = timezone.localdate(now())
        return Period.month(today.year, today.month)


def radius_of(request: HttpRequest) -> int:
    """Return how near is near: metres of `?radius=`, within bounds."""
    text = request.GET.get("radius", "")
    given = int(text) if text.isascii() and text.isdigit() and len(text) < 7 else RADIUS_M
    return min(max(given, 1), RADIUS_MOST_M)


def around(month: Period) -> dict[str, object]:
    """Return the month and its neighbours for the page's arrows."""
    before = Period.month(
        month.start.year - (month.start.month == 1), (month.start.month - 2) % 12 + 1
    )
    return {"month": month, "before": before.start, "after": month.end, "last": last_day(month)}


def may_export(request: HttpRequest) -> bool:
    """Tell whether the person may take tables along somewhere."""
    return bool(granted_paths(request.user, Action.EXPORT))


def csv_answer(request: HttpRequest, content: bytes, name: str) -> HttpResponse:
    """Answer with a file, and write down who took it."""
    scope = scope_for(request, Action.EXPORT)
    record(
        person(request), "channels.export", "file", name, unit=unit_of(scope),
        after={"bytes": len(content)}, at=now(),
    )  # fmt: skip
    answer = HttpResponse(content, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
