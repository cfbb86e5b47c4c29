"""Manual reading: how far each book is, and a book's sheet typed line by line."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import FileResponse, Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from congto.interfaces.console.typed import typed_number
from congto.interfaces.console.views.lists import now, person, scope_for
from congto.office.control.permissions import Action, may
from congto.office.control.telling import sentence_of
from congto.office.meterdata import manual_photos, manual_routes
from congto.office.meterdata import manual_progress as overview
from congto.office.meterdata.choices import VisitState
from congto.office.meterdata.manual_calendar import reading_days
from congto.office.meterdata.manual_entry import Judged, Typed, enter
from congto.office.meterdata.manual_sheet import SheetRow, sheet
from congto.vocabulary.errors import CongtoError, InvalidInputError
from congto.vocabulary.periods import Period

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from django.http import HttpRequest, HttpResponse

    from congto.office.meterdata.manual_progress import Progress
    from congto.office.meters.models import ReadingBook

ROWS_A_PAGE = 50
THOUSANDTHS = re.compile(r"\d{1,12},\d{3}", re.ASCII)


# ---- how far each book is ---------------------------------------------------------------------


@require_safe
def progress(request: HttpRequest) -> HttpResponse:
    """Show the reading days of a month, and how far each book of the chosen day is."""
    scope = scope_for(request)
    day = asked_day(request) or overview.latest_day(scope, today())
    month = Period.month(day.year, day.month)
    books = overview.books_on(scope, day)
    many = len(books) > overview.BOOKS_MAX
    found = [] if many else overview.progress(books, day)
    found.sort(key=lambda one: (one.left + one.missed == 0, one.read_permille, one.book.code))
    context = {
        "day": day,
        "days": overview.days_of_month(scope, month),
        "before": month.start - timedelta(days=1),
        "after": month.end,
        "books": found,
        "many": len(books) if many else 0,
        "total": added_up(found),
    }
    return render(request, "console/readings/progress.html", context)


def added_up(found: Sequence[Progress]) -> dict[str, int]:
    """Add up books for the tiles."""
    names = ("due", "read", "remote", "missed", "left", "orders")
    return {name: sum(getattr(one, name) for one in found) for name in names}


def today() -> date:
    """Return the local day."""
    return timezone.localdate(now())


def asked_day(request: HttpRequest) -> date | None:
    """Return the day of `?day=2026-11-01`; None when there is none or it is no day."""
    try:
        return parse_date(request.GET.get("day", "") or request.POST.get("day", ""))
    except ValueError:
        return None


# ---- a book's sheet ---------------------------------------------------------------------------


def book_of(request: HttpRequest, code: str) -> ReadingBook:
    """Return the book of the scope, or answer 404."""
    book = overview.find_book(code, scope_for(request))
    if book is None:
        raise Http404(_("Không có sổ ghi chỉ số %(code)s ở đơn vị này.") % {"code": code[:20]})
    return book


def day_of(request: HttpRequest, book: ReadingBook) -> date:
    """Return the asked reading day of the book, else its latest one up to today."""
    return asked_day(request) or reading_days(book, today())[-1]


def rows_of(book: ReadingBook, day: date, points: Sequence[int] | None = None) -> list[SheetRow]:
    """Return the sheet, or answer 404 for a day on which the book is not read."""
    try:
        return sheet(book, day, points=points)
    except InvalidInputError as error:
        raise Http404(sentence_of(error)) from error


@require_safe
def book(request: HttpRequest, code: str) -> HttpResponse:
    """Show a book's sheet on a reading day, some fifty points a page, in the order of the route."""
    found = book_of(request, code)
    day = day_of(request, found)
    rows = rows_of(found, day)
    shown = request.GET.get("show", "all")
    wanted = [row for row in rows if is_shown(row, shown)]
    page = Paginator(wanted, ROWS_A_PAGE).get_page(request.GET.get("page"))
    before, after = neighbours(found, day)
    context = {
        **sheet_context(request, found, day),
        "page": page,
        "lines": [line_of(row) for row in page.object_list],
        "show": shown,
        "before": before,
        "after": after,
        "round": manual_routes.round_of(found, day),
    }
    return render(request, "console/readings/book.html", context)


def is_shown(row: SheetRow, shown: str) -> bool:
    """Tell whether a row belongs to the chosen part of the sheet."""
    if shown == "left":
        return not row.read
    if shown == "missed":
        return row.missed
    return row.order is not None if shown == "orders" else True


def neighbours(found: ReadingBook, day: date) -> tuple[date, date | None]:
    """Return the reading days of the book before and after a day; none in the future."""
    days = reading_days(found, day)
    later = [one for one in reading_days(found, today()) if one > day]
    return days[-2], later[0] if later else None


def sheet_context(request: HttpRequest, found: ReadingBook, day: date) -> dict[str, Any]:
    """Return what the sheet and each of its rows show around the figures."""
    (figures,) = overview.progress([found], day)
    return {
        "book": found,
        "day": day,
        "figures": figures,
        "states": [(one.value, _(one.label)) for one in VisitState if one != VisitState.NORMAL],
        "may_enter": may(person(request), Action.ENTER_READINGS, found.unit),
        "may_order": may(person(request), Action.RESOLVE, found.unit),
    }


