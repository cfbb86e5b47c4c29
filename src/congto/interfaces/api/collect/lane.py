"""The short way of a payment: same checks, same call, same words, without the pages' machinery.

Payments are nearly all that partners send, all day long. One that is in order goes from the web
server's hands to the books and back; whatever is not (a wrong signature, a body that is none, a
caller that is too fast, a replay) takes the route in `routes`, which refuses it and writes it down.
"""

from __future__ import annotations

import re
from io import BytesIO
from typing import TYPE_CHECKING

from django.db import connection
from django.utils import timezone
from ninja.responses import NinjaJSONEncoder
from pydantic import ValidationError

from congto.interfaces.api.collect import routes
from congto.interfaces.api.collect.letting_in import GATE, Call, address_of, wrong
from congto.interfaces.api.collect.signing import Signed
from congto.office.payments import collecting

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from congto.office.payments.callers import Caller

PAYMENT = re.compile(rf"/collect/v1/payments/({routes.NUMBER[1:-1]})")
BODY_MAX = 64 * 1024
WORDS = {200: "200 OK", 202: "202 Accepted", 404: "404 Not Found", 409: "409 Conflict"}
ENCODER = NinjaJSONEncoder()


def with_lane(application: WSGIApplication) -> WSGIApplication:
    """Return a WSGI application that takes payments itself and leaves all else to another."""

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        taken = _taken(environ)
        if taken is None:
            return application(environ, start_response)
        status, body = taken
        headers = [
            ("Content-Type", "application/json; charset=utf-8"),
            ("Content-Length", str(len(body))),
            ("X-Content-Type-Options", "nosniff"),
        ]
        start_response(WORDS[status], headers)
        return [body]

    return answer


def _taken(environ: WSGIEnvironment) -> tuple[int, bytes] | None:
    """Return status and body of a payment that is in order; None leaves the request as it was."""
    if environ["REQUEST_METHOD"] != "PUT" or environ.get("QUERY_STRING"):
        return None
    path = PAYMENT.fullmatch(environ["PATH_INFO"])
    length = environ.get("CONTENT_LENGTH") or ""
    if path is None or not length.isdecimal() or int(length) > BODY_MAX:
        return None
    body = environ["wsgi.input"].read(int(length))
    environ["wsgi.input"] = BytesIO(body)
    authorization = environ.get("HTTP_AUTHORIZATION", "")
    return _paid(path[1], Call("PUT", path[0], authorization, address_of(environ), body))


def _paid(number: str, call: Call) -> tuple[int, bytes] | None:
    now = timezone.now()  # noqa: TID251  (a door reads the clock)
    signed = Signed.of(call.authorization)
    connection.close_if_unusable_or_obsolete()
    who = _in_order(call, signed, now)
    if who is None or signed is None:
        return None
    try:
        given = routes.Pays.model_validate_json(call.body)
    except ValidationError:
        return None
    asked = routes.asked_of(number, given, call.body)
    if asked is None:
        return None
    found = collecting.pay_signed(who.id, asked, signed.bytes, at=now)
    if found is None:
        return None
    answer, told = routes.became(number, found)
    return routes.HTTP.get(answer, 200), ENCODER.encode(told.model_dump()).encode()


def _in_order(call: Call, signed: Signed | None, now: datetime) -> Caller | None:
    if signed is None:
        return None
    who = GATE.caller(signed.partner, now)
    if wrong(call, signed, who, now) or who is None or not GATE.slow_enough(who):
        return None
    return who
