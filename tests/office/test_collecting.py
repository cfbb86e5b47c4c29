"""Payments one by one: once for ever, exact, within the quota, whole or not at all."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime

import psycopg
import pytest
from django.db import DatabaseError, connection, connections

from congto.office.billing.models import Bill
from congto.office.ledger import queries as ledger
from congto.office.ledger.models import Journal
from congto.office.payments import collecting, quota
from congto.office.payments.choices import Answer, AttemptState
from congto.office.payments.models import Attempt, Partner, PartnerTerms, Payment, QuotaEntry
from fixtures_collecting import BILL, asked, bill

pytestmark = pytest.mark.usefixtures("collecting_books")

NOW = datetime(2026, 11, 5, 3, 0, tzinfo=UTC)  # 10:00 in Viet Nam
LATE = datetime(2026, 11, 5, 12, 0, tzinfo=UTC)  # 19:00


@pytest.fixture
def partner(collecting_books: str) -> Partner:
    """P01 may collect two bills and a đồng, until 18:00."""
    return Partner.objects.get(code="P01")


def sound() -> None:
    assert ledger.total() == 0
    assert ledger.unbalanced_journals() == []
    assert quota.differing() == []


def test_a_payment_is_posted_with_amount_and_vat_apart(partner: Partner) -> None:
    paid = collecting.pay(partner.pk, asked("T1", bill(1)), at=NOW)
    assert (paid.state, paid.answer, paid.amount_vnd) == ("posted", "OK", BILL)
    assert (paid.accounting_date, paid.late) == (date(2026, 11, 5), False)
    held = {a.code: n for a, n in ledger.trial_balance(day=date(2027, 1, 1)) if n}
    assert held["1388.P01"] == BILL
    assert held["131.PB01"] == 282_620  # customer 2 still owes
    assert held["131T.PB01"] == 22_610
    assert quota.standing(partner.pk) == quota.Standing(2 * BILL + 1, BILL, 0, BILL + 1)
    sound()


def test_the_same_number_again_gives_the_stored_answer_and_another_body_is_refused(
    partner: Partner,
) -> None:
    first = collecting.pay(partner.pk, asked("T1", bill(1)), at=NOW)
    again = collecting.pay(partner.pk, asked("T1", bill(1)), at=LATE)
    assert again == first
    other = collecting.pay(partner.pk, asked("T1", bill(2)), at=NOW)
    assert other.answer is Answer.ID_REUSED
    assert collecting.status(partner.pk, "T1") == first
    assert Payment.objects.count() == 1
    sound()


def test_the_number_of_another_partner_is_another_number(partner: Partner) -> None:
    other = Partner.objects.get(code="P02")
    collecting.pay(partner.pk, asked("T1", bill(1)), at=NOW)
    assert collecting.status(other.pk, "T1") is None
    assert collecting.pay(other.pk, asked("T1", bill(2)), at=NOW).answer is Answer.OK


def test_status_creates_nothing(partner: Partner) -> None:
    assert collecting.status(partner.pk, "NEVER") is None
    assert Attempt.objects.count() == 0


@pytest.mark.parametrize(
    ("change", "answer"),
    [
        ({"customer": "PB00000000002"}, Answer.NOT_FOUND),
        ({"amount": BILL - 1}, Answer.AMOUNT_MISMATCH),
        ({"amount": BILL + 1}, Answer.AMOUNT_MISMATCH),
    ],
)
def test_a_payment_that_is_not_right_is_refused_for_ever(
    partner: Partner, change: dict[str, object], answer: Answer
) -> None:
    wrong = asked("T1", bill(1), **change)  # type: ignore[arg-type]  # a row of the table above
    refused = collecting.pay(partner.pk, wrong, at=NOW)
    assert (refused.state, refused.answer) == (AttemptState.REJECTED, answer)
    assert collecting.pay(partner.pk, wrong, at=LATE) == refused
    assert (Payment.objects.count(), QuotaEntry.objects.filter(move="post").count()) == (0, 0)
    sound()


def test_an_amount_that_differs_is_answered_with_what_is_owed(partner: Partner) -> None:
    one = bill(1)
    refused = collecting.pay(partner.pk, asked("T1", one, amount=1), at=NOW)
    assert refused.detail == {"expected": [{"bill": one.pk, "amount_vnd": BILL}]}


def test_what_exceeds_the_quota_is_refused_and_the_rest_goes_on(partner: Partner) -> None:
    answers = [
        collecting.pay(partner.pk, asked(f"T{n}", bill(n)), at=NOW).answer for n in (1, 2, 3)
    ]
    assert answers == [Answer.OK, Answer.OK, Answer.QUOTA_EXCEEDED]
    assert collecting.status(partner.pk, "T1") is not None
    assert quota.standing(partner.pk).available == 1
    # Only a matched bank credit gives it back; the refused number stays refused.
    assert quota.credit(partner.pk, 77, 2 * BILL, day=date(2026, 11, 5), at=NOW)
    assert not quota.credit(partner.pk, 77, 2 * BILL, day=date(2026, 11, 5), at=NOW)
    assert collecting.pay(partner.pk, asked("T3", bill(3)), at=NOW).answer is Answer.QUOTA_EXCEEDED
    assert collecting.pay(partner.pk, asked("T4", bill(3)), at=NOW).answer is Answer.OK
    sound()


def test_a_suspended_partner_may_ask_and_reverse_but_not_pay(partner: Partner) -> None:
    collecting.pay(partner.pk, asked("T1", bill(1)), at=NOW)
    Partner.objects.filter(pk=partner.pk).update(suspended=True)
    refused = collecting.pay(partner.pk, asked("T2", bill(2)), at=NOW)
    assert refused.answer is Answer.PARTNER_SUSPENDED
    back = collecting.reverse(partner.pk, "T1", "R1", at=NOW)
    assert back is not None
    assert back.answer is Answer.OK


def test_after_the_cut_off_a_payment_counts_on_the_next_day(partner: Partner) -> None:
    paid = collecting.pay(partner.pk, asked("T1", bill(1)), at=LATE)
    assert (paid.accounting_date, paid.late) == (date(2026, 11, 6), True)
    assert Journal.objects.get(kind=2).accounting_date == date(2026, 11, 6)


def test_a_bill_paid_is_answered_so_to_everybody(partner: Partner) -> None:
    one = bill(1)
    collecting.pay(partner.pk, asked("T1", one), at=NOW)
    other = Partner.objects.get(code="P02")
    refused = collecting.pay(other.pk, asked("X1", one), at=NOW)
    assert (refused.answer, refused.detail) == (Answer.ALREADY_PAID, {"paid": [one.pk]})


def test_a_reversal_takes_back_once_and_only_before_the_cut_off(partner: Partner) -> None:
    collecting.pay(partner.pk, asked("T1", bill(1)), at=NOW)
    late = collecting.reverse(partner.pk, "T1", "R0", at=LATE)
    assert late is not None
    assert (late.answer, late.state) == (Answer.CUTOFF_CLOSED, AttemptState.POSTED)
    answers = [collecting.reverse(partner.pk, "T1", key, at=NOW) for key in ("R1", "R1", "R2")]
    assert [one.answer for one in answers if one] == ["OK", "OK", "ALREADY_REVERSED"]
    assert collecting.reverse(partner.pk, "NEVER", "R3", at=NOW) is None
    assert quota.standing(partner.pk) == quota.Standing(2 * BILL + 1, 0, 0, 2 * BILL + 1)
    assert ledger.receivable(bill(1).agreement_id, [bill(1).pk])["receivable"] == 282_620
    # The bill can be paid again, under another number.
    assert collecting.pay(partner.pk, asked("T9", bill(1)), at=NOW).answer is Answer.OK
    sound()


def test_a_reversal_of_remitted_money_gives_no_quota(partner: Partner) -> None:
    collecting.pay(partner.pk, asked("T1", bill(1)), at=NOW)
    quota.credit(partner.pk, 5, BILL, day=date(2026, 11, 5), at=NOW)
    back = collecting.reverse(partner.pk, "T1", "R1", at=NOW)
    assert back is not None
    assert back.detail == {"quota_given_back": False}
    assert quota.standing(partner.pk).available == 2 * BILL + 1
    held = {a.code: n for a, n in ledger.trial_balance(day=date(2027, 1, 1)) if n}
    assert "1388.P01" not in held  # collected and taken back; the credit is another journal
    sound()


def test_one_payment_for_all_bills_of_a_customer(partner: Partner) -> None:
    first, second = bill(1), bill(2)
    second.agreement.customer_id = first.agreement.customer_id
    second.agreement.save()
    both = asked("T1", first, second)
    assert collecting.pay(partner.pk, both, at=NOW).amount_vnd == 2 * BILL
    assert Payment.objects.filter(partner_txn_id="T1").count() == 2
    back = collecting.reverse(partner.pk, "T1", "R1", at=NOW)
    assert back is not None
    assert Payment.objects.count() == 4
    sound()


@pytest.mark.parametrize(
    ("exactness", "answer"), [("oldest_first", "MUST_PAY_OLDEST_FIRST"), ("exact", "MUST_PAY_ALL")]
)
def test_older_bills_come_first_where_the_contract_says_so(
    partner: Partner, exactness: str, answer: str
) -> None:
    PartnerTerms.objects.update(exactness=exactness)
    older, newer = bill(1), bill(2)
    newer.agreement.customer_id = older.agreement.customer_id
    newer.agreement.save()
    Bill.objects.filter(pk=older.pk).update(period_from=date(2026, 9, 1))
    assert collecting.pay(partner.pk, asked("T1", newer), at=NOW).answer == answer
    first = collecting.pay(partner.pk, asked("T2", older), at=NOW)
    assert first.answer == ("OK" if exactness == "oldest_first" else "MUST_PAY_ALL")
    if exactness == "exact":
        assert collecting.pay(partner.pk, asked("T3", older, newer), at=NOW).answer == "OK"


def test_of_many_who_pay_one_bill_one_posts(partner: Partner) -> None:
    one, numbers = bill(1), [f"T{n}" for n in range(12)]
    answers = together(
        lambda number: collecting.pay(partner.pk, asked(number, one), at=NOW), numbers
    )
    assert sorted(got.answer for got in answers) == ["ALREADY_PAID"] * 11 + ["OK"]
    assert Payment.objects.count() == 1
    sound()


def test_one_number_sent_many_times_at_once_happens_once(partner: Partner) -> None:
    one = asked("T1", bill(1))
    answers = together(lambda _n: collecting.pay(partner.pk, one, at=NOW), range(12))
    assert all(got == answers[0] for got in answers)
    assert Payment.objects.count() == 1
    sound()


def test_of_two_reversals_at_once_one_succeeds(partner: Partner) -> None:
    """Formance's stress test: every transaction is taken back twice at the same time."""
    for round_ in range(6):
        collecting.pay(partner.pk, asked(f"T{round_}", bill(1)), at=NOW)
        answers = together(
            lambda key, number=f"T{round_}": collecting.reverse(partner.pk, number, key, at=NOW),
            ["A", "B"],
        )
        assert sorted(got.answer for got in answers if got) == ["ALREADY_REVERSED", "OK"]
    sound()


