"""Counters: receipts once, a drawer counted by tender, a difference booked by two people."""

from __future__ import annotations

import random
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime

import pytest
from django.contrib.auth.models import User
from django.db import connections

from congto.office.billing.models import Bill
from congto.office.channels import drawers
from congto.office.channels.choices import DrawerState, Tender
from congto.office.channels.drawers import Order
from congto.office.channels.models import Drawer, DrawerTurn, Receipt
from congto.office.control import proposals
from congto.office.control.models import Grant
from congto.office.ledger import queries as ledger
from congto.office.organisation.models import Unit
from congto.office.payments import operations, quota
from congto.office.payments.models import Partner, PartnerTerms, Payment
from congto.vocabulary.errors import InvalidInputError, RefusedError
from fixtures_collecting import BILL

pytestmark = pytest.mark.usefixtures("collecting_books")

NOW = datetime(2026, 11, 5, 3, 0, tzinfo=UTC)  # 10:00 in Viet Nam
TODAY = date(2026, 11, 5)


def person(name: str, role: str) -> User:
    user = User.objects.create_user(name)
    Grant.objects.create(user=user, unit=Unit.objects.get(code="PB01"), role=role)
    return user


@pytest.fixture
def clerk(collecting_books: str) -> User:
    return person("thu", "clerk")


@pytest.fixture
def drawer(clerk: User) -> Drawer:
    """A counter that may hold ten bills' worth, and its drawer with 500,000 đồng of change."""
    operations.load_partners(
        [{"code": "QUAY1", "name": "Quầy Một", "kind": "counter", "bank_account": "Q1"}]
    )
    counter = Partner.objects.get(code="QUAY1")
    PartnerTerms.objects.create(
        partner=counter, valid_from=date(2026, 1, 1), limit_vnd=10 * BILL, exactness="any",
        document="Định mức tồn quỹ 01",
    )  # fmt: skip
    quota.grant(counter.pk, on=TODAY, at=NOW)
    return drawers.add_drawer(
        "NK01", "Ngăn kéo 1", Unit.objects.get(code="PB01"), counter,
        float_vnd=500_000, user=None, at=NOW,
    )  # fmt: skip


@pytest.fixture
def turn(drawer: Drawer, clerk: User) -> DrawerTurn:
    return drawers.open_turn(drawer, 500_000, user=clerk, at=NOW)


def order(number: int, tender: Tender = Tender.CASH, key: str = "") -> Order:
    bill = Bill.objects.get(agreement__customer__code__endswith=f"{number:011}")
    return Order(bill.agreement.customer.code, [bill.pk], tender, key or f"form-{number}")


def count(cash: int, card: int = 0, transfer: int = 0) -> dict[Tender, int]:
    return {Tender.CASH: cash, Tender.CARD: card, Tender.TRANSFER: transfer}


def balances() -> dict[str, int]:
    return {a.code: n for a, n in ledger.trial_balance(day=date(2027, 1, 1)) if n}


def test_a_receipt_clears_the_bill_and_the_same_form_again_gives_the_same_receipt(
    turn: DrawerTurn, clerk: User
) -> None:
    first = drawers.take(turn.pk, order(1), user=clerk, at=NOW)
    again = drawers.take(turn.pk, order(1), user=clerk, at=NOW)
    assert again == first
    assert (first.number, first.amount_vnd, first.tender) == (1, BILL, "cash")
    assert (Receipt.objects.count(), Payment.objects.count()) == (1, 1)
    assert Payment.objects.get().channel == "counter"
    assert balances()["111.QUAY1"] == BILL
    assert ledger.total() == 0


def test_one_form_sent_many_times_at_once_gives_one_receipt(turn: DrawerTurn, clerk: User) -> None:
    gate = threading.Barrier(6)

    def send(_n: int) -> int:
        gate.wait()
        try:
            return int(drawers.take(turn.pk, order(1), user=clerk, at=NOW).pk)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as pool:
        assert len(set(pool.map(send, range(6)))) == 1
    assert (Receipt.objects.count(), Payment.objects.count()) == (1, 1)
    assert ledger.total() == 0


