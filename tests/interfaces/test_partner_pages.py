"""Pages of partners: who sees them, terms proposed and approved, a key shown once."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from congto.office.control.models import Grant, Proposal
from congto.office.organisation.models import Unit
from congto.office.payments import callers, collecting
from congto.office.payments.models import Partner, PartnerKey, PartnerTerms
from congto.vocabulary.periods import LOCAL_ZONE
from fixtures_collecting import asked, bill

if TYPE_CHECKING:
    from django.http import HttpResponse

pytestmark = pytest.mark.usefixtures("collecting_books")

NOW = datetime(2026, 11, 5, 3, 0, tzinfo=UTC)


def signed_in(name: str, role: str, unit: str = "PB") -> Client:
    user = User.objects.create_user(name)
    Grant.objects.create(user=user, unit=Unit.objects.get(code=unit), role=role)
    client = Client()
    client.force_login(user)
    return client


def text_of(answer: HttpResponse) -> str:
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode().replace("\u00a0", " ")


def form(**change: str) -> dict[str, str]:
    today = timezone.now().astimezone(LOCAL_ZONE).date()  # noqa: TID251  (pages read the same clock)
    return {
        "valid_from": today.isoformat(), "document": "PL 02", "limit_vnd": "10.000.000",
        "exactness": "oldest_first", "cutoff": "16:00", "credit_days": "2", "reason": "mùa nóng",
    } | change  # fmt: skip


def test_a_partner_is_shown_with_its_quota_payments_and_refusals() -> None:
    partner = Partner.objects.get(code="P01")
    collecting.pay(partner.pk, asked("T1", bill(1)), at=NOW)
    callers.refuse("P01", "203.0.113.9", "GET /collect/v1/quota", "stale", at=NOW)
    clerk = signed_in("ke", "accountant")
    assert "305.231 đ" in text_of(clerk.get("/channels/partners"))  # two bills and a đồng, less one
    page = text_of(clerk.get("/channels/partners/P01"))
    for shown in ("T1", "305.230 đ", "203.0.113.9", "HĐ 01", "K1"):
        assert shown in page
    assert clerk.get("/channels/partners/P99").status_code == 404


def test_contracts_are_not_shown_to_a_district() -> None:
    district = signed_in("huyen", "accountant", "PB01")
    assert [
        district.get(one).status_code for one in ("/channels/partners", "/channels/partners/P01")
    ] == [404, 404]
    assert district.post("/channels/partners/P01/terms", form()).status_code == 404
    assert not Proposal.objects.exists()


def test_terms_go_from_the_form_through_approval_into_the_contract() -> None:
    clerk, manager = signed_in("ke", "accountant"), signed_in("truong", "manager")
    made = clerk.post("/channels/partners/P01/terms", form())
    proposal = Proposal.objects.get()
    assert made.url == f"/proposals/{proposal.pk}"
    page = text_of(manager.get(made.url))
    assert "Điều khoản thu hộ" in page
    assert "10.000.000 đ" in page
    manager.post(f"/proposals/{proposal.pk}/decide", {"decision": "approve", "reason": ""})
    new = PartnerTerms.objects.get(partner__code="P01", valid_to=None)
    assert (new.limit_vnd, new.cutoff_minute, new.credit_days) == (10_000_000, 960, 2)
    clerk.post("/channels/partners/P01/suspension", {"reason": "chậm nộp"})
    manager.post(f"/proposals/{Proposal.objects.latest('id').pk}/decide", {"decision": "approve"})
    assert "Tạm dừng" in text_of(clerk.get("/channels/partners"))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"cutoff": "16"}, "16"),
        ({"cutoff": "25:00"}, "1500"),
        ({"credit_days": "x"}, "x"),
        ({"valid_from": "hôm nay"}, "hôm nay"),
        ({"exactness": "some"}, "some"),
    ],
)
def test_a_wrong_form_says_what_is_wrong(change: dict[str, str], sentence: str) -> None:
    clerk = signed_in("ke", "accountant")
    page = text_of(clerk.post("/channels/partners/P01/terms", form(**change), follow=True))

    assert f"nhận “{sentence}”" in html.unescape(page)
    assert not Proposal.objects.exists()


def test_a_limit_is_whole_dong() -> None:
    clerk = signed_in("ke", "accountant")
    page = text_of(clerk.post("/channels/partners/P01/terms", form(limit_vnd="12,5"), follow=True))
    assert "Số tiền “12,5”" in html.unescape(page)
    assert not Proposal.objects.exists()


def test_a_key_is_shown_once_and_works() -> None:
    clerk, keeper = signed_in("ke", "accountant"), signed_in("quan", "administrator")
    clerk.post("/channels/partners/P01/key", {"name": "K2"})
    assert not PartnerKey.objects.filter(name="K2").exists()
    page = text_of(keeper.post("/channels/partners/P01/key", {"name": "K2"}))
    shown = re.search(r"<code>([0-9a-f]{64})</code>", page)
    assert shown is not None
    found = callers.caller("P01", at=timezone.now())  # noqa: TID251  (pages read the same clock)
    assert found is not None
    assert found.keys["K2"].reveal() == shown[1].encode()
    assert shown[1] not in text_of(keeper.get("/channels/partners/P01"))
