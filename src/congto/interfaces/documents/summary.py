"""The day's summary table of invoices without the authority's code (form 01/TH-HĐĐT).

Utilities may hand their K series over as tables instead of single invoices (NĐ 254/2026/NĐ-CP
Art. 16(3)(a.1), before it NĐ 123/2020/NĐ-CP Art. 22): one row per invoice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lxml import etree

from congto.interfaces.documents.einvoice import ELECTRONIC
from congto.interfaces.documents.elements import kwh_text, place_for_signature, rate_text, texts
from congto.interfaces.documents.reconcile import refuse_unless_issued, refuse_unless_it_adds_up
from congto.interfaces.documents.words import reference_sentence
from congto.vocabulary.errors import InvalidInputError
from congto.vocabulary.format_vi import day

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from congto.vocabulary.invoices import EInvoiceRules, InvoiceDocument

OTHER_GOODS = 9
"""LHHoa: neither petrol nor air transport."""


def build_tables(
    documents: Sequence[InvoiceDocument], on: date, rules: EInvoiceRules, first_number: int = 1
) -> Iterator[etree._Element]:
    """Yield the tables of the invoices issued on a day, numbered from `first_number`.

    One row per invoice; after `rules.summary_rows_max` rows a new table begins. Raises
    InvalidInputError for an invoice of another day, another seller or with the authority's code.
    """
    for document in documents:
        _refuse_stranger(document, documents[0], on)
        refuse_unless_it_adds_up(document)
        refuse_unless_issued(document, rules)
    starts = range(0, len(documents), rules.summary_rows_max)
    for number, start in enumerate(starts, start=first_number):
        yield _table(documents[start : start + rules.summary_rows_max], number, on, rules)


def _refuse_stranger(document: InvoiceDocument, first: InvoiceDocument, on: date) -> None:
    if document.issued_on != on or not document.series.startswith("K"):
        raise InvalidInputError(
            f"invoice {document.symbol} {document.number} of {document.issued_on}",
            expected=f"a K series and {on}",
            action="invoices with the authority's code go to it one by one, others by their day",
        )
    if document.seller.tax_code != first.seller.tax_code:
        raise InvalidInputError(
            f"seller {document.seller.tax_code} among those of {first.seller.tax_code}",
            expected="one seller",
            action="make a table for each seller",
        )


def _table(
    part: Sequence[InvoiceDocument], number: int, on: date, rules: EInvoiceRules
) -> etree._Element:
    root = etree.Element("BTHDLieu")
    data = etree.SubElement(root, "DLBTHop", Id=f"BTH-{on:%Y%m%d}-{number}")
    seller = part[0].seller
    texts(
        etree.SubElement(data, "TTChung"),
        PBan=rules.version,
        MSo=rules.summary_form,
        Ten=rules.summary_name,
        SBTHDLieu=number,
        LKDLieu="N",
        KDLieu=day(on),
        LDau=1,
        NLap=on.isoformat(),
        TNNT=seller.name,
        MST=seller.tax_code,
        DVTTe="VND",
        HDDIn=0,
        LHHoa=OTHER_GOODS,
    )
    rows = etree.SubElement(etree.SubElement(data, "NDBTHDLieu"), "DSDLieu")
    for row_number, document in enumerate(part, start=1):
        _row(etree.SubElement(rows, "DLieu"), row_number, document, rules)
    place_for_signature(root, "NNT")
    return root


def _row(
    parent: etree._Element, number: int, document: InvoiceDocument, rules: EInvoiceRules
) -> None:
    found = document.original
    texts(
        parent,
        STT=number,
        KHMSHDon=document.form,
        KHHDon=document.series,
        SHDon=document.number,
        NLap=document.issued_on.isoformat(),
        TNMua=document.buyer.name,
        MSTNMua=document.buyer.tax_code,
        MKHang=document.buyer.customer_code,
        THHDVu="Điện năng",
        DVTinh="kWh",
        SLuong=kwh_text(document.energy_wh),
        TTCThue=document.net_vnd,
        TSuat=rate_text(document.vat_rate_bp),
        TgTThue=document.vat_vnd,
        TgTTToan=document.gross_vnd,
        TThai=rules.summary_states[document.kind],
        LHDCLQuan=ELECTRONIC if found else None,
        KHMSHDCLQuan=found.form if found else None,
        KHHDCLQuan=found.series if found else None,
        SHDCLQuan=found.number if found else None,
        GChu=reference_sentence(document),
    )
