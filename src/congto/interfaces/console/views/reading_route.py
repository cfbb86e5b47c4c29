"""The route of a reading book: its points in order, moved by buttons, numbers or a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from congto.interfaces.console.views.lists import now, person
from congto.interfaces.console.views.readings import book_of
from congto.interfaces.files import route as file
from congto.office.control.operations import record
from congto.office.control.permissions import Action, may
from congto.office.control.telling import sentence_of
from congto.office.meterdata import manual_routes
from congto.vocabulary.errors import CongtoError, InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import HttpRequest

    from congto.office.meters.models import ReadingBook


@require_http_methods(["GET", "HEAD", "POST"])
def route(request: HttpRequest, code: str) -> HttpResponse:
    """Show the points of a book in order; a POST moves one, or as many as were given a number."""
    book = book_of(request, code)
    if request.method == "POST":
        return change(request, book)
    context = {
        "book": book,
        "points": manual_routes.stops_of(book),
        "may_enter": may(person(request), Action.ENTER_READINGS, book.unit),
    }
    return render(request, "console/readings/route.html", context)


def change(request: HttpRequest, book: ReadingBook) -> HttpResponse:
    """Carry out what a button asked for, and come back to the point that was moved."""
    back = reverse("reading-route", args=[book.code])
    try:
        if request.POST.get("renumber"):
            places = manual_routes.renumbered(book)
        else:
            point, place = asked(request.POST)
            places = manual_routes.with_moved(book, point, place)
            back += f"#p{point}"
        count = manual_routes.set_route(book, places, user=person(request), at=now())
        if request.POST.get("renumber"):
            messages.success(request, _("Đã đánh số lại: %(count)d điểm đổi.") % {"count": count})
    except CongtoError as error:
        messages.error(request, sentence_of(error))
    return redirect(back)


def asked(posted: Mapping[str, str]) -> tuple[int, int]:
    """Return the point to be moved and the place it goes to, from the button `move` or a number."""
    point, _colon, place = posted.get("move", "").partition(":")
    if not place:
        place = posted.get(f"to-{point}", "").strip()
    if not (point.isascii() and point.isdigit() and place.isascii() and place.isdigit()):
        raise InvalidInputError(
            _("Thứ tự “%(found)s”") % {"found": place[:20]}, expected=_("số nguyên từ 1")
        )
    return int(point[:12]), int(place[:9])


@require_safe
def export(request: HttpRequest, code: str) -> HttpResponse:
    """Hand the route out as CSV."""
    book = book_of(request, code)
    points = manual_routes.stops_of(book)
    after = {"points": len(points)}
    user = person(request)
    record(user, "route.export", "reading_book", code, unit=book.unit, after=after, at=now())
    answer = HttpResponse(file.to_csv(points), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{book.code}-route.csv"'
    return answer


@require_POST
def bring(request: HttpRequest, code: str) -> HttpResponse:
    """Take a route from a file; points that it does not list follow in their present order."""
    book = book_of(request, code)
    upload = request.FILES.get("file")
    try:
        if upload is None:
            raise InvalidInputError(_("Chưa chọn tệp"))
        codes = file.codes_of(upload.read(file.BYTES_MAX + 1))
        places = manual_routes.ordered(book, codes)
        count = manual_routes.set_route(book, places, user=person(request), at=now())
        messages.success(request, _("Đã nhận lộ trình: %(count)d điểm đổi chỗ.") % {"count": count})
    except CongtoError as error:
        messages.error(request, sentence_of(error))
    return redirect("reading-route", book.code)
