"""Finished files: built, signed, checked, as bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lxml import etree

from congto.interfaces.documents.einvoice import build
from congto.interfaces.documents.schema import refuse_unless_valid
from congto.interfaces.documents.summary import build_tables

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date, datetime

    from congto.interfaces.documents.signature import Signer
    from congto.vocabulary.invoices import EInvoiceRules, InvoiceDocument


def einvoice_file(
    document: InvoiceDocument, rules: EInvoiceRules, signer: Signer, at: datetime
) -> bytes:
    """Return a signed e-invoice that its schema accepts; raises InvalidInputError otherwise."""
    signed = signer.sign(build(document, rules), at)
    refuse_unless_valid(signed, "einvoice", f"bill {document.bill}")
    return _content(signed)


def summary_files(
    documents: Sequence[InvoiceDocument],
    on: date,
    rules: EInvoiceRules,
    signer: Signer,
    at: datetime,
) -> Iterator[bytes]:
    """Yield the day's signed summary tables that their schema accepts."""
    for table in build_tables(documents, on, rules):
        signed = signer.sign(table, at)
        refuse_unless_valid(signed, "summary", f"summary of {on}")
        yield _content(signed)


def einvoice_name(document: InvoiceDocument) -> str:
    """Return the file's name: "1K26TAA-123.xml"."""
    return f"{document.symbol}-{document.number}.xml"


def _content(root: etree._Element) -> bytes:
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")
