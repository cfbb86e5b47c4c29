"""Books with issued bills and two partners, made once a process and cloned for each test."""

from __future__ import annotations

import hashlib
import os
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest

import clones
from congto.office.storage.bulk import connection_kept, connection_url

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_django import DjangoDbBlocker

    from congto.office.billing.models import Bill
    from congto.office.payments.collecting import Asked
    from fixtures_books import Prepared

BILL = 305_230
"""134 kWh: 282,620 and 22,610 VAT, as worked in test_payments."""
MASTER = "hex:" + "17" * 32
"""The key of keys: other tests change the process's file, and a clone must open what it has."""
SECRET = b"a secret of thirty-two bytes, no less."
"""Followed by the partner's code: the key K1 of each."""


PAID_AT = datetime(2026, 11, 5, 2, 59, tzinfo=UTC)


def bill(customer: int) -> Bill:
    """Return the bill of a customer by its number."""
    from congto.office.billing.models import Bill

    return Bill.objects.get(agreement__customer__code__endswith=f"{customer:011}")


def asked(number: str, *bills: Bill, amount: int = BILL, customer: str | None = None) -> Asked:
    """Return a payment of bills as a partner asks it."""
    from congto.office.payments.collecting import Asked

    code = customer or bills[0].agreement.customer.code
    text = f"{number}{[one.pk for one in bills]}{amount}{code}"
    return Asked(
        number,
        hashlib.sha256(text.encode()).digest(),
        code,
        [one.pk for one in bills],
        [amount] * len(bills),
        PAID_AT,
        "app",
    )


@pytest.fixture
def collecting_books(
    prepared: Prepared,
    django_db_blocker: DjangoDbBlocker,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[str]:
    """Three customers with a bill each; P01 and P02 may collect two bills and a đồng."""
    monkeypatch.setenv("CONGTO_MASTER_KEY", MASTER)
    name = f"collecting_{os.getpid()}_{abs(hash(request.node.nodeid)) % 10**10}"
    with (
        clones.cloned(name, prepared(_fill)),
        clones.django_on(name),
        django_db_blocker.unblock(),
        connection_kept(),
    ):
        yield connection_url()


def _fill() -> None:
    from congto.office.billing import operations as billing
    from congto.office.devices.sealing import SecretBytes
    from congto.office.payments import callers, operations, quota
    from congto.office.payments.models import Partner, PartnerTerms
    from congto.reference.vn import price_book
    from small_utility import AT, ISSUED, MONTH, House, build

    build(House(1, 134), House(2, 134), House(3, 134, unit="PB02", book="B1"))
    billing.sync_price_decisions(price_book())
    billing.run_billing(MONTH, at=AT, issued_on=ISSUED)
    operations.load_partners(
        [{"code": c, "name": c, "kind": "bank", "bank_account": c} for c in ("P01", "P02")]
    )
    for one in Partner.objects.all():
        PartnerTerms.objects.create(
            partner=one, valid_from=date(2026, 1, 1), limit_vnd=2 * BILL + 1, exactness="any",
            cutoff_minute=18 * 60, document="HĐ 01",
        )  # fmt: skip
        quota.grant(one.pk, on=date(2026, 11, 5), at=AT)
        secret = SecretBytes(SECRET + one.code.encode())
        callers.add_key(one.code, "K1", secret, valid_from=AT, user=None, at=AT)