def line_of(
    row: SheetRow, judged: Judged | None = None, texts: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Return a row for the template: each dial with what its field holds, and what was said.

    Args:
        row: the row as the books hold it.
        judged: what became of a typed row, if one was typed.
        texts: what was typed, by the name of the field.
    """
    typed = texts or {}
    kept = judged is not None and judged.kept
    return {
        "row": row,
        "dials": [
            {
                "dial": dial,
                "name": f"dial_{dial.register}",
                "text": typed.get(f"dial_{dial.register}", "") if not kept else "",
                "use_wh": row.use_wh(dial, dial.closing_wh),
            }
            for dial in row.dials
        ],
        "judged": judged,
        "kept": kept,
        "answered": answer_of(judged) if judged and judged.asks else "",
    }


def answer_of(judged: Judged) -> str:
    """Return what the form sends back to confirm exactly these values and no others."""
    return " ".join(f"{register}:{value}" for register, value in judged.typed.dials.items())


@require_POST
def enter_row(request: HttpRequest, code: str) -> HttpResponse:
    """Keep one typed row; the answer is the row as it is now, with what was wrong with it."""
    found = book_of(request, code)
    day = day_of(request, found)
    number = request.POST.get("point", "")
    point = int(number) if number.isascii() and number.isdigit() else 0
    rows = rows_of(found, day, [point])
    if not rows:
        raise Http404
    try:
        judged = enter(found, day, read_row(request, rows[0]), user=person(request), at=now())
    except CongtoError as error:
        judged = Judged(rows[0], Typed(point), refused=sentence_of(error))
    if not request.htmx:  # type: ignore[attr-defined]  # set by HtmxMiddleware
        return without_script(request, found, day, judged)
    row = rows_of(found, day, [point])[0]
    context = {**sheet_context(request, found, day), "swapped": True}
    context["line"] = line_of(row, replace(judged, row=row), request.POST.dict())
    return render(request, "console/readings/row.html", context)


def without_script(
    request: HttpRequest, found: ReadingBook, day: date, judged: Judged
) -> HttpResponse:
    """Go back to the sheet and say there what the row would have said."""
    if judged.refused:
        messages.error(request, judged.refused)
    for doubt in judged.asks:
        messages.warning(request, doubt.text)
    address = reverse("reading-book", args=[found.code])
    return redirect(f"{address}?{urlencode({'day': day})}#p{judged.typed.point}")


def read_row(request: HttpRequest, row: SheetRow) -> Typed:
    """Read the form of one row.

    A code of a state typed in place of a figure ("vn") is that state, so that the keyboard alone
    can say why a meter was not read.
    """
    posted = request.POST
    texts = {dial.register: posted.get(f"dial_{dial.register}", "").strip() for dial in row.dials}
    state = posted.get("state", "") or VisitState.NORMAL
    first = next(iter(texts.values()), "").upper()
    if first in VisitState.values and first != VisitState.NORMAL:
        texts, state = {}, first
    dials = {
        register: read_dial(_(row_dial.kind.label), texts[register])
        for row_dial in row.dials
        if texts.get(register := row_dial.register)
    }
    typed = Typed(row.point.pk, dials, state=state, note=posted.get("note", "").strip()[:240])
    if row.visit and not typed.note:
        typed = replace(typed, note=row.visit.note)
    if row.visit and row.visit.demands:
        typed = replace(typed, demands=row.visit.demands)
    same = posted.get("answered", "") == " ".join(f"{one}:{wh}" for one, wh in dials.items())
    return replace(typed, confirmed=bool(dials) and same)


def read_dial(label: str, text: str) -> int:
    """Read what was typed for a dial as Wh; "4254,125" has three decimals, "4.254" none."""
    bare = text.replace(" ", "")
    if THOUSANDTHS.fullmatch(bare):
        return int(bare.replace(",", ""))
    return int(typed_number(label, text) * Decimal(1000))


@require_POST
def assign(request: HttpRequest, code: str) -> HttpResponse:
    """Say who walks the book on the day."""
    found = book_of(request, code)
    day = day_of(request, found)
    try:
        manual_routes.assign_reader(
            found, day, request.POST.get("reader", ""), user=person(request), at=now()
        )
    except CongtoError as error:
        messages.error(request, sentence_of(error))
    return redirect(f"{reverse('reading-book', args=[found.code])}?{urlencode({'day': day})}")


# ---- photos -----------------------------------------------------------------------------------


@require_POST
def add_photo(request: HttpRequest, code: str) -> HttpResponse:
    """Keep a picture of a dial and show its row again."""
    found = book_of(request, code)
    day = day_of(request, found)
    number = request.POST.get("point", "")
    rows = rows_of(found, day, [int(number)] if number.isascii() and number.isdigit() else [])
    upload = request.FILES.get("photo")
    if not rows or upload is None:
        raise Http404
    refused = ""
    try:
        content = upload.read(manual_photos.BYTES_MAX + 1)
        manual_photos.add_photo(rows[0].point, day, content, user=person(request), at=now())
    except CongtoError as error:
        refused = sentence_of(error)
    if not request.htmx:  # type: ignore[attr-defined]  # set by HtmxMiddleware
        return without_script(
            request, found, day, Judged(rows[0], Typed(rows[0].point.pk), refused)
        )
    row = rows_of(found, day, [rows[0].point.pk])[0]
    line = line_of(row)
    line["photo_refused"] = refused
    context = {**sheet_context(request, found, day), "swapped": True, "line": line}
    return render(request, "console/readings/row.html", context)


@require_safe
def photo(request: HttpRequest, number: int) -> FileResponse:
    """Hand out a picture of the scope; the browser takes it for a picture and nothing else."""
    found = manual_photos.find_photo(number, scope_for(request))
    if found is None or not manual_photos.path_of(found.file).is_file():
        raise Http404
    path = manual_photos.path_of(found.file)
    answer = FileResponse(path.open("rb"), content_type=manual_photos.media_type(found.file))
    answer["Cache-Control"] = "private, max-age=86400, immutable"
    answer["X-Content-Type-Options"] = "nosniff"
    return answer
