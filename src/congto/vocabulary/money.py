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


def percent_of(amount: Dong, rate_bp: int) -> Dong:
    """Return `rate_bp` hundredths of a percent of an amount, rounded half up to whole đồng.

    282,620 at 800 (8 %) is 22,609.6 -> 22,610;  139,905 at 800 is 11,192.4 -> 11,192.
    """
    return round_half_up(Decimal(amount) * rate_bp / 10_000)
