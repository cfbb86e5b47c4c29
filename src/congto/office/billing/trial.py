"""Trial billing: the whole base rated as today and as in a draft, side by side; no table touched.

The base is read from files (congto.office.billing.trial_base), the result is handed back; the books
are only asked whether the base is still theirs.
"""

from __future__ import annotations

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from congto.engines.rating import rate, unrated
from congto.engines.trial import (
    AccountSums,
    PieceSums,
    account_sums,
    draft_book,
    merged,
    piece_sums,
    rated_profiles,
    with_quota,
)
from congto.engines.trial.piece import merged_accounts
from congto.office.billing.trial_base import kept_base, name_of
from congto.vocabulary.errors import RefusedError
from congto.vocabulary.frames.rating import RATING_REFUSALS
from congto.vocabulary.periods import last_day

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Future
    from datetime import date

    from congto.office.billing.trial_base import Base
    from congto.vocabulary.periods import Period
    from congto.vocabulary.prices import PriceBook
    from congto.vocabulary.trials import TrialRules

SPANS_AT_ONCE = 2
"""Much of the work on a span keeps one core busy; two are worked on at a time."""


@dataclass(frozen=True, slots=True)
class SpanSums:
    """The sums of one span of agreements over all months."""

    pieces: PieceSums
    accounts: AccountSums
    profiles: int


def trial_spans(
    bases: tuple[Base, ...],
    book: PriceBook,
    rules: TrialRules,
    units: frozenset[int] | None = None,
) -> Iterator[SpanSums]:
    """Rate span after span of the bases on both sides and yield its sums.

    Never more than SPANS_AT_ONCE spans are in memory, each month of a span by itself.

    Args:
        bases: the months, oldest first.
        book: the price book in force: the baseline.
        rules: the draft.
        units: count agreements of these units only; None: all.
    """
    books = (book, draft_book(book, rules, last_day_of(bases)))
    spans = spans_of(bases)
    with ThreadPoolExecutor(SPANS_AT_ONCE) as pool:
        working: deque[Future[SpanSums]] = deque()
        for span in spans:
            working.append(pool.submit(_span, span, bases, books, rules, units))
            if len(working) > SPANS_AT_ONCE:
                yield working.popleft().result()
        while working:
            yield working.popleft().result()


def spans_of(bases: tuple[Base, ...]) -> list[int]:
    """Return every span that a month has, rising."""
    return sorted({span for base in bases for span in base.spans})


def last_day_of(bases: tuple[Base, ...]) -> date:
    """Return the last day of the newest month; what is in force on it is called today's."""
    return max(last_day(base.month) for base in bases)


def summed(spans: list[SpanSums]) -> tuple[PieceSums, AccountSums]:
    """Put the sums of all spans together."""
    return (
        merged(span.pieces for span in spans),
        merged_accounts(span.accounts for span in spans),
    )


def _span(
    span: int,
    bases: tuple[Base, ...],
    books: tuple[PriceBook, PriceBook],
    rules: TrialRules,
    units: frozenset[int] | None,
) -> SpanSums:
    """Rate and compare all months of a span, and each of its customers over these months."""
    pieces, months, profiles = [], [], 0
    for base in bases:
        if span not in base.spans:
            continue
        accounts = base.read_accounts(span)
        if units is not None:
            accounts = accounts.filter(pl.col("unit_id").is_in(sorted(units)))
        rows = base.read_profiles(span)
        baseline = _rated(rows, books[0])
        draft = _rated(with_quota(rows, rules.quota), books[1])
        rated = rated_profiles(rows, baseline, draft)
        sums, per_account = piece_sums(accounts, rated, (baseline[0], draft[0]))
        pieces.append(sums)
        months.append(per_account)
        profiles += rated.height
    return SpanSums(merged(pieces), account_sums(months), profiles)


def _rated(rows: pl.DataFrame, book: PriceBook) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Return BILL_LINES, BILL_TOTALS and RATING_REFUSALS of profiles."""
    lines, totals = rate(rows, book)
    if totals.height == rows.height:
        return lines, totals, RATING_REFUSALS.empty()
    return lines, totals, unrated(rows, book)


def bases_of(months: tuple[Period, ...]) -> tuple[Base, ...]:
    """Return the bases of months, oldest first; raises RefusedError where one is missing."""
    bases = []
    for month in months:
        base = kept_base(month)
        if base is None:
            raise RefusedError(
                f"the base of {name_of(month)} is not there",
                action="start the trial again; it builds the base",
            )
        bases.append(base)
    return tuple(bases)
