"""Whatever partners and the bank do in whatever order: the books say what a dict says."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from django.db import connection, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from congto.office.billing.models import Bill
from congto.office.ledger import queries as ledger
from congto.office.payments import collecting, quota
from congto.office.payments.models import Attempt, Partner, Payment
from fixtures_collecting import BILL

START = datetime(2026, 11, 5, 3, 0, tzinfo=UTC)  # 10:00 in Viet Nam, before the cut-off at 18:00
LIMIT = 2 * BILL + 1
PARTNER = st.sampled_from(["P01", "P02"])
NUMBER = st.sampled_from(["T1", "T2", "T3", "T4"])
CUSTOMER = st.integers(1, 3)
KEY = st.sampled_from(["R1", "R2"])
AMOUNT = st.sampled_from([BILL, BILL, BILL, 1])


@dataclass
class Paid:
    """A payment as the dict keeps it."""

    body: tuple[int, int]
    answer: str
    day: date
    key: str = ""

    @property
    def state(self) -> str:
        return "reversed" if self.key else "posted" if self.answer == "OK" else "rejected"


@dataclass
class Plain:
    """The same rules without a database: amounts in đồng, days of accounting."""

    paid: dict[tuple[str, str], Paid] = field(default_factory=dict)
    cleared: set[int] = field(default_factory=set)
    used: dict[str, int] = field(default_factory=lambda: {"P01": 0, "P02": 0})
    credited: set[tuple[str, date]] = field(default_factory=set)
    lines: set[int] = field(default_factory=set)

    def pay(self, key: tuple[str, str], body: tuple[int, int], day: date) -> str:
        if key in self.paid:
            return self.paid[key].answer if self.paid[key].body == body else "ID_REUSED"
        customer, amount = body
        if customer in self.cleared:
            answer = "ALREADY_PAID"
        elif amount != BILL:
            answer = "AMOUNT_MISMATCH"
        elif self.used[key[0]] + BILL > LIMIT:
            answer = "QUOTA_EXCEEDED"
        else:
            answer = "OK"
            self.cleared.add(customer)
            self.used[key[0]] += BILL
        self.paid[key] = Paid(body, answer, day)
        return answer

    def reverse(self, key: tuple[str, str], reversal: str, day: date) -> str:
        one = self.paid.get(key)
        if one is None:
            return "NEVER_RECEIVED"
        if one.key:
            return "OK" if one.key == reversal else "ALREADY_REVERSED"
        if one.answer != "OK":
            return "NOT_FOUND"
        if day > one.day:
            return "CUTOFF_CLOSED"
        one.key = reversal
        self.cleared.remove(one.body[0])
        if (key[0], one.day) not in self.credited:
            self.used[key[0]] -= BILL
        return "OK"

    def credit(self, partner: str, line: int, amount: int, day: date) -> bool:
        if line in self.lines:
            return False
        self.lines.add(line)
        self.credited.add((partner, day))
        self.used[partner] -= amount
        return True


class Life(RuleBasedStateMachine):
    """Payments, questions, reversals, bank credits, and days that pass."""

    def __init__(self) -> None:
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.plain, self.at = Plain(), START
        self.partners = dict(Partner.objects.values_list("code", "pk"))
        self.bills: dict[int, Bill] = {}

    @initialize()
    def begin(self) -> None:
        for bill in Bill.objects.select_related("agreement__customer"):
            self.bills[int(bill.agreement.customer.code[2:])] = bill

    @property
    def day(self) -> date:
        return self.at.date()

    @rule(partner=PARTNER, number=NUMBER, customer=CUSTOMER, amount=AMOUNT)
    def pay(self, partner: str, number: str, customer: int, amount: int) -> None:
        bill = self.bills[customer]
        body = hashlib.sha256(f"{customer} {amount}".encode()).digest()
        code = bill.agreement.customer.code
        asked = collecting.Asked(number, body, code, [bill.pk], [amount], START, "app")
        found = collecting.pay(self.partners[partner], asked, at=self.at)
        assert found.answer == self.plain.pay((partner, number), (customer, amount), self.day)

    @rule(partner=PARTNER, number=NUMBER, key=KEY)
    def reverse(self, partner: str, number: str, key: str) -> None:
        found = collecting.reverse(self.partners[partner], number, key, at=self.at)
        expected = self.plain.reverse((partner, number), key, self.day)
        assert (found.answer if found else "NEVER_RECEIVED") == expected

    @rule(partner=PARTNER, line=st.integers(1, 3), bills=st.integers(1, 2))
    def credit(self, partner: str, line: int, bills: int) -> None:
        made = quota.credit(
            self.partners[partner], line, bills * BILL, day=self.day, at=self.at
        )  # fmt: skip
        assert made == self.plain.credit(partner, line, bills * BILL, self.day)

    @rule(partner=PARTNER)
    def grant_again(self, partner: str) -> None:
        assert not quota.grant(self.partners[partner], on=self.day, at=self.at)

    @rule()
    def night(self) -> None:
        self.at += timedelta(days=1)

    @rule(partner=PARTNER, number=NUMBER)
    def ask(self, partner: str, number: str) -> None:
        found = collecting.status(self.partners[partner], number)
        one = self.plain.paid.get((partner, number))
        told = found and (found.answer, found.state, found.accounting_date)
        assert told == (one and (one.answer, one.state, one.day))

    @invariant()
    def the_books_say_the_same(self) -> None:
        for partner, number in self.partners.items():
            now = quota.standing(number)
            assert (now.limit, now.used, now.reserved) == (LIMIT, self.plain.used[partner], 0)
        assert Attempt.objects.count() == len(self.plain.paid)
        back = sum(bool(one.key) for one in self.plain.paid.values())
        ok = sum(one.answer == "OK" for one in self.plain.paid.values())
        assert Payment.objects.count() == ok + back
        assert (quota.differing(), ledger.unbalanced_journals(), ledger.total()) == ([], [], 0)

    def teardown(self) -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # what a commit would check
        finally:
            transaction.set_rollback(True)
            self.atomic.__exit__(None, None, None)


def test_the_books_say_what_a_dict_says(collecting_books: str) -> None:
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=30, stateful_step_count=25, suppress_health_check=list(HealthCheck)
        ),
    )
