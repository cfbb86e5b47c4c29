"""Who may never be cut, and how many commands a day: the list, the caps, and their changes."""

from __future__ import annotations

import csv
import io
from datetime import date
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from congto.interfaces.console.scope import workplace_of
from congto.interfaces.console.views.control import iso_day
from congto.interfaces.console.views.lists import now, person, scope_for
from congto.office.commands import queries
from congto.office.commands.choices import CommandKind
from congto.office.commands.operations import Protection, import_protections, protect
from congto.office.control.operations import propose
from congto.office.control.permissions import Action, granted_paths
from congto.office.control.telling import sentence_of
from congto.vocabulary.errors import CongtoError, InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from django.http import HttpRequest

PAGE_ROWS = 50
FIELDS = ("usage_point", "reason", "document", "valid_from", "valid_to")
LIST_BYTES_MAX = 2**20
WRONG_SHOWN = 20


@require_http_methods(["GET", "HEAD", "POST"])
def protected(request: HttpRequest) -> HttpResponse:
    """Show the protected points of the scope; a POST adds one, a list, or asks to end one."""
    scope = scope_for(request)
    if request.method == "POST":
        deed = DEEDS.get(request.POST.get("deed", ""), add)
        try:
            messages.success(request, deed(request))
        except CongtoError as error:
            messages.error(request, sentence_of(error))
        return redirect("protected-points")
    today = timezone.localdate(now())
    text = request.GET.get("q", "").strip().upper()[:48]
    rows = queries.protected_list(scope, today)
    if text:
        rows = rows.filter(usage_point__code__startswith=text)
    page = Paginator(
        rows.select_related("usage_point__agreement__customer", "usage_point__unit"), PAGE_ROWS
    ).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "q": text,
        "today": today,
        "fields": ", ".join(FIELDS),
        "may_propose": bool(granted_paths(person(request), Action.PROPOSE)),
    }
    return render(request, "console/headend/protected.html", context)


def add(request: HttpRequest) -> str:
    """Put one point on the list."""
    made = protect(row_of(request.POST), user=person(request), at=now())
    return _("Điểm đo %(code)s đã được bảo vệ.") % {"code": made.usage_point.code}


def row_of(given: Mapping[str, str]) -> Protection:
    """Read a row as it was typed or stands in a file."""
    ends = given.get("valid_to") or ""
    return Protection(
        (given.get("usage_point") or "").strip().upper(),
        given.get("reason") or "",
        given.get("document") or "",
        day_of(given.get("valid_from") or ""),
        day_of(ends) if ends.strip() else None,
    )


def day_of(text: str) -> date:
    """Read a day as people or files write it."""
    try:
        return date.fromisoformat(iso_day(text))
    except ValueError as error:
        raise InvalidInputError(
            _("Ngày “%(found)s”") % {"found": text[:20]}, expected=_("ngày dd/mm/yyyy")
        ) from error


def bring(request: HttpRequest) -> str:
    """Add the rows of a CSV file; rows that cannot be are named with their line."""
    file = request.FILES.get("file")
    if file is None or (file.size or 0) > LIST_BYTES_MAX:
        raise InvalidInputError(
            _("Chưa chọn tệp, hoặc tệp lớn hơn %(most)d KB") % {"most": LIST_BYTES_MAX // 1024}
        )
    try:
        reader = csv.DictReader(io.StringIO(file.read().decode("utf-8-sig")))
    except UnicodeDecodeError as error:
        raise InvalidInputError(_("Tệp danh sách không phải văn bản UTF-8")) from error
    if set(FIELDS[:4]) - set(reader.fieldnames or ()):
        raise InvalidInputError(
            _("Tệp có các cột %(found)s") % {"found": ", ".join(reader.fieldnames or ())[:120]},
            expected=", ".join(FIELDS),
        )
    rows, wrong = [], []
    for line, given in enumerate(reader, 2):
        try:
            rows.append((line, row_of(given)))
        except CongtoError as error:
            wrong.append((line, sentence_of(error)))
    done = import_protections([row for _line, row in rows], user=person(request), at=now())
    wrong += [(rows[number - 1][0], sentence_of(error)) for number, error in done.wrong]
    for line, sentence in sorted(wrong)[:WRONG_SHOWN]:
        messages.error(request, _("Dòng %(line)d: %(why)s") % {"line": line, "why": sentence})
    counts = {"added": done.added, "unchanged": done.unchanged, "wrong": len(wrong)}
    return _("Thêm %(added)d, đã có %(unchanged)d, không nhận %(wrong)d dòng.") % counts


def end(request: HttpRequest) -> str:
    """Ask a second person to end a protection."""
    made = propose(
        "protection_end",
        request.POST.get("usage_point", ""),
        {"valid_to": iso_day(request.POST.get("valid_to", ""))},
        reason=request.POST.get("reason", ""),
        user=person(request),
        at=now(),
    )
    return _("Đề nghị số %(number)s chờ người thứ hai duyệt.") % {"number": made.pk}


DEEDS: dict[str, Callable[[HttpRequest], str]] = {"add": add, "bring": bring, "end": end}


@require_safe
def protected_out(request: HttpRequest) -> HttpResponse:
    """Hand out the list in the columns in which it can be brought back."""
    scope = scope_for(request, Action.EXPORT)
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="protected.csv"'
    writer = csv.writer(answer)
    writer.writerow(FIELDS)
    for row in queries.protected_list(scope).iterator(chunk_size=2000):
        ends = row.valid_to.isoformat() if row.valid_to else ""
        writer.writerow(
            [row.usage_point.code, row.reason, row.document, row.valid_from.isoformat(), ends]
        )
    return answer


@require_safe
def caps(request: HttpRequest) -> HttpResponse:
    """Show the caps that units have set, and what holds elsewhere."""
    scope = scope_for(request)
    context = {
        "caps": queries.caps(scope),
        "defaults": [
            (kind.value, str(kind.label), queries.default_cap(kind)) for kind in CommandKind
        ],
        "units": workplace_of(request).units,
        "may_propose": bool(granted_paths(person(request), Action.PROPOSE)),
    }
    return render(request, "console/headend/caps.html", context)


@require_POST
def cap(request: HttpRequest) -> HttpResponse:
    """Ask a second person for another cap."""
    posted = request.POST
    names = ("per_day", "two_persons_from")
    after: dict[str, Any] = {name: whole(posted.get(name, "")) for name in names}
    try:
        made = propose(
            "command_cap",
            f"{posted.get('unit', '')}/{posted.get('kind', '')}",
            after,
            reason=posted.get("reason", ""),
            user=person(request),
            at=now(),
        )
    except CongtoError as error:
        messages.error(request, sentence_of(error))
        return redirect("command-caps")
    return redirect("proposal", made.pk)


def whole(text: str) -> int | str:
    """Return a whole number; anything else as it is, for the books to refuse."""
    bare = text.strip().replace(".", "")
    return int(bare) if bare.isascii() and bare.isdigit() and len(bare) <= 9 else text
