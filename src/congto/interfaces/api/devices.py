"""`/api/devices/v1`: devices, their sessions, readings on demand, orders of commands.

Each person works in the units of their grants: what lies outside is not found. An order is taken
whole or refused whole, with a reason for each meter; the same Idempotency-Key gives the same order
again. `/messages` takes and answers messages of IEC 61968-9: EndDeviceControls, and requests for
MeterReadings and EndDeviceEvents.
"""

from __future__ import annotations

from datetime import datetime  # noqa: TC003  (ninja reads annotations when it starts)
from functools import wraps
from typing import TYPE_CHECKING, Any, Literal

from django.contrib.auth import authenticate
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from ninja import Header, NinjaAPI, Query, Schema, Status
from ninja.security import HttpBasicAuth
from pydantic import Field

from congto.interfaces.api.end_device_controls import answered
from congto.interfaces.api.meter_readings import read_and_told
from congto.interfaces.files.iec61968_envelope import opened
from congto.interfaces.files.readings.iec61968_asked import EVENTS, READINGS
from congto.interfaces.meters.abilities import able
from congto.office.campaigns import queries as campaigns
from congto.office.campaigns.choices import TaskKind
from congto.office.campaigns.operations import ask_now
from congto.office.commands import operations, queries
from congto.office.commands.rules import METERS_MAX
from congto.office.control.permissions import Action
from congto.office.control.queries import scope_of
from congto.office.devices.queries import device_of, devices
from congto.vocabulary.errors import CongtoError, InvalidInputError, RefusedError
from congto.vocabulary.periods import LOCAL_ZONE

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.contrib.auth.models import User

    from congto.office.campaigns.models import Session
    from congto.office.commands.models import Command, CommandOrder
    from congto.office.devices.models import Device

PAGE = 500
SESSIONS = 50
KEY_MAX = 50


class NameAndPassword(HttpBasicAuth):
    """A user; what may be seen and done is asked of each request."""

    def authenticate(self, request: HttpRequest, username: str, password: str) -> User | None:
        """Return the user, or None for 401."""
        user: User | None = authenticate(request, username=username, password=password)
        return user


api = NinjaAPI(
    title="Congto devices",
    version="1",
    auth=NameAndPassword(),
    docs_url=None,
    urls_namespace="api-devices-v1",
)


class DeviceOut(Schema):
    """A device: never a secret of it."""

    meter: str
    unit: str
    profile: str
    path: str
    concentrator: str | None
    state: str
    last_seen_at: datetime | None
    last_fault: str
    failures: int
    clock_drift_s: int | None
    firmware: str


class SessionOut(Schema):
    """A session with a device."""

    began_at: datetime
    ended_at: datetime
    outcome: str
    fault: str
    sentence: str
    half_hours: int


class ReadIn(Schema):
    """What is to be read now."""

    kinds: list[Literal["registers", "half_hours", "events", "clock"]] = Field(
        default=["registers"], min_length=1
    )


class ReadingOut(Schema):
    """How far a reading on demand is: queued, connecting, reading, done or failed."""

    reading: int
    stage: str
    values: dict[str, Any]
    faults: dict[str, str]
    sentence: str


class OrderIn(Schema):
    """A command to meters, named by serial or by the usage point where they hang."""

    kind: str
    meters: list[str] = Field(min_length=1, max_length=METERS_MAX)
    reason: str = Field(min_length=1, max_length=400)
    args: dict[str, Any] = Field(default_factory=dict)
    not_before: datetime | None = None
    not_after: datetime | None = None
    skip_refused: bool = False


class RefusedOut(Schema):
    """A meter that does not take the command, and why."""

    meter: str
    why: str


class CommandOut(Schema):
    """One meter's command, and what was seen of it."""

    meter: str
    state: str
    changed_at: datetime
    sent_at: datetime | None
    seen: dict[str, Any] | None
    message: str


class OrderOut(Schema):
    """An order, its commands, and the meters that were left out of it."""

    order: int
    kind: str
    made_at: datetime
    not_before: datetime
    not_after: datetime
    waits_for_approval: bool
    states: dict[str, int]
    commands: list[CommandOut]
    refused: list[RefusedOut] = Field(default_factory=list)


class WithdrawIn(Schema):
    """Why it is withdrawn."""

    reason: str = Field(min_length=1, max_length=400)


