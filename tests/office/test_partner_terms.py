"""Contracts with partners: dated, in order, changed by two persons; limits count when they hold."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg
import pytest
from django.contrib.auth.models import User

from congto.office.control import proposals
from congto.office.control.choices import Role
from congto.office.control.models import AuditEntry, FindingRecord, Grant
from congto.office.organisation.models import Unit
from congto.office.payments import callers, collecting, quota, upkeep
from congto.office.payments.choices import Answer
from congto.office.payments.models import Partner, PartnerTerms
from congto.office.payments.proposals import SUSPENSION, TERMS
from congto.office.payments.terms import Terms, agree, grant_due, terms_on
from congto.office.storage.bulk import connection_url
from congto.vocabulary.errors import InvalidInputError, RefusedError
from fixtures_collecting import BILL, asked, bill

pytestmark = pytest.mark.usefixtures("collecting_books")

NOW = datetime(2026, 11, 5, 3, 0, tzinfo=UTC)
LATER = Terms(date(2026, 12, 1), "PL 02", 10_000_000, "oldest_first", 960, 2, netting=True)


def limit() -> int:
    return quota.standing(Partner.objects.get(code="P01").pk).limit


def test_terms_hold_from_their_day_and_the_limit_with_them() -> None:
    agree("P01", LATER, user=None, at=NOW)
    before, after = (terms_on("P01", date(2026, month, 30)) for month in (11, 12))
    assert (before and before.limit_vnd, after) == (2 * BILL + 1, LATER)
    assert limit() == 2 * BILL + 1
    assert grant_due(at=datetime(2026, 11, 30, 16, 59, tzinfo=UTC)) == 0  # 23:59 in Viet Nam
    assert grant_due(at=datetime(2026, 11, 30, 17, 0, tzinfo=UTC)) == 1
    assert grant_due(at=datetime(2026, 12, 1, 17, 0, tzinfo=UTC)) == 0
    assert limit() == 10_000_000
    assert quota.differing() == []
    entry = AuditEntry.objects.filter(operation="partner.terms").get()
    assert entry.before is not None
    assert entry.after is not None
    assert (entry.before["limit_vnd"], entry.after["limit_vnd"]) == (2 * BILL + 1, 10_000_000)


@pytest.mark.parametrize(
    "change",
    [
        {"limit_vnd": -1},
        {"cutoff_minute": 0},
        {"cutoff_minute": 1441},
        {"credit_days": 61},
        {"exactness": "some"},
        {"document": " "},
    ],
)
def test_what_cannot_be_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(InvalidInputError):
        agree("P01", LATER._replace(**change), user=None, at=NOW)
    assert PartnerTerms.objects.filter(partner__code="P01").count() == 1


def test_terms_never_begin_before_others_and_belong_to_somebody() -> None:
    for code, first in (("P01", date(2026, 1, 1)), ("P99", date(2026, 12, 1))):
        with pytest.raises(RefusedError):
            agree(code, LATER._replace(valid_from=first), user=None, at=NOW)


def person(name: str, role: Role) -> User:
    user = User.objects.create_user(name, password="a long pass-phrase")
    Grant.objects.create(user=user, unit=Unit.objects.get(parent=None), role=role)
    return user


def decided(kind: str, after: dict[str, Any]) -> None:
    """Propose as one person; the same person cannot approve; another does."""
    maker, checker = person("lap", Role.ACCOUNTANT), person("duyet", Role.MANAGER)
    made = proposals.propose(kind, "P01", after, reason="phụ lục 02", user=maker, at=NOW)
    with pytest.raises(RefusedError, match="không có quyền duyệt"):
        proposals.approve(made.pk, user=maker, at=NOW)
    proposals.approve(made.pk, user=checker, at=NOW)


def test_a_limit_is_changed_by_two_persons() -> None:
    decided(TERMS, LATER._replace(valid_from=date(2026, 11, 5))._asdict())
    assert limit() == 10_000_000
    assert quota.differing() == []


def test_terms_are_not_changed_for_days_gone_by() -> None:
    with pytest.raises(RefusedError, match="đã qua"):
        decided(TERMS, LATER._replace(valid_from=date(2026, 11, 4))._asdict())
    assert limit() == 2 * BILL + 1


def test_a_partner_is_suspended_by_two_persons_and_what_it_paid_can_still_be_asked() -> None:
    partner, one = Partner.objects.get(code="P01"), bill(1)
    first = collecting.pay(partner.pk, asked("T1", one), at=NOW)
    decided(SUSPENSION, {"suspended": True})
    refused = collecting.pay(partner.pk, asked("T2", bill(2)), at=NOW)
    assert refused.answer is Answer.PARTNER_SUSPENDED
    assert collecting.status(partner.pk, "T1") == first
    back = collecting.reverse(partner.pk, "T1", "R1", at=NOW)
    assert back is not None
    assert back.answer is Answer.OK


def test_where_a_partner_calls_from_is_a_network_and_written_down() -> None:
    with pytest.raises(InvalidInputError, match=r"203\.0\.113\.0/33"):
        callers.let_call("P01", networks=["203.0.113.0/33"], per_second=5, user=None, at=NOW)
    callers.let_call("P01", networks=["203.0.113.0/24"], per_second=5, user=None, at=NOW)
    found = callers.caller("P01", at=NOW)
    assert found is not None
    assert (found.networks, found.per_second) == (("203.0.113.0/24",), 5)
    assert AuditEntry.objects.filter(operation="partner.calling").count() == 1


def test_warnings_are_written_once_a_day_at_each_threshold() -> None:
    """One bill of two and a đồng is 49 %; both are 99 %, and a đồng is left; hand counted."""
    partner = Partner.objects.get(code="P01")
    agree("P02", LATER._replace(valid_from=date(2026, 11, 5), limit_vnd=BILL), user=None, at=NOW)
    assert not upkeep.anything_to_do(at=NOW)
    for number in (1, 2):
        collecting.pay(partner.pk, asked(f"T{number}", bill(number)), at=NOW)
    assert upkeep.anything_to_do(at=NOW)
    assert upkeep.step(at=NOW) == (0, 0, 1)
    assert not upkeep.anything_to_do(at=NOW)
    assert upkeep.step(at=NOW) == (0, 0, 0)
    other = Partner.objects.get(code="P02")
    collecting.pay(other.pk, asked("T3", bill(3)), at=NOW)
    assert upkeep.step(at=NOW).warned == 1
    found = FindingRecord.objects.order_by("id").values_list("rule", "subject", "observed")
    assert list(found) == [
        ("QTA-001", "P01/95", "610.460 đ"),
        ("QTA-002", "P02/100", "305.230 đ"),
    ]
    assert upkeep.step(at=NOW + timedelta(days=1)).warned == 2


def test_a_payment_that_waited_gets_its_result_by_the_step() -> None:
    """A correction holds the bill for longer than a second: the payment keeps its reservation."""
    partner, one = Partner.objects.get(code="P01"), bill(1)
    with psycopg.connect(connection_url()) as correction:
        correction.execute("SELECT FROM billing_bill WHERE id = %s FOR UPDATE", [one.pk])
        waiting = collecting.pay(partner.pk, asked("T1", one), at=NOW)
        assert (waiting.state, waiting.answer) == ("reserved", "PENDING")
        assert upkeep.step(at=NOW).settled == 0
    assert upkeep.step(at=NOW).settled == 1
    found = collecting.status(partner.pk, "T1")
    assert found is not None
    assert (found.state, found.answer) == ("posted", "OK")
    assert quota.differing() == []
