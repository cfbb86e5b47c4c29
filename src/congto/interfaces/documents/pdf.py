"""Printed bills as PDF: one bill, one file per bill, or one file for a reading book.

Many bills are typeset together, which costs a third of typesetting them one by one, because fonts
are made once; a file per bill is then cut out (see pages).
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, time
from functools import cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import typst

from congto.interfaces.documents.labels import LABELS
from congto.interfaces.documents.pages import Pages
from congto.interfaces.documents.printed import printed
from congto.interfaces.documents.reconcile import refuse_unless_it_adds_up
from congto.vocabulary.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from congto.vocabulary.invoices import InvoiceDocument

TEMPLATE = Path(__file__).parent / "template" / "bill.typ"
BATCH = 20
"""Bills typeset together; more are hardly cheaper, and the typesetter's memory grows with them."""

_ONE_AT_A_TIME = Lock()
"""A compiler refuses a second thread, such as another person's bill in the same web server."""


def pdf_book(documents: Sequence[InvoiceDocument], language: str = "vi") -> bytes:
    """Return one PDF, a page per bill in the given order, as a reading book is printed.

    Raises InvalidInputError if a bill does not add up, or has more lines than a page holds.
    """
    return _typeset(documents, language)[0]


def pdf_bills(documents: Sequence[InvoiceDocument], language: str = "vi") -> Iterator[bytes]:
    """Yield one PDF of one page per bill, in the given order; raises like `pdf_book`."""
    for start in range(0, len(documents), BATCH):
        _, pages = _typeset(documents[start : start + BATCH], language)
        yield from (pages.single(index) for index in range(len(pages)))


def pdf_bill(document: InvoiceDocument, language: str = "vi") -> bytes:
    """Return the PDF of one bill; raises like `pdf_book`."""
    return _typeset([document], language)[0]


def pdf_name(document: InvoiceDocument) -> str:
    """Return the file's name: "PB00000000001-2026-10-4711.pdf"."""
    return f"{document.buyer.customer_code}-{document.period.start:%Y-%m}-{document.bill}.pdf"


def _typeset(documents: Sequence[InvoiceDocument], language: str) -> tuple[bytes, Pages]:
    for document in documents:
        refuse_unless_it_adds_up(document)
    # Data stand in the text: when its inputs change the typesetter forgets all it remembers.
    values = {"bills": [printed(one, language) for one in documents], "said": LABELS[language]}
    given = "".join(f"#let {name} = json(bytes({_quoted(of)}))\n" for name, of in values.items())
    with _ONE_AT_A_TIME:
        content = _compiler().compile(
            input=(given + _template()).encode(),
            format="pdf",
            timestamp=datetime.combine(documents[0].issued_on, time.min, UTC),
            pdf_tags=False,
        )
    assert isinstance(content, bytes)
    pages = Pages(content)
    if len(pages) != len(documents):
        raise InvalidInputError(
            f"{len(documents)} bills from number {documents[0].bill} take {len(pages)} pages",
            expected="one page a bill",
            action="a bill with so many lines or readings needs a larger template",
        )
    return content, pages


def _quoted(value: object) -> str:
    """Return the value's JSON as a string of the template's language."""
    text = json.dumps(value, ensure_ascii=False)
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


@cache
def _template() -> str:
    return TEMPLATE.read_text(encoding="utf-8")


@cache
def _compiler() -> typst.Compiler:
    """Return the compiler of this process; the fonts are those inside the typesetter."""
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=True)
    return typst.Compiler(font_paths=fonts)
