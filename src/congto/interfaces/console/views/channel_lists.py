"""Lists of bills to collect: made for banks and agents, taken along as files, answered by files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from congto.interfaces.console.scope import workplace_of
from congto.interfaces.console.views.channel_measures import may_export
from congto.interfaces.console.views.lists import now, person, scope_for
from congto.interfaces.files import collection_lists as files
from congto.office.channels import lists as collecting
from congto.office.channels import queries
from congto.office.channels.choices import LineState
from congto.office.channels.operations import end
from congto.office.control.operations import record
from congto.office.control.permissions import Action, granted_paths, may
from congto.office.control.telling import sentence_of
from congto.office.payments import quota
from congto.vocabulary.errors import CongtoError, InvalidInputError

if TYPE_CHECKING:
    from datetime import date

    from django.http import HttpRequest

    from congto.office.channels.models import CollectionList

ROWS_A_PAGE = 100


@require_safe
def lists(request: HttpRequest) -> HttpResponse:
    """Show the lists of the scope, how far each is, and the form of a bank's next one."""
    scope = scope_for(request)
    context = {
        "tab": "lists",
        "page": Paginator(queries.lists(scope), ROWS_A_PAGE).get_page(request.GET.get("page")),
        "banks": queries.banks(),
        "unit": workplace_of(request).unit,
        "may_collect": may_collect(request),
    }
    return render(request, "console/channels/lists.html", context)


@require_POST
def make(request: HttpRequest) -> HttpResponse:
    """Make the list of a bank in the unit that is looked at, or of an agent."""
    scope = scope_for(request, Action.COLLECT)
    agent = request.POST.get("agent", "")
    try:
        day = day_of(request)
        user, at = person(request), now()
        if agent:
            found = get_object_or_404(queries.agents(scope), partner__code=agent)
            made = collecting.make_agent_list(found, day, user=user, at=at)
        else:
            bank = get_object_or_404(queries.banks(), code=request.POST.get("bank", ""))
            unit = workplace_of(request).unit
            if unit is None:
                raise InvalidInputError(
                    _("Chưa chọn đơn vị"), action=_("chọn một đơn vị ở đầu trang")
                )
            made = collecting.make_debit_list(bank, unit, day, user=user, at=at)
    except CongtoError as error:
        messages.error(request, sentence_of(error))
        return redirect("agents" if agent else "collection-lists")
    return redirect("collection-list", made.pk)


@require_safe
def one(request: HttpRequest, number: int) -> HttpResponse:
    """Show a list: its lines by state, its results, and what can be done with it."""
    found = list_of(request, number)
    state = request.GET.get("state", "")
    lines = found.lines.select_related("agreement__customer", "bill")
    if state in LineState.values:
        lines = lines.filter(state=state)
    context = {
        "tab": "lists",
        "list": found,
        "state": state,
        "states": [
            (one.value, _(one.label), getattr(found, f"{one.value}_count")) for one in LineState
        ],
        "page": Paginator(lines, ROWS_A_PAGE).get_page(request.GET.get("page")),
        "results": found.results.all(),
        "may_collect": may_collect(request),
        "may_export": may_export(request),
    }
    return render(request, "console/channels/one_list.html", context)


@require_safe
def export(request: HttpRequest, number: int) -> HttpResponse:
    """Hand the file of a list out, and write down who took it."""
    found = queries.lists(scope_for(request, Action.EXPORT)).filter(pk=number).first()
    if found is None:
        raise Http404
    content = files.to_csv(queries.handed(found))
    record(
        person(request), "list.export", "collection_list", str(number), unit=found.unit,
        after={"bytes": len(content)}, at=now(),
    )  # fmt: skip
    answer = HttpResponse(content, content_type="text/csv; charset=utf-8")
    name = f"{found.partner.code}-{found.unit.code}-{found.collect_on:%Y%m%d}.csv"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@require_POST
