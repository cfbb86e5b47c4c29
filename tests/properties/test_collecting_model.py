"""Any sequence of calls of a partner: the books and a naive model of dicts say the same."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from congto.office.ledger import queries as ledger
from congto.office.payments import collecting, quota
from congto.office.payments.collecting import Asked
from congto.office.payments.models import Partner, Payment
from congto.office.payments.terms import Terms, agree
from fixtures_collecting import BILL, PAID_AT, bill

NOW = datetime(2026, 11, 5, 3, 0, tzinfo=UTC)
DAY = date(2026, 11, 5)
NUMBERS = st.sampled_from(["T1", "T2", "T3", "T4"])
PARTNERS = st.sampled_from(["P01", "P02"])
BILLS = st.integers(0, 2)


class Model(RuleBasedStateMachine):
    """Each example runs in a transaction that is undone at its end."""

    def __init__(self) -> None:
        super().__init__()
        self.undone = transaction.atomic()
        self.undone.__enter__()
        self.partners = {one.code: one.pk for one in Partner.objects.all()}
        rows = [bill(number) for number in (1, 2, 3)]
        self.bills = [(one.pk, one.agreement.customer.code) for one in rows]
        self.answers: dict[tuple[str, str], tuple[Any, str, str]] = {}
        self.paid: dict[int, tuple[str, str]] = {}
        self.keys: dict[tuple[str, str], str] = {}
        self.limit = dict.fromkeys(self.partners, 2 * BILL + 1)
        self.used = dict.fromkeys(self.partners, 0)
        self.credited: set[int] = set()
        self.remitted: set[str] = set()
        self.days = 0

    def teardown(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        transaction.set_rollback(True)
        self.undone.__exit__(None, None, None)

    @rule(partner=PARTNERS, number=NUMBERS, which=BILLS, amount=st.sampled_from([BILL, BILL, 1]))
    def pay(self, partner: str, number: str, which: int, amount: int) -> None:
        told, key = (which, amount), (partner, number)
        if key in self.answers:
            stored, answer, _state = self.answers[key]
            expected = answer if stored == told else "ID_REUSED"
        else:
            expected = self.judged(partner, which, amount)
            self.answers[key] = (told, expected, "posted" if expected == "OK" else "rejected")
            if expected == "OK":
                self.paid[which] = key
                self.used[partner] += BILL
        pk, customer = self.bills[which]
        sent = hashlib.sha256(repr(told).encode()).digest()
        asked = Asked(number, sent, customer, [pk], [amount], PAID_AT, "app")
        assert collecting.pay(self.partners[partner], asked, at=NOW).answer == expected

    def judged(self, partner: str, which: int, amount: int) -> str:
        if which in self.paid:
            return "ALREADY_PAID"
        if amount != BILL:
            return "AMOUNT_MISMATCH"
        return "OK" if self.limit[partner] - self.used[partner] >= BILL else "QUOTA_EXCEEDED"

    @rule(partner=PARTNERS, number=NUMBERS)
    def status(self, partner: str, number: str) -> None:
        found = collecting.status(self.partners[partner], number)
        known = self.answers.get((partner, number))
        assert (found and (found.answer, found.state)) == (known and known[1:])

    @rule(partner=PARTNERS, number=NUMBERS, reversal=st.sampled_from(["A", "B"]))
    def reverse(self, partner: str, number: str, reversal: str) -> None:
        key = (partner, number)
        found = collecting.reverse(self.partners[partner], number, reversal, at=NOW)
        told, answer, state = self.answers.get(key, (None, "", ""))
        if state == "posted":
            expected = "OK"
            self.answers[key], self.keys[key] = (told, answer, "reversed"), reversal
            del self.paid[told[0]]
            if partner not in self.remitted:
                self.used[partner] -= BILL
        elif state == "reversed":
            expected = "OK" if self.keys[key] == reversal else "ALREADY_REVERSED"
        else:
            expected = "NOT_FOUND" if state else None
        assert (found and found.answer) == expected

    @rule(partner=PARTNERS, line=st.integers(1, 3), amount=st.sampled_from([BILL, 2 * BILL, -BILL]))
    def credit(self, partner: str, line: int, amount: int) -> None:
        new = quota.credit(self.partners[partner], line, amount, day=DAY, at=NOW)
        assert new == (line not in self.credited)
        if new:
            self.credited.add(line)
            self.remitted.add(partner)
            self.used[partner] -= amount

    @rule(partner=PARTNERS, limit=st.sampled_from([0, BILL, 3 * BILL]))
    def new_terms(self, partner: str, limit: int) -> None:
        if self.days >= 300:
            return
        self.days += 1
        first = date.fromordinal(date(2026, 1, 1).toordinal() + self.days)
        terms = Terms(first, "PL", limit, exactness="any")
        agree(partner, terms, user=None, at=NOW)
        self.limit[partner] = limit

    @invariant()
    def the_books_say_the_same(self) -> None:
        for code, number in self.partners.items():
            now = quota.standing(number)
            assert (now.limit, now.used, now.reserved) == (self.limit[code], self.used[code], 0)
        held = sum(Payment.objects.values_list("amount_vnd", flat=True))
        assert held == len(self.paid) * BILL
        assert quota.differing() == []
        assert ledger.total() == 0


@pytest.mark.usefixtures("collecting_books")
def test_any_sequence_of_calls_agrees_with_a_naive_model() -> None:
    run_state_machine_as_test(
        Model, settings=settings(max_examples=8, stateful_step_count=25, deadline=None)
    )
