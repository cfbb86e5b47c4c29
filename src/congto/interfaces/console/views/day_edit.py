"""Editing half-hours of a validated day: typed in a row from one half-hour on, with a reason."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from congto.interfaces.console.views.lists import now, person, scope_for
from congto.interfaces.console.views.readings import asked_day, read_dial
from congto.office.control.telling import sentence_of
from congto.office.meterdata import vee_late
from congto.office.meterdata.editing import edit_day, waits
from congto.office.meterdata.queries import find_point
from congto.office.meterdata.rule_book import rule_rows
from congto.vocabulary.errors import CongtoError, InvalidInputError, RefusedError
from congto.vocabulary.intervals import CHANNEL_CODES, HALF_HOURS

if TYPE_CHECKING:
    from datetime import date

    from django.http import HttpRequest, HttpResponse, QueryDict


@require_POST
def edit(request: HttpRequest, code: str) -> HttpResponse:
    """Put the typed values in place, or send them to a second person above the limit."""
    found = find_point(code, scope_for(request))
    day, channel = asked_day(request), request.POST.get("channel", "")
    if found is None or day is None or channel not in CHANNEL_CODES:
        raise Http404(_("Không có điểm đo %(code)s ở đơn vị này.") % {"code": code[:48]})
    at = now()
    try:
        made = edit_day(
            found.pk,
            day,
            CHANNEL_CODES[channel],
            typed_values(request.POST),
            reason=request.POST.get("reason", ""),
            user=person(request),
            at=at,
        )
    except CongtoError as error:
        messages.error(request, sentence_of(error))
    else:
        if waits(made):
            messages.success(request, _("Thay đổi lớn: đã gửi người thứ hai duyệt."))
            return redirect("proposal", made.pk)
        _derive(request, found.pk, day)
    query = {"zoom": "day", "day": day.isoformat(), "channel": channel}
    return redirect(f"{reverse('point-data', args=[code])}?{urlencode(query)}")


def _derive(request: HttpRequest, point: int, day: date) -> None:
    """Derive the edited day at once; days that lean on it wait for the next run, a person cannot.

    While a run works, that run or the next one does this day too.
    """
    try:
        vee_late.run_late(rule_rows(), at=now(), points=[point], last=day)
    except RefusedError:
        messages.success(request, _("Đã ghi; ngày được tính lại ở lần chạy kế tiếp."))
    else:
        messages.success(
            request, _("Đã ghi và tính lại ngày; các ngày sau theo ở lần chạy kế tiếp.")
        )


def typed_values(posted: QueryDict) -> dict[int, int]:
    """Return half-hour -> Wh of "0,436 0,5 …", kWh one after the other from a half-hour on.

    Raises InvalidInputError for no value, one that is no figure, or more than the day has left.
    """
    texts = posted.get("values", "").replace(";", " ").split()
    start = posted.get("from", "")
    first = int(start) if start.isdecimal() and len(start) <= len(str(HALF_HOURS)) else HALF_HOURS
    if not texts or first + len(texts) > HALF_HOURS:
        raise InvalidInputError(
            _("Có %(count)s giá trị, cần từ 1 đến %(most)s giá trị kể từ nửa giờ đã chọn")
            % {"count": len(texts), "most": max(HALF_HOURS - first, 0)}
        )
    name = _("Giá trị")
    return {first + at: read_dial(name, text) for at, text in enumerate(texts)}