class Problem(Schema):
    """One sentence, and the meters it is about."""

    error: str
    refused: list[RefusedOut] = Field(default_factory=list)


class Page(Schema):
    """A page of devices: those after a serial, at most 500."""

    after: str = ""
    limit: int = Field(default=100, ge=1, le=PAGE)


ANSWERS: dict[Any, Any] = {400: Problem, 404: Problem, 409: Problem}


@api.exception_handler(CongtoError)
def _sentence(request: HttpRequest, error: CongtoError) -> HttpResponse:
    """Answer a refusal with its sentence: 409 where the books say no, else 400."""
    refused = error.refused if isinstance(error, operations.RefusedMetersError) else ()
    told = {"error": error.sentence(), "refused": [_refusal(one) for one in refused]}
    return api.create_response(
        request, told, status=409 if isinstance(error, RefusedError) else 400
    )


def _english(view: Callable[..., Any]) -> Callable[..., Any]:
    """Let a view speak English, as all doors for programs do."""

    @wraps(view)
    def spoken(*given: Any, **named: Any) -> Any:  # noqa: ANN401  (whatever the view takes)
        with translation.override("en"):
            return view(*given, **named)

    return spoken


@api.get("/devices", response=list[DeviceOut], summary="Devices of one's units, by serial")
@_english
def list_devices(request: HttpRequest, page: Query[Page]) -> list[dict[str, Any]]:
    """Return a page of devices."""
    rows = devices(scope_of(_user(request))).filter(meter__serial__gt=page.after)
    return [_device(one) for one in rows.order_by("meter__serial")[: page.limit]]


@api.get("/devices/{serial}", response={200: DeviceOut, 404: Problem}, summary="One device")
@_english
def one_device(request: HttpRequest, serial: str) -> Status[Any]:
    """Return the device of a meter."""
    found = device_of(serial, scope_of(_user(request)))
    return _no_device(serial) if found is None else Status(200, _device(found))


@api.get(
    "/devices/{serial}/sessions",
    response={200: list[SessionOut], 404: Problem},
    summary="The last sessions with a device",
)
@_english
def sessions(request: HttpRequest, serial: str) -> Status[Any]:
    """Return sessions, the newest first."""
    found = device_of(serial, scope_of(_user(request)))
    if found is None:
        return _no_device(serial)
    rows = found.sessions.order_by("-id")[:SESSIONS]
    return Status(200, [_session(one) for one in rows])


@api.post(
    "/devices/{serial}/readings",
    response={202: ReadingOut, **ANSWERS},
    summary="Read a device now",
)
@_english
def read_now(request: HttpRequest, serial: str, given: ReadIn) -> Status[Any]:
    """Ask for a reading on demand; its number tells how far it is."""
    user = _user(request)
    found = device_of(serial, scope_of(user))
    if found is None:
        return _no_device(serial)
    kinds = [TaskKind(kind) for kind in given.kinds]
    campaign = ask_now(found.pk, kinds, user=user, at=_now())
    return Status(202, _reading(campaign, request))


@api.get(
    "/readings/{reading}", response={200: ReadingOut, 404: Problem}, summary="How far a reading is"
)
@_english
def one_reading(request: HttpRequest, reading: int) -> Status[Any]:
    """Return how far a reading on demand is."""
    told = _reading(reading, request)
    if told is None:
        return Status(404, {"error": f"there is no reading {reading}."})
    return Status(200, told)


@api.post(
    "/orders",
    response={200: OrderOut, 202: OrderOut, **ANSWERS},
    summary="Order a command; 202 when it is new, 200 for a key that was used for it before",
)
@_english
def order(
    request: HttpRequest,
    given: OrderIn,
    idempotency_key: Header[str] = "",
) -> Status[Any]:
    """Order a command; without a key each request is an order of its own."""
    user, at = _user(request), _now()
    scope = scope_of(user, Action.COMMAND)
    if len(idempotency_key) > KEY_MAX:
        raise InvalidInputError(
            f"an Idempotency-Key of {len(idempotency_key)} characters",
            expected=f"at most {KEY_MAX}",
        )
    key = f"api/{user.pk}/{idempotency_key}" if idempotency_key else None
    known = None if key is None else queries.order_of_key(key, scope)
    named = operations.find(given.meters, scope, at.astimezone(LOCAL_ZONE).date())
    if named.unknown and not given.skip_refused:
        raise operations.RefusedMetersError(named.unknown)
    wanted = operations.Wanted(
        given.kind,
        tuple({device.pk: None for device in named.devices.values()}),
        given.reason,
        given.args,
        given.not_before,
        given.not_after,
    )
    done = operations.order(
        wanted, user=user, at=at, able=able, key=key, skip_refused=given.skip_refused
    )
    told = _order(done.order, request)
    told["refused"] = [_refusal(one) for one in (*named.unknown, *done.refused)]
    return Status(202 if known is None else 200, told)