def test_a_bill_that_is_paid_gives_no_receipt_and_no_number_is_lost(
    turn: DrawerTurn, clerk: User
) -> None:
    drawers.take(turn.pk, order(1), user=clerk, at=NOW)
    with pytest.raises(RefusedError, match="không còn nợ"):
        drawers.take(turn.pk, order(1, key="other"), user=clerk, at=NOW)
    assert drawers.take(turn.pk, order(2), user=clerk, at=NOW).number == 2


def test_a_drawer_that_holds_what_it_should_is_balanced(turn: DrawerTurn, clerk: User) -> None:
    """500,000 of change, 305,230 in cash and by card: 805,230 in notes, 305,230 in slips."""
    drawers.take(turn.pk, order(1), user=clerk, at=NOW)
    drawers.take(turn.pk, order(2, Tender.CARD), user=clerk, at=NOW)
    closed = drawers.close_turn(turn.pk, count(805_230, 305_230), user=clerk, at=NOW)
    assert closed.state == DrawerState.BALANCED
    assert set(Payment.objects.values_list("channel", flat=True)) == {"counter", "counter_card"}
    with pytest.raises(RefusedError, match="không có chênh lệch"):
        propose(closed, clerk)


def propose(turn: DrawerTurn, user: User) -> int:
    made = proposals.propose(
        "drawer_difference",
        str(turn.pk),
        {"state": "settled"},
        reason="kiểm quỹ",
        user=user,
        at=NOW,
    )
    return int(made.pk)


def test_a_difference_reaches_the_ledger_when_a_second_person_approves(
    turn: DrawerTurn, clerk: User
) -> None:
    """In notes 785,230 of 805,230: 20,000 short. In slips 315,230 of 305,230: 10,000 over."""
    drawers.take(turn.pk, order(1), user=clerk, at=NOW)
    drawers.take(turn.pk, order(2, Tender.CARD), user=clerk, at=NOW)
    closed = drawers.close_turn(turn.pk, count(785_230, 315_230), user=clerk, at=NOW)
    assert closed.state == DrawerState.DIFFERENCE
    assert drawers.differences(closed) == {"cash": -20_000, "card": 10_000}
    assert balances()["111.QUAY1"] == 2 * BILL  # nothing is booked yet
    proposal = propose(closed, clerk)
    with pytest.raises(RefusedError, match="không có quyền"):
        proposals.approve(proposal, user=clerk, at=NOW)
    proposals.approve(proposal, user=person("truong", "manager"), at=NOW)
    held = balances()
    assert held["1381.QUAY1"] == 20_000
    assert held["3381.QUAY1"] == -10_000
    assert held["111.QUAY1"] == 600_460  # 610,460 - 20,000 + 10,000
    assert ledger.total() == 0
    assert ledger.unbalanced_journals() == []
    closed.refresh_from_db()
    assert closed.state == DrawerState.SETTLED
    with pytest.raises(RefusedError, match="không có chênh lệch"):
        propose(closed, clerk)


def test_change_that_lacks_in_the_morning_is_a_difference_of_its_own(
    drawer: Drawer, clerk: User
) -> None:
    turn = drawers.open_turn(drawer, 490_000, user=clerk, at=NOW)
    closed = drawers.close_turn(turn.pk, count(490_000), user=clerk, at=NOW)
    assert drawers.differences(closed) == {"float": -10_000}


