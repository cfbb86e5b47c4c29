"""Journals written in bulk, in a transaction of their own."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from congto.office.ledger import journals, queries, rules
from congto.office.ledger.choices import JournalKind
from congto.office.ledger.models import Account, Journal, Posting
from congto.office.ledger.operations import ensure_accounts
from congto.office.storage.bulk import bulk

DAY = date(2026, 11, 3)


@pytest.mark.usefixtures("books")
def test_many_journals_are_written_or_none() -> None:
    ensure_accounts(bank_accounts=["0001"])
    numbers = dict(Account.objects.values_list("code", "pk"))
    lines = pl.DataFrame(
        {
            "source": [1, 2, 3],
            "amount_vnd": [5, 0, -8],
            "bank": [numbers["112.0001"]] * 3,
            "counterpart": [numbers["3388"]] * 3,
        }
    )
    dated = lines.select("source", accounting_date=pl.lit(DAY))
    with bulk() as books:
        journals.write(books, JournalKind.BANK_CREDIT, dated, rules.bank_credit(lines))
    # The line of nothing moves nothing and has no journal.
    assert sorted(Journal.objects.values_list("source", flat=True)) == [1, 3]
    assert queries.journals_without_legs() == []
    with pytest.raises(Exception, match="journal_key"), bulk() as books:
        journals.write(books, JournalKind.BANK_CREDIT, dated, rules.bank_credit(lines))
    assert Posting.objects.count() == 4
