"""What every answer carries and every request knows: security headers and the unit scope."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.middleware.locale import LocaleMiddleware
from django.utils import translation

from congto.interfaces.console.scope import Workplace, remember_choice

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

DIRECTIVES = (
    "default-src 'self'",  # scripts, styles, fonts, requests: this host only, nothing inline
    "img-src 'self' data:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
)
CONTENT_SECURITY_POLICY = "; ".join(DIRECTIVES)
"""Vega runs with its expression interpreter (`ast`), so 'unsafe-eval' is not needed."""


class SecurityHeaders:
    """Set the headers that keep other hosts out and personal data out of shared caches."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        response.setdefault(
            "Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()"
        )
        response.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.setdefault("Cache-Control", "private, no-cache")
        return response


class VietnameseFirst(LocaleMiddleware):
    """Speak Vietnamese until a person switches; what their browser prefers is not asked."""

    def process_request(self, request: HttpRequest) -> None:
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME)
        known = dict(settings.LANGUAGES)
        translation.activate(chosen if chosen in known else settings.LANGUAGE_CODE)
        request.LANGUAGE_CODE = translation.get_language()


class ScopeOfRequest:
    """Give each request its `workplace`: the units of the person and the unit chosen among them."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.workplace = Workplace(request)  # type: ignore[attr-defined]  # read by workplace_of
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_: object) -> None:
        """Keep `?unit=` in the session before the view asks for the scope."""
        if request.user.is_authenticated and "unit" in request.GET:
            remember_choice(request)
