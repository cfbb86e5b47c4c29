"""Whatever is sent to the partner API, signed: no answer says that the server failed."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from congto.interfaces.api.collect import letting_in
from congto.interfaces.api.collect.routes import api
from congto.interfaces.api.collect.signing import sign
from congto.office.ledger import queries as ledger
from congto.office.payments import quota
from congto.office.payments.models import Partner
from fixtures_collecting import BILL, SECRET

TEXT = st.text(max_size=45) | st.sampled_from(["PB00000000001", "C26TPB-1", "app", "T1", "\x00"])
WHOLE = st.integers() | st.sampled_from([0, 1, BILL, 2**31, 2**63 - 1, 2**63, 10**13])
TIME = st.datetimes().map(lambda at: f"{at.isoformat()}+07:00") | st.just("2026-11-05T10:00:00Z")
ANYTHING = st.recursive(
    st.none() | st.booleans() | WHOLE | st.floats(allow_nan=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
NONCE = st.text("0123456789abcdef", min_size=24, max_size=24)
SCHEMAS = api.get_openapi_schema()["components"]["schemas"]


def like(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Return values of the kind that a schema names; bounds are left to be broken."""
    if "$ref" in schema:
        return like(SCHEMAS[schema["$ref"].rpartition("/")[2]])
    if schema["type"] == "object":
        fields = {name: like(one) | ANYTHING for name, one in schema["properties"].items()}
        return st.fixed_dictionaries({}, optional=fields) | st.fixed_dictionaries(
            {name: like(one) for name, one in schema["properties"].items()}
        )
    if schema["type"] == "array":
        return st.lists(like(schema["items"]), max_size=3)
    if schema["type"] == "integer":
        return WHOLE
    return TIME if schema.get("format") == "date-time" else TEXT


CALLS = {
    ("POST", "bills:query"): "Asks",
    ("PUT", "payments/{number}"): "Pays",
    ("GET", "payments/{number}"): None,
    ("POST", "payments/{number}:reverse"): "Reverses",
    ("GET", "quota"): None,
}


def test_every_call_of_the_document_is_tried() -> None:
    paths = api.get_openapi_schema()["paths"]
    told = {(method.upper(), path) for path, one in paths.items() for method in one}
    assert {(method, f"/collect/v1/{path}") for method, path in CALLS} == told


@pytest.mark.parametrize("call", CALLS, ids=" ".join)
def test_no_request_makes_the_server_fail(
    collecting_books: str, monkeypatch: pytest.MonkeyPatch, call: tuple[str, str]
) -> None:
    """An error in the server would be raised here; what is written is taken back each time."""
    monkeypatch.setattr(letting_in, "GATE", letting_in.Gate())
    Partner.objects.update(requests_per_second=10**6)
    (method, path), schema = call, CALLS[call]
    bodies = like(SCHEMAS[schema]) | ANYTHING if schema else st.none()

    @settings(max_examples=80, suppress_health_check=list(HealthCheck), deadline=None)
    @given(body=bodies, raw=st.none() | st.binary(max_size=40), number=TEXT, nonce=NONCE)
    def sent(body: object, raw: bytes | None, number: str, nonce: str) -> None:
        text = raw if raw is not None and schema else json.dumps(body).encode() if schema else b""
        request = Client().generic  # percent-encodes the path as clients do
        with transaction.atomic():
            signed = f"/collect/v1/{path.format(number='T1' if '/' in number else quoted(number))}"
            now = int(timezone.now().timestamp())  # noqa: TID251  (the API reads the same clock)
            header = sign("P01", "K1", SECRET + b"P01", now, nonce, method, signed, text)
            answer = request(
                method, signed, text, content_type="application/json",
                headers={"Authorization": header},
            )  # fmt: skip
            assert answer.status_code in {200, 202, 400, 401, 404, 405, 409, 422}
            assert (quota.differing(), ledger.total()) == ([], 0)
            transaction.set_rollback(True)

    sent()


def quoted(number: str) -> str:
    return quote(number, safe="") or "T1"
