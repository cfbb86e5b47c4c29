"""Two plain sentences: is the bill higher or lower than last month, than a year ago, and why."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from congto.vocabulary.format_vi import number
from congto.vocabulary.groups import Charge
from congto.vocabulary.invoices import InvoiceKind

if TYPE_CHECKING:
    from congto.vocabulary.invoices import InvoiceDocument, UsageMonth

WORDS = {
    "vi": {
        "more": "nhiều hơn",
        "less": "ít hơn",
        "up": "tiền tăng",
        "down": "tiền giảm",
        "same_use": "dùng bằng nhau",
        "than": "So với tháng {month}: {change}{money}.",
        "use": "dùng {word} {kwh} kWh{percent}",
        "tier": "Mỗi kWh bớt dùng lúc này bớt {price} đ (giá bậc {tier}), chưa kể thuế.",
        "first": "Đây là hóa đơn đầu tiên trong sổ, chưa có tháng trước để so sánh.",
        "none": "Kỳ này không dùng điện nên không có tiền điện.",
        "adjusted": "Hóa đơn này chỉ ghi phần điều chỉnh; phần khác của hóa đơn trước giữ nguyên.",
    },
    "en": {
        "more": "more",
        "less": "less",
        "up": "up",
        "down": "down",
        "same_use": "the same use",
        "than": "Compared with {month}: {change}{money}.",
        "use": "{kwh} kWh {word}{percent}",
        "tier": "Each kWh saved now saves {price} đ (price of tier {tier}), before tax.",
        "first": "This is the first bill in the books; there is no earlier month to compare with.",
        "none": "Nothing was used in this period, so there is nothing to pay.",
        "adjusted": "This invoice shows the adjustment only; the rest of the earlier one stands.",
    },
}


def why(document: InvoiceDocument, language: str) -> list[str]:
    """Return two sentences or fewer, with the figures that they rest on."""
    words = WORDS[language]
    if document.kind is InvoiceKind.ADJUSTMENT:
        return [words["adjusted"]]
    said = [words["none"]] if document.energy_wh == 0 else []
    months = {(one.year, one.month): one for one in document.history}
    if document.history:
        now = document.history[-1]
        for back in (1, 12):
            total = now.year * 12 + now.month - 1 - back
            before = months.get((total // 12, total % 12 + 1))
            if before:
                said.append(_compared(document, before, words))
    if not document.history[:-1]:
        said.append(words["first"])
    last = document.lines[-1] if document.lines else None
    if len(said) < 2 and last and last.charge is Charge.ENERGY and last.tier and last.price_vnd:
        said.append(words["tier"].format(price=number(last.price_vnd), tier=last.tier))
    return said[:2]


def _compared(document: InvoiceDocument, before: UsageMonth, words: dict[str, str]) -> str:
    change = document.energy_wh - before.energy_wh
    if change == 0:
        told = words["same_use"]
    else:
        percent = ""
        if before.energy_wh > 0:
            share = Decimal(100) * change / before.energy_wh
            percent = f" ({'+' if change > 0 else ''}{number(share, 0)} %)"
        told = words["use"].format(
            word=words["more" if change > 0 else "less"],
            kwh=number((Decimal(abs(change)) / 1000).quantize(Decimal(1))),
            percent=percent,
        )
    money = ""
    if before.gross_vnd is not None and before.gross_vnd != document.gross_vnd:
        rise = document.gross_vnd - before.gross_vnd
        money = f", {words['up' if rise > 0 else 'down']} {number(abs(rise))} đ"
    month = f"{before.month:02d}/{before.year}"
    return words["than"].format(month=month, change=told, money=money)
