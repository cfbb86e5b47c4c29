"""Campaigns: how far each has come, and what stands in its way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import Http404
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from congto.interfaces.console import charts_headend as charts
from congto.interfaces.console.views.lists import scope_for
from congto.office.overview import campaigns as overview

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from congto.office.campaigns.models import Campaign


@require_safe
def campaign(request: HttpRequest, number: int) -> HttpResponse:
    """Show a campaign; its figures read themselves again while it goes on."""
    progress = overview.progress_of(found(request, number))
    return render(request, "console/headend/campaign.html", drawn(progress))


@require_safe
def campaign_progress(request: HttpRequest, number: int) -> HttpResponse:
    """Return the part of the campaign's page that moves."""
    progress = overview.progress_of(found(request, number))
    return render(request, "console/headend/campaign_progress.html", drawn(progress))


def drawn(progress: overview.Progress) -> dict[str, Any]:
    """Return a campaign's figures with the curve of what was done when."""
    steps = overview.completed(progress.campaign) if progress.done else []
    context: dict[str, Any] = {"progress": progress}
    if len(steps) > 1:
        context["chart"] = charts.completeness(steps, progress.total)
    return context


def found(request: HttpRequest, number: int) -> Campaign:
    """Return the campaign, or answer 404 where the scope has none."""
    campaign = overview.find_campaign(number, scope_for(request))
    if campaign is None:
        raise Http404(_("Không có đợt đọc %(number)s.") % {"number": number})
    return campaign
