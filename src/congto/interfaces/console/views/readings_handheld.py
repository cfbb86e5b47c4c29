"""The handheld file in the console: taken along for a book, brought back with a preview."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from congto.interfaces.console.views.lists import now, person, scope_for
from congto.interfaces.console.views.readings import book_of, day_of, rows_of
from congto.interfaces.files import handheld
from congto.interfaces.files.handheld_in import day_of as day_of_line
from congto.interfaces.files.handheld_in import typed_of
from congto.interfaces.files.handheld_out import lines_of
from congto.office.control.operations import record
from congto.office.control.telling import sentence_of
from congto.office.meterdata import manual_progress as overview
from congto.office.meterdata.manual_entry import Judged, counted, enter_many, judge
from congto.office.meterdata.manual_orders import order_reading
from congto.office.meterdata.manual_routes import round_of, set_route
from congto.office.meterdata.manual_sheet import sheet
from congto.vocabulary.errors import CongtoError, InvalidInputError

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from django.http import HttpRequest

    from congto.interfaces.files.handheld import Line, LineError
    from congto.interfaces.files.handheld_in import Brought
    from congto.office.control.queries import Scope
    from congto.office.meters.models import ReadingBook

WRITERS = {
    "csv": (handheld.to_csv, "text/csv; charset=utf-8"),
    "xml": (handheld.to_xml, "application/xml"),
}
ERRORS_SHOWN = 200
FILES_KEPT = "handheld"


@require_safe
def export(request: HttpRequest, code: str, kind: str) -> HttpResponse:
    """Hand the file of a book out, in the order of the route."""
    if kind not in WRITERS:
        raise Http404
    found = book_of(request, code)
    day = day_of(request, found)
    walk = round_of(found, day)
    rows = rows_of(found, day)
    write, media = WRITERS[kind]
    content = write(line for row in rows for line in lines_of(row, walk.reader if walk else ""))
    after = {"read_on": day, "points": len(rows), "format": kind}
    user = person(request)
    record(user, "reading.export", "reading_book", code, unit=found.unit, after=after, at=now())
    answer = HttpResponse(content, content_type=media)
    answer["Content-Disposition"] = f'attachment; filename="{found.code}-{day:%Y%m%d}.{kind}"'
    return answer


@dataclass(slots=True)
class Part:
    """The lines of one book and reading day of a file, judged."""

    book: ReadingBook
    day: date
    brought: Brought
    judged: list[Judged] = field(default_factory=list)

    @property
    def counts(self) -> dict[str, int]:
        """Return changed, unchanged, doubted and refused points."""
        return counted(self.judged)

    @property
    def doubted(self) -> list[tuple[int, Judged]]:
        """Return (line, row) of what the rules doubt."""
        return [(self.brought.lines[one.typed.point], one) for one in self.judged if one.asks]

    @property
    def refused(self) -> list[tuple[int, str]]:
        """Return (line, sentence) of what can never be kept."""
        return [
            (self.brought.lines[one.typed.point], one.refused) for one in self.judged if one.refused
        ]


@require_http_methods(["GET", "HEAD", "POST"])
def bring(request: HttpRequest) -> HttpResponse:
    """Take a file and show what it would change, line by line what is wrong; nothing is kept."""
    scope = scope_for(request)
    context: dict[str, object] = {}
    upload = request.FILES.get("file")
    if request.method == "POST":
        try:
            if upload is None:
                raise InvalidInputError(_("Chưa chọn tệp"))
            content = upload.read(handheld.BYTES_MAX + 1)
            name = (upload.name or "")[-120:]
            parts, errors = parts_of(content, name, scope)
            context = {**preview(parts, errors), "name": name, "key": keep_file(content)}
        except CongtoError as error:
            context["error"] = sentence_of(error)
    status = 400 if "error" in context else 200
    return render(request, "console/readings/handheld.html", context, status=status)


def preview(parts: list[Part], errors: list[LineError]) -> dict[str, object]:
    """Return what the page shows of a judged file."""
    wrong = [(one.number, one.sentence) for one in errors]
    for part in parts:
        wrong += [(one.number, one.sentence) for one in part.brought.errors]
        wrong += part.refused
    wrong.sort()
    return {
        "parts": parts,
        "errors": wrong[:ERRORS_SHOWN],
        "more_errors": max(0, len(wrong) - ERRORS_SHOWN),
        "changes": sum(part.counts["changed"] for part in parts),
        "doubted": sum(part.counts["doubted"] for part in parts),
    }


def parts_of(
    content: bytes, name: str, scope: Scope, *, confirmed: bool = False
) -> tuple[list[Part], list[LineError]]:
    """Read a file and judge it book by book; the second part lists lines that belong to none."""
    lines, errors = handheld.read_file(content, name)
    parts = []
    for key, own in groupby(sorted(lines, key=_key), key=_key):
        mine = list(own)
        book = overview.find_book(key[0], scope)
        day = day_of_line(mine[0])
        try:
            if book is None or day is None:
                raise InvalidInputError(_unknown(book, mine[0]))  # noqa: TRY301  (one way out)
            rows = sheet(book, day)
        except InvalidInputError as error:
            sentence = _("Dòng %(line)d: %(what)s") % {
                "line": mine[0].number,
                "what": sentence_of(error),
            }
            errors.append(handheld.LineError(mine[0].number, sentence))
            continue
        brought = typed_of(mine, rows, confirmed=confirmed)
        parts.append(Part(book, day, brought, judge(rows, brought.typed)))
    return parts, errors


def _key(line: Line) -> tuple[str, str]:
    return line["MA_QUYEN"], line["NGAY_MOI"]


def _unknown(book: ReadingBook | None, line: Line) -> str:
    if book is None:
        return _("sổ %(book)s không có ở đơn vị này") % {"book": line["MA_QUYEN"][:20]}
    return _("NGAY_MOI là “%(found)s”, cần dd/mm/yyyy") % {"found": line["NGAY_MOI"][:20]}


def keep_file(content: bytes) -> str:
    """Keep a brought file until it is loaded; its name is the hash of its content."""
    key = hashlib.sha256(content).hexdigest()
    path = file_of(key)
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        draft = path.with_suffix(".part")
        draft.write_bytes(content)
        draft.replace(path)
    return key


def file_of(key: str) -> Path:
    """Return where a brought file lies."""
    folder: Path = settings.DATA / FILES_KEPT
    return folder / f"{key}.file"


@require_POST
def load(request: HttpRequest) -> HttpResponse:
    """Keep the good lines of a file that was shown; what is doubted goes as was chosen."""
    key = request.POST.get("key", "")
    if len(key) != 64 or not key.isascii() or not key.isalnum() or not file_of(key).is_file():
        raise Http404
    name = request.POST.get("name", "")[:120]
    confirmed = request.POST.get("doubted") == "keep"
    user, at = person(request), now()
    total = {"changed": 0, "unchanged": 0, "doubted": 0, "refused": 0}
    try:
        parts, _errors = parts_of(
            file_of(key).read_bytes(), name, scope_for(request), confirmed=confirmed
        )
        for part in parts:
            counts = enter_many(
                part.book, part.day, part.brought.typed, source=name, user=user, at=at
            )
            total = {one: total[one] + counts[one] for one in total}
            if part.brought.places:
                set_route(part.book, part.brought.places, user=user, at=at)
            if request.POST.get("doubted") == "order":
                for _line, one in part.doubted:
                    order_reading(
                        one.row.point, part.day, reason=one.asks[0].text, user=user, at=at
                    )
    except CongtoError as error:
        messages.error(request, sentence_of(error))
        return redirect("handheld")
    messages.success(
        request,
        _("Đã nhập %(changed)d điểm; %(unchanged)d như cũ, %(doubted)d nghi ngờ để lại.") % total,
    )
    return redirect("readings")
