"""The chart of accounts: which accounts a unit, a partner and a bank account have, and their codes.

No models here, so that the workers of a run can use it before Django has loaded its apps.
"""

from __future__ import annotations

from dataclasses import dataclass

from congto.office.ledger.choices import AccountKind

UNIT_ACCOUNTS: dict[AccountKind, tuple[str, str]] = {
    AccountKind.RECEIVABLE: ("131", "Phải thu tiền điện"),
    AccountKind.RECEIVABLE_VAT: ("131T", "Phải thu thuế GTGT"),
    AccountKind.REVENUE: ("511", "Doanh thu bán điện"),
    AccountKind.VAT_PAYABLE: ("3331", "Thuế GTGT phải nộp"),
    AccountKind.UNAPPLIED: ("131U", "Khách hàng trả trước"),
    AccountKind.LATE_INTEREST: ("131L", "Phải thu lãi chậm trả"),
    AccountKind.INTEREST_INCOME: ("515", "Doanh thu lãi chậm trả"),
    AccountKind.WRITE_OFF: ("642", "Chi phí xử lý nợ khó đòi"),
    AccountKind.DEPOSIT: ("344", "Nhận ký quỹ"),
}
"""Accounts that every selling unit has, as (number, name)."""

SUSPENSE_CODE = "3388"
"""Money whose origin nobody knows yet; one account for the corporation."""


@dataclass(frozen=True, slots=True)
class LedgerUnit:
    """What the ledger needs to know of a selling unit."""

    id: int
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class LedgerPartner:
    """What the ledger needs to know of a payment partner."""

    code: str
    name: str
    is_counter: bool
    bank_account: str


def unit_account_code(kind: AccountKind, unit_code: str) -> str:
    """Return for example "131.PB01" for the receivable of unit PB01."""
    return f"{UNIT_ACCOUNTS[kind][0]}.{unit_code}"


def collecting_account_code(partner_code: str, *, is_counter: bool) -> str:
    """Return the account that holds a partner's collections until the bank credits them."""
    return f"{'111' if is_counter else '1388'}.{partner_code}"


def shortage_account_code(counter: str) -> str:
    """Return the account of what a counter's drawers lack until somebody answers for it."""
    return f"1381.{counter}"


def overage_account_code(counter: str) -> str:
    """Return the account of what a counter's drawers hold too much until its owner is found."""
    return f"3381.{counter}"


def bank_account_code(bank_account: str) -> str:
    """Return the account of one bank account of the utility."""
    return f"112.{bank_account}"
