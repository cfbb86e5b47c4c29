"""Home: the month's figures of the chosen unit, with the rows and charts they open into."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from django.core.cache import cache
from django.db import connection
from django.http import Http404
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from congto.interfaces.console import charts
from congto.interfaces.console.scope import workplace_of
from congto.office.control.telling import sentence_of
from congto.office.customers.choices import PriceGroup
from congto.office.overview import month as overview
from congto.office.payments.choices import PartnerKind
from congto.vocabulary.errors import InvalidInputError
from congto.vocabulary.periods import Period

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from django.http import HttpRequest, HttpResponse

Row = TypeVar("Row")
BREAKDOWN_KEPT_S = 300
"""Breakdowns go over every bill of the month; with eight million they are worth keeping."""


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Show the figures at once; the breakdowns over all bills come after them."""
    workplace = workplace_of(request)
    months = overview.months(workplace.scope)
    chosen = chosen_month(request, months)
    view = None
    if chosen:
        view = overview.view_month(chosen, workplace.scope, checks_for=workplace.granted)
    context: dict[str, object] = {"months": months, "month": chosen, "view": view}
    if view and view.districts:
        context["loss_chart"] = charts.loss_by_unit(view.districts)
    return render(request, "console/home.html", context)


@require_safe
def breakdowns(request: HttpRequest, month: str) -> HttpResponse:
    """Answer the charts that need a pass over the month's bills and payments."""
    workplace = workplace_of(request)
    try:
        period = Period.parse_month(month)
    except InvalidInputError as error:
        raise Http404(sentence_of(error)) from error
    view = overview.view_month(period.start, workplace.scope, checks_for=workplace.granted)
    rows = view.children or ([view.total] if view.total else [])
    units = [row.unit for row in rows if row.unit]
    kept = f"{connection.settings_dict['NAME']}:{month}:{','.join(workplace.scope.paths)}"
    sales = remembered(
        f"sales:{kept}", lambda: overview.sales_by_group(period, workplace.scope, units)
    )
    collected = remembered(
        f"collected:{kept}", lambda: overview.collections(period, workplace.scope)
    )
    groups = {choice.value: gettext(str(choice.label)) for choice in PriceGroup}
    kinds = {choice.value: gettext(str(choice.label)) for choice in PartnerKind}
    context = {
        "charts": [
            charts.by_group("energy", gettext("Điện bán theo đơn vị và nhóm"), sales, groups),
            charts.by_group("revenue", gettext("Doanh thu theo đơn vị và nhóm"), sales, groups),
            charts.collected_by_day(collected, kinds),
            charts.collected_by_partner(collected, kinds),
        ],
    }
    return render(request, "console/home_breakdowns.html", context)


def chosen_month(request: HttpRequest, months: list[date]) -> date | None:
    """Return the month of `?month=2026-10` if it has figures, else the newest."""
    wanted = request.GET.get("month", "")
    return next((month for month in months if f"{month:%Y-%m}" == wanted), next(iter(months), None))


def remembered(key: str, compute: Callable[[], list[Row]]) -> list[Row]:
    """Return rows kept for some minutes, else compute and keep them."""
    found: list[Row] | None = cache.get(key)
    if found is None:
        found = compute()
        cache.set(key, found, BREAKDOWN_KEPT_S)
    return found
