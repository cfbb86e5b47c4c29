"""Invoice numbers under parallel issue, rollbacks and kills: no gap and no double in any series."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import textwrap
import time

import pytest

from congto.office.billing import operations
from congto.office.billing.choices import BillState
from congto.office.billing.models import Bill, InvoiceSeries
from congto.office.ledger import queries as ledger
from congto.office.organisation.models import Unit
from congto.reference.vn import price_book
from small_utility import AT, ISSUED, MONTH, House, build, units

pytestmark = pytest.mark.usefixtures("books")

CUSTOMERS = 60
PROCESSES = 4

# Issues one ready bill after another, chosen by chance; rolls every fifth try back.
ISSUES = """
import random, sys
import django
django.setup()
from datetime import date
from django.db import transaction
from congto.office.billing.choices import BillState
from congto.office.billing.issue import issue
from congto.office.billing.models import Bill

chance = random.Random(int(sys.argv[1]))
while True:
    left = list(Bill.objects.filter(state=BillState.READY).values_list("pk", flat=True))
    if not left:
        break
    try:
        with transaction.atomic():
            bill = Bill.objects.select_for_update(of=("self",)).select_related("unit").get(
                pk=chance.choice(left))
            if bill.state == BillState.READY:
                issue([bill], issued_on=date(2026, 11, 3), run_id=bill.run_id)
            if chance.random() < 0.2:
                raise RuntimeError("rolled back")
    except RuntimeError as error:
        if str(error) != "rolled back":
            raise
"""


def process(books: str, seed: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(ISSUES), str(seed)],
        env={**os.environ, "DATABASE_URL": books},
    )


@pytest.mark.slow
def test_numbers_have_no_gap_and_no_double_whoever_issues_and_dies(books: str) -> None:
    top = units()["PB"]
    other = Unit.objects.create(
        code="PBD", name="Công ty hai", kind="company", parent=top, path="PB/PBD/",
        valid_from=top.valid_from,
    )  # fmt: skip
    Unit.objects.filter(code="PB02").update(parent=other, path="PB/PBD/PB02/")
    operations.sync_price_decisions(price_book())
    build(
        *(House(number, 100) for number in range(1, CUSTOMERS // 2 + 1)),
        *(
            House(number, 120, unit="PB02", book="B1")
            for number in range(CUSTOMERS // 2 + 1, CUSTOMERS + 1)
        ),
    )
    operations.run_billing(MONTH, at=AT, issued_on=ISSUED, issue=False)
    seed = random.SystemRandom().randrange(10**6)
    chance = random.Random(seed)  # noqa: S311  (moments, not secrets)
    killed = [process(books, seed + place) for place in range(PROCESSES)]
    for one in killed:
        time.sleep(1 + chance.random())
        os.kill(one.pid, signal.SIGKILL)
        one.wait(timeout=60)
    whole(seed)
    last = [process(books, seed + 100 + place) for place in range(2)]
    assert [one.wait(timeout=120) for one in last] == [0, 0], f"seed {seed}"
    assert set(Bill.objects.values_list("state", flat=True)) == {BillState.ISSUED}
    assert whole(seed) == {"PBC": CUSTOMERS // 2, "PBD": CUSTOMERS // 2}


def whole(seed: int) -> dict[str, int]:
    """Check that each series holds 1..n and no more; return n by company."""
    counts = {}
    for series in InvoiceSeries.objects.select_related("unit"):
        found = Bill.objects.filter(series=series).order_by("invoice_no")
        numbers = list(found.values_list("invoice_no", flat=True))
        assert numbers == list(range(1, len(numbers) + 1)), f"{series} with seed {seed}"
        assert series.next_no == len(numbers) + 1, f"{series} with seed {seed}"
        counts[series.unit.code] = len(numbers)
    assert ledger.total() == 0
    return counts
