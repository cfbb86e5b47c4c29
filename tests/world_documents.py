"""Invoices worked by hand from decision 1279/QĐ-BCT (8 % VAT), for tests of their documents."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from congto.vocabulary.groups import Charge, Register, TimeBand
from congto.vocabulary.invoices import (
    Buyer,
    InvoiceDocument,
    InvoiceKind,
    InvoiceLine,
    InvoiceReference,
    MeterRow,
    PriceBasis,
    ReactiveBasis,
    Seller,
    Supply,
    UsageMonth,
)
from congto.vocabulary.periods import Period
from congto.vocabulary.prices import Confidence

DECISION = "1279/QĐ-BCT"
OCTOBER = Period.month(2026, 10)

SELLER = Seller(
    name="Công ty Điện lực Minh Họa",
    tax_code="0100000001",
    address="1 Đường Ví Dụ, Phường Mẫu, Tỉnh Minh Họa",
    unit="Điện lực Thử Nghiệm",
    phone="19000000",
    bank_name="Ngân hàng Ví Dụ",
    bank_bin="999999",
    bank_account="TEST000001",
    sample=True,
)
BUYER = Buyer(
    name="Nguyễn Thị Đào",
    address="2 Ngõ Nhỏ, Phường Mẫu, Tỉnh Minh Họa",
    customer_code="PB00000000001",
    payer_code="PB00000000001",
)


def kwh(value: str) -> int:
    return int(Decimal(value) * 1000)


def tier(number: int, energy: str, price: int, amount: int, quota: int | None) -> InvoiceLine:
    return InvoiceLine(
        Charge.ENERGY,
        amount,
        energy_wh=kwh(energy),
        price_vnd=price,
        tier=number,
        quota_wh=None if quota is None else quota * 1000,
        decision=DECISION,
    )


def thirteen(now: int) -> tuple[UsageMonth, ...]:
    """October 2025 to October 2026, as shares of this month's kWh."""
    shares = (90, 73, 78, 82, 72, 88, 99, 125, 136, 131, 113, 111, 100)
    return tuple(
        UsageMonth(2025 + (9 + i) // 12, (9 + i) % 12 + 1, now * share * 10)
        for i, share in enumerate(shares)
    )


def household() -> InvoiceDocument:
    """134 kWh of one household: 99,200 + 102,500 + 80,920 = 282,620; VAT 22,609.6 -> 22,610."""
    return InvoiceDocument(
        form="1",
        series="K26TAA",
        number=123,
        issued_on=date(2026, 11, 3),
        bill=4711,
        seller=SELLER,
        buyer=BUYER,
        supply=Supply("Sinh hoạt", Decimal(1), "<6kV", "PB00000000001001", "TBA-12", "S0101"),
        period=OCTOBER,
        reading_date=date(2026, 11, 1),
        due_date=date(2026, 11, 8),
        rows=(MeterRow(Register.TOTAL, "CT20001", kwh("1200"), kwh("1334"), 1, kwh("134")),),
        lines=(
            tier(1, "50", 1984, 99_200, 50),
            tier(2, "50", 2050, 102_500, 50),
            tier(3, "34", 2380, 80_920, 100),
        ),
        energy_wh=kwh("134"),
        net_vnd=282_620,
        vat_rate_bp=800,
        vat_vnd=22_610,
        gross_vnd=305_230,
        decisions=(PriceBasis(DECISION, date(2025, 5, 10), Confidence.CONFIRMED),),
        history=thirteen(134),
    )


def six_tiers() -> InvoiceDocument:
    """520 kWh: 99,200 + 102,500 + 238,000 + 299,800 + 335,000 + 120 x 3,460 = 415,200.

    Net 1,489,700; VAT 119,176; total 1,608,876.
    """
    lines = (
        tier(1, "50", 1984, 99_200, 50),
        tier(2, "50", 2050, 102_500, 50),
        tier(3, "100", 2380, 238_000, 100),
        tier(4, "100", 2998, 299_800, 100),
        tier(5, "100", 3350, 335_000, 100),
        tier(6, "120", 3460, 415_200, None),
    )
    return replace(
        household(),
        rows=(MeterRow(Register.TOTAL, "CT20001", kwh("99800"), kwh("320"), 1, kwh("520")),),
        lines=lines,
        energy_wh=kwh("520"),
        history=thirteen(520),
        net_vnd=1_489_700,
        vat_vnd=119_176,
        gross_vnd=1_608_876,
    )


def factory() -> InvoiceDocument:
    """Production below 6 kV with three rates and cos phi 0.82: k 9.76 % (TT 15/2014/TT-BCT).

    12,000 x 1,987 = 23,844,000; 4,000 x 3,640 = 14,560,000; 6,000 x 1,300 = 7,800,000; energy
    46,204,000; reactive 46,204,000 x 9.76 % = 4,509,510.4 -> 4,509,510; net 50,713,510; VAT
    4,057,080.8 -> 4,057,081; total 54,770,591. tan phi 0.698: 22,000 kWh with 15,356 kvarh.
    """

    def band(which: TimeBand, energy: str, price: int, amount: int) -> InvoiceLine:
        return InvoiceLine(
            Charge.ENERGY,
            amount,
            energy_wh=kwh(energy),
            price_vnd=price,
            band=which,
            decision=DECISION,
        )

    return replace(
        household(),
        number=9001,
        buyer=Buyer(
            name="Công ty TNHH Gốm Mỹ Lệ",
            address="Lô 7, Khu công nghiệp Ví Dụ, Tỉnh Minh Họa",
            customer_code="PB00000000777",
            payer_code="PB00000000700",
            tax_code="0312345678",
        ),
        supply=Supply("Sản xuất", None, "<6kV", "PB00000000777001", "TBA-90", "S0990"),
        rows=(
            MeterRow(Register.NORMAL, "CT90001", kwh("1000"), kwh("1300"), 40, kwh("12000")),
            MeterRow(Register.PEAK, "CT90001", kwh("500"), kwh("600"), 40, kwh("4000")),
            MeterRow(Register.OFF_PEAK, "CT90001", kwh("700"), kwh("850"), 40, kwh("6000")),
            MeterRow(Register.REACTIVE, "CT90001", kwh("100"), kwh("483.9"), 40, kwh("15356")),
        ),
        lines=(
            band(TimeBand.NORMAL, "12000", 1987, 23_844_000),
            band(TimeBand.PEAK, "4000", 3640, 14_560_000),
            band(TimeBand.OFF_PEAK, "6000", 1300, 7_800_000),
            InvoiceLine(Charge.REACTIVE, 4_509_510, decision=DECISION),
        ),
        energy_wh=kwh("22000"),
        history=thirteen(22_000),
        net_vnd=50_713_510,
        vat_vnd=4_057_081,
        gross_vnd=54_770_591,
        reactive=ReactiveBasis(kwh("15356"), 82, 976, "15/2014/TT-BCT"),
    )


def mixed() -> InvoiceDocument:
    """300 kWh, 70 % dwelling and 30 % shop on one meter, which also feeds 20 kWh of a sub-meter.

    Dwelling 210: 99,200 + 102,500 + 238,000... tiers 50, 50, 100, 10: 99,200 + 102,500 + 238,000 +
    29,980 = 469,680. Shop 90 x 3,152 = 283,680. Net 753,360; VAT 60,268.8 -> 60,269; total 813,629.
    """
    home = [
        replace(line, purpose="Sinh hoạt")
        for line in (
            tier(1, "50", 1984, 99_200, 50),
            tier(2, "50", 2050, 102_500, 50),
            tier(3, "100", 2380, 238_000, 100),
            tier(4, "10", 2998, 29_980, 100),
        )
    ]
    shop = InvoiceLine(
        Charge.ENERGY,
        283_680,
        energy_wh=kwh("90"),
        price_vnd=3152,
        purpose="Kinh doanh, dịch vụ",
        decision=DECISION,
    )
    return replace(
        household(),
        number=124,
        supply=replace(household().supply, purpose="70 % sinh hoạt, 30 % kinh doanh, dịch vụ"),
        rows=(
            MeterRow(
                Register.TOTAL,
                "CT20001",
                kwh("1200"),
                kwh("1520"),
                1,
                kwh("320"),
                deducted_wh=kwh("20"),
            ),
        ),
        lines=(*home, shop),
        energy_wh=kwh("300"),
        history=thirteen(300),
        net_vnd=753_360,
        vat_vnd=60_269,
        gross_vnd=813_629,
    )


def replacement() -> InvoiceDocument:
    """Replaces invoice 77 of October 2026."""
    return replace(
        household(),
        number=200,
        kind=InvoiceKind.REPLACEMENT,
        original=InvoiceReference("1", "K26TAA", 77, date(2026, 10, 3)),
        reason="Ghi sai chỉ số",
    )


def adjustment() -> InvoiceDocument:
    """20 kWh of tier 3 too many were billed: -20 x 2,380 = -47,600; VAT -3,808; total -51,408."""
    return replace(
        household(),
        number=201,
        kind=InvoiceKind.ADJUSTMENT,
        original=InvoiceReference("1", "K26TAA", 123, date(2026, 11, 3)),
        reason="Điều chỉnh giảm 20 kWh",
        rows=(),
        lines=(tier(3, "-20", 2380, -47_600, 100),),
        energy_wh=kwh("-20"),
        net_vnd=-47_600,
        vat_vnd=-3_808,
        gross_vnd=-51_408,
    )


def nothing_used() -> InvoiceDocument:
    """A period without use: no line, nothing to pay."""
    return replace(
        household(),
        number=125,
        rows=(MeterRow(Register.TOTAL, "CT20001", kwh("1200"), kwh("1200"), 1, 0),),
        lines=(InvoiceLine(Charge.ENERGY, 0, 0, 1984, tier=1, quota_wh=kwh("50")),),
        energy_wh=0,
        history=(*thirteen(134)[:-1], UsageMonth(2026, 10, 0)),
        net_vnd=0,
        vat_vnd=0,
        gross_vnd=0,
    )


EVERY_KIND = {
    "household": household,
    "six tiers": six_tiers,
    "factory": factory,
    "mixed": mixed,
    "replacement": replacement,
    "adjustment": adjustment,
    "nothing used": nothing_used,
}
