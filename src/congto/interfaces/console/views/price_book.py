"""The price book: timeline of decisions, one decision, two side by side, the calculator.

These pages show published data only, so they need no unit: whoever is signed in may read them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from congto.interfaces.console import charts
from congto.interfaces.console.views.lists import now
from congto.interfaces.console.views.price_calculator import calculator
from congto.office.overview import price_book as overview
from congto.office.overview.price_diff import diff
from congto.reference.vn import price_book

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from congto.office.overview.price_book import DecisionEntry


@require_safe
def timeline(request: HttpRequest) -> HttpResponse:
    """Show the whole book: what is in force, how it came to be, and what waits."""
    today = timezone.localdate(now())
    book = price_book()
    entries = overview.entries()
    current = next((one for one in entries if one.in_force(today)), entries[0])
    context = {
        "today": today,
        "entries": [(one, one.in_force(today)) for one in entries],
        "current": current,
        "residential": overview.group_tables(current.decision)[0],
        "timeline_chart": charts.average_price(entries, today),
        "vat_rates": [
            (one, one.start <= today and (one.end is None or today < one.end))
            for one in reversed(book.vat_rates)
        ],
        "schedules": overview.schedules(),
        "reactive": book.reactive,
        "reactive_rows": sorted(book.reactive.k_bp_by_cos_phi.items(), reverse=True),
        "reactive_source": overview.reactive_citation(),
        "waiting": overview.waiting_structures(current.decision.average_price),
        **calculator(request.GET),
    }
    return render(request, "console/billing/price_book.html", context)


@require_safe
def calculate(request: HttpRequest) -> HttpResponse:
    """Answer the calculator alone, for htmx; the same form works as a plain page without it."""
    whole = "form" in request.GET
    template = "calculator.html" if whole else "calculation.html"
    return render(request, f"console/billing/{template}", calculator(request.GET))


def entry_of(number: int) -> DecisionEntry:
    """Return the decision with this number or answer 404."""
    for one in overview.entries():
        if one.decision.id == number:
            return one
    raise Http404(_("Sổ giá không có quyết định số %(number)s.") % {"number": number})


@require_safe
def decision(request: HttpRequest, number: int) -> HttpResponse:
    """Show one decision: its tables with percent of the average and how sure each cell is."""
    entry = entry_of(number)
    tables = overview.group_tables(entry.decision)
    context: dict[str, Any] = {
        "entry": entry,
        "in_force": entry.in_force(timezone.localdate(now())),
        "tables": tables,
        "structure": overview.structure_citation(entry.decision.structure),
        "confidences": sorted({row.confidence for row in entry.decision.rows}),
    }
    return render(request, "console/billing/price_decision.html", context)


@require_safe
def compare(request: HttpRequest) -> HttpResponse:
    """Show two decisions side by side: `?old=7&new=8`; the last two unless others are named."""
    entries = overview.entries()
    numbers = {one.decision.id: one for one in entries}
    last = [str(one.decision.id) for one in entries[:2]]
    asked = [
        request.GET.get(name, "") or other for name, other in zip(("new", "old"), last, strict=True)
    ]
    if not all(text.isascii() and text.isdigit() and int(text) in numbers for text in asked):
        raise Http404(_("Sổ giá không có quyết định này."))
    new, old = (numbers[int(text)] for text in asked)
    if old.decision.effective_from > new.decision.effective_from:
        return redirect(f"{reverse('price-compare')}?old={new.decision.id}&new={old.decision.id}")
    rise = new.decision.average_price - old.decision.average_price
    context = {
        "entries": entries,
        "old": old,
        "new": new,
        "rise": rise,
        "rise_percent": rise * 100 / old.decision.average_price,
        "groups": diff(old.decision, new.decision, price_book().voltages),
    }
    return render(request, "console/billing/price_compare.html", context)
