"""Codes that the free text of a bank line names: a partner's day, invoice, customer, phone.

Payers write without diacritics, in any case, with blanks of their own: texts are brought to one
form first. A code counts only as a whole word.
"""

from __future__ import annotations

import polars as pl

from congto.vocabulary.frames import Frame

CODES = Frame(
    "codes",
    "one row per line and code that its text names",
    {
        "line": pl.Int64(),
        "kind": pl.String(),  # one of KINDS
        "key": pl.String(),  # in the form of the books
    },
)

PARTNER_DAY, INVOICE, CUSTOMER, PHONE = "partner_day", "invoice", "customer", "phone"
KINDS = (PARTNER_DAY, INVOICE, CUSTOMER, PHONE)
"""Strongest first: an invoice says more than a customer, a phone may be the payer's own."""

PATTERNS = {
    PARTNER_DAY: r"\b[A-Z0-9]{1,16}-\d{8}\b",
    INVOICE: r"\b[CK]\d{2}[A-Z]{3,4}[-/ ]?\d{1,8}\b",
    CUSTOMER: r"\bP[A-Z]\d{11}\b",
    PHONE: r"\b(?:84|0)\d{9}\b",
}


def plain(text: pl.Expr) -> pl.Expr:
    """Return a text in capitals without diacritics, every run of blanks as one."""
    return (
        text.str.normalize("NFD")
        .str.replace_all(r"\p{M}", "")
        .str.to_uppercase()
        .str.replace_all("Đ", "D")
        .str.replace_all(r"\s+", " ")
        .str.strip_chars()
    )


def find_codes(lines: pl.DataFrame) -> pl.DataFrame:
    """Return CODES of lines (line, text), each code of a line once.

    An invoice is answered as SYMBOL-NUMBER without leading zeros ("C26TPB-17"), a phone with its 0.
    """
    texts = lines.select("line", text=plain(pl.col("text").fill_null("")))
    found = [
        texts.select("line", kind=pl.lit(kind), key=pl.col("text").str.extract_all(pattern))
        .explode("key")
        .drop_nulls("key")
        .with_columns(key=_in_the_form_of_the_books(kind))
        for kind, pattern in PATTERNS.items()
    ]
    return CODES.check(pl.concat(found).unique(maintain_order=True))


def _in_the_form_of_the_books(kind: str) -> pl.Expr:
    key = pl.col("key")
    if kind == INVOICE:
        return key.str.replace(r"^([CK]\d{2}[A-Z]{3,4})[-/ ]?0*(\d+)$", "$1-$2")
    return key.str.replace("^84", "0") if kind == PHONE else key
