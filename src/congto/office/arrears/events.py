"""Posting one event of one agreement with a rule of the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from congto.office.ledger.accounts import LedgerUnit
from congto.office.ledger.operations import ensure_accounts, post
from congto.office.ledger.queries import accounts_of_unit, suspense_account

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from congto.office.ledger.choices import JournalKind
    from congto.office.organisation.models import Unit

    Rule = Callable[[pl.DataFrame], pl.DataFrame]


def post_event(kind: JournalKind, rule: Rule, unit: Unit, *, on: date, **event: int | None) -> None:
    """Post one journal: the event's source, party, item and amounts, with the unit's accounts."""
    ensure_accounts([LedgerUnit(unit.pk, unit.code, unit.name)])
    row = {**event, **accounts_of_unit(unit.pk), "suspense": suspense_account()}
    frame = pl.DataFrame([row], schema=dict.fromkeys(row, pl.Int64()))
    post(kind, rule(frame), accounting_date=on)