@api.get("/orders/{number}", response={200: OrderOut, 404: Problem}, summary="State of an order")
@_english
def one_order(request: HttpRequest, number: int) -> Status[Any]:
    """Return an order with each command and what was seen of it."""
    found = queries.order_of(number, scope_of(_user(request)))
    if found is None:
        return Status(404, {"error": f"there is no order {number} within the granted units."})
    return Status(200, _order(found, request))


@api.post(
    "/orders/{number}/withdraw",
    response={200: OrderOut, **ANSWERS},
    summary="Withdraw what was not sent yet",
)
@_english
def withdraw(request: HttpRequest, number: int, given: WithdrawIn) -> Status[Any]:
    """Withdraw the commands of an order that were not sent."""
    operations.withdraw(number, user=_user(request), reason=given.reason, at=_now())
    return one_order(request, number)  # type: ignore[no-any-return]  # the decorator hides it


@api.post(
    "/messages", summary="IEC 61968-9: EndDeviceControls; MeterReadings and EndDeviceEvents now"
)
@_english
def messages(request: HttpRequest) -> HttpResponse:
    """Answer a RequestMessage with a ResponseMessage."""
    noun = opened(request.body, "EndDeviceControls")[1].noun
    answer = read_and_told if noun in {READINGS, EVENTS} else answered
    told = answer(request.body, user=_user(request), at=_now())
    return HttpResponse(told, content_type="application/xml")


def _user(request: HttpRequest) -> User:
    user: User = request.auth  # type: ignore[attr-defined]  # set by ninja
    return user


def _now() -> datetime:
    return timezone.now()  # noqa: TID251  (a door reads the clock)


def _no_device(serial: str) -> Status[Any]:
    return Status(404, {"error": f"there is no device of meter {serial} within the granted units."})


def _device(one: Device) -> dict[str, Any]:
    plain = ("profile", "path", "state", "last_seen_at", "last_fault", "failures")
    told = {name: getattr(one, name) for name in (*plain, "clock_drift_s", "firmware")}
    code = None if one.concentrator is None else one.concentrator.code
    return told | {"meter": one.meter.serial, "unit": one.unit.code, "concentrator": code}


def _session(one: Session) -> dict[str, Any]:
    return {name: getattr(one, name) for name in SessionOut.model_fields}


def _reading(campaign: int, request: HttpRequest) -> dict[str, Any] | None:
    found = campaigns.progress(campaign, scope_of(_user(request)))
    if found is None:
        return None
    told = {name: getattr(found, name) for name in ("stage", "values", "faults", "sentence")}
    return {"reading": campaign, **told}


def _order(found: CommandOrder, request: HttpRequest) -> dict[str, Any]:
    commands = list(queries.commands_of(found, scope_of(_user(request))))
    names = ("kind", "made_at", "not_before", "not_after")
    return {
        "order": found.pk,
        **{name: getattr(found, name) for name in names},
        "waits_for_approval": any(one.state == "proposed" for one in commands),
        "states": queries.counts_of([found.pk])[found.pk],
        "commands": [_command(one) for one in commands],
    }


def _command(one: Command) -> dict[str, Any]:
    names = ("state", "changed_at", "sent_at", "seen", "message")
    return {"meter": one.device.meter.serial, **{name: getattr(one, name) for name in names}}


def _refusal(one: operations.Refusal) -> dict[str, str]:
    return {"meter": one.name, "why": one.why}


urls = api.urls
# People sign in on a page; other systems with each request.
for pattern in urls[0]:
    pattern.callback.login_required = False  # type: ignore[union-attr]  # a view function
