"""The partner API: signed requests in, stable answers out, nothing told to who is not let in."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from congto.interfaces.api.collect import letting_in
from congto.interfaces.api.collect.signing import sign
from congto.office.billing.models import Bill
from congto.office.devices.sealing import SecretBytes
from congto.office.payments import callers, quota
from congto.office.payments.models import Attempt, Partner, PartnerKey, PartnerTerms, RefusedRequest
from fixtures_collecting import BILL, SECRET

pytestmark = pytest.mark.usefixtures("collecting_books")


@pytest.fixture
def partner(collecting_books: str, monkeypatch: pytest.MonkeyPatch) -> Partner:
    """P01 may collect at any hour; P02 exists; both have the key K1."""
    monkeypatch.setattr(letting_in, "GATE", letting_in.Gate())
    PartnerTerms.objects.update(cutoff_minute=1440)
    return Partner.objects.get(code="P01")


class Calls:
    """A partner's engineer."""

    def __init__(self, code: str = "P01", key: str = "K1", secret: bytes | None = None) -> None:
        self.code, self.key, self.secret = code, key, secret or SECRET + code.encode()
        self.count = 0

    def header(self, method: str, path: str, body: bytes, *, ago: int = 0) -> str:
        self.count += 1
        nonce = f"{self.code}nonce{self.count:06}"
        now = int(timezone.now().timestamp()) - ago  # noqa: TID251  (the API reads the same clock)
        return sign(self.code, self.key, self.secret, now, nonce, method, path, body)

    def __call__(self, method: str, path: str, body: object = None, **other: Any) -> Any:
        path = f"/collect/v1/{path}"
        text = b"" if body is None else json.dumps(body).encode()
        header = other.pop("header", None) or self.header(method, path, text, **other)
        return Client().generic(
            method, path, text, content_type="application/json", headers={"Authorization": header}
        )


def pays(number: int = 1, amount: int = BILL) -> dict[str, object]:
    bill = Bill.objects.get(agreement__customer__code__endswith=f"{number:011}")
    return {
        "customer": bill.agreement.customer.code,
        "items": [{"bill": bill.pk, "amount_vnd": amount}],
        "paid_at": "2026-11-05T10:00:00+07:00",
        "channel": "app",
    }


def test_the_signature_is_the_worked_example_of_the_guide() -> None:
    """The six lines joined by hand, signed by the library itself."""
    body = b'{"customer":"PB00000000001"}'
    lines = (
        "POST\n/collect/v1/bills:query\n1793847600\n3f2a77c1\n"
        + hashlib.sha256(body).hexdigest()
        + "\nP01"
    )
    expected = hmac.new(SECRET, lines.encode(), "sha256").hexdigest()
    made = sign(
        "P01", "K1", SECRET, 1793847600, "3f2a77c1", "POST", "/collect/v1/bills:query", body
    )
    assert made == (
        f"Congto partner=P01,key=K1,time=1793847600,nonce=3f2a77c1,signature={expected}"
    )


def test_a_customer_asks_pays_and_owes_nothing(partner: Partner) -> None:
    call = Calls()
    owed = call("POST", "bills:query", {"customer": "PB00000000001"}).json()
    assert (owed["code"], [one["amount_vnd"] for one in owed["bills"]]) == ("FOUND", [BILL])
    paid = call("PUT", "payments/T1", pays())
    assert (paid.status_code, paid.json()["code"], paid.json()["number"]) == (200, "OK", 0)
    assert call("POST", "bills:query", {"customer": "PB00000000001"}).json()["code"] == "NO_DEBT"
    assert call("GET", "payments/T1").json() == paid.json()
    limits = call("GET", "quota").json()
    assert (limits["used_vnd"], limits["available_vnd"]) == (BILL, BILL + 1)
    back = call("POST", "payments/T1:reverse", {"reversal_id": "R1"})
    assert (back.json()["code"], back.json()["state"]) == ("OK", "reversed")
    assert call("POST", "payments/T1:reverse", {"reversal_id": "R2"}).status_code == 409


def test_an_invoice_is_found_by_its_number(partner: Partner) -> None:
    bill = Bill.objects.select_related("series").first()
    assert bill is not None
    assert bill.series is not None
    invoice = f"{bill.series.symbol}-{bill.invoice_no}"
    found = Calls()("POST", "bills:query", {"invoice": invoice}).json()
    assert [one["invoice"] for one in found["bills"]] == [invoice]


