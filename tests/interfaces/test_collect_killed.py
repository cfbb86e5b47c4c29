"""Server processes and PostgreSQL sessions that die in a payment: sent again, it happened once."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from django.db import OperationalError, connections

from congto.interfaces.api.collect import lane, letting_in
from congto.interfaces.project.wsgi import application
from congto.office.billing.models import Bill
from congto.office.ledger import queries as ledger
from congto.office.payments import collecting, quota
from congto.office.payments.models import Attempt, Partner, PartnerTerms, Payment
from fixtures_collecting import BILL
from paying_wsgi import put

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.usefixtures("collecting_books")

AT = datetime(2026, 11, 5, 3, 0, tzinfo=UTC)
SURVIVED, REFUSED = 3, 4
INSIDE = """
SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
AND query LIKE '%%payments_pay%%'
"""
OTHERS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
AND backend_type = 'client backend' ORDER BY random() LIMIT 3
"""


@pytest.fixture(autouse=True)
def _open(collecting_books: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """P01 may collect at any hour; the process remembers nobody."""
    monkeypatch.setattr(letting_in, "GATE", letting_in.Gate())
    monkeypatch.setattr(lane, "GATE", letting_in.GATE)
    PartnerTerms.objects.update(cutoff_minute=1440)


def pays(customer: int = 1) -> dict[str, Any]:
    bill = Bill.objects.get(agreement__customer__code__endswith=f"{customer:011}")
    return {
        "customer": bill.agreement.customer.code,
        "items": [{"bill": bill.pk, "amount_vnd": BILL}],
        "paid_at": "2026-11-05T10:00:00+07:00",
        "channel": "app",
    }


def served(body: dict[str, Any]) -> int:
    """Answer a payment from a process of its own; return its number."""
    connections.close_all()  # the child must not speak on the parent's socket
    pid = os.fork()
    if pid:
        return pid
    try:
        put(application, "T1", body)
    except OperationalError:
        os._exit(REFUSED)
    except BaseException:  # noqa: BLE001  (a child must never go on with the parent's tests)
        os._exit(1)
    os._exit(SURVIVED)


def ended(pid: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def dies(when: str) -> Callable[..., Any]:
    """Return the call of the books with a kill before or after it."""
    wrapped = collecting.pay_signed

    def killer(*given: Any, **named: Any) -> Any:
        if when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        wrapped(*given, **named)
        os.kill(os.getpid(), signal.SIGKILL)

    return killer


def paid_once(body: dict[str, Any]) -> None:
    """Send it again as a partner without an answer does; look at the books."""
    again = [put(application, "T1", body) for _ in range(2)]
    assert [(one.status, one.code) for one in again] == [(200, "OK")] * 2
    assert again[0] == again[1]
    partner = Partner.objects.get(code="P01")
    assert (Payment.objects.count(), Attempt.objects.count()) == (1, 1)
    assert quota.standing(partner.pk) == quota.Standing(2 * BILL + 1, BILL, 0, BILL + 1)
    sound()


def sound() -> None:
    assert quota.differing() == []
    assert ledger.total() == 0
    assert ledger.unbalanced_journals() == []


@pytest.mark.parametrize(("when", "kept"), [("before", 0), ("after", 1)])
def test_a_server_killed_around_the_call_pays_once(
    monkeypatch: pytest.MonkeyPatch, when: str, kept: int
) -> None:
    body = pays()
    with monkeypatch.context() as killing:
        killing.setattr(collecting, "pay_signed", dies(when))
        assert ended(served(body)) == -signal.SIGKILL
    assert Payment.objects.count() == kept
    paid_once(body)


@contextmanager
def held_inside(url: str) -> Iterator[Callable[[], int]]:
    """Hold the quota, so that a payment waits in the middle of its function, all but written.

    Yields a function that waits for that payment and gives the number of its session.
    """
    with psycopg.connect(url) as holder, psycopg.connect(url, autocommit=True) as looking:
        holder.execute("SELECT FROM payments_quota FOR UPDATE")

        def session() -> int:
            until = time.monotonic() + 30
            while time.monotonic() < until:
                found = looking.execute(INSIDE).fetchone()
                if found:
                    return int(found[0])
                time.sleep(0.01)
            raise AssertionError("no payment came to the quota")

        yield session


def test_a_server_killed_inside_the_call_pays_once(collecting_books: str) -> None:
    body = pays()
    with held_inside(collecting_books) as session:
        pid = served(body)
        session()
        os.kill(pid, signal.SIGKILL)
        assert ended(pid) == -signal.SIGKILL
    paid_once(body)


def test_a_session_ended_inside_the_call_leaves_nothing_and_pays_once(
    collecting_books: str,
) -> None:
    body = pays()
    with held_inside(collecting_books) as session, psycopg.connect(collecting_books) as admin:
        pid = served(body)
        admin.execute("SELECT pg_terminate_backend(%s)", [session()])
        assert ended(pid) == REFUSED
    assert (Attempt.objects.count(), Payment.objects.count()) == (0, 0)
    paid_once(body)


def test_sessions_that_end_under_eight_clients_lose_and_double_nothing(
    collecting_books: str,
) -> None:
    """Each client pays each bill under numbers of its own and asks until there is an answer."""
    quota.credit(Partner.objects.get(code="P01").pk, 1, 100 * BILL, day=AT.date(), at=AT)
    bodies = [pays(number) for number in (1, 2, 3)]
    connections.close_all()
    over, told = threading.Event(), []

    def client(number: int) -> None:
        try:
            for turn, body in enumerate(bodies):
                told.append((turn, until_answered(f"C{number}.{turn}", body)))
        finally:
            connections.close_all()

    def reaper() -> None:
        with psycopg.connect(collecting_books, autocommit=True) as admin:
            while not over.wait(random.uniform(0.005, 0.05)):  # noqa: S311  (a moment)
                admin.execute(OTHERS)

    clients = [threading.Thread(target=client, args=[number]) for number in range(8)]
    killing = threading.Thread(target=reaper)
    for one in (killing, *clients):
        one.start()
    for one in clients:
        one.join()
    over.set()
    killing.join()
    for turn in range(3):
        codes = sorted(code for which, code in told if which == turn)
        assert codes == ["ALREADY_PAID"] * 7 + ["OK"]
    assert (Payment.objects.count(), Attempt.objects.count()) == (3, 24)
    assert quota.standing(Partner.objects.get(code="P01").pk).used == -97 * BILL
    sound()


def until_answered(number: str, body: dict[str, Any]) -> str:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            answer = put(application, number, body)
            if answer.status == 202:  # on a busy machine a bill may be held for a second
                collecting.settle_waiting(at=AT)
        except OperationalError:
            continue  # no answer: it may have happened
        if answer.status == 200:
            return answer.code
    raise AssertionError(f"{number} was never answered")
