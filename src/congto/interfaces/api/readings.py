"""`/api/readings/v1`: deliveries of half-hours and events, each with its own id, and their outcome.

A delivery is a file in one of the formats, or days or events as JSON. The same id with the same
content is received once however often it is sent; a job loads it. Who sends faster than is loaded
is told to wait: 429 for one source, 503 for all, with Retry-After in seconds.
"""

from __future__ import annotations

import json
from datetime import date, datetime  # noqa: TC003  (ninja reads annotations when it starts)
from typing import TYPE_CHECKING, Any

from django.contrib.auth import authenticate
from django.db import transaction
from django.http import HttpRequest, HttpResponse  # noqa: TC002  (ninja reads annotations)
from django.utils import timezone
from ninja import NinjaAPI, Query, Schema, Status
from ninja.security import HttpBasicAuth
from pydantic import Field

from congto.interfaces.intake.contents import BYTES_MAX, CHUNK, keep
from congto.interfaces.intake.errors import sentences_of
from congto.interfaces.intake.formats import DELIVERED
from congto.interfaces.jobs import readings_delivery
from congto.office.control.permissions import Action, may
from congto.office.intake.choices import Way
from congto.office.intake.operations import receive
from congto.office.intake.queries import delivery_of, waiting_to_load
from congto.vocabulary.errors import CongtoError, RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from django.contrib.auth.models import User

    from congto.office.intake.models import Delivery
    from congto.office.intake.receiving import Content

WAITING_OF_SOURCE = 20
WAITING_OF_ALL = 200
RETRY_SOURCE_S, RETRY_ALL_S = 15, 60
DAYS_MAX = 10_000
EVENTS_MAX = 10_000
ERRORS_SHOWN = 200
CODE = r"^[A-Za-z0-9][A-Za-z0-9._-]*$"


class NameAndPassword(HttpBasicAuth):
    """A user who may enter readings everywhere."""

    def authenticate(self, request: HttpRequest, username: str, password: str) -> User | None:
        """Return the user, or None for 401."""
        user = authenticate(request, username=username, password=password)
        if user is None or not may(user, Action.ENTER_READINGS, None):
            return None
        return user


api = NinjaAPI(
    title="Congto readings",
    version="1",
    auth=NameAndPassword(),
    docs_url=None,
    urls_namespace="api-readings-v1",
)


class Sender(Schema):
    """Who delivers, and its own number for the delivery."""

    source: str = Field(pattern=CODE, max_length=40)
    delivery_id: str = Field(pattern=CODE, max_length=120)


class FileOf(Sender):
    """How the body is to be read."""

    format: str
    name: str = Field(default="delivery", max_length=120)
    minutes: int = 30
    halve_hours: bool = False


class Day(Schema):
    """A point's day of one channel; 48 values from 00:00, null where one is missing."""

    usage_point: str = Field(min_length=1, max_length=48)
    meter: str | None = None
    channel: str
    local_day: date
    unit: str = "Wh"
    values: list[int | None]


class Days(Sender):
    """Days as JSON; more of them come as a file."""

    days: list[Day] = Field(min_length=1, max_length=DAYS_MAX)


class Event(Schema):
    """What a meter reported; names the usage point, the meter or both."""

    usage_point: str | None = Field(default=None, max_length=48)
    meter: str | None = None
    event: str = Field(min_length=1, max_length=40, description="power_down, 3.26.0.47, dlms:1")
    began_at: datetime
    ended_at: datetime | None = None
    seconds: int | None = Field(default=None, description="Of a clock: set forward by, or ahead by")
    detail: str | None = Field(default=None, max_length=240)


class Events(Sender):
    """Events as JSON; more of them come as a file."""

    events: list[Event] = Field(min_length=1, max_length=EVENTS_MAX)


class Outcome(Schema):
    """A delivery and what became of it; of events, `days` counts the reports of meters."""

    source: str
    delivery_id: str
    state: str
    received_at: datetime
    changed_at: datetime
    days: int
    new_days: int
    changed_days: int
    late_days: int
    refused_rows: int
    message: str
    errors: list[str]


class Problem(Schema):
    """One sentence: what was found, what is expected, what to do."""

    error: str


@api.exception_handler(CongtoError)
def _sentence(request: HttpRequest, error: CongtoError) -> HttpResponse:
    """Answer a refusal with its sentence: 409 where the books say no, else 400."""
    status = 409 if isinstance(error, RefusedError) else 400
    return api.create_response(request, {"error": error.sentence()}, status=status)


