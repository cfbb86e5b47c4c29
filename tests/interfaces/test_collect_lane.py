"""The short way of a payment: it says what the route says, and a kill anywhere loses nothing."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from http.client import HTTPConnection
from io import BytesIO
from typing import TYPE_CHECKING, Any, NoReturn

import psycopg
import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection
from django.utils import timezone

from congto.interfaces.api.collect import lane, letting_in
from congto.interfaces.api.collect.signing import sign
from congto.office.ledger import queries as ledger
from congto.office.payments import quota
from congto.office.payments.models import (
    Attempt,
    Partner,
    PartnerTerms,
    Payment,
    QuotaEntry,
    RefusedRequest,
)
from fixtures_collecting import BILL, SECRET, bill

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.usefixtures("collecting_books")

WAIT_S = 120
SERVER = """
from congto.interfaces.cli.serve import answer
answer("127.0.0.1", {port}, workers=1)
"""
HOLD = "SELECT FROM payments_quota WHERE partner_id = %s FOR UPDATE"
WAITS = """
SELECT pid FROM pg_stat_activity WHERE datname = current_database()
    AND wait_event_type = 'Lock' AND query LIKE '%payments_pay%'
"""


@pytest.fixture(autouse=True)
def partner(collecting_books: str, monkeypatch: pytest.MonkeyPatch) -> Partner:
    """P01 may collect at any hour."""
    monkeypatch.setattr(letting_in, "GATE", letting_in.Gate())
    monkeypatch.setattr(lane, "GATE", letting_in.GATE)
    PartnerTerms.objects.update(cutoff_minute=1440)
    return Partner.objects.get(code="P01")


class Request:
    """A payment as it is sent: path, body and the header that signs it; each nonce is new."""

    count = 0

    def __init__(self, number: str, body: bytes, *, ago: int = 0, secret: bytes = SECRET + b"P01"):
        Request.count += 1
        self.path, self.body = f"/collect/v1/payments/{number}", body
        now = int(timezone.now().timestamp()) - ago  # noqa: TID251  (the API reads the same clock)
        nonce = f"lane{Request.count:08}"
        self.header = sign("P01", "K1", secret, now, nonce, "PUT", self.path, body)

    def environ(self) -> dict[str, Any]:
        return {
            "REQUEST_METHOD": "PUT", "PATH_INFO": self.path, "QUERY_STRING": "", "SCRIPT_NAME": "",
            "SERVER_NAME": "testserver", "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1", "CONTENT_TYPE": "application/json",
            "CONTENT_LENGTH": str(len(self.body)), "HTTP_AUTHORIZATION": self.header,
            "wsgi.input": BytesIO(self.body), "wsgi.errors": sys.stderr, "wsgi.url_scheme": "http",
            "wsgi.version": (1, 0), "wsgi.multithread": True, "wsgi.multiprocess": True,
            "wsgi.run_once": False,
        }  # fmt: skip


def body(*numbers: int, amount: int = BILL, customer: str | None = None) -> bytes:
    bills = [bill(one) for one in numbers]
    told = {
        "customer": customer or bills[0].agreement.customer.code,
        "items": [{"bill": one.pk, "amount_vnd": amount} for one in bills],
        "paid_at": "2026-11-05T10:00:00+07:00",
        "channel": "app",
    }
    return json.dumps(told).encode()


def answered(application: Any, request: Request) -> tuple[str, dict[str, Any]]:
    """Return status and body; a WSGI server in a few lines."""
    told: list[str] = []
    parts = application(request.environ(), lambda status, _headers: told.append(status))
    text = b"".join(parts)
    if hasattr(parts, "close"):
        parts.close()
    return told[0], json.loads(text)


def no_route(_environ: object, _start_response: object) -> NoReturn:
    pytest.fail("the payment was in order and did not go the short way")


LANE = lane.with_lane(no_route)
ROUTE = WSGIHandler()


@pytest.mark.parametrize("lane_first", [True, False])
def test_both_ways_say_the_same(*, lane_first: bool) -> None:
    """The first way decides, the second tells what is stored: equal to the last word."""
    ways = (LANE, ROUTE) if lane_first else (ROUTE, LANE)
    cases = {
        "OK": body(1),
        "ALREADY_PAID": body(1),
        "AMOUNT_MISMATCH": body(2, amount=1),
        "NOT_FOUND": body(2, customer="PB00000000001"),
    }
    for code, text in cases.items():
        first, second = (answered(way, Request(code, text)) for way in ways)
        assert first == second
        assert first[1]["code"] == code
    again = [answered(way, Request("OK", body(2))) for way in ways]
    assert again[0] == again[1]
    assert (again[0][0], again[0][1]["code"]) == ("409 Conflict", "ID_REUSED")
    assert Attempt.objects.count() == len(cases)


def wrong_requests() -> dict[str, Request]:
    """Requests that are not in order, under their reasons."""
    unsigned, replayed = Request("T1", body(2)), Request("OK", body(1))
    unsigned.header = ""
    assert answered(LANE, replayed)[1]["code"] == "OK"
    return {
        "unsigned": unsigned,
        "stale": Request("T1", body(2), ago=301),
        "wrong signature": Request("T1", body(2), secret=SECRET),
        "replayed": replayed,
    }


@pytest.mark.parametrize("reason", ["unsigned", "stale", "wrong signature", "replayed"])
def test_what_is_not_in_order_is_refused_by_the_route_and_written_down_once(reason: str) -> None:
    request = wrong_requests()[reason]
    by_lane = answered(lane.with_lane(ROUTE), request)
    assert RefusedRequest.objects.get().reason == reason
    assert by_lane == answered(ROUTE, request)
    assert by_lane[0] == "401 Unauthorized"
    assert Attempt.objects.filter(partner_txn_id="T1").count() == 0


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b'{"customer":"PB00000000001"}', b"\xff"])
def test_a_body_that_is_no_payment_is_answered_by_the_route(text: bytes) -> None:
    by_lane = answered(lane.with_lane(ROUTE), Request("T1", text))
    assert by_lane == answered(ROUTE, Request("T1", text))
    assert by_lane[0].split()[0] in {"400", "422"}
    assert Attempt.objects.count() == 0


def test_a_bill_named_twice_is_no_payment_of_two() -> None:
    by_lane = answered(lane.with_lane(ROUTE), Request("T1", body(1, 1)))
    assert by_lane[1]["code"] == "AMOUNT_MISMATCH"
    assert Attempt.objects.count() == 0


def sound(paid: int) -> None:
    """One payment each, the quota to the đồng, the ledger zero."""
    assert Payment.objects.count() == paid
    assert QuotaEntry.objects.filter(move="post").count() == paid
    assert quota.standing(Partner.objects.get(code="P01").pk).used == paid * BILL
    assert quota.differing() == []
    assert ledger.total() == 0
    assert ledger.unbalanced_journals() == []


def test_connections_lost_again_and_again_lose_and_double_nothing(collecting_books: str) -> None:
    """Two bills, four clients each; whoever gets no answer sends the same number again."""
    stop, codes = threading.Event(), []

    def cut() -> None:
        with psycopg.connect(collecting_books, autocommit=True) as killer:
            while not stop.wait(0.05):
                killer.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <>"
                    " pg_backend_pid() AND datname = current_database() AND query LIKE %s",
                    ["%payments_pay%"],
                )

    def client(number: int, text: bytes) -> None:
        try:
            for _try in range(200):
                try:
                    told = answered(LANE, Request(f"C{number}", text))[1]["code"]
                except Exception:  # noqa: BLE001  (no answer: whatever was lost, ask again)
                    connection.close()
                    time.sleep(0.02)
                    continue
                codes.append(told)
                return
        finally:
            connection.close()

    texts = [body(1), body(2)]
    killer = threading.Thread(target=cut)
    clients = [threading.Thread(target=client, args=(n, texts[n % 2])) for n in range(8)]
    killer.start()
    for one in clients:
        one.start()
    for one in clients:
        one.join()
    stop.set()
    killer.join()
    connection.close()
    assert sorted(codes) == ["ALREADY_PAID"] * 6 + ["OK"] * 2
    sound(2)


@contextmanager
def server(url: str) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """Serve from a process of its own until the block ends."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    process = subprocess.Popen(
        [sys.executable, "-c", SERVER.format(port=port)],
        env=os.environ | {"DATABASE_URL": url},
        start_new_session=True,
    )
    try:
        _until(lambda: _sent(port, "GET", "/collect/v1/openapi.json") is not None)
        yield port, process
    finally:
        _kill(process)


