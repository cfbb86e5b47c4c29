"""Figures and dates as Vietnamese screens and documents write them, in every language."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from congto.vocabulary.periods import LOCAL_ZONE

if TYPE_CHECKING:
    from datetime import date, datetime

WH_PER_KWH = 1000


def number(value: Decimal | float, decimals: int | None = None) -> str:
    """Group thousands with dots and set a comma before the decimals.

    1234567 -> "1.234.567";  Decimal("1234.5") -> "1.234,5";  (2, decimals=2) -> "2,00".
    Halves are rounded away from zero; this is for reading, amounts are whole already.
    """
    exact = value if isinstance(value, Decimal) else Decimal(str(value))
    if decimals is not None:
        exact = exact.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    swapped = str.maketrans(",.", ".,")
    return f"{exact:,f}".translate(swapped).replace("-", "−")


def kwh(energy_wh: int) -> str:
    """Write watt-hours as kWh: 134000 -> "134 kWh", 1234500 -> "1.234,5 kWh"."""
    return f"{number((Decimal(energy_wh) / WH_PER_KWH).normalize())} kWh"


def day(value: date) -> str:
    """Write a date: "09/06/2026"."""
    return f"{value:%d/%m/%Y}"


def instant(value: datetime) -> str:
    """Write an instant in Vietnam's time: "09/06/2026 08:05"."""
    return f"{value.astimezone(LOCAL_ZONE):%d/%m/%Y %H:%M}"
