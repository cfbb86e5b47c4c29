"""`congto bench pay`: payments of partners through HTTP into the books, each durable when answered.

A scratch database is filled and billed (not timed). The product's own web server answers; clients
in a process of their own sign each request and pay one bill each over kept connections, spread
over 23 partners with a quota each. The limit is pgbench's simple update on the same server in the
same run, with as many clients.
"""

from __future__ import annotations

import os
import platform
import re
import shutil
import socket
import subprocess
import sys
from contextlib import contextmanager
from datetime import UTC, date, datetime
from http.client import HTTPConnection
from multiprocessing import get_context
from time import perf_counter, sleep
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.db import connection, connections

from congto import __version__
from congto.interfaces.bench.books import fill, scratch_database
from congto.interfaces.bench.machine import cores, peak_rss_bytes
from congto.interfaces.bench.paying import Bill, Load, Sender, pay_for
from congto.office.billing import operations as billing
from congto.office.devices.sealing import SecretBytes
from congto.office.ledger import queries as ledger
from congto.office.meterdata import operations as meterdata
from congto.office.payments import callers, operations, queries, quota
from congto.office.payments.terms import Terms, agree
from congto.office.storage.bulk import connection_url, read
from congto.reference.vn import price_book
from congto.vocabulary.errors import CongtoError
from congto.vocabulary.periods import Period

if TYPE_CHECKING:
    from collections.abc import Iterator

MONTH = Period.month(2026, 10)
AT = datetime(2026, 11, 3, 1, 0, tzinfo=UTC)
PARTNERS = 23
CLIENTS = 32
SECONDS = 20
SECRET = b"thirty-two bytes of a bench's key"
LIMIT_VND = 10**15
START_S = 60.0
PAYABLE = """
SELECT b.id, c.code, b.gross_vnd FROM billing_bill b JOIN customers_agreement a
ON a.id = b.agreement_id JOIN customers_customer c ON c.id = a.customer_id
WHERE b.state = 4 AND b.gross_vnd > 0 ORDER BY b.id
"""
SERVER = """
from congto.interfaces.cli.serve import answer
answer("127.0.0.1", {port}, workers={workers})
"""


def run(customers: int, seed: int = 1, seconds: int = SECONDS) -> dict[str, Any]:
    """Pay for so many seconds, at most one bill a customer; return rates and the limit."""
    with scratch_database():
        bills = _bills(customers, seed)
        partners = _partners()
        with _server() as port:
            load = Load(port, CLIENTS, seconds, partners, bills)
            connections.close_all()
            begun = perf_counter()
            with get_context("spawn").Pool(1) as pool:
                told = pool.apply(pay_for, (load,))
            elapsed = perf_counter() - begun
        _sound(told.answers.get("OK", 0))
        limit = _pgbench(max(seconds // 2, 3))
        server = read("SELECT current_setting('server_version') AS version").item()
    return {
        "bench": "pay",
        "payments_per_second": round(told.answers.get("OK", 0) / told.seconds),
        "p50_ms": f"{told.quantile_ms(0.5):.1f}",
        "p99_ms": f"{told.quantile_ms(0.99):.1f}",
        "pgbench_tps": limit,
        "answers": told.answers,
        "seconds": f"{told.seconds:.2f}",
        "seconds_with_start": f"{elapsed:.2f}",
        "clients": CLIENTS,
        "partners": PARTNERS,
        "bills": len(bills),
        "peak_rss_bytes": peak_rss_bytes(1),
        "cores": cores(),
        "seed": seed,
        "versions": {
            "congto": __version__,
            "postgresql": server,
            "python": platform.python_version(),
        },
    }


def _bills(customers: int, seed: int) -> list[Bill]:
    fill(customers, seed, MONTH)
    billing.sync_price_decisions(price_book())
    for part in meterdata.usage_partitions():
        meterdata.determine_part(MONTH, part, at=AT)
    billing.run_billing(MONTH, at=AT, issued_on=AT.date())
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # as the server does by itself after a while
    return [Bill(*row) for row in read(PAYABLE).iter_rows()]


def _partners() -> list[Sender]:
    codes = [f"P{number:02}" for number in range(1, PARTNERS + 1)]
    operations.load_partners(
        [{"code": one, "name": one, "kind": "bank", "bank_account": one} for one in codes]
    )
    for one in codes:
        agree(one, Terms(date(2026, 1, 1), "bench", LIMIT_VND), user=None, at=AT)
        callers.let_call(one, networks=(), per_second=10**6, user=None, at=AT)
        callers.add_key(one, "K1", SecretBytes(SECRET), valid_from=AT, user=None, at=AT)
    return [Sender(one, "K1", SECRET) for one in codes]


@contextmanager
def _server() -> Iterator[int]:
    """Serve from a process of its own on a free port until the block ends."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    script = SERVER.format(port=port, workers=1)
    environment = os.environ | {"DATABASE_URL": connection_url()}
    process = subprocess.Popen(  # noqa: S603  (our own program)
        [sys.executable, "-c", script], env=environment
    )
    try:
        _wait(port)
        yield port
    finally:
        process.terminate()
        process.wait()


def _wait(port: int) -> None:
    """Wait until the server answers: what it loads before its first answer is not measured."""
    until = perf_counter() + START_S
    while True:
        line = HTTPConnection("127.0.0.1", port, timeout=START_S)
        try:
            line.request("GET", "/collect/v1/openapi.json")
            line.getresponse().read()
        except OSError as error:
            if perf_counter() > until:
                raise CongtoError("the web server did not start", expected="an answer") from error
            sleep(0.1)
        else:
            return
        finally:
            line.close()


def _sound(posted: int) -> None:
    """Refuse a figure whose books do not hold what was answered."""
    kept = queries.payments_kept()
    wrong = [*quota.differing(), *map(str, ledger.unbalanced_journals())]
    if kept != posted or ledger.total() or wrong:
        raise AssertionError(f"{posted} answered OK, {kept} in the books; {wrong}")


def _pgbench(seconds: int) -> int | None:
    """Return pgbench's simple updates a second on the same server; None where it is not here."""
    folder = os.environ.get("CONGTO_PG_BIN")
    program = f"{folder}/pgbench" if folder else shutil.which("pgbench")
    if program is None:
        return None
    parts = urlsplit(connection_url())
    name = f"{connection.settings_dict['NAME']}_pgbench"
    with connection.cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{name}"')
    url = parts._replace(path=f"/{name}").geturl()
    try:
        _ran(program, "-q", "-i", "-s", "10", url)
        times = ["-c", str(CLIENTS), "-j", "2", "-T", str(seconds)]
        printed = _ran(program, "-N", "-M", "prepared", *times, url)
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    found = re.search(r"tps = ([\d.]+)", printed)
    return None if found is None else round(float(found[1]))


def _ran(*words: str) -> str:
    """Run PostgreSQL's own program and return what it printed."""
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout  # noqa: S603  (found above)
