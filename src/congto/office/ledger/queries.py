"""Reading the ledger: balances, what a party owes, the trial balance, and whether it balances."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q, Sum
from django.db.models.functions import Coalesce

from congto.office.ledger.accounts import UNIT_ACCOUNTS
from congto.office.ledger.choices import AccountKind, JournalKind
from congto.office.ledger.models import Account, Journal, Posting

if TYPE_CHECKING:
    from datetime import date

    from congto.vocabulary.money import Dong

RECEIVABLES = (AccountKind.RECEIVABLE, AccountKind.RECEIVABLE_VAT)


def balance(account: Account, *, day: date) -> Dong:
    """Return the account's balance in đồng at the end of `day`; positive is a debit balance."""
    posted = Posting.objects.filter(account=account, journal__accounting_date__lte=day)
    return int(posted.aggregate(sum=Coalesce(Sum("amount_vnd"), 0))["sum"])


def receivable(party: int, items: list[int]) -> dict[AccountKind, Dong]:
    """Return what a party owes on the given open items, amount and VAT apart, in đồng.

    The items are named by the caller because postings are found by item, not by party.
    """
    rows = (
        Posting.objects.filter(item__in=items, party=party, account__kind__in=RECEIVABLES)
        .values_list("account__kind")
        .annotate(sum=Sum("amount_vnd"))
    )
    owed = dict.fromkeys(RECEIVABLES, 0)
    return owed | {AccountKind(kind): int(amount) for kind, amount in rows}


def unapplied(party: int, item: int) -> Dong:
    """Return what is left of the credit that a cancelled bill gave its party, in đồng."""
    rows = Posting.objects.filter(item=item, party=party, account__kind=AccountKind.UNAPPLIED)
    return -int(rows.aggregate(sum=Coalesce(Sum("amount_vnd"), 0))["sum"])


def given_up(item: int) -> Dong:
    """Return what was given up of an open item, amount and VAT, in đồng."""
    rows = Posting.objects.filter(
        item=item, account__kind__in=RECEIVABLES, journal__kind=JournalKind.WRITE_OFF
    )
    return -int(rows.aggregate(sum=Coalesce(Sum("amount_vnd"), 0))["sum"])


def late_interest(party: int, item: int) -> Dong:
    """Return the interest that a party owes on a bill it paid late or has not paid, in đồng."""
    rows = Posting.objects.filter(item=item, party=party, account__kind=AccountKind.LATE_INTEREST)
    return int(rows.aggregate(sum=Coalesce(Sum("amount_vnd"), 0))["sum"])


def trial_balance(*, day: date) -> list[tuple[Account, Dong]]:
    """Return every account with its balance at the end of `day`, ordered by code."""
    counted = Q(posting__journal__accounting_date__lte=day)
    accounts = Account.objects.annotate(
        sum=Coalesce(Sum("posting__amount_vnd", filter=counted), 0)
    ).order_by("code")
    return [(account, int(account.sum)) for account in accounts]


def total() -> Dong:
    """Return the sum of all postings, which is zero while the ledger is sound."""
    return int(Posting.objects.aggregate(sum=Coalesce(Sum("amount_vnd"), 0))["sum"])


def unbalanced_journals(limit: int = 100) -> list[int]:
    """Return numbers of journals whose legs do not sum to zero; empty while the ledger is sound."""
    sums = Posting.objects.values("journal_id").annotate(sum=Sum("amount_vnd"))
    return list(sums.exclude(sum=0).values_list("journal_id", flat=True)[:limit])


def journals_without_legs(limit: int = 100) -> list[int]:
    """Return numbers of journals that have no leg; empty while the ledger is sound."""
    bare = Journal.objects.filter(posting__leg__isnull=True)
    return list(bare.values_list("pk", flat=True)[:limit])


def suspense_account() -> int:
    """Return the number of the account where money of unknown origin waits."""
    return Account.objects.get(kind=AccountKind.SUSPENSE).pk


def account_numbers(codes: list[str]) -> dict[str, int]:
    """Return the numbers of accounts by their codes; those that are not open are absent."""
    return dict(Account.objects.filter(code__in=codes).values_list("code", "pk"))


def accounts_of_unit(unit: int) -> dict[str, int]:
    """Return the numbers of a unit's accounts by kind, as posting rules name their columns."""
    rows = Account.objects.filter(unit=unit, kind__in=UNIT_ACCOUNTS)
    return {str(kind): number for kind, number in rows.values_list("kind", "pk")}
