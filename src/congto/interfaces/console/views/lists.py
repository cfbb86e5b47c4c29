"""Lists: one view shows any of them; export and saved views are posts beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from congto.interfaces.console.grid.books import GRIDS
from congto.interfaces.console.grid.lists import Grid, Page, Question, cells, read_address
from congto.interfaces.console.scope import workplace_of
from congto.office.control import operations
from congto.office.control.permissions import Action, granted_paths
from congto.office.control.queries import Scope, saved_views, scope_of
from congto.office.control.telling import sentence_of
from congto.office.organisation.queries import unit_with
from congto.vocabulary.errors import CongtoError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from django.contrib.auth.models import User
    from django.http import HttpRequest, HttpResponse

    from congto.office.overview.units import Unit

FORMATS = ("csv", "xlsx")
SELECTED_MAX = 1000


def now() -> datetime:
    """Read the clock for an operation."""
    return timezone.now()  # noqa: TID251  (a door reads the clock)


def person(request: HttpRequest) -> User:
    """Return who is signed in; the middleware lets nobody else in."""
    return request.user  # type: ignore[return-value]  # pages need sign-in


def scope_for(request: HttpRequest, action: Action = Action.VIEW) -> Scope:
    """Return where the person may do the action, narrowed to the unit chosen in the header.

    Raises PermissionDenied when the person may do it nowhere.
    """
    granted = scope_of(request.user, action)
    if granted == Scope.nothing():
        raise PermissionDenied(_("Bạn chưa được giao quyền này ở đơn vị nào"))
    unit = workplace_of(request).unit
    return granted.narrowed(unit) if unit else granted


@require_safe
def show(request: HttpRequest, key: str) -> HttpResponse:
    """Show one page of a list; htmx asks for the part below the form."""
    question = Question(GRIDS[key], request.GET.dict(), scope_for(request, GRIDS[key].action))
    context = {**table(question, question.page()), **frame(request, question)}
    template = "console/grid/body.html" if wants_part(request) else "console/lists/list.html"
    response = render(request, template, context)
    patch_vary_headers(response, WHOLE_PAGE_HEADERS)
    return response


WHOLE_PAGE_HEADERS = ("HX-Request", "HX-Boosted", "HX-History-Restore-Request")
"""One address answers with the page or with its table; these headers of htmx tell which."""


def wants_part(request: HttpRequest) -> bool:
    """Tell whether htmx asks for the table alone; going back in the history asks for the page."""
    asked, *whole = (name in request.headers for name in WHOLE_PAGE_HEADERS)
    return asked and not any(whole)


def table(question: Question, page: Page) -> dict[str, Any]:
    """Return the rows, the headings with their sort links, and the pager."""
    grid = question.grid
    return {
        "grid": grid,
        "question": question,
        "rows": [row_of(question, row) for row in page.rows],
        "headings": [heading(question, column.key) for column in question.columns],
        "next": question.address(after=page.after) if page.after else "",
        "previous": question.address(before=page.before) if page.before else "",
        "size": question.size,
        "live": any(is_live(grid, row) for row in page.rows),
        "address": question.address(),
    }


def row_of(question: Question, row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row for the template: its number for selection, where Enter leads, its cells."""
    shown = cells(question, row)
    link = question.grid.row_link
    url = ""
    if link and row[link[1]] is not None:
        url = reverse(link[0], args=[row[link[1]]])
    return {"id": row[question.grid.tie_break], "url": url, "cells": shown}


def heading(question: Question, key: str) -> dict[str, Any]:
    """Return a column's heading: sorted how, and the address that sorts by it or turns it round."""
    column = question.grid.column(key)
    assert column is not None
    current = question.sort.removeprefix("-") == key
    turned = key if question.sort == f"-{key}" or not current else f"-{key}"
    return {
        "column": column,
        "sorted": ("descending" if question.sort.startswith("-") else "ascending")
        if current
        else "",
        "address": question.address(sort=turned) if question.sortable(column) else "",
    }


def is_live(grid: Grid, row: Mapping[str, Any]) -> bool:
    """Tell whether the row can still change by itself, so that the list reads itself again."""
    return any(row[field] in values for field, values in (grid.live_when or {}).items())


def frame(request: HttpRequest, question: Question) -> dict[str, Any]:
    """Return what stands above the table: form, saved views, rights."""
    grid = question.grid
    chosen = {column.key for column in question.columns}
    return {
        "widgets": question.widgets(),
        "errors": question.errors,
        "views": saved_views(grid.key, request.user),
        "all_columns": [(column, column.key in chosen) for column in grid.columns],
        "may_export": bool(granted_paths(request.user, Action.EXPORT)),
        "may_share": bool(granted_paths(request.user, Action.SHARE_VIEWS)),
        "unit": workplace_of(request).unit,
    }


@require_POST
def export(request: HttpRequest, key: str) -> HttpResponse:
    """Start the export of the list under its present filter, or of the rows selected."""
    grid = GRIDS.get(key)
    kind = request.POST.get("format", "")
    if grid is None or kind not in FORMATS:
        raise Http404
    scope = scope_for(request, Action.EXPORT).within(scope_for(request, grid.action))
    question = Question(grid, read_address(request.POST.get("query", "")), scope)
    selected = [int(one) for one in request.POST.getlist("id") if one.isascii() and one.isdigit()]
    unit = workplace_of(request).unit
    job = operations.start_job(
        "export",
        {
            "grid": key,
            "query": question.address(unit=""),  # the unit is the job's own
            "format": kind,
            "selected": selected[:SELECTED_MAX],
            "unit": unit.code if unit else None,
        },
        title=_("Xuất %(list)s (%(format)s)") % {"list": grid.title, "format": kind.upper()},
        user=person(request),
        unit=unit or unit_of(scope),
        at=now(),
    )
    return redirect("job", job.pk)


def unit_of(scope: Scope) -> Unit | None:
    """Return the one unit that a scope is, if it is one."""
    return unit_with(path=scope.paths[0]) if len(scope.paths) == 1 else None


@require_POST
def save_view(request: HttpRequest, key: str) -> HttpResponse:
    """Keep the present filter and columns under a name."""
    grid = GRIDS.get(key)
    if grid is None:
        raise Http404
    data = read_address(request.POST.get("query", ""))
    question = Question(grid, data, scope_for(request, grid.action))
    query = question.address()
    try:
        operations.save_view(
            key,
            request.POST.get("name", ""),
            query,
            [one for one in data.get("columns", "").split(",") if grid.column(one)],
            shared="shared" in request.POST,
            user=person(request),
            at=now(),
        )
    except CongtoError as error:
        messages.error(request, sentence_of(error))
    return redirect(f"{reverse(grid.page)}?{query}")


@require_POST
def delete_view(request: HttpRequest, key: str, number: int) -> HttpResponse:
    """Remove a saved view; one that the person cannot see does not exist."""
    grid = GRIDS.get(key)
    if grid is None:
        raise Http404
    view = get_object_or_404(saved_views(key, request.user), pk=number)
    try:
        operations.delete_view(view, user=person(request), at=now())
    except CongtoError as error:
        messages.error(request, sentence_of(error))
    return redirect(grid.page)