def bring(request: HttpRequest, number: int) -> HttpResponse:
    """Take a result file of a list, whole or not at all."""
    found = list_of(request, number)
    upload = request.FILES.get("file")
    try:
        if upload is None:
            raise InvalidInputError(_("Chưa chọn tệp"))
        content = upload.read(files.BYTES_MAX + 1)
        if len(content) > files.BYTES_MAX:
            raise InvalidInputError(_("Tệp quá lớn"), expected="50 MB")
        told = files.read_result(content)
        done = collecting.take_result(found, told, content, user=person(request), at=now())
    except CongtoError as error:
        messages.error(request, sentence_of(error))
    else:
        words = {"lines": sum(done.told["counts"].values()), "wrong": done.told["wrong_count"]}
        say = messages.warning if words["wrong"] else messages.success
        say(request, _("Đã nhận %(lines)d dòng kết quả, %(wrong)d dòng không nhận được.") % words)
    return redirect("collection-list", number)


@require_POST
def post(request: HttpRequest, number: int) -> HttpResponse:
    """Try again to post what was collected and waits."""
    found = list_of(request, number)
    try:
        done = collecting.post_waiting(found, user=person(request), at=now())
    except CongtoError as error:
        messages.error(request, sentence_of(error))
    else:
        messages.success(request, _("%(lines)d dòng đã chấm nợ.") % {"lines": done})
    return redirect("collection-list", number)


@require_POST
def recall(request: HttpRequest, number: int) -> HttpResponse:
    """Take the bills that are still out off the list, with the reason."""
    found = list_of(request, number)
    try:
        reason = request.POST.get("reason", "")
        taken = collecting.recall(found, reason=reason, user=person(request), at=now())
    except CongtoError as error:
        messages.error(request, sentence_of(error))
    else:
        messages.success(request, _("%(lines)d hóa đơn đã rút khỏi bảng kê.") % {"lines": taken})
    return redirect("collection-list", number)


@require_POST
def give_back(request: HttpRequest, number: int) -> HttpResponse:
    """Write down that the money of a line has been given back, with the reason."""
    found = list_of(request, number)
    reference, reason = request.POST.get("reference", ""), request.POST.get("reason", "")
    try:
        collecting.give_back(found, reference, reason=reason, user=person(request), at=now())
    except CongtoError as error:
        messages.error(request, sentence_of(error))
    else:
        messages.success(request, _("Đã ghi hoàn lại %(line)s.") % {"line": reference[:24]})
    return redirect("collection-list", number)


@require_http_methods(["GET", "HEAD", "POST"])
def mandate(request: HttpRequest, number: int) -> HttpResponse:
    """Show a mandate; a POST ends it on a day, with the reason."""
    found = get_object_or_404(queries.mandates(scope_for(request)), pk=number)
    if request.method == "POST":
        try:
            day, reason = day_of(request), request.POST.get("reason", "")
            user = person(request)
            end("mandates", [found.number], day, reason=reason, user=user, at=now())
        except CongtoError as error:
            messages.error(request, sentence_of(error))
        else:
            messages.success(request, _("Ủy nhiệm đã kết thúc."))
        return redirect("mandate", number)
    context = {
        "tab": "lists",
        "mandate": found,
        "may_end": may(request.user, Action.PROPOSE, found.unit),
    }
    return render(request, "console/channels/mandate.html", context)


@require_safe
def agents(request: HttpRequest) -> HttpResponse:
    """Show the agents of the scope with their contracts and reading books."""
    found = Paginator(queries.agents(scope_for(request)), ROWS_A_PAGE)
    page = found.get_page(request.GET.get("page"))
    context = {
        "tab": "agents",
        "page": page,
        "agents": [(one, quota.standing(one.partner_id)) for one in page],
        "may_collect": may_collect(request),
    }
    return render(request, "console/channels/agents.html", context)


def may_collect(request: HttpRequest) -> bool:
    """Tell whether the person may collect somewhere."""
    return bool(granted_paths(request.user, Action.COLLECT))


def list_of(request: HttpRequest, number: int) -> CollectionList:
    """Return a list of the scope, else answer 404."""
    found = queries.lists(scope_for(request)).filter(pk=number).first()
    if found is None:
        raise Http404(_("Không có bảng kê số %(number)s ở đơn vị này.") % {"number": number})
    return found


def day_of(request: HttpRequest) -> date:
    """Return the day of the form on which is collected."""
    text = request.POST.get("day", "")
    try:
        day = parse_date(text)
    except ValueError:
        day = None
    if day is None:
        raise InvalidInputError(_("Ngày “%(found)s”") % {"found": text[:20]}, expected="2026-11-05")
    return day
