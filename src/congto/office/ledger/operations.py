"""Writing the ledger: accounts once, journals with all their legs in one statement."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection, transaction

from congto.office.ledger import rules
from congto.office.ledger.accounts import (
    SUSPENSE_CODE,
    UNIT_ACCOUNTS,
    LedgerPartner,
    LedgerUnit,
    bank_account_code,
    collecting_account_code,
    overage_account_code,
    shortage_account_code,
    unit_account_code,
)
from congto.office.ledger.choices import AccountKind, JournalKind
from congto.office.ledger.models import Account
from congto.office.ledger.sealing import seal
from congto.vocabulary.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    import polars as pl

__all__ = ["ensure_accounts", "post", "seal"]


@transaction.atomic
def ensure_accounts(
    units: Iterable[LedgerUnit] = (),
    partners: Iterable[LedgerPartner] = (),
    bank_accounts: Iterable[str] = (),
) -> None:
    """Open the accounts of selling units, partners and bank accounts that are not open yet.

    Idempotent: accounts that exist are left as they are.
    """
    accounts = [Account(code=SUSPENSE_CODE, name="Chờ xử lý", kind=AccountKind.SUSPENSE)]
    for unit in units:
        accounts += _unit_accounts(unit)
    for partner in partners:
        accounts += _partner_accounts(partner)
    accounts += [_bank_account(bank_account) for bank_account in bank_accounts]
    Account.objects.bulk_create(accounts, ignore_conflicts=True)


def _unit_accounts(unit: LedgerUnit) -> list[Account]:
    return [
        Account(
            code=unit_account_code(kind, unit.code),
            name=f"{name}: {unit.name}",
            kind=kind,
            unit_id=unit.id,
        )
        for kind, (_, name) in UNIT_ACCOUNTS.items()
    ]


def _partner_accounts(partner: LedgerPartner) -> list[Account]:
    kind = AccountKind.CASH if partner.is_counter else AccountKind.PARTNER_CLEARING
    return [
        Account(
            code=collecting_account_code(partner.code, is_counter=partner.is_counter),
            name=f"{kind.label}: {partner.name}",
            kind=kind,
        ),
        _bank_account(partner.bank_account),
    ]


def _bank_account(bank_account: str) -> Account:
    return Account(
        code=bank_account_code(bank_account),
        name=f"{AccountKind.BANK.label}: {bank_account}",
        kind=AccountKind.BANK,
    )


def open_difference_accounts(counter: str, name: str) -> None:
    """Open the accounts of a counter's shortages and overages; those that are open stay."""
    codes = {
        shortage_account_code(counter): AccountKind.SHORTAGE,
        overage_account_code(counter): AccountKind.OVERAGE,
    }
    Account.objects.bulk_create(
        [
            Account(code=code, name=f"{kind.label}: {name}", kind=kind)
            for code, kind in codes.items()
        ],
        ignore_conflicts=True,
    )


POST = """
WITH written AS (
    INSERT INTO ledger_journal (kind, source, accounting_date) VALUES (%s, %s, %s)
    ON CONFLICT (kind, source) DO NOTHING RETURNING id
)
INSERT INTO ledger_posting (journal_id, leg, account_id, party, item, amount_vnd)
SELECT written.id, legs.* FROM written, unnest(
    %s::smallint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[]
) AS legs
"""


@transaction.atomic
def post(kind: JournalKind, legs: pl.DataFrame, *, accounting_date: date) -> bool:
    """Post one journal with all its legs in one statement; False when it was posted before.

    Args:
        kind: why it is written; with the legs' `source` it is written once only.
        legs: LEGS of one source, as a posting rule answers them.
        accounting_date: local day on which it counts.

    Raises:
        RefusedError: a leg touches an account that this kind of journal may not touch.
    """
    legs = rules.LEGS.check(legs)
    _refuse_what_is_not_permitted(kind, legs)
    columns = ("leg", "account_id", "party", "item", "amount_vnd")
    with connection.cursor() as cursor:
        values = [kind.value, legs["source"].unique().item(), accounting_date]
        cursor.execute(POST, [*values, *(legs[name].to_list() for name in columns)])
        return bool(cursor.rowcount > 0)


def _refuse_what_is_not_permitted(kind: JournalKind, legs: pl.DataFrame) -> None:
    numbers = legs["account_id"].to_list()
    accounts = {account.pk: account for account in Account.objects.filter(pk__in=numbers)}
    for number, amount in zip(numbers, legs["amount_vnd"], strict=True):
        if number not in accounts:
            raise RefusedError(f"account {number} is not open", action="open it before posting")
        account = accounts[number]
        side = rules.DEBIT if amount > 0 else rules.CREDIT
        if (AccountKind(account.kind), side) not in rules.PERMITTED[kind]:
            word = "debit" if side == rules.DEBIT else "credit"
            raise RefusedError(
                f"a journal {kind.name} may not {word} {account.code}",
                expected="accounts and sides of its posting rule",
            )
