"""Counters: a drawer is opened, receipts are taken, it is counted tender by tender and closed.

What was counted against what should be there is written down as it is; a difference reaches the
ledger only by a proposal that a second person approves (`proposals`).
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from congto.office.channels.choices import DrawerState, Tender
from congto.office.channels.models import Drawer, DrawerTurn, Receipt, TenderCount
from congto.office.control.audit import operation
from congto.office.control.permissions import Action, require
from congto.office.customers.models import Customer
from congto.office.organisation.models import Unit
from congto.office.payments import collecting
from congto.office.payments.choices import Answer, PartnerKind
from congto.office.payments.models import Partner
from congto.office.payments.owing import owing
from congto.vocabulary.errors import InvalidInputError, RefusedError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from django.contrib.auth.models import User

    from congto.vocabulary.money import Dong

CHANNELS = {
    Tender.CASH: "counter",
    Tender.CARD: "counter_card",
    Tender.TRANSFER: "counter_transfer",
}
"""Tender of a receipt -> channel of its payments."""


@dataclass(frozen=True, slots=True)
class Order:
    """What a customer pays at the counter.

    Attributes:
        customer: code. bills: numbers of the bills, each paid whole. tender: not FLOAT.
        key: made by the form that asks, so that a form sent twice gives one receipt.
    """

    customer: str
    bills: Sequence[int]
    tender: Tender
    key: str


def add_drawer(  # noqa: PLR0913  (what it is, whose, by whom)
    code: str,
    name: str,
    unit: Unit,
    counter: Partner,
    *,
    float_vnd: Dong,
    user: User | None,
    at: datetime,
) -> Drawer:
    """Set a drawer up at a counter of the utility.

    Raises:
        InvalidInputError: the partner is no counter, or the change is below zero.
    """
    if counter.kind != PartnerKind.COUNTER or float_vnd < 0:
        raise InvalidInputError(
            _("Ngăn kéo %(code)s ở %(partner)s, quỹ lẻ %(float)s")
            % {"code": code, "partner": counter.code, "float": float_vnd},
            expected=_("một quầy giao dịch và quỹ lẻ từ 0 đồng"),
        )
    with operation(user, "drawer.add", "drawer", code, unit=unit, at=at) as work:
        work.after = {"name": name, "counter": counter.code, "float_vnd": float_vnd}
        return Drawer.objects.create(
            code=code, name=name, unit=unit, counter=counter, float_vnd=float_vnd
        )


def new_drawer(  # noqa: PLR0913  (what it is and whose)
    code: str, name: str, unit: str, counter: str, *, float_vnd: Dong, at: datetime
) -> Drawer:
    """Set a drawer up by the codes of its unit and counter, as the command line names them.

    Raises:
        InvalidInputError: the unit or the counter is not known, or the drawer is there already.
    """
    found = Unit.objects.filter(code=unit).first()
    partner = Partner.objects.filter(code=counter).first()
    if found is None or partner is None or Drawer.objects.filter(code=code).exists():
        raise InvalidInputError(
            f"drawer {code} in unit {unit} at counter {counter}",
            expected="a new code, a known unit and a known counter",
        )
    return add_drawer(code, name, found, partner, float_vnd=float_vnd, user=None, at=at)


def open_turn(drawer: Drawer, counted: Dong, *, user: User, at: datetime) -> DrawerTurn:
    """Begin a cashier's turn with the change that was counted in the drawer.

    Raises:
        RefusedError: no right there, or the drawer is open already.
        InvalidInputError: an amount below zero.
    """
    require(user, Action.COLLECT, drawer.unit)
    _need_amounts({Tender.FLOAT: counted})
    with operation(user, "drawer.open", "drawer", drawer.code, unit=drawer.unit, at=at) as work:
        try:
            with transaction.atomic():
                turn = DrawerTurn.objects.create(
                    drawer=drawer,
                    unit=drawer.unit,
                    cashier=user,
                    state=DrawerState.OPEN,
                    opened_at=at,
                )
        except IntegrityError as error:
            if "drawer_one_turn" not in str(error):
                raise
            raise RefusedError(
                _("Ngăn kéo %(code)s đang mở") % {"code": drawer.code},
                action=_("kiểm và đóng ca đang mở trước"),
            ) from error
        TenderCount.objects.create(
            turn=turn, tender=Tender.FLOAT, expected_vnd=drawer.float_vnd, counted_vnd=counted
        )
        work.after = {"turn": turn.pk, "counted_vnd": counted}
    return turn


def take(turn_id: int, order: Order, *, user: User, at: datetime) -> Receipt:
    """Take whole bills of a customer and write the receipt; the same key again gives the same one.

    Raises:
        RefusedError: the turn is not the person's own open one, or the bills cannot be paid.
    """
    key = f"receipt:{order.key}"
    with operation(user, "receipt.take", "receipt", unit=None, at=at, key=key) as work:
        if work.earlier:
            return Receipt.objects.get(key=order.key)
        turn = _own_open(turn_id, user)
        require(user, Action.COLLECT, turn.unit)
        customer = _customer(order.customer)
        require(user, Action.COLLECT, customer.unit)
        number = turn.receipts.count() + 1
        asked = _asked(order, f"{turn.drawer.code}-{turn.pk}-{number}", at=at)
        paid = collecting.pay(turn.drawer.counter_id, asked, at=at)
        if paid.answer is not Answer.OK:
            raise RefusedError(
                _("Không chấm nợ được: %(answer)s") % {"answer": _(paid.answer.label)},
                action=_("tra lại các hóa đơn còn nợ của khách hàng"),
            )
        receipt = Receipt.objects.create(
            turn=turn,
            number=number,
            unit=turn.unit,
            key=order.key,
            customer=customer,
            tender=order.tender,
            amount_vnd=paid.amount_vnd,
            partner_txn_id=asked.number,
            issued_at=at,
        )
        work.subject, work.unit = receipt.partner_txn_id, turn.unit
        work.after = {"amount_vnd": receipt.amount_vnd, "tender": order.tender}
    return receipt


def take_back(receipt_id: int, *, reason: str, user: User, at: datetime) -> Receipt:
    """Take a receipt of the present turn back; its number stays and its bills are owed again.

    Raises:
        InvalidInputError: no reason.
        RefusedError: the turn is closed or another's, or the day's cut-off has passed.
    """
    if not reason.strip():
        raise InvalidInputError(_("Thiếu lý do"), action=_("ghi lý do"))
    receipt = Receipt.objects.select_related("turn").get(pk=receipt_id)
    number = receipt.partner_txn_id
    with operation(
        user, "receipt.take_back", "receipt", number, unit=receipt.unit, reason=reason, at=at
    ) as work:
        turn = _own_open(receipt.turn_id, user)
        back = collecting.reverse(turn.drawer.counter_id, number, f"{number}-R", at=at)
        if back is None or back.answer is not Answer.OK:
            answer = Answer.NEVER_RECEIVED if back is None else back.answer
            raise RefusedError(
                _("Không hủy được phiếu thu: %(answer)s") % {"answer": _(answer.label)}
            )
        receipt.refresh_from_db()
        work.before = {"reversed_at": receipt.reversed_at}
        receipt.reversed_at = receipt.reversed_at or at
        receipt.save(update_fields=["reversed_at"])
        work.after = {"reversed_at": receipt.reversed_at}
    return receipt


def expected(turn: DrawerTurn) -> dict[Tender, Dong]:
    """Return what the turn should hold now by tender, whole đồng; cash with the counted change."""
    kept = turn.receipts.filter(reversed_at__isnull=True)
    sums = dict(kept.order_by().values_list("tender").annotate(sum=Sum("amount_vnd")))
    total = {tender: int(sums.get(tender, 0)) for tender in CHANNELS}
    opening = turn.counts.get(tender=Tender.FLOAT).counted_vnd
    return {**total, Tender.CASH: total[Tender.CASH] + opening}


def close_turn(
    turn_id: int, counted: Mapping[Tender, Dong], *, user: User, at: datetime
) -> DrawerTurn:
    """Write down what was counted of every tender and end the turn, balanced or with a difference.

    Args:
        turn_id: the person's own open turn.
        counted: whole đồng by tender, cash with the change; each tender but FLOAT, 0 where none.
        user: the cashier.
        at: now.
    """
    if set(counted) != set(CHANNELS):
        raise InvalidInputError(
            _("Chưa kiểm đủ các hình thức thu"),
            expected=", ".join(_(one.label) for one in CHANNELS),
        )
    _need_amounts(counted)
    with operation(user, "drawer.close", "drawer", unit=None, at=at) as work:
        turn = _own_open(turn_id, user)
        for tender, amount in expected(turn).items():
            TenderCount.objects.create(
                turn=turn, tender=tender, expected_vnd=amount, counted_vnd=counted[tender]
            )
        differs = differences(turn)
        turn.state = DrawerState.DIFFERENCE if differs else DrawerState.BALANCED
        turn.closed_at = at
        turn.save(update_fields=["state", "closed_at"])
        work.subject, work.unit = turn.drawer.code, turn.unit
        work.after = {"turn": turn.pk, "state": turn.state, "differences": differs}
    return turn


def to_deposit(turn: DrawerTurn) -> Dong | None:
    """Return the cash of a closed turn that goes to the bank: what was counted less the change."""
    cash = turn.counts.filter(tender=Tender.CASH).first()
    return None if cash is None else cash.counted_vnd - turn.drawer.float_vnd


def differences(turn: DrawerTurn) -> dict[str, Dong]:
    """Return counted less expected by tender, whole đồng; tenders that agree are absent."""
    return {one.tender: one.difference_vnd for one in turn.counts.all() if one.difference_vnd}


def _own_open(turn_id: int, user: User) -> DrawerTurn:
    """Lock a turn that is open and the person's own; whoever else writes to it waits."""
    turn = (
        DrawerTurn.objects.select_for_update(of=("self",))
        .select_related("drawer__counter", "unit")
        .filter(pk=turn_id)
        .first()
    )
    if turn is None or turn.state != DrawerState.OPEN:
        raise RefusedError(_("Ca thu này không còn mở"), action=_("mở ca mới"))
    if turn.cashier_id != user.pk:
        raise RefusedError(
            _("Ca thu này của %(cashier)s") % {"cashier": turn.cashier.get_username()}
        )
    return turn


