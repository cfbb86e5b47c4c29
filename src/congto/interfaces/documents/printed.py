"""A bill as the template prints it: every figure already a text, every bar already a length."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from congto.interfaces.documents.barcode import modules
from congto.interfaces.documents.explanation import why
from congto.interfaces.documents.labels import LABELS
from congto.interfaces.documents.vietqr import payload, remittance
from congto.interfaces.documents.words import (
    REGISTER_CODES,
    REGISTER_NAMES,
    line_name,
    line_name_english,
    reference_sentence,
    span,
)
from congto.vocabulary.format_vi import day, number
from congto.vocabulary.groups import Charge
from congto.vocabulary.numbers_vi import dong_in_words
from congto.vocabulary.prices import Confidence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from congto.vocabulary.invoices import InvoiceDocument, InvoiceLine, MeterRow

MONTHS = 13


def printed(document: InvoiceDocument, language: str) -> dict[str, Any]:
    """Return what the template needs for one bill."""
    said = LABELS[language]
    seller, buyer = document.seller, document.buyer
    return {
        "seller": seller.name,
        "seller_lines": [text for text in _seller_lines(document, said) if text],
        "symbol": document.symbol,
        "number": f"{document.number:08d}" if document.number else said["not_issued"],
        "issued": day(document.issued_on),
        "reference": reference_sentence(document),
        "reason": document.reason,
        "buyer": buyer.name,
        "buyer_facts": _pairs(
            (said["address"], buyer.address),
            (said["tax_code"], buyer.tax_code),
            (said["customer_code"], buyer.customer_code),
            (said["payer_code"], buyer.payer_code),
        ),
        "supply_facts": list(_supply(document, said)),
        "headline": _headline(document, said),
        "total": f"{_whole(document.gross_vnd)} đ",
        "due": day(document.due_date) if document.gross_vnd > 0 else "",
        "used": f"{_kwh(document.energy_wh)} kWh",
        "period": span(document.period),
        "energy_note": document.energy_note,
        "rows": [_reading(row, language) for row in document.rows],
        "lines": [_line(line, document, language) for line in document.lines],
        "net": _whole(document.net_vnd),
        "rate": f"{_hundredths(document.vat_rate_bp)} %",
        "vat": _whole(document.vat_vnd),
        "gross": _whole(document.gross_vnd),
        "words": dong_in_words(document.gross_vnd),
        "notes": list(_notes(document, said)),
        "why": why(document, language),
        "bars": _bars(document),
        "qr": modules(payload(document)),
        "bank": f"{seller.bank_name}, {seller.bank_account}" if seller.bank_account else "",
        "text": remittance(document),
        "sample": seller.sample,
    }


def _seller_lines(document: InvoiceDocument, said: dict[str, Any]) -> Iterator[str]:
    seller = document.seller
    yield seller.unit
    yield seller.address
    contact = [f"{said['tax_code']}: {seller.tax_code}"]
    if seller.phone:
        contact.append(f"{said['phone']}: {seller.phone}")
    yield " · ".join(contact)


def _supply(document: InvoiceDocument, said: dict[str, Any]) -> Iterator[list[str]]:
    supply = document.supply
    households = "" if supply.households is None else number(supply.households.normalize())
    yield from _pairs(
        (said["purpose"], supply.purpose),
        (said["households"], households),
        (said["voltage"], supply.voltage),
        (said["usage_point"], supply.usage_point),
        (said["station"], supply.station),
        (said["reading_book"], supply.reading_book),
        (said["reading_date"], day(document.reading_date)),
    )


def _pairs(*found: tuple[str, str]) -> list[list[str]]:
    return [[name, value] for name, value in found if value]


def _headline(document: InvoiceDocument, said: dict[str, Any]) -> str:
    if document.gross_vnd > 0:
        return str(said["to_pay"])
    return str(said["credit" if document.gross_vnd < 0 else "nothing_to_pay"])


def _reading(row: MeterRow, language: str) -> list[str]:
    said = LABELS[language]
    meter = f"{row.meter} ({said['estimated']})" if row.estimated else row.meter
    return [
        f"{REGISTER_NAMES[language][row.register]} ({REGISTER_CODES[row.register]})",
        meter,
        _kwh(row.new_wh),
        _kwh(row.old_wh),
        _whole(row.multiplier),
        _kwh(row.measured_wh),
        _kwh(row.direct_wh) if row.direct_wh else "–",
        _kwh(row.deducted_wh) if row.deducted_wh else "–",
        _kwh(row.actual_wh),
    ]


def _line(line: InvoiceLine, document: InvoiceDocument, language: str) -> list[str]:
    name = line_name(line) if language == "vi" else line_name_english(line)
    if line.charge is Charge.REACTIVE:
        basis = document.reactive
        detail = (
            f" (cos φ {_hundredths(basis.cos_phi)}; k = {_hundredths(basis.k_bp)} %)"
            if basis
            else ""
        )
        return [name + detail, "", "", "", _whole(line.amount_vnd)]
    return [
        name,
        "" if line.quota_wh is None else _kwh(line.quota_wh),
        _kwh(line.energy_wh or 0),
        _whole(line.price_vnd or 0),
        _whole(line.amount_vnd),
    ]


def _notes(document: InvoiceDocument, said: dict[str, Any]) -> Iterator[str]:
    for basis in document.decisions:
        note = f"{said['prices']}: {basis.code}, {said['since']} {day(basis.effective_from)}"
        doubt = "" if basis.confidence is Confidence.CONFIRMED else f" ({said['unsure']})"
        yield f"{note}{doubt}."
    if any(line.quota_wh is not None for line in document.lines):
        yield said["quota"]
    if document.reactive:
        measured, rule = document.reactive.reactive_varh, document.reactive.rule
        yield f"{said['reactive']}: {_kwh(measured)} kvarh, {rule}."


def _bars(document: InvoiceDocument) -> list[list[Any]]:
    """Return month, kWh and height in thousandths of the highest bar, for up to 13 months."""
    history = document.history[-MONTHS:]
    most = max((one.energy_wh for one in history), default=0)
    return [
        [
            f"{one.month:02d}/{one.year % 100:02d}",
            _kwh(one.energy_wh // 1000 * 1000),
            max(0, one.energy_wh) * 1000 // most if most > 0 else 0,
        ]
        for one in history
    ]


def _kwh(energy_wh: int) -> str:
    return number((Decimal(energy_wh) / 1000).normalize())


def _whole(value: int) -> str:
    return number(Decimal(value))


def _hundredths(value: int) -> str:
    return number((Decimal(value) / 100).normalize())
