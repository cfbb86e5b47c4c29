"""One e-invoice in the tax authority's elements (QĐ 1450/QĐ-TCT, QĐ 1510/QĐ-TCT), not signed yet.

The layout has no place for index, tier, period or households; they travel in TTKhac under the names
that reading files of the trade use (SO_HO, MA_QUYEN, CS_CU, ...).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lxml import etree

from congto.interfaces.documents.elements import (
    extras,
    file_id,
    kwh_text,
    place_for_signature,
    rate_text,
    texts,
)
from congto.interfaces.documents.reconcile import refuse_unless_issued, refuse_unless_it_adds_up
from congto.interfaces.documents.words import REGISTER_CODES, line_name, reference_sentence
from congto.vocabulary.groups import Charge, TimeBand
from congto.vocabulary.invoices import InvoiceKind
from congto.vocabulary.numbers_vi import dong_in_words
from congto.vocabulary.periods import last_day

if TYPE_CHECKING:
    from collections.abc import Iterator

    from congto.vocabulary.invoices import EInvoiceRules, InvoiceDocument, InvoiceLine, MeterRow

NAME = "Hóa đơn giá trị gia tăng"
PAYMENT = "TM/CK"
"""Cash or transfer (tiền mặt/chuyển khoản)."""
GOODS = 1
"""TChat: goods and services."""
ELECTRONIC = 1
"""LHDCLQuan: the invoice concerned is an e-invoice under the present law."""
NATURES = {InvoiceKind.REPLACEMENT: 1, InvoiceKind.ADJUSTMENT: 2}
"""TCHDon."""

Extra = tuple[str, str, "str | int | None"]


def build(document: InvoiceDocument, rules: EInvoiceRules) -> etree._Element:
    """Return HDon with an empty place for the seller's signature.

    Raises InvalidInputError if the document does not add up or is not issued.
    """
    refuse_unless_it_adds_up(document)
    refuse_unless_issued(document, rules)
    root = etree.Element("HDon")
    data = etree.SubElement(root, "DLHDon", Id=file_id(document))
    _general(etree.SubElement(data, "TTChung"), document, rules)
    content = etree.SubElement(data, "NDHDon")
    _seller(etree.SubElement(content, "NBan"), document)
    _buyer(etree.SubElement(content, "NMua"), document)
    lines = etree.SubElement(content, "DSHHDVu")
    for number, line in enumerate(document.lines, start=1):
        _line(etree.SubElement(lines, "HHDVu"), number, line, document)
    _totals(etree.SubElement(content, "TToan"), document)
    extras(data, _power_extras(document))
    place_for_signature(root, "NBan")
    return root


def _general(parent: etree._Element, document: InvoiceDocument, rules: EInvoiceRules) -> None:
    texts(
        parent,
        PBan=rules.version,
        THDon=NAME,
        KHMSHDon=document.form,
        KHHDon=document.series,
        SHDon=document.number,
        NLap=document.issued_on.isoformat(),
        DVTTe="VND",
        TGia=1,
        HTTToan=PAYMENT,
    )
    found = document.original
    if found is not None:
        texts(
            etree.SubElement(parent, "TTHDLQuan"),
            TCHDon=NATURES[document.kind],
            LHDCLQuan=ELECTRONIC,
            KHMSHDCLQuan=found.form,
            KHHDCLQuan=found.series,
            SHDCLQuan=found.number,
            NLHDCLQuan=found.issued_on.isoformat(),
            GChu=document.reason or reference_sentence(document),
        )


def _seller(parent: etree._Element, document: InvoiceDocument) -> None:
    seller = document.seller
    texts(
        parent,
        Ten=seller.name,
        MST=seller.tax_code,
        DChi=seller.address,
        SDThoai=seller.phone,
        DCTDTu=seller.email,
        STKNHang=seller.bank_account,
        TNHang=seller.bank_name,
        Website=seller.website,
    )


def _buyer(parent: etree._Element, document: InvoiceDocument) -> None:
    buyer = document.buyer
    texts(
        parent,
        Ten=buyer.name,
        MST=buyer.tax_code,
        DChi=buyer.address,
        MKHang=buyer.customer_code,
        SDThoai=buyer.phone,
        DCTDTu=buyer.email,
    )
    if buyer.payer_code != buyer.customer_code:
        extras(parent, [("MA_KHTT", "string", buyer.payer_code)])


def _line(
    parent: etree._Element, number: int, line: InvoiceLine, document: InvoiceDocument
) -> None:
    energy = line.charge is Charge.ENERGY
    texts(
        parent,
        TChat=GOODS,
        STT=number,
        THHDVu=line_name(line),
        DVTinh="kWh" if energy else None,
        SLuong=kwh_text(line.energy_wh or 0) if energy else None,
        DGia=line.price_vnd if energy else None,
        ThTien=line.amount_vnd,
        TSuat=rate_text(document.vat_rate_bp),
    )
    extras(parent, _line_extras(line, document))


def _line_extras(line: InvoiceLine, document: InvoiceDocument) -> Iterator[Extra]:
    yield "QUYET_DINH_GIA", "string", line.decision
    if line.tier:
        yield "BAC", "numeric", line.tier
    if line.quota_wh is not None:
        yield "DINH_MUC_KWH", "numeric", kwh_text(line.quota_wh)
    if line.band is not TimeBand.ALL_DAY:
        yield "KHUNG_GIO", "string", line.band.value
    if line.part:
        yield "TU_NGAY", "date", line.part.start.isoformat()
        yield "DEN_NGAY", "date", last_day(line.part).isoformat()
    if line.charge is Charge.REACTIVE and document.reactive:
        basis = document.reactive
        yield "COS_PHI", "numeric", f"{basis.cos_phi // 100}.{basis.cos_phi % 100:02d}"
        yield "K_PHAN_TRAM", "numeric", f"{basis.k_bp // 100}.{basis.k_bp % 100:02d}"
        yield "KVARH", "numeric", kwh_text(basis.reactive_varh)


def _totals(parent: etree._Element, document: InvoiceDocument) -> None:
    rates = etree.SubElement(parent, "THTTLTSuat")
    texts(
        etree.SubElement(rates, "LTSuat"),
        TSuat=rate_text(document.vat_rate_bp),
        ThTien=document.net_vnd,
        TThue=document.vat_vnd,
    )
    texts(
        parent,
        TgTCThue=document.net_vnd,
        TgTThue=document.vat_vnd,
        TgTTTBSo=document.gross_vnd,
        TgTTTBChu=dong_in_words(document.gross_vnd),
    )


def _power_extras(document: InvoiceDocument) -> Iterator[Extra]:
    supply = document.supply
    yield "NGAY_DKY", "date", document.period.start.isoformat()
    yield "NGAY_CKY", "date", last_day(document.period).isoformat()
    yield "NGAY_GHI_CS", "date", document.reading_date.isoformat()
    yield "HAN_TTOAN", "date", document.due_date.isoformat()
    yield "DIEN_TTHU", "numeric", kwh_text(document.energy_wh)
    yield "MUC_DICH", "string", supply.purpose
    if supply.households is not None:
        yield "SO_HO", "numeric", f"{supply.households.normalize():f}"
    yield "CAP_DA", "string", supply.voltage
    yield "MA_DDO", "string", supply.usage_point
    yield "MA_TRAM", "string", supply.station
    yield "MA_QUYEN", "string", supply.reading_book
    yield "ID_HDON", "numeric", document.bill
    yield "LOI_DAN_CHIEU", "string", reference_sentence(document)
    yield "GHI_CHU_SLUONG", "string", document.energy_note
    for number, row in enumerate(document.rows, start=1):
        yield f"CHI_SO_{number}", "string", _reading(row)


def _reading(row: MeterRow) -> str:
    parts = {
        "LOAI_BCS": REGISTER_CODES[row.register],
        "SO_CTO": row.meter,
        "CS_CU": kwh_text(row.old_wh),
        "CS_MOI": kwh_text(row.new_wh),
        "HSN": str(row.multiplier),
        "SLUONG": kwh_text(row.measured_wh),
        "SLUONG_TTIEP": kwh_text(row.direct_wh) if row.direct_wh else "",
        "SLUONG_TRPHU": kwh_text(row.deducted_wh) if row.deducted_wh else "",
        "TAM_TINH": "1" if row.estimated else "",
    }
    return ";".join(f"{name}={value}" for name, value in parts.items() if value)
