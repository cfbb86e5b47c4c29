"""WSGI entry for the web server."""

import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "congto.interfaces.project.settings")
pages = get_wsgi_application()
get_resolver().url_patterns  # noqa: B018  (loads the pages now: nobody's first request waits for it)

from congto.interfaces.api.collect.lane import with_lane  # noqa: E402  (needs Django set up)

application = with_lane(pages)