def test_a_receipt_taken_back_is_owed_again_and_leaves_the_expected_total(
    turn: DrawerTurn, clerk: User
) -> None:
    taken = drawers.take(turn.pk, order(1), user=clerk, at=NOW)
    drawers.take_back(taken.pk, reason="nhầm khách", user=clerk, at=NOW)
    drawers.take_back(taken.pk, reason="nhầm khách", user=clerk, at=NOW)  # once only
    assert drawers.expected(turn) == count(500_000)
    assert balances().get("111.QUAY1", 0) == 0
    assert drawers.take(turn.pk, order(1, key="again"), user=clerk, at=NOW).number == 2
    drawers.close_turn(turn.pk, count(805_230), user=clerk, at=NOW)
    with pytest.raises(RefusedError, match="không còn mở"):
        drawers.take_back(taken.pk, reason="muộn", user=clerk, at=NOW)


@pytest.mark.parametrize("seed", [7, 20_261_105, 900])
def test_whatever_is_taken_and_taken_back_the_drawer_expects_what_a_naive_till_holds(
    turn: DrawerTurn, clerk: User, seed: int
) -> None:
    """Beside the books a dict of tenders; the seed is in the name of the test."""
    draw = random.Random(seed)  # noqa: S311  (a test's dice)
    till, paid = {Tender.CASH: 500_000, Tender.CARD: 0, Tender.TRANSFER: 0}, {}
    for step in range(24):
        number = draw.choice([1, 2])  # customer 3 is of another unit
        if number in paid:
            receipt = paid.pop(number)
            drawers.take_back(receipt.pk, reason="thử", user=clerk, at=NOW)
            till[Tender(receipt.tender)] -= BILL
        else:
            tender = draw.choice(list(till))
            given = order(number, tender, f"form-{step}")
            paid[number] = drawers.take(turn.pk, given, user=clerk, at=NOW)
            till[tender] += BILL
        assert drawers.expected(turn) == till
        assert balances().get("111.QUAY1", 0) == sum(till.values()) - 500_000
    assert list(turn.receipts.order_by("number").values_list("number", flat=True)) == list(
        range(1, turn.receipts.count() + 1)
    )
    assert ledger.unbalanced_journals() == []
    assert quota.differing() == []


def test_a_customer_of_another_unit_is_not_taken(turn: DrawerTurn, clerk: User) -> None:
    with pytest.raises(RefusedError, match="không có quyền thu tiền"):
        drawers.take(turn.pk, order(3), user=clerk, at=NOW)
    assert Receipt.objects.count() == 0


def test_a_drawer_is_one_persons_and_open_once(drawer: Drawer, turn: DrawerTurn) -> None:
    other = person("khac", "clerk")
    with pytest.raises(RefusedError, match="đang mở"):
        drawers.open_turn(drawer, 500_000, user=other, at=NOW)
    with pytest.raises(RefusedError, match="của thu"):
        drawers.take(turn.pk, order(1), user=other, at=NOW)
    viewer = person("xem", "analyst")
    with pytest.raises(RefusedError, match="không có quyền thu tiền"):
        drawers.open_turn(drawer, 0, user=viewer, at=NOW)


def test_every_tender_is_counted(turn: DrawerTurn, clerk: User) -> None:
    with pytest.raises(InvalidInputError, match="Chưa kiểm đủ"):
        drawers.close_turn(turn.pk, {Tender.CASH: 500_000}, user=clerk, at=NOW)
    with pytest.raises(InvalidInputError, match="từ 0 đồng"):
        drawers.close_turn(turn.pk, count(-1), user=clerk, at=NOW)
    turn.refresh_from_db()
    assert turn.state == DrawerState.OPEN


def test_a_counter_above_its_cash_limit_takes_no_more(turn: DrawerTurn, clerk: User) -> None:
    PartnerTerms.objects.filter(partner__code="QUAY1").update(limit_vnd=BILL)
    quota.Quota.objects.filter(partner__code="QUAY1").update(limit_vnd=BILL)
    drawers.take(turn.pk, order(1), user=clerk, at=NOW)
    with pytest.raises(RefusedError, match="Vượt hạn mức thu"):
        drawers.take(turn.pk, order(2), user=clerk, at=NOW)
    assert Receipt.objects.count() == 1