ANSWERS: dict[Any, Any] = {
    200: Outcome,
    202: Outcome,
    400: Problem,
    409: Problem,
    429: Problem,
    503: Problem,
}


@api.post("/files", response=ANSWERS, summary="Deliver a file as the body of the request")
def deliver_file(request: HttpRequest, response: HttpResponse, given: Query[FileOf]) -> Status[Any]:
    """Receive a file; 202 when it is new, 200 when it was received before."""
    options = {"minutes": given.minutes, "halve_hours": given.halve_hours}
    suffix = DELIVERED[given.format].suffixes[0] if given.format in DELIVERED else ""
    name = given.name if "." in given.name else f"{given.name}{suffix}"
    return _deliver(
        request, response, given, lambda: keep(_body(request), name, given.format, **options)
    )


@api.post("/days", response=ANSWERS, summary=f"Deliver at most {DAYS_MAX} days as JSON")
def deliver_days(request: HttpRequest, response: HttpResponse, given: Days) -> Status[Any]:
    """Receive days; they are kept as a wide table and loaded as a file is."""
    rows = [one.model_dump(mode="json") for one in given.days]
    lines = (json.dumps(row, ensure_ascii=False, sort_keys=True).encode() + b"\n" for row in rows)
    return _deliver(request, response, given, lambda: keep(lines, "days.jsonl", "json"))


@api.post("/events", response=ANSWERS, summary=f"Deliver at most {EVENTS_MAX} events as JSON")
def deliver_events(request: HttpRequest, response: HttpResponse, given: Events) -> Status[Any]:
    """Receive events of meters; they are kept as JSON lines and loaded as a file is."""
    rows = [one.model_dump(mode="json", exclude_none=True) for one in given.events]
    lines = (json.dumps(row, ensure_ascii=False, sort_keys=True).encode() + b"\n" for row in rows)
    return _deliver(request, response, given, lambda: keep(lines, "events.jsonl", "events-json"))


def _deliver(
    request: HttpRequest,
    response: HttpResponse,
    given: Sender,
    kept: Callable[[], Content],
) -> Status[Any]:
    known = delivery_of(given.source, given.delivery_id)
    if known is None and (wait := _too_many(given.source)):
        status, seconds, words = wait
        response["Retry-After"] = str(seconds)
        return Status(status, {"error": words})
    content = kept()
    now = timezone.now()  # noqa: TID251  (a door reads the clock)
    user: User = request.auth  # type: ignore[attr-defined]  # set by ninja
    with transaction.atomic():
        delivery, new = receive(
            given.source, given.delivery_id, content, way=Way.REST, user=user, at=now
        )
        if new:
            readings_delivery.start(delivery, load=True, user=user, at=now)
    return Status(202 if new else 200, outcome(delivery))


def _too_many(source: str) -> tuple[int, int, str] | None:
    """Return status, seconds and sentence where deliveries wait already."""
    waiting = waiting_to_load(source)
    if waiting >= WAITING_OF_SOURCE:
        words = f"{waiting} deliveries of {source} wait to be loaded; send this one again later."
        return 429, RETRY_SOURCE_S, words
    waiting = waiting_to_load()
    if waiting >= WAITING_OF_ALL:
        return 503, RETRY_ALL_S, f"{waiting} deliveries wait to be loaded; send this later."
    return None


def _body(request: HttpRequest) -> Iterator[bytes]:
    """Yield the body as it comes: it is never held in memory as a whole."""
    read = 0
    while (chunk := request.read(CHUNK)) and read <= BYTES_MAX:
        read += len(chunk)
        yield chunk


@api.get(
    "/deliveries/{source}/{delivery_id}",
    response={200: Outcome, 404: Problem},
    summary="What became of a delivery",
)
def one_delivery(request: HttpRequest, source: str, delivery_id: str) -> Status[Any]:
    """Return a delivery with the first of its errors."""
    del request  # the sender is known by then
    found = delivery_of(source, delivery_id)
    if found is None:
        return Status(
            404, {"error": f"delivery {delivery_id} of {source} was not received; send it."}
        )
    return Status(200, outcome(found))


def outcome(delivery: Delivery) -> dict[str, Any]:
    """Return a delivery as the API tells it."""
    names = [name for name in Outcome.model_fields if name != "errors"]
    told = {name: getattr(delivery, name) for name in names}
    return told | {"errors": sentences_of(delivery, ERRORS_SHOWN)}


urls = api.urls
# People sign in on a page; other systems with each request.
for pattern in urls[0]:
    pattern.callback.login_required = False  # type: ignore[union-attr]  # a view function
