"""The Vega bundle, made on this machine by vl-convert: no chart needs another host.

The bundle (Vega, Vega-Lite, Vega-Embed with the expression interpreter; 0.9 MB) takes seconds to
make, so it is made once, kept in the data folder under its version, and served as immutable.
"""

from __future__ import annotations

import gzip
import os
from functools import cache
from importlib import metadata
from typing import TYPE_CHECKING

import vl_convert
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

if TYPE_CHECKING:
    from pathlib import Path

    from django.http import HttpRequest

YEAR_S = 365 * 24 * 3600


@cache
def bundle_version() -> str:
    """Return what decides the bundle's content: converter, Vega, Vega-Lite and Vega-Embed."""
    parts = (
        metadata.version("vl-convert-python"),
        vl_convert.get_vega_version(),
        vl_convert.get_vegalite_versions()[-1],
        vl_convert.get_vega_embed_version(),
    )
    return "-".join(parts)


def bundle_url() -> str:
    """Return the address of this version's bundle."""
    return reverse("vega-bundle", args=[bundle_version()])


@cache
def packed_bundle(folder: Path, version: str) -> bytes:
    """Return the gzipped bundle, made when the folder lacks this version.

    Two processes that start together may both make it; the rename makes either result whole.
    """
    file = folder / f"vega-{version}.js.gz"
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        draft = folder / f"{file.name}.{os.getpid()}"
        script = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;")
        draft.write_bytes(gzip.compress(script.encode(), mtime=0))
        draft.replace(file)
    return file.read_bytes()


@login_not_required
@require_safe
def vega_bundle(request: HttpRequest, version: str) -> HttpResponse:
    """Serve the bundle; the address carries the version, so browsers keep it for a year."""
    if version != bundle_version():
        raise Http404
    packed = packed_bundle(settings.DATA / "assets", version)
    takes_gzip = "gzip" in request.headers.get("Accept-Encoding", "")
    response = HttpResponse(
        packed if takes_gzip else gzip.decompress(packed), content_type="text/javascript"
    )
    if takes_gzip:
        response["Content-Encoding"] = "gzip"
    response["Vary"] = "Accept-Encoding"
    response["Cache-Control"] = f"public, max-age={YEAR_S}, immutable"
    return response
