"""`/collect/v1`: what a customer owes, pay, ask, take back, quota; see `openapi.json` there.

A request that got no answer may have happened: ask for its status, which never creates anything.
The same number with the same body gives the stored answer, for ever.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

from django.http import HttpRequest, HttpResponse  # noqa: TC002  (ninja reads annotations)
from django.utils import timezone
from ninja import NinjaAPI, Path, Schema, Status
from pydantic import AwareDatetime, Field

from congto.interfaces.api.collect.letting_in import TooFastError, let_in
from congto.office.payments import collecting, quota
from congto.office.payments.choices import Answer, AttemptState
from congto.office.payments.owing import owing

if TYPE_CHECKING:
    from congto.office.payments.callers import Caller
    from congto.office.payments.collecting import Collected

NUMBER = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$"
Number = Annotated[str, Field(pattern=NUMBER, max_length=40)]
PRINTED = r"^[^\x00-\x1f]*$"
"""No control characters: PostgreSQL keeps no NUL, and nobody writes the others."""
BILLS_MAX = 60
AMOUNT_MAX = 10**13
PAID_FROM, PAID_TO = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
"""Beyond them a clock is wrong, and the books could not write the time back."""

NUMBERS = {
    Answer.OK: 0,
    Answer.PENDING: 1,
    Answer.ALREADY_PAID: 10,
    Answer.AMOUNT_MISMATCH: 11,
    Answer.MUST_PAY_OLDEST_FIRST: 12,
    Answer.MUST_PAY_ALL: 13,
    Answer.NOT_FOUND: 14,
    Answer.INVOICE_CANCELLED: 15,
    Answer.IN_DISPUTE: 16,
    Answer.QUOTA_EXCEEDED: 20,
    Answer.PARTNER_SUSPENDED: 21,
    Answer.CUTOFF_CLOSED: 22,
    Answer.ID_REUSED: 30,
    Answer.NEVER_RECEIVED: 31,
    Answer.ALREADY_REVERSED: 32,
}
"""Numbers of the answers; a number never changes its meaning."""

HTTP = {
    Answer.PENDING: 202,
    Answer.ID_REUSED: 409,
    Answer.ALREADY_REVERSED: 409,
    Answer.NEVER_RECEIVED: 404,
}
"""Every other answer comes with 200: the request was understood and this is its result."""


class Asks(Schema):
    """Whose bills; exactly one of the three."""

    customer: str = Field(default="", max_length=13, pattern=PRINTED)
    invoice: str = Field(
        default="", max_length=24, pattern=PRINTED, description="Series and number: C26TPB-17"
    )
    phone: str = Field(default="", max_length=20, pattern=PRINTED)


class Owed(Schema):
    """A bill on which something is owed; whole đồng, the period ends before `period_to`."""

    bill: int
    invoice: str
    period_from: str
    period_to: str
    due_date: str
    net_vnd: int
    vat_vnd: int
    amount_vnd: int


class Owes(Schema):
    """FOUND, NO_DEBT or NOT_FOUND; bills oldest first."""

    code: str
    customer: str = ""
    name: str = ""
    bills: list[Owed] = Field(default_factory=list)


class Item(Schema):
    """A bill and what it costs, as bills:query said."""

    bill: int = Field(gt=0, lt=2**63)
    amount_vnd: int = Field(gt=0, le=AMOUNT_MAX)


class Pays(Schema):
    """A payment of whole bills of one customer."""

    customer: str = Field(min_length=1, max_length=13, pattern=PRINTED)
    items: list[Item] = Field(min_length=1, max_length=BILLS_MAX)
    paid_at: AwareDatetime = Field(ge=PAID_FROM, lt=PAID_TO, description="From 2000 to 2099")
    channel: str = Field(min_length=1, max_length=24, pattern=PRINTED)


class Reverses(Schema):
    """The partner's own number of the reversal."""

    reversal_id: Number


class Became(Schema):
    """What became of a payment; `number` is the code as a number."""

    code: str
    number: int
    payment: str
    state: str | None = None
    amount_vnd: int | None = None
    received_at: datetime | None = None
    accounting_date: str | None = None
    late: bool | None = None
    reversed_at: datetime | None = None
    detail: dict[str, Any] | None = None


class Limits(Schema):
    """The collection quota now, whole đồng."""

    limit_vnd: int
    used_vnd: int
    reserved_vnd: int
    available_vnd: int
    percent: int


class Problem(Schema):
    """A code and one sentence."""

    code: str
    error: str


