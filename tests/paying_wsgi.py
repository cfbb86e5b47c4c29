"""A partner that calls a WSGI application as the web server does; nothing in between."""

from __future__ import annotations

import json
import os
from io import BytesIO
from itertools import count
from typing import TYPE_CHECKING, Any, NamedTuple

from django.utils import timezone

from congto.interfaces.api.collect.signing import sign
from fixtures_collecting import SECRET

if TYPE_CHECKING:
    from collections.abc import Callable
    from wsgiref.types import WSGIApplication

NONCES = count(1)


class Answered(NamedTuple):
    """Status code, type and body of an answer."""

    status: int
    kind: str
    body: bytes

    @property
    def code(self) -> str:
        return str(json.loads(self.body)["code"])


def signed(path: str, body: bytes, *, ago: int = 0, code: str = "P01", key: str = "K1") -> str:
    """Return the header of a PUT, with a nonce that no process has used."""
    now = int(timezone.now().timestamp()) - ago  # noqa: TID251  (the API reads the same clock)
    secret = SECRET + code.encode()
    return sign(code, key, secret, now, f"wsgi{os.getpid()}x{next(NONCES):04}", "PUT", path, body)


def put(
    application: WSGIApplication,
    number: str,
    body: object,
    *,
    header: str | None = None,
    address: str = "127.0.0.1",
) -> Answered:
    """Send a payment; bytes go as they are, all else as JSON."""
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    path = f"/collect/v1/payments/{number}"
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "PUT",
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(text)),
        "HTTP_AUTHORIZATION": signed(path, text) if header is None else header,
        "REMOTE_ADDR": address,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "wsgi.input": BytesIO(text),
        "wsgi.url_scheme": "http",
    }
    told: dict[str, Any] = {}

    def start(
        status: str, headers: list[tuple[str, str]], _error: object = None
    ) -> Callable[[bytes], None]:
        told["status"], told["headers"] = int(status.split(maxsplit=1)[0]), dict(headers)
        return lambda _data: None

    sent = b"".join(application(environ, start))
    return Answered(told["status"], told["headers"]["Content-Type"], sent)
