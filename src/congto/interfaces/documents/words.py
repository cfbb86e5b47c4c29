"""How invoices name lines, registers and bands in Vietnamese."""

from __future__ import annotations

from typing import TYPE_CHECKING

from congto.vocabulary.format_vi import day
from congto.vocabulary.groups import Charge, Register, TimeBand
from congto.vocabulary.invoices import InvoiceKind
from congto.vocabulary.periods import last_day

if TYPE_CHECKING:
    from congto.vocabulary.invoices import InvoiceDocument, InvoiceLine
    from congto.vocabulary.periods import Period

REGISTER_CODES = {
    Register.TOTAL: "KT",
    Register.NORMAL: "BT",
    Register.PEAK: "CD",
    Register.OFF_PEAK: "TD",
    Register.REACTIVE: "VC",
}
"""Codes of the register sets as the trade writes them (bộ chỉ số)."""

REGISTER_NAMES = {
    "vi": {
        Register.TOTAL: "Tổng",
        Register.NORMAL: "Bình thường",
        Register.PEAK: "Cao điểm",
        Register.OFF_PEAK: "Thấp điểm",
        Register.REACTIVE: "Phản kháng",
    },
    "en": {
        Register.TOTAL: "Total",
        Register.NORMAL: "Normal",
        Register.PEAK: "Peak",
        Register.OFF_PEAK: "Off-peak",
        Register.REACTIVE: "Reactive",
    },
}

BANDS = {
    TimeBand.NORMAL: "giờ bình thường",
    TimeBand.PEAK: "giờ cao điểm",
    TimeBand.OFF_PEAK: "giờ thấp điểm",
    TimeBand.ALL_DAY: "một giá",
}

ENGLISH_BANDS = {
    TimeBand.NORMAL: "normal hours",
    TimeBand.PEAK: "peak hours",
    TimeBand.OFF_PEAK: "off-peak hours",
    TimeBand.ALL_DAY: "one price",
}


def line_name(line: InvoiceLine) -> str:
    """Return what a line sells: "Điện sinh hoạt, bậc 3 (01/05/2025 – 09/05/2025)"."""
    if line.charge is Charge.REACTIVE:
        return "Công suất phản kháng"
    what = f"bậc {line.tier}" if line.tier else BANDS[line.band]
    name = f"Điện {line.purpose.lower()}, {what}" if line.purpose else f"Điện năng, {what}"
    return f"{name} ({span(line.part)})" if line.part else name


def line_name_english(line: InvoiceLine) -> str:
    """Return what a line sells, in English: "Energy, tier 3"."""
    if line.charge is Charge.REACTIVE:
        return "Reactive power"
    what = f"tier {line.tier}" if line.tier else ENGLISH_BANDS[line.band]
    name = f"Energy ({line.purpose}), {what}" if line.purpose else f"Energy, {what}"
    return f"{name} ({span(line.part)})" if line.part else name


def span(period: Period) -> str:
    """Return first and last day: "01/10/2026 – 31/10/2026"."""
    return f"{day(period.start)} – {day(last_day(period))}"


def reference_sentence(document: InvoiceDocument) -> str:
    """Return the words that TT 91/2026/TT-BTC Art. 10(1)(b) asks for; "" on an original."""
    found = document.original
    if found is None or document.kind is InvoiceKind.ORIGINAL:
        return ""
    verb = "Thay thế" if document.kind is InvoiceKind.REPLACEMENT else "Điều chỉnh"
    on = found.issued_on
    return (
        f"{verb} cho hóa đơn Mẫu số {found.form} ký hiệu {found.series} số {found.number} "
        f"ngày {on:%d} tháng {on:%m} năm {on:%Y}"
    )
