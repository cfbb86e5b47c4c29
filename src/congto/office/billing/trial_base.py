"""The base of trials: what a month's rating needs, taken from the books once and kept in columns.

Folder `<CONGTO_DATA>/trial/<month>`: for each span of agreements an accounts file (TRIAL_ACCOUNTS),
a profiles file (RATING_INPUT, a row or more per profile) and a note of what was left out;
`base.json` says what the books held when it was made. A base is whole or not there: it grows in a
folder of its own, span by span, and takes its place by one rename, so a build that was killed goes
on where it was. A base that no longer agrees with the books is recognised and built anew.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl
from django.conf import settings

from congto.engines.trial import profiles
from congto.office.billing.choices import owed_states
from congto.office.storage.bulk import bulk, read
from congto.vocabulary.errors import RefusedError
from congto.vocabulary.frames.rating import RATING_INPUT
from congto.vocabulary.frames.trial import TRIAL_ACCOUNTS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from congto.office.storage.bulk import Bulk
    from congto.vocabulary.periods import Period

FORMAT = 1
"""Raised when the files change, so that bases of an earlier version are built anew."""

SPAN = 500_000
"""Agreement numbers in one file: the same span of every month belongs together."""

# What a base depends on, as sums that no order of the rows changes. A row's hash takes all its
# columns that are rated with, so that an exchange of two values is seen as well as another sum.
STAND = """
SELECT
    (SELECT concat_ws(' ', count(*), coalesce(sum(hash_record_extended(ROW(u.agreement_id,
        u.reading_book_id, u.period_from, u.period_to, u.version, u.energy_wh, u.normal_wh,
        u.peak_wh, u.off_peak_wh, u.reactive_varh), 0)::numeric), 0))
     FROM meterdata_usage u WHERE u.period_to > $1 AND u.period_to <= $2) AS usage,
    (SELECT concat_ws(' ', count(*), coalesce(sum(hash_record_extended(ROW(b.agreement_id,
        b.period_from, b.state, b.net_vnd, b.vat_vnd), 0)::numeric), 0))
     FROM billing_bill b WHERE b.period_to > $1 AND b.period_to <= $2) AS bills,
    (SELECT concat_ws(' ', count(*), coalesce(sum(hash_record_extended(ROW(p.agreement_id,
        p.valid_from, p.valid_to, p."group", p.subgroup, p.voltage, p.time_of_use,
        p.peak_for_all, p.household_quarters, p.registered_kw), 0)::numeric), 0))
     FROM customers_priceassignment p) AS prices,
    (SELECT concat_ws(' ', count(*), coalesce(sum(hash_record_extended(ROW(r.id, r.unit_id),
        0)::numeric), 0)) FROM meters_readingbook r) AS reading_books
"""

SPANS = """
SELECT (agreement_id / $3)::bigint AS span FROM meterdata_usage
WHERE period_to > $1 AND period_to <= $2 GROUP BY 1 ORDER BY 1
"""

USAGE = """
SELECT DISTINCT ON (u.agreement_id, u.period_from) u.agreement_id, b.unit_id::int AS unit_id,
    u.period_from, u.period_to, u.energy_wh, u.normal_wh, u.peak_wh, u.off_peak_wh, u.reactive_varh
FROM meterdata_usage u JOIN meters_readingbook b ON b.id = u.reading_book_id
WHERE u.period_to > $1 AND u.period_to <= $2 AND u.agreement_id >= $3 AND u.agreement_id < $4
ORDER BY u.agreement_id, u.period_from, u.version DESC
"""

PRICES = """
SELECT agreement_id, valid_from, valid_to, "group", subgroup, voltage, time_of_use, peak_for_all,
    household_quarters, registered_kw::bigint AS registered_kw
FROM customers_priceassignment WHERE agreement_id >= $1 AND agreement_id < $2
"""

ISSUED = """
SELECT agreement_id, period_from, sum(net_vnd)::bigint AS issued_net_vnd,
    sum(vat_vnd)::bigint AS issued_vat_vnd
FROM billing_bill
WHERE period_to > $1 AND period_to <= $2 AND agreement_id >= $3 AND agreement_id < $4
    AND state = ANY($5)