def _kill(process: subprocess.Popen[bytes]) -> None:
    """Kill the server and its workers at once, as a power cut would."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _until(true: Any) -> None:
    until = time.monotonic() + WAIT_S
    while not true():
        assert time.monotonic() < until
        time.sleep(0.05)


def _sent(port: int, method: str, path: str, text: bytes = b"", header: str = "") -> Any:
    """Return the answer's code; None where there was none."""
    line = HTTPConnection("127.0.0.1", port, timeout=WAIT_S)
    try:
        line.request(method, path, text, {"Authorization": header})
        answer = line.getresponse()
        told = answer.read()
        return json.loads(told).get("code", "") if answer.status < 500 else None
    except (OSError, ValueError):
        return None
    finally:
        line.close()


def _pay(port: int, number: str, text: bytes) -> Any:
    request = Request(number, text)
    return _sent(port, "PUT", request.path, text, request.header)


def test_a_server_killed_at_any_point_loses_and_doubles_nothing(
    collecting_books: str, partner: Partner
) -> None:
    """In the call: its connection is ended, all is undone. After the commit: the answer is lost."""
    first, second = body(1), body(2)
    told: list[Any] = []
    # A connection in a transaction sees the activity of its first look for ever.
    watcher = psycopg.connect(collecting_books, autocommit=True)
    with watcher, server(collecting_books) as (port, process):
        with psycopg.connect(collecting_books) as holder:
            holder.execute(HOLD, [partner.pk])
            sending = threading.Thread(target=lambda: told.append(_pay(port, "T1", first)))
            sending.start()
            _until(lambda: watcher.execute(WAITS).fetchone())
            watcher.execute(f"SELECT pg_terminate_backend(pid) FROM ({WAITS}) w")  # noqa: S608  (constant)
            sending.join()
        assert told == [None]
        sound(0)
        assert _pay(port, "T1", first) == "OK"
        sound(1)
        with psycopg.connect(collecting_books) as holder:
            holder.execute(HOLD, [partner.pk])
            sending = threading.Thread(target=lambda: told.append(_pay(port, "T2", second)))
            sending.start()
            _until(lambda: watcher.execute(WAITS).fetchone())
            _kill(process)
            sending.join()
        assert told == [None, None]
    _until(lambda: Attempt.objects.filter(partner_txn_id="T2").exists())
    sound(2)  # PostgreSQL had the whole payment in hand; only its answer was lost
    with server(collecting_books) as (port, _process):
        assert [_pay(port, one, text) for one, text in (("T1", first), ("T2", second))] == [
            "OK", "OK",
        ]  # fmt: skip
    sound(2)
