"""The short way of a payment and the route: same bytes, same refusals, written down once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from congto.interfaces.api.collect import letting_in
from congto.interfaces.api.collect.lane import with_lane
from congto.interfaces.project.wsgi import pages
from congto.office.billing.models import Bill
from congto.office.payments import quota
from congto.office.payments.models import Attempt, Partner, PartnerTerms, Payment, RefusedRequest
from fixtures_collecting import BILL
from paying_wsgi import Answered, put, signed

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.usefixtures("collecting_books")


@pytest.fixture(autouse=True)
def _open(collecting_books: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """P01 may collect at any hour; the process remembers nobody."""
    monkeypatch.setattr(letting_in, "GATE", letting_in.Gate())
    monkeypatch.setattr("congto.interfaces.api.collect.lane.GATE", letting_in.GATE)
    PartnerTerms.objects.update(cutoff_minute=1440)


def lane(environ: Any, start: Any) -> Any:
    return with_lane(pages)(environ, start)


def only_lane(environ: Any, start: Any) -> Any:
    """Fail where the short way leaves a request to the route."""

    def never(_environ: Any, _start: Any) -> Any:
        raise AssertionError("the payment was left to the route")

    return with_lane(never)(environ, start)


def route(environ: Any, start: Any) -> Any:
    return pages(environ, start)


def pays(house: int = 1, amount: int = BILL, **change: object) -> dict[str, Any]:
    bill = Bill.objects.get(agreement__customer__code__endswith=f"{house:011}")
    return {
        "customer": bill.agreement.customer.code,
        "items": [{"bill": bill.pk, "amount_vnd": amount}],
        "paid_at": "2026-11-05T10:00:00+07:00",
        "channel": "app",
    } | change


def test_both_ways_give_the_same_bytes_for_the_same_payments() -> None:
    """Each number goes one way first and the other way then, which gives the stored answer."""
    asked = [
        ("T1", pays(), 200, "OK"),
        ("T2", pays(), 200, "ALREADY_PAID"),
        ("T3", pays(2, 1), 200, "AMOUNT_MISMATCH"),
        ("T4", pays(2, customer="PB00000000009"), 200, "NOT_FOUND"),
        ("T5", pays(2), 200, "OK"),
        ("T6", pays(3), 200, "QUOTA_EXCEEDED"),
    ]
    for turn, (number, body, status, code) in enumerate(asked):
        ways = (only_lane, route) if turn % 2 else (route, only_lane)
        first, second = (put(way, number, body) for way in ways)
        assert first == second
        assert (first.status, first.code) == (status, code)
        assert first.kind == "application/json; charset=utf-8"
    others = [put(way, "T1", pays(3)) for way in (only_lane, route)]
    assert (others[0], others[0].status) == (others[1], 409)
    Partner.objects.update(suspended=True)
    stopped = [put(way, "T7", pays(3)) for way in (only_lane, route)]
    assert (stopped[0], stopped[0].code) == (stopped[1], "PARTNER_SUSPENDED")
    assert (Payment.objects.count(), Attempt.objects.count()) == (2, 7)
    assert quota.differing() == []


def test_both_ways_say_pending_in_the_same_bytes(collecting_books: str) -> None:
    body = pays()
    with psycopg.connect(collecting_books) as correction:
        correction.execute("SELECT FROM billing_bill FOR UPDATE")
        waiting = [put(way, "T1", body) for way in (only_lane, route)]
    assert (waiting[0], waiting[0].status, waiting[0].code) == (waiting[1], 202, "PENDING")


def unsigned(way: Callable[..., Any]) -> Answered:
    return put(way, "T1", pays(), header="")


def stale(way: Callable[..., Any]) -> Answered:
    body = b"{}"
    return put(way, "T1", body, header=signed("/collect/v1/payments/T1", body, ago=301))


def unknown(way: Callable[..., Any]) -> Answered:
    return put(way, "T1", b"{}", header=signed("/collect/v1/payments/T1", b"{}", key="K9"))


def wrong(way: Callable[..., Any]) -> Answered:
    return put(way, "T1", pays(), header=signed("/collect/v1/payments/T2", b"{}"))


def foreign(way: Callable[..., Any]) -> Answered:
    Partner.objects.update(networks=["203.0.113.0/24"])
    return put(way, "T1", pays(), address="198.51.100.7")


REFUSED = {
    "unsigned": unsigned,
    "stale": stale,
    "unknown partner or key": unknown,
    "wrong signature": wrong,
    "foreign address": foreign,
}


@pytest.mark.parametrize("reason", REFUSED)
def test_who_is_not_let_in_is_refused_alike_and_written_down_once(reason: str) -> None:
    answers = [REFUSED[reason](way) for way in (lane, route)]
    assert (answers[0], answers[0].status) == (answers[1], 401)
    assert list(RefusedRequest.objects.values_list("reason", flat=True)) == [reason] * 2
    assert Attempt.objects.count() == 0


@pytest.mark.parametrize("first", [lane, route])
@pytest.mark.parametrize("second", [lane, route])
def test_a_replay_is_refused_whatever_way_it_came(first: Any, second: Any) -> None:
    """A bill not sent yet shows that the second request is refused and pays nothing."""
    body = b'{"customer": "PB00000000001", "items": [{"bill": 1, "amount_vnd": 1}], '
    body += b'"paid_at": "2026-11-05T10:00:00+07:00", "channel": "app"}'
    header = signed("/collect/v1/payments/T1", body)
    assert put(first, "T1", body, header=header).status == 200
    assert put(second, "T1", body, header=header).status == 401
    assert list(RefusedRequest.objects.values_list("reason", flat=True)) == ["replayed"]
    assert Attempt.objects.count() == 1


@pytest.mark.parametrize(
    ("number", "body"),
    [
        ("T" * 41, pays),
        ("T1", lambda: b"{"),
        ("T1", lambda: b'{"customer": "\xff"}'),
        ("T1", lambda: pays(items=[])),
        ("T1", lambda: pays(customer="PB\x00")),
        ("T1", lambda: pays(channel="\x00")),
        ("T1", lambda: pays(paid_at="0001-01-01T00:00:00+14:00")),
        ("T1", lambda: pays(paid_at="9999-12-31T23:59:59-12:00")),
    ],
)
def test_what_is_no_payment_is_refused_alike(number: str, body: Callable[[], object]) -> None:
    answers = [put(way, number, body()) for way in (lane, route)]
    assert answers[0] == answers[1]
    assert answers[0].status in {400, 422}
    assert (Attempt.objects.count(), RefusedRequest.objects.count()) == (0, 0)


def test_a_bill_named_twice_is_refused_alike() -> None:
    body = pays()
    twice = body | {"items": body["items"] * 2}
    answers = [put(way, "T1", twice) for way in (lane, route)]
    assert (answers[0], answers[0].code) == (answers[1], "AMOUNT_MISMATCH")
    assert Attempt.objects.count() == 0


def test_who_calls_too_fast_waits_whatever_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """No time passes: two are taken, the third is one too many."""
    Partner.objects.update(requests_per_second=2)
    monkeypatch.setattr("congto.interfaces.api.collect.letting_in.time.monotonic", lambda: 1000.0)
    body = pays()
    for way in (lane, route):
        letting_in.GATE.partners.clear()
        letting_in.GATE.buckets.clear()
        assert [put(way, "T1", body).status for _ in range(3)] == [200, 200, 429]
    assert Payment.objects.count() == 1
