"""Payments of partners one by one: paid, asked for, taken back; each is one call of PostgreSQL.

What happens is in the functions of migration 0004; here are their names and what they answer.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import connection
from psycopg import Cursor
from psycopg.types.numeric import Int8

from congto.office.payments.choices import Answer, AttemptState

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from congto.vocabulary.money import Dong

COLUMNS = (
    "id, partner_txn_id, state, answer, detail, request, amount_vnd, received_at, accounting_date,"
    " late, reversed_at"
)
PAY = f"SELECT {COLUMNS} FROM payments_pay(%s, %s, %s, %s, %s, %s, %s, %s, %s)"  # noqa: S608  (constant)
PAY_SIGNED = f"""
WITH first AS (INSERT INTO payments_seensignature (signature, at) VALUES (%s, %s)
    ON CONFLICT DO NOTHING RETURNING at)
SELECT {COLUMNS} FROM first
CROSS JOIN LATERAL payments_pay(%s, %s, %s, %s, %s, %s, %s, %s, first.at)
"""  # noqa: S608  (constant)
"""The signature is noted in the same round trip; one that was seen before pays nothing."""
STATUS = f"""
SELECT {COLUMNS} FROM payments_attempt WHERE partner_id = %s AND partner_txn_id = %s
"""  # noqa: S608  (constant)
REVERSE = f"SELECT {COLUMNS} FROM payments_reverse(%s, %s, %s, %s) WHERE id IS NOT NULL"  # noqa: S608  (constant)
SETTLE = f"SELECT {COLUMNS} FROM payments_settle(%s, %s)"  # noqa: S608  (constant)
WAITING = "SELECT id FROM payments_attempt WHERE state = 'reserved' ORDER BY id"


@dataclass(frozen=True, slots=True)
class Collected:
    """A payment as it stands.

    Attributes:
        id: ours. partner_txn_id: the partner's number.
        state: AttemptState. answer: Answer to the call.
        detail: what was expected, by the answer. request: what was sent.
        amount_vnd: of all bills, whole đồng.
        received_at: when we took it. accounting_date: local day on which it counts.
        late: it came after the cut-off. reversed_at: null unless taken back.
    """

    id: int
    partner_txn_id: str
    state: AttemptState
    answer: Answer
    detail: dict[str, Any] | None
    request: dict[str, Any]
    amount_vnd: Dong
    received_at: datetime
    accounting_date: date
    late: bool
    reversed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Asked:
    """A payment that a partner asks us to take.

    Attributes:
        number: the partner's own, unique for ever.
        body: SHA-256 of what was sent, 32 bytes.
        customer: code. bills, amounts: whole bills of this customer and what they cost in đồng.
        paid_at: when the customer paid. channel: as the partner names it.
    """

    number: str
    body: bytes
    customer: str
    bills: Sequence[int]
    amounts: Sequence[Dong]
    paid_at: datetime
    channel: str


def pay(partner: int, asked: Asked, *, at: datetime) -> Collected:
    """Take a payment once; the same number again gives what became of it, whatever came between.

    Posted, refused or waiting, it is all there or not at all when this returns. Another body under
    a known number is answered ID_REUSED and changes nothing.
    """
    return _one(PAY, (*_values(partner, asked), at))


def pay_signed(partner: int, asked: Asked, signature: bytes, *, at: datetime) -> Collected | None:
    """Take a payment whose request was signed so; None where this request was seen before."""
    connection.ensure_connection()
    with connection.wrap_database_errors, Cursor(connection.connection) as cursor:
        # Prepared, where Django would write the values into the text of each statement.
        cursor.execute(PAY_SIGNED, (signature, at, *_values(partner, asked)), prepare=True)
        return _collected(cursor.fetchone())


def _values(partner: int, asked: Asked) -> tuple[Any, ...]:
    """Return what the function takes; numbers of one type, so that one statement is prepared."""
    return (
        Int8(partner),
        asked.number,
        asked.body,
        asked.customer,
        [Int8(one) for one in asked.bills],
        [Int8(one) for one in asked.amounts],
        asked.paid_at,
        asked.channel,
    )


def status(partner: int, number: str) -> Collected | None:
    """Return what became of a payment; None where it was never received. Creates nothing."""
    return _maybe(STATUS, (partner, number))


def reverse(partner: int, number: str, key: str, *, at: datetime) -> Collected | None:
    """Take a payment back before its day's cut-off; None where it was never received.

    Args:
        partner: whose payment it is.
        number: the partner's number of the payment.
        key: the partner's own number for the reversal: the same again is answered OK again.
        at: now.
    """
    return _maybe(REVERSE, (partner, number, key, at))


def settle_waiting(*, at: datetime) -> list[Collected]:
    """Give payments that hold a reservation their result; those still busy go on waiting."""
    with connection.cursor() as cursor:
        cursor.execute(WAITING)
        waiting = [row[0] for row in cursor.fetchall()]
    return [_one(SETTLE, (number, at)) for number in waiting]


def _one(sql: str, values: Sequence[Any]) -> Collected:
    found = _maybe(sql, values)
    assert found is not None, "the function answers one row"
    return found


def _maybe(sql: str, values: Sequence[Any]) -> Collected | None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return _collected(cursor.fetchone())


def _collected(found: Sequence[Any] | None) -> Collected | None:
    if found is None:
        return None
    number, txn, state, answer, detail, request, *others = found
    return Collected(
        number,
        txn,
        AttemptState(state),
        Answer(answer),
        json.loads(detail) if detail else None,
        json.loads(request),
        *others,
    )