def test_every_request_sent_twice_changes_nothing(partner: Partner) -> None:
    call = Calls()
    for number, body in (("T1", pays()), ("T2", pays(1)), ("T3", pays(2, 1)), ("T4", pays(2))):
        first, second = (call("PUT", f"payments/{number}", body) for _ in range(2))
        assert (first.status_code, first.json()) == (second.status_code, second.json())
    assert Attempt.objects.count() == 4
    assert call("PUT", "payments/T1", pays(2)).status_code == 409
    assert quota.differing() == []


def test_status_of_what_never_came_is_404_and_creates_nothing(partner: Partner) -> None:
    answer = Calls()("GET", "payments/NEVER")
    assert (answer.status_code, answer.json()["code"]) == (404, "NEVER_RECEIVED")
    assert Attempt.objects.count() == 0


def replayed(call: Calls) -> Any:
    header = call.header("GET", "/collect/v1/payments/T1", b"")
    assert call("GET", "payments/T1", header=header).status_code == 200
    return call("GET", "payments/T1", header=header)


REFUSALS = {
    "unsigned": lambda _call: Client().get("/collect/v1/payments/T1"),
    "stale": lambda call: call("GET", "payments/T1", ago=301),
    "unknown partner or key": lambda _call: Calls(key="K9")("GET", "payments/T1"),
    "wrong signature": lambda _call: Calls(secret=SECRET)("GET", "payments/T1"),
    "replayed": replayed,
}


@pytest.mark.parametrize("reason", REFUSALS)
def test_who_is_not_let_in_learns_nothing(partner: Partner, reason: str) -> None:
    call = Calls()
    call("PUT", "payments/T1", pays())
    answers = [REFUSALS[reason](call), Calls(code="P99")("GET", "payments/T1")]
    assert [one.status_code for one in answers] == [401, 401]
    assert answers[0].content == answers[1].content  # the same words, whatever was wrong
    logged = list(RefusedRequest.objects.order_by("id").values_list("reason", flat=True))
    assert logged == [reason, "unknown partner or key"]


def test_another_partner_does_not_see_a_payment(partner: Partner) -> None:
    Calls()("PUT", "payments/T1", pays())
    assert Calls("P02")("GET", "payments/T1").status_code == 404


def test_a_foreign_address_is_refused(partner: Partner) -> None:
    Partner.objects.filter(pk=partner.pk).update(networks=["203.0.113.0/24"])
    assert Calls()("GET", "quota").status_code == 401
    assert RefusedRequest.objects.get().reason == "foreign address"


def test_a_signature_over_another_body_is_refused(partner: Partner) -> None:
    call = Calls()
    header = call.header("PUT", "/collect/v1/payments/T1", b"{}")
    assert call("PUT", "payments/T1", pays(), header=header).status_code == 401
    assert Attempt.objects.count() == 0


def test_both_keys_work_while_they_are_changed(partner: Partner) -> None:
    now = timezone.now()  # noqa: TID251  (the API reads the same clock)
    new = SecretBytes(b"another secret of thirty-two bytes..")
    callers.add_key(partner.code, "K2", new, valid_from=now, user=None, at=now)
    assert Calls()("GET", "quota").status_code == 200
    assert Calls(key="K2", secret=new.reveal())("GET", "quota").status_code == 200
    PartnerKey.objects.filter(name="K1").update(valid_to=datetime(2026, 11, 4, tzinfo=UTC))
    letting_in.GATE.partners.clear()  # what a process believes for ten seconds
    assert Calls()("GET", "quota").status_code == 401


def test_who_calls_too_fast_is_told_to_wait(partner: Partner) -> None:
    Partner.objects.filter(pk=partner.pk).update(requests_per_second=3)
    call = Calls()
    codes = [call("GET", "quota").status_code for _ in range(8)]
    assert codes[:3] == [200] * 3
    assert 429 in codes


@pytest.mark.parametrize(
    ("number", "change"),
    [
        ("T%20", {}),
        ("T1", {"items": []}),
        ("T1", {"items": [{"bill": 1, "amount_vnd": -5}]}),
        ("T1", {"items": [{"bill": 2**63, "amount_vnd": 5}]}),
        ("T1", {"paid_at": "2026-11-05T10:00:00"}),
        ("T1", {"channel": "x" * 25}),
    ],
)
def test_what_is_not_a_payment_is_refused_before_the_books(
    partner: Partner, number: str, change: dict[str, object]
) -> None:
    answer = Calls()("PUT", f"payments/{number}", pays() | change)
    assert answer.status_code == 422
    assert Attempt.objects.count() == 0
