"""Invoices for benchmarks: households of one to six tiers, each the next with other figures."""

from __future__ import annotations

import random
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from congto.vocabulary.groups import Charge, Register
from congto.vocabulary.invoices import (
    Buyer,
    InvoiceDocument,
    InvoiceLine,
    MeterRow,
    PriceBasis,
    Seller,
    Supply,
    UsageMonth,
)
from congto.vocabulary.money import percent_of
from congto.vocabulary.periods import Period
from congto.vocabulary.prices import Confidence

if TYPE_CHECKING:
    from collections.abc import Iterator

ISSUED_ON = date(2026, 11, 3)
DECISION = PriceBasis("1279/QĐ-BCT", date(2025, 5, 10), Confidence.CONFIRMED)
TIERS = ((50, 1984), (50, 2050), (100, 2380), (100, 2998), (100, 3350), (None, 3460))
VAT_BP = 800
SELLER = Seller(
    name="Công ty Điện lực Minh Họa",
    tax_code="0100000001",
    address="1 Đường Ví Dụ, Tỉnh Minh Họa",
    unit="Điện lực Thử Nghiệm",
    bank_name="Ngân hàng Ví Dụ",
    bank_bin="999999",
    bank_account="TEST000001",
    sample=True,
)
FAMILY_NAMES = ("Nguyễn", "Trần", "Lê", "Phạm", "Huỳnh", "Đặng", "Bùi", "Đỗ", "Vũ", "Ngô")
GIVEN_NAMES = ("Thị Đào", "Văn Hữu", "Quốc Bảo", "Mỹ Lệ", "Hoàng Yến", "Đức Thắng", "Kiều Oanh")


def invoices(count: int, seed: int, first: int = 1) -> Iterator[InvoiceDocument]:
    """Yield invoices numbered from `first`; the same ones for the same seed and numbers."""
    for number in range(first, first + count):
        yield invoice(number, random.Random(f"{seed}/{number}"))  # noqa: S311  (figures, no secrets)


def invoice(number: int, chance: random.Random) -> InvoiceDocument:
    """Return one household's invoice."""
    energy = chance.randrange(20, 700)
    lines = tuple(_lines(energy))
    net = sum(line.amount_vnd for line in lines)
    vat = percent_of(net, VAT_BP)
    code = f"PB00{number:09d}"
    old = chance.randrange(0, 90_000)
    return InvoiceDocument(
        form="1",
        series="K26TAA",
        number=number,
        issued_on=ISSUED_ON,
        bill=number,
        seller=SELLER,
        buyer=Buyer(
            name=f"{chance.choice(FAMILY_NAMES)} {chance.choice(GIVEN_NAMES)}",
            address=f"{chance.randrange(1, 400)} Đường Ví Dụ, Phường Mẫu, Tỉnh Minh Họa",
            customer_code=code,
            payer_code=code,
        ),
        supply=Supply("Sinh hoạt", Decimal(1), "<6kV", f"{code}001", "TBA-12", "S0101"),
        period=Period.month(2026, 10),
        reading_date=date(2026, 11, 1),
        due_date=date(2026, 11, 10),
        rows=(
            MeterRow(
                Register.TOTAL,
                f"CT{number:08d}",
                old * 1000,
                (old + energy) * 1000,
                1,
                energy * 1000,
            ),
        ),
        lines=lines,
        energy_wh=energy * 1000,
        net_vnd=net,
        vat_rate_bp=VAT_BP,
        vat_vnd=vat,
        gross_vnd=net + vat,
        decisions=(DECISION,),
        history=tuple(_history(energy, chance)),
    )


def _lines(energy: int) -> Iterator[InvoiceLine]:
    left = energy
    for tier, (width, price) in enumerate(TIERS, start=1):
        part = left if width is None else min(left, width)
        if part == 0:
            return
        left -= part
        yield InvoiceLine(
            Charge.ENERGY,
            part * price,
            energy_wh=part * 1000,
            price_vnd=price,
            tier=tier,
            quota_wh=None if width is None else width * 1000,
            decision=DECISION.code,
        )


def _history(energy: int, chance: random.Random) -> Iterator[UsageMonth]:
    for back in range(12, -1, -1):
        months = 2026 * 12 + 9 - back
        used = energy if back == 0 else max(1, energy + chance.randrange(-60, 60))
        yield UsageMonth(months // 12, months % 12 + 1, used * 1000)
