"""Rating bills again, from the usage and the price assignment that are in force now.

The same way as a run: the same columns (inputs.USAGE), the same split, the same rating, the same
gates; only the number of bills is small and the reading is done inside the caller's transaction.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl
from django.utils.translation import gettext as _

from congto.engines.rating import rate, unrated
from congto.office.billing import holding, inputs, parking
from congto.office.billing.models import Bill, BillLine
from congto.office.meters.models import ReadingBook
from congto.office.storage.rows import read_here
from congto.reference.vn import price_book
from congto.vocabulary.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from congto.vocabulary.gates import GateRule

# What a run reads, up to its own choice of rows; the choice below is ours.
SELECTED = inputs.USAGE.partition("\nWHERE ")[0]

OF_AGREEMENTS = f"{SELECTED}\nWHERE u.agreement_id = ANY(%s) AND u.period_from = ANY(%s)"
OF_BOOK = f"{SELECTED}\nWHERE u.reading_book_id = %s AND u.period_to = %s"

LINE_COLUMNS = (
    "line_no",
    "segment",
    "part_from",
    "part_to",
    "charge",
    "tier",
    "band",
    "energy_wh",
    "price_vnd",
    "amount_vnd",
    "decision_id",
)


@dataclass(frozen=True, slots=True)
class Rated:
    """Bills rated again.

    Attributes:
        bills: one row per bill: id, what a run knows of its usage, price and past, and the totals.
        lines: BILL_LINES; account_id is the bill's number.
    """

    bills: pl.DataFrame
    lines: pl.DataFrame

    def of(self, bill_id: int) -> dict[str, Any]:
        """Return one bill's row."""
        return self.bills.row(by_predicate=pl.col("id") == bill_id, named=True)

    def lines_of(self, bill_id: int) -> list[dict[str, Any]]:
        """Return one bill's lines as columns of billing_billline."""
        own = self.lines.filter(pl.col("account_id") == bill_id)
        return own.select(name for name in LINE_COLUMNS if name in own.columns).to_dicts()


def rate_again(bills: Sequence[Bill]) -> Rated:
    """Rate bills again at the prices, quota and VAT of their own periods.

    Raises:
        RefusedError: a bill cannot be rated: no usage, no price, or quantities that contradict.
    """
    usage = _usage(bills)
    ready, changes, parked = parking.split(usage)
    if not parked.is_empty():
        raise _refusal(parked)
    rows = ready.with_columns(account_id="id")
    assignments = [rows["assignment_id"].to_list()]
    mixed = read_here(inputs.PURPOSES.format("%s"), assignments)
    rating_inputs = inputs.by_purpose(rows, mixed)
    households = inputs.of_accounts(changes, rows)
    lines, totals = rate(rating_inputs, price_book(), household_changes=households)
    if totals["account_id"].n_unique() < len(bills):
        refusals = unrated(rating_inputs, price_book(), household_changes=households)
        raise _refusal(parking.refused(rows, refusals))
    return Rated(rows.join(totals, on="account_id", how="inner", maintain_order="left"), lines)


def _usage(bills: Sequence[Bill]) -> pl.DataFrame:
    """Read the newest usage of each bill as a run reads it; `id` is the bill's number."""
    found = read_here(
        OF_AGREEMENTS, [[one.agreement_id for one in bills], [one.period_from for one in bills]]
    )
    known = pl.DataFrame(
        [(one.pk, one.unit_id, one.agreement_id, one.period_from) for one in bills],
        schema={
            "id": pl.Int64(),
            "unit_id": pl.Int64(),
            "agreement_id": pl.Int64(),
            "period_from": pl.Date(),
        },
        orient="row",
    )
    usage = completed(found).join(known, on=["agreement_id", "period_from"], how="inner")
    without = known.join(usage, on="id", how="anti")
    if not without.is_empty():
        raise RefusedError(
            _("Hóa đơn %(bill)s không có sản lượng trong sổ") % {"bill": without["id"][0]},
            action=_("xác định lại sản lượng của kỳ rồi tính lại"),
        )
    return usage.sort("unit_id", "agreement_id", "period_from")


def completed(found: pl.DataFrame) -> pl.DataFrame:
    """Keep the newest version of each usage and add what a run adds."""
    latest = pl.col("version") == pl.col("version").max().over("agreement_id", "period_from")
    rows = found.filter(latest).with_columns(
        past_day_wh=inputs.past_day_wh(),
        reading_date="period_to",
        segment=pl.lit(1, dtype=pl.Int16()),
        cycle_from="period_from",
        partition_id=pl.lit(0, dtype=pl.Int64()),
    )
    cycles = _cycles(rows["reading_book_id"].unique().to_list())
    return rows.join(cycles, on="reading_book_id", how="left", maintain_order="left")


def _cycles(books: Iterable[int]) -> pl.DataFrame:
    """Return how often a month each reading book is read."""
    found = ReadingBook.objects.filter(pk__in=books).select_related("session")
    rows = [(book.pk, len(book.session.days) if book.session else 1) for book in found]
    return pl.DataFrame(
        rows, schema={"reading_book_id": pl.Int64(), "cycles": pl.Int16()}, orient="row"
    )


def _refusal(parked: pl.DataFrame) -> RefusedError:
    first = parked.row(0, named=True)
    return RefusedError(
        f"{first['rule']}: {first['observed']}", expected=first["expected"], action=first["text"]
    )


def holds_of(bill_id: int, rated: Rated, rules: Iterable[GateRule]) -> pl.DataFrame:
    """Pass one bill, rated again, through the gates beside the others of its reading book."""
    own = rated.of(bill_id)
    others = completed(read_here(OF_BOOK, [own["reading_book_id"], own["period_to"]])).filter(
        pl.col("agreement_id") != own["agreement_id"]
    )
    # The neighbours only lend their use to the book's median; they are not judged here.
    whole = pl.concat(
        [rated.bills.filter(pl.col("id") == bill_id), others.unique("agreement_id")],
        how="diagonal",
    )
    return holding.stopped(whole, rated.lines, rules).filter(pl.col("bill_id") == bill_id)


def write_lines(bill: Bill, rated: Rated, *, as_id: int | None = None) -> None:
    """Give a bill its lines; `as_id` names the bill in the rating when it is another one."""
    rows = rated.lines_of(as_id or bill.pk)
    BillLine.objects.bulk_create([BillLine(bill=bill, **row) for row in rows])


TOTALS = ("energy_wh", "net_vnd", "vat_rate_bp", "vat_vnd", "gross_vnd", "past_day_wh")


def write_in_place(bill: Bill, rated: Rated) -> None:
    """Replace lines and totals of a bill that is not issued; `period_to` follows the usage."""
    BillLine.objects.filter(bill=bill).delete()
    write_lines(bill, rated)
    row = rated.of(bill.pk)
    for name in (*TOTALS, "period_to", "reading_date"):
        setattr(bill, name, row[name])
    bill.save(update_fields=[*TOTALS, "period_to", "reading_date"])
