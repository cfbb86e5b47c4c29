"""Corrections of issued bills: cancelled, and billed again in their place. Nothing is edited.

A cancelled bill keeps its number and lines; a journal takes back what it put into the ledger, and
what was paid on it becomes a credit of the party. A bill in its place is a new version with its own
number, rated at the prices, quota and VAT of its period from the usage and the price assignment
that are in force now; the credit moves to it, amount and VAT apart.

These functions work inside the transaction of an approval (office.billing.correction_proposals).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from congto.office.billing.choices import OWED, BillKind, BillState
from congto.office.billing.issue import issue
from congto.office.billing.models import Bill
from congto.office.billing.rating import TOTALS, rate_again, write_lines
from congto.office.ledger import rules
from congto.office.ledger.choices import AccountKind, JournalKind
from congto.office.ledger.operations import post
from congto.office.ledger.queries import accounts_of_unit, given_up, receivable, unapplied
from congto.vocabulary.errors import RefusedError
from congto.vocabulary.format_vi import day

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from congto.office.billing.rating import Rated


@transaction.atomic
def cancel(bill: Bill, *, on: date) -> None:
    """Cancel a locked bill that is owed: reversing journal, what was paid becomes credit.

    Raises:
        RefusedError: adjustment invoices rest on it; they are cancelled first. Or what was owed on
            it has been given up: cancelled, that would come out as money that was paid.
    """
    if given_up(bill.pk):
        raise RefusedError(
            _("Nợ của hóa đơn số %(bill)s đã xử lý") % {"bill": bill.pk},
            action=_("lập hóa đơn điều chỉnh thay vì hủy"),
        )
    resting = Bill.objects.filter(original=bill, kind=BillKind.ADJUSTMENT, state__in=OWED)
    if resting.exists():
        raise RefusedError(
            _("Hóa đơn %(bill)s đã có hóa đơn điều chỉnh %(other)s")
            % {"bill": bill.pk, "other": resting[0].pk},
            action=_("lập tiếp hóa đơn điều chỉnh thay vì hủy"),
        )
    bill.state = BillState.CANCELLED
    bill.save(update_fields=["state"])
    event = {**_event(bill), "net_vnd": bill.net_vnd, "vat_vnd": bill.vat_vnd}
    _post(JournalKind.BILL_CANCELLED, rules.bill_cancelled(_frame(event)), on)
    # After the reversal the item's balance is what was paid, as a credit.
    left = receivable(bill.agreement_id, [bill.pk])
    paid = {
        **event,
        "net_vnd": -left[AccountKind.RECEIVABLE],
        "vat_vnd": -left[AccountKind.RECEIVABLE_VAT],
    }
    _post(JournalKind.CREDIT, rules.credit(_frame(paid)), on)


def _event(bill: Bill) -> dict[str, int]:
    return {
        "source": bill.pk,
        "party": bill.agreement_id,
        "item": bill.pk,
        **accounts_of_unit(bill.unit_id),
    }


def _frame(event: dict[str, int]) -> pl.DataFrame:
    return pl.DataFrame([event], schema=dict.fromkeys(event, pl.Int64()))


def _post(kind: JournalKind, legs: pl.DataFrame, on: date) -> None:
    if not legs.is_empty():
        post(kind, legs, accounting_date=on)


@dataclass(frozen=True, slots=True)
class Again:
    """Bills and what they would be when billed again now, oldest first."""

    originals: tuple[Bill, ...]
    rated: Rated

    def total(self, name: str) -> int:
        """Return the sum of a total (net_vnd, vat_vnd, gross_vnd, energy_wh) over the new bills."""
        return int(self.rated.bills[name].sum())


def again(originals: Sequence[Bill]) -> Again:
    """Rate bills again without writing anything; RefusedError if one of them cannot be rated."""
    ordered = tuple(sorted(originals, key=lambda one: (one.agreement_id, one.period_from)))
    return Again(ordered, rate_again(ordered))


@transaction.atomic
def rebill(originals: Sequence[Bill], *, on: date) -> list[Bill]:
    """Bill locked bills again, oldest first, in one transaction: an error discards all of them.

    Bills that are owed are cancelled first; cancelled ones are only billed again. A bill that had a
    number gets a REPLACEMENT that names it; one that never had a number gets a regular bill.

    Args:
        originals: the newest version of each period, none of them an adjustment.
        on: local day of issue and accounting date.
    """
    plan = again(originals)
    made = []
    for original in plan.originals:
        _refuse_if_not_newest(original)
        if original.state in (BillState.ISSUED, BillState.PENDING_CANCEL):
            cancel(original, on=on)
        new = _replacement(original, plan.rated)
        # Each by itself: an issuance belongs to one period, or the month's sums could not be made.
        issue([new], issued_on=on)
        _move_payments(original, new, on)
        made.append(new)
    return made


def _refuse_if_not_newest(original: Bill) -> None:
    later = Bill.objects.filter(
        agreement=original.agreement_id,
        period_from=original.period_from,
        version__gt=original.version,
    ).exclude(kind=BillKind.ADJUSTMENT)
    newer = later.order_by("-version").first()
    if newer is not None:
        raise RefusedError(
            _("Kỳ từ %(day)s đã có hóa đơn mới hơn, số %(bill)s")
            % {"day": day(original.period_from), "bill": newer.pk},
            action=_("lập đề nghị cho hóa đơn mới nhất"),
        )


def _replacement(original: Bill, rated: Rated) -> Bill:
    numbered = original.invoice_no is not None
    row = rated.of(original.pk)
    new = Bill.objects.create(
        run_id=None,
        agreement_id=original.agreement_id,
        unit_id=original.unit_id,
        period_from=original.period_from,
        period_to=row["period_to"],
        version=next_version(original),
        kind=BillKind.REPLACEMENT if numbered else BillKind.REGULAR,
        original=original if numbered else None,
        state=BillState.READY,
        reading_date=row["reading_date"],
        **{name: row[name] for name in TOTALS},
    )
    write_lines(new, rated, as_id=original.pk)
    return new


def next_version(bill: Bill) -> int:
    """Return the next free version of a bill's agreement and period."""
    same = Bill.objects.filter(agreement=bill.agreement_id, period_from=bill.period_from)
    return int(same.aggregate(last=Max("version"))["last"]) + 1


def _move_payments(old: Bill, new: Bill, on: date) -> None:
    """Move the credit of the cancelled bill to the new one, as far as that one is owed."""
    credit = unapplied(old.agreement_id, old.pk)
    net, vat = shares(credit, new.net_vnd, new.vat_vnd)
    event = {**_event(new), "from_item": old.pk, "net_vnd": net, "vat_vnd": vat}
    _post(JournalKind.TRANSFER, rules.transfer(_frame(event)), on)


def shares(credit: int, net: int, vat: int) -> tuple[int, int]:
    """Split a credit over amount and VAT of a bill; the rest of a larger credit is not used.

    305,230 on 282,620 + 22,610 -> both whole; 100,000 on the same -> VAT 100,000 x 22,610 /
    305,230 = 7,407.53, half up 7,408, amount 92,592.
    """
    gross = net + vat
    if credit >= gross:
        return max(net, 0), max(vat, 0)
    vat_part = (2 * credit * vat + gross) // (2 * gross)
    return credit - vat_part, vat_part