def _customer(code: str) -> Customer:
    found = Customer.objects.select_related("unit").filter(code=code).first()
    if found is None:
        raise RefusedError(_("Không có khách hàng %(code)s") % {"code": code[:13]})
    return found


def _asked(order: Order, number: str, *, at: datetime) -> collecting.Asked:
    if order.tender not in CHANNELS or not order.bills:
        raise InvalidInputError(
            _("Phiếu thu thiếu hóa đơn hoặc hình thức thu"),
            expected=", ".join(_(one.label) for one in CHANNELS),
        )
    owed = owing(customer=order.customer)
    amounts = {one.bill: one.amount_vnd for one in owed.bills} if owed else {}
    missing = [bill for bill in order.bills if bill not in amounts]
    if missing:
        raise RefusedError(
            _("Hóa đơn %(bill)s không còn nợ ở khách hàng %(customer)s")
            % {"bill": missing[0], "customer": order.customer},
            action=_("tra lại các hóa đơn còn nợ của khách hàng"),
        )
    bills = sorted(set(order.bills))
    text = json.dumps([number, order.customer, bills, order.tender])
    return collecting.Asked(
        number,
        hashlib.sha256(text.encode()).digest(),
        order.customer,
        bills,
        [amounts[bill] for bill in bills],
        at,
        CHANNELS[order.tender],
    )


def _need_amounts(amounts: Mapping[Tender, Dong]) -> None:
    for tender, amount in amounts.items():
        if amount < 0:
            raise InvalidInputError(
                _("%(tender)s: %(amount)s đồng") % {"tender": _(tender.label), "amount": amount},
                expected=_("từ 0 đồng"),
            )
