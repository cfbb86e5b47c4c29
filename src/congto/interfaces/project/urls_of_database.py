"""From a database URL to Django's settings; without one, the embedded server's URL is asked for."""

import os
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from congto.vocabulary.errors import InvalidInputError


def django_database() -> dict[str, Any]:
    """Return the default database from DATABASE_URL.

    The commands of `congto` start the embedded server and set DATABASE_URL before Django loads;
    without it the settings name a database that no connection reaches, so that commands that need
    none (makemigrations --check, type checks) still work.
    """
    return parse(os.environ.get("DATABASE_URL", "postgresql:///congto"))


def parse(url: str) -> dict[str, Any]:
    """Read `postgresql://user:password@host:port/name?host=/socket/folder`."""
    parts = urlsplit(url)
    if parts.scheme not in {"postgresql", "postgres"}:
        raise InvalidInputError(
            f"DATABASE_URL begins with {parts.scheme!r}", expected="postgresql://..."
        )
    options = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    host = options.pop("host", parts.hostname or "")
    port = options.pop("port", str(parts.port or ""))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": port,
        "CONN_MAX_AGE": 60,
        "OPTIONS": options,
    }
