"""What every page of the console shows around its content."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from congto.interfaces.console import assets, navigation

if TYPE_CHECKING:
    from django.http import HttpRequest


def frame(request: HttpRequest) -> dict[str, Any]:
    """Return navigation, workplace and the address of the chart library."""
    return {
        "navigation": navigation.links(request.path) if request.user.is_authenticated else [],
        "workplace": getattr(request, "workplace", None),
        "vega_bundle_url": assets.bundle_url(),
    }
