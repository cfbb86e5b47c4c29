"""A document that does not add up never leaves: one sentence says which sum is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from congto.vocabulary.errors import InvalidInputError
from congto.vocabulary.format_vi import WH_PER_KWH, kwh
from congto.vocabulary.groups import Charge
from congto.vocabulary.invoices import NUMBER_MAX, InvoiceKind, check_symbol, readings_prove
from congto.vocabulary.money import format_dong, percent_of

if TYPE_CHECKING:
    from congto.vocabulary.invoices import EInvoiceRules, InvoiceDocument


def refuse_unless_it_adds_up(document: InvoiceDocument) -> None:
    """Refuse a document whose lines, energy, readings or totals disagree.

    Each line is its energy x price to the đồng; lines make the net, the rate makes the VAT (an
    adjustment may be one đồng off: it is the difference of two rounded amounts), both make the
    gross; lines make the energy, and so do the readings, to the kWh per register, unless the
    document says why not (readings of an adjustment are those of the whole period).
    """
    for number, line in enumerate(document.lines, start=1):
        if line.charge is Charge.ENERGY:
            exact = (line.energy_wh or 0) * (line.price_vnd or 0)
            if abs(exact - line.amount_vnd * WH_PER_KWH) >= WH_PER_KWH:
                raise _refusal(
                    document,
                    f"line {number} of {format_dong(line.amount_vnd)}",
                    f"{kwh(line.energy_wh or 0)} x {line.price_vnd} đ/kWh",
                )
    net = sum(line.amount_vnd for line in document.lines)
    _same(document, "net amount", document.net_vnd, net, "the sum of its lines")
    vat = percent_of(net, document.vat_rate_bp)
    if document.kind is not InvoiceKind.ADJUSTMENT or abs(document.vat_vnd - vat) > 1:
        _same(document, "VAT", document.vat_vnd, vat, "the net amount at its rate")
    gross = document.net_vnd + document.vat_vnd
    _same(document, "total", document.gross_vnd, gross, "net amount and VAT")
    _refuse_other_energy(document)


def refuse_unless_issued(document: InvoiceDocument, rules: EInvoiceRules) -> None:
    """Refuse a document without number, with a wrong series, or with a wrong original."""
    check_symbol(document.form, document.series, document.issued_on, rules.symbol_letters)
    if document.number is None or not 1 <= document.number <= NUMBER_MAX:
        raise _refusal(document, f"number {document.number}", f"a number from 1 to {NUMBER_MAX}")
    if (document.kind is InvoiceKind.ORIGINAL) != (document.original is None):
        raise _refusal(
            document,
            f"{document.kind} invoice {'with' if document.original else 'without'} another invoice",
            "form, series, number and date of the invoice it replaces or adjusts, on these only",
        )


def _refuse_other_energy(document: InvoiceDocument) -> None:
    billed = sum(line.energy_wh or 0 for line in document.lines if line.charge is Charge.ENERGY)
    if billed != document.energy_wh:
        raise _refusal(
            document, f"energy {kwh(document.energy_wh)}", f"{kwh(billed)}, the sum of its lines"
        )
    spoken_for = document.kind is InvoiceKind.ADJUSTMENT or document.energy_note
    if not spoken_for and not readings_prove(document.rows, billed):
        read = [
            f"{row.meter} {row.register.name.lower()} {kwh(row.actual_wh)}" for row in document.rows
        ]
        raise _refusal(
            document, f"energy {kwh(billed)}", f"what its readings make: {', '.join(read)}"
        )


def _same(document: InvoiceDocument, what: str, found: int, expected: int, why: str) -> None:
    if found != expected:
        raise _refusal(document, f"{what} {format_dong(found)}", f"{format_dong(expected)}, {why}")


def _refusal(document: InvoiceDocument, found: str, expected: str) -> InvalidInputError:
    return InvalidInputError(
        f"bill {document.bill}: {found}",
        expected=expected,
        action="correct the bill; no document was made",
    )
