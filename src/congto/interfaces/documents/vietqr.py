"""The VietQR payload of a bill: what a bank's app reads to fill in account, amount and text.

EMVCo merchant-presented mode as NAPAS profiles it (IBFT v1.5.2): fields of two digits of id, two of
length, value; the last one is CRC-16/CCITT-FALSE over everything before its value.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from congto.vocabulary.errors import InvalidInputError
from congto.vocabulary.text import plain

if TYPE_CHECKING:
    from congto.vocabulary.invoices import InvoiceDocument
    from congto.vocabulary.money import Dong

NAPAS = "A000000727"
TO_ACCOUNT = "QRIBFTTA"
STATIC, DYNAMIC = "11", "12"
VND = "704"
TEXT_MAX = 25
"""EMVCo: bill number and purpose have at most 25 characters."""
AMOUNT_MAX = 10**13 - 1


def payload(document: InvoiceDocument, owed_vnd: Dong | None = None) -> str:
    """Return the payload that pays a bill; "" where there is nothing to pay or nowhere to pay it.

    What is owed on it now may be less than its total; without that word it is the total.

    Field 62 carries the invoice number (01) and customer code with period (08), by which the
    payment is found again; ASCII capitals, since banks drop everything else.
    """
    seller = document.seller
    amount = document.gross_vnd if owed_vnd is None else owed_vnd
    if not (seller.bank_bin and seller.bank_account) or amount <= 0:
        return ""
    number = document.number if document.number is not None else document.bill
    return transfer(
        seller.bank_bin,
        seller.bank_account,
        amount,
        bill=f"{document.symbol}{number}",
        purpose=remittance(document),
    )


def remittance(document: InvoiceDocument) -> str:
    """Return the text of the transfer: customer code and the month the period ends in."""
    last = document.period.end.toordinal() - 1
    month = type(document.period.end).fromordinal(last)
    return f"{document.buyer.customer_code} T{month:%m} {month:%Y}"


def standing(document: InvoiceDocument) -> str:
    """Return the payload that pays a customer's bills for ever: no amount, the customer's code.

    "" where there is nowhere to pay to. The payer types the amount; the code finds the customer.
    """
    seller = document.seller
    if not (seller.bank_bin and seller.bank_account):
        return ""
    return transfer(
        seller.bank_bin, seller.bank_account, None, purpose=document.buyer.customer_code
    )


def transfer(
    bank_bin: str, account: str, amount: Dong | None, *, bill: str = "", purpose: str = ""
) -> str:
    """Return a transfer to an account, of a fixed amount (dynamic) or of any (None: static)."""
    if not re.fullmatch(r"\d{6}", bank_bin) or not re.fullmatch(r"[0-9A-Za-z]{1,19}", account):
        raise InvalidInputError(
            f"bank {bank_bin!r}, account {account!r}",
            expected="six digits of the bank, at most 19 letters and digits of the account",
            action="correct the seller's account",
        )
    if amount is not None and not 0 < amount <= AMOUNT_MAX:
        raise InvalidInputError(f"amount {amount}", expected=f"1 to {AMOUNT_MAX} đồng")
    beneficiary = field("00", bank_bin) + field("01", account)
    additional = "".join(
        field(number, text)
        for number, text in (("01", ascii_capitals(bill)), ("08", ascii_capitals(purpose)))
        if text
    )
    return sealed(
        field("00", "01")
        + field("01", STATIC if amount is None else DYNAMIC)
        + field("38", field("00", NAPAS) + field("01", beneficiary) + field("02", TO_ACCOUNT))
        + field("53", VND)
        + ("" if amount is None else field("54", str(amount)))
        + field("58", "VN")
        + (field("62", additional) if additional else "")
    )


def field(number: str, value: str) -> str:
    """Return one field: id, length, value."""
    if len(value) > 99:
        raise InvalidInputError(
            f"field {number} with {len(value)} characters", expected="at most 99"
        )
    return f"{number}{len(value):02d}{value}"


def sealed(body: str) -> str:
    """Return the body with its CRC."""
    head = f"{body}6304"
    return f"{head}{crc16(head.encode('ascii')):04X}"


def ascii_capitals(text: str) -> str:
    """Return at most 25 capitals, digits and blanks: "Tháng 10" -> "THANG 10"."""
    return re.sub(r"[^A-Z0-9 ]", "", plain(text).upper())[:TEXT_MAX]


def _table() -> tuple[int, ...]:
    rows = []
    for byte in range(256):
        value = byte << 8
        for _ in range(8):
            value = (value << 1) ^ 0x1021 if value & 0x8000 else value << 1
        rows.append(value & 0xFFFF)
    return tuple(rows)


_CRC = _table()


def crc16(data: bytes) -> int:
    """Return CRC-16/CCITT-FALSE (0x1021, start 0xFFFF, no reflection): "123456789" -> 0x29B1."""
    value = 0xFFFF
    for byte in data:
        value = ((value << 8) & 0xFFFF) ^ _CRC[(value >> 8) ^ byte]
    return value