def test_a_bill_that_is_being_corrected_holds_the_quota_until_there_is_a_result(
    partner: Partner, collecting_books: str
) -> None:
    one = bill(1)
    with psycopg.connect(collecting_books) as other:
        other.execute("SELECT 1 FROM billing_bill WHERE id = %s FOR UPDATE", [one.pk])
        paid = collecting.pay(partner.pk, asked("T1", one), at=NOW)
        assert (paid.state, paid.answer) == (AttemptState.RESERVED, Answer.PENDING)
        assert quota.standing(partner.pk).reserved == BILL
        assert collecting.settle_waiting(at=NOW)[0].state is AttemptState.RESERVED
        sound()
    assert collecting.settle_waiting(at=LATE)[0].answer is Answer.OK
    assert collecting.settle_waiting(at=LATE) == []
    assert quota.standing(partner.pk) == quota.Standing(2 * BILL + 1, BILL, 0, BILL + 1)
    assert Attempt.objects.get().accounting_date == date(2026, 11, 6)
    sound()


def test_entries_of_a_quota_are_append_only(partner: Partner) -> None:
    with pytest.raises(DatabaseError, match="append-only"), connection.cursor() as cursor:
        cursor.execute("UPDATE payments_quotaentry SET amount_vnd = 0")


def together(call, values):  # type: ignore[no-untyped-def]  # any function over any values
    """Call for all values at the same moment, each on a connection of its own."""
    values = list(values)
    gate = threading.Barrier(len(values))

    def one(value):  # type: ignore[no-untyped-def]  # as above
        gate.wait()
        try:
            return call(value)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(values)) as pool:
        return list(pool.map(one, values))
