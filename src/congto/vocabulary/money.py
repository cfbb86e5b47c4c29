"""Money is whole đồng in integers: the currency has no minor unit (ISO 4217, VND)."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

Dong = int


def round_half_up(value: Decimal) -> Dong:
    """Round to whole đồng, halves away from zero ("làm tròn số học").

    22,609.6 -> 22,610;  0.5 -> 1;  -0.5 -> -1.
    """
    return int(value.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def format_dong(amount: Dong) -> str:
    """Write an amount the way Vietnamese screens and documents do: 1234567 -> "1.234.567 đ"."""
    return f"{amount:,}".replace(",", ".") + " đ"