api = NinjaAPI(
    title="Congto collections",
    version="1",
    auth=let_in,
    docs_url=None,
    urls_namespace="api-collect-v1",
)
ANSWERS: dict[Any, Any] = {200: Became, 202: Became, 404: Became, 409: Became, 401: Problem,
                           429: Problem}  # fmt: skip


@api.exception_handler(TooFastError)
def _too_fast(request: HttpRequest, error: TooFastError) -> HttpResponse:
    del error
    told = {"code": "TOO_FAST", "error": "Too many requests a second; wait a second."}
    response = api.create_response(request, told, status=429)
    response["Retry-After"] = "1"
    return response


@api.post("/bills:query", response={200: Owes, 401: Problem, 429: Problem})
def query(request: HttpRequest, given: Asks) -> Owes:
    """Return what a customer owes, oldest first; reads only."""
    del request  # the partner is known by then
    found = owing(given.customer, given.invoice, given.phone)
    if found is None:
        return Owes(code="NOT_FOUND")
    bills = [
        Owed(
            bill=one.bill,
            invoice=one.invoice,
            period_from=one.period_from.isoformat(),
            period_to=one.period_to.isoformat(),
            due_date=one.due_date.isoformat(),
            net_vnd=one.net_vnd,
            vat_vnd=one.vat_vnd,
            amount_vnd=one.amount_vnd,
        )
        for one in found.bills
    ]
    code = "FOUND" if bills else "NO_DEBT"
    return Owes(code=code, customer=found.customer, name=found.name, bills=bills)


@api.post("/payments/{number}:reverse", response=ANSWERS)
def reverse(request: HttpRequest, number: Path[Number], given: Reverses) -> Status[Any]:
    """Take a payment back before its day's cut-off."""
    back = collecting.reverse(_caller(request).id, number, given.reversal_id, at=_now())
    return _told(number, back)


@api.put("/payments/{number}", response=ANSWERS)
def pay(request: HttpRequest, number: Path[Number], given: Pays) -> Status[Any]:
    """Take a payment once; the number is the partner's own, unique for ever."""
    asked = asked_of(number, given, request.body)
    if asked is None:
        return _told(number, Answer.AMOUNT_MISMATCH)
    return _told(number, collecting.pay(_caller(request).id, asked, at=_now()))


def asked_of(number: str, given: Pays, body: bytes) -> collecting.Asked | None:
    """Return what a request asks to pay; None where it names a bill twice."""
    items = {one.bill: one.amount_vnd for one in given.items}
    if len(items) < len(given.items):
        return None
    return collecting.Asked(
        number,
        hashlib.sha256(body).digest(),
        given.customer,
        list(items),
        list(items.values()),
        given.paid_at,
        given.channel,
    )


@api.get("/payments/{number}", response=ANSWERS)
def status(request: HttpRequest, number: Path[Number]) -> Status[Any]:
    """Return what became of a payment, however old; NEVER_RECEIVED may be sent again."""
    return _told(number, collecting.status(_caller(request).id, number))


@api.get("/quota", response={200: Limits, 401: Problem, 429: Problem})
def limits(request: HttpRequest) -> Limits:
    """Return the collection quota."""
    now = quota.standing(_caller(request).id)
    return Limits(
        limit_vnd=now.limit,
        used_vnd=now.used,
        reserved_vnd=now.reserved,
        available_vnd=now.available,
        percent=now.percent,
    )


def _told(number: str, found: Collected | Answer | None) -> Status[Any]:
    answer, told = became(number, found)
    return Status(HTTP.get(answer, 200), told)


def became(number: str, found: Collected | Answer | None) -> tuple[Answer, Became]:
    """Return the answer and how it is told."""
    answer = found if isinstance(found, Answer) else found.answer if found else None
    answer = answer or Answer.NEVER_RECEIVED
    told = Became(code=answer, number=NUMBERS[answer], payment=number)
    if found is not None and not isinstance(found, Answer) and answer is not Answer.ID_REUSED:
        told.state = AttemptState(found.state)
        told.amount_vnd = found.amount_vnd
        told.received_at, told.reversed_at = found.received_at, found.reversed_at
        told.accounting_date, told.late = found.accounting_date.isoformat(), found.late
        told.detail = found.detail
    return answer, told


def _caller(request: HttpRequest) -> Caller:
    found: Caller = request.auth  # type: ignore[attr-defined]  # set by ninja
    return found


def _now() -> datetime:
    return timezone.now()  # noqa: TID251  (a door reads the clock)


urls = api.urls
# Partners sign each request; there is nobody to sign in.
for pattern in urls[0]:
    pattern.callback.login_required = False  # type: ignore[union-attr]  # a view function