GROUP BY agreement_id, period_from
"""


@dataclass(frozen=True, slots=True)
class Base:
    """One month's base.

    Attributes:
        folder: where its files are.
        spans: numbers of the spans that have a file, rising.
        accounts: agreements and periods in it.
        billed: those of them with an issued bill.
        unpriced: usages left out, because no single price assignment covers their period.
        stand: what the books held when it was made.
    """

    month: Period
    folder: Path
    spans: tuple[int, ...]
    accounts: int
    billed: int
    unpriced: int
    stand: dict[str, str]

    def read_accounts(self, span: int) -> pl.DataFrame:
        """Return TRIAL_ACCOUNTS of a span, in order of the agreements."""
        return TRIAL_ACCOUNTS.check(pl.read_parquet(self.folder / f"{span}.accounts.parquet"))

    def read_profiles(self, span: int) -> pl.DataFrame:
        """Return RATING_INPUT of a span's profiles; account_id is the profile's number."""
        return RATING_INPUT.check(pl.read_parquet(self.folder / f"{span}.profiles.parquet"))


def home() -> Path:
    """Return the folder of all bases."""
    folder: Path = settings.DATA / "trial"
    return folder


def name_of(month: Period) -> str:
    """Return "2026-10"."""
    return f"{month.start:%Y-%m}"


@contextmanager
def base_lock(month: Period, *, exclusive: bool) -> Iterator[None]:
    """Hold a month's base: many trials read it at a time, a build has it alone; waits."""
    home().mkdir(parents=True, exist_ok=True)
    lock = os.open(home() / f"{name_of(month)}.lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH)
        yield
    finally:
        os.close(lock)


@contextmanager
def held(months: tuple[Period, ...]) -> Iterator[None]:
    """Keep builds away from the bases of these months while a trial reads them."""
    with ExitStack() as stack:
        for month in months:
            stack.enter_context(base_lock(month, exclusive=False))
        yield


def kept_base(month: Period) -> Base | None:
    """Return the base as it is on the disk, fresh or not; None if there is none."""
    folder = home() / name_of(month)
    note = folder / "base.json"
    if not note.is_file():
        return None
    found = json.loads(note.read_text(encoding="utf-8"))
    if found["format"] != FORMAT:
        return None
    return Base(
        month=month,
        folder=folder,
        spans=tuple(found["spans"]),
        accounts=found["accounts"],
        billed=found["billed"],
        unpriced=found["unpriced"],
        stand=found["stand"],
    )


def fresh_base(month: Period) -> Base | None:
    """Return the base if it agrees with the books as they are now."""
    found = kept_base(month)
    return found if found is not None and found.stand == stand_of(month) else None


def stand_of(month: Period) -> dict[str, str]:
    """Return what a month's base depends on in the books, as texts that differ when it does."""
    row = read(STAND, (month.start, month.end)).row(0, named=True)
    return {"columns": " ".join(RATING_INPUT.columns), **{name: str(row[name]) for name in row}}


def build_base(month: Period) -> Iterator[tuple[int, int]]:
    """Build a month's base unless a fresh one is there; yields (spans done, spans in all).

    Safe to stop between two steps and to call again: spans that are written stay, as long as the
    books have not changed since.

    Raises:
        RefusedError: the month has no usage, or the books changed while they were read.
    """
    with base_lock(month, exclusive=True):
        before = stand_of(month)
        kept = kept_base(month)
        if kept is not None and kept.stand == before:
            return
        spans = read(SPANS, (month.start, month.end, SPAN))["span"].to_list()
        if not spans:
            raise RefusedError(
                f"no usage ends in the month {name_of(month)}",
                expected="a month whose usage is determined",
                action="choose another month",
            )
        growing = _growing(month, before)
        for number, span in enumerate(spans, start=1):
            if not (growing / f"{span}.json").exists():
                _write_span(growing, month, span)
            yield number, len(spans)
        if stand_of(month) != before:
            raise RefusedError(
                f"the books of {name_of(month)} changed while the base was taken",
                action="start the trial again when no billing of the month is running",
            )
        finish_base(growing, month, before)


def _growing(month: Period, stand: dict[str, str]) -> Path:
    """Return the folder in which a base grows; what another stand of the books left is removed."""
    folder = home() / f"{name_of(month)}.growing"
    note = folder / "stand.json"
    if not note.is_file() or json.loads(note.read_text(encoding="utf-8")) != stand:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        _write_note(note, stand)
    return folder


def _write_note(file: Path, content: dict[str, Any]) -> None:
    """Write JSON so that it is there whole or not at all."""
    draft = file.with_suffix(".draft")
    draft.write_text(json.dumps(content), encoding="utf-8")
    draft.replace(file)


def _write_span(folder: Path, month: Period, span: int) -> None:
    with bulk() as books:
        rows, unpriced = _rows(books, month, span)
    write_span(folder, span, rows, unpriced)


def write_span(folder: Path, span: int, rows: pl.DataFrame, unpriced: int) -> None:
    """Write the files of one span; its note comes last and says that they are whole.

    Args:
        folder: where the base grows.
        span: number of the span.
        rows: RATING_INPUT with `account_id` the position 0.. of the account, and agreement_id,
            unit_id, issued_net_vnd, issued_vat_vnd; sorted by account.
        unpriced: usages left out of them.
    """
    first = rows.unique("account_id", keep="first", maintain_order=True)
    shared, numbers = profiles(rows.select(list(RATING_INPUT.columns)), first.height)
    accounts = TRIAL_ACCOUNTS.check(first.with_columns(profile=numbers))
    shared.write_parquet(folder / f"{span}.profiles.parquet", compression="zstd")
    accounts.write_parquet(folder / f"{span}.accounts.parquet", compression="zstd")
    billed = accounts["issued_net_vnd"].count()
    note = {"accounts": accounts.height, "billed": billed, "unpriced": unpriced}
    _write_note(folder / f"{span}.json", note)


def finish_base(growing: Path, month: Period, stand: dict[str, str]) -> None:
    """Write base.json from the notes of the spans and put the base into its place."""
    notes = {
        int(file.stem): json.loads(file.read_text(encoding="utf-8"))
        for file in growing.glob("*.json")
        if file.stem.isdigit()
    }
    sums = {
        name: sum(note[name] for note in notes.values())
        for name in ("accounts", "billed", "unpriced")
    }
    _write_note(
        growing / "base.json",
        {"format": FORMAT, "spans": sorted(notes), "stand": stand, **sums},
    )
    place, old = home() / name_of(month), home() / f"{name_of(month)}.old"
    shutil.rmtree(old, ignore_errors=True)
    if place.exists():
        place.rename(old)
    growing.rename(place)
    shutil.rmtree(old, ignore_errors=True)


def _rows(books: Bulk, month: Period, span: int) -> tuple[pl.DataFrame, int]:
    """Read a span from the books: what write_span takes, and how many usages have no one price."""
    dates, numbers = (month.start, month.end), (span * SPAN, (span + 1) * SPAN)
    usage = books.read(USAGE, (*dates, *numbers)).with_row_index("account")
    prices = books.read(PRICES, numbers)
    issued = books.read(ISSUED, (*dates, *numbers, owed_states()))
    priced = usage.join(prices, on="agreement_id").filter(
        (pl.col("valid_from") < pl.col("period_to"))
        & (pl.col("valid_to").is_null() | (pl.col("valid_to") > pl.col("period_from")))
    )
    # One price for all days, as billing asks for; whoever has several is left out and counted.
    whole = priced.filter(
        (pl.col("valid_from") <= pl.col("period_from"))
        & (pl.col("valid_to").is_null() | (pl.col("valid_to") >= pl.col("period_to")))
    )
    rows = (
        whole.join(issued, on=["agreement_id", "period_from"], how="left")
        .sort("account")
        .with_columns(
            account_id=pl.int_range(pl.len(), dtype=pl.Int64()),
            segment=pl.lit(1, dtype=pl.Int16()),
            cycle_from=pl.col("period_from"),
            reading_date=pl.col("period_to"),
        )
    )
    return rows.cast({"unit_id": pl.Int32()}), usage.height - rows.height
