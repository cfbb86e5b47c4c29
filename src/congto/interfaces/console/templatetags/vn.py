"""Filters that write figures and dates the Vietnamese way, whatever the language of the screen."""

from __future__ import annotations

from decimal import Decimal

from django import template
from django.utils.translation import gettext

from congto.vocabulary import format_vi
from congto.vocabulary.money import format_dong
from congto.vocabulary.numbers_vi import dong_in_words
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date, datetime

register = template.Library()
NOTHING = "–"


@register.filter
def dong(amount: int | None) -> str:
    """Write whole đồng: 1234567 -> "1.234.567 đ"."""
    return NOTHING if amount is None else format_dong(amount).replace(" ", "\u00a0")


@register.filter
def words(amount: int) -> str:
    """Write an amount in Vietnamese words."""
    return dong_in_words(amount)


@register.filter
def kwh(energy_wh: int | None) -> str:
    """Write watt-hours as kWh: 1234000 -> "1.234 kWh"."""
    return NOTHING if energy_wh is None else format_vi.kwh(energy_wh).replace(" ", "\u00a0")


@register.filter
def number(value: Decimal | float | None, decimals: int | None = None) -> str:
    """Write a number with dots between thousands and a decimal comma."""
    return NOTHING if value is None else format_vi.number(value, decimals)


@register.filter
def percent(value: Decimal | float | None, decimals: int = 2) -> str:
    """Write a number that is already in percent: 6.5 -> "6,50 %"."""
    return NOTHING if value is None else f"{format_vi.number(value, decimals)}\u00a0%"


@register.filter
def basis_points(value: int) -> str:
    """Write hundredths of a percent: 800 -> "8 %"."""
    return f"{format_vi.number((Decimal(value) / 100).normalize())}\u00a0%"


@register.filter
def day(value: date | None) -> str:
    """Write a date as dd/mm/yyyy."""
    return NOTHING if value is None else format_vi.day(value)


@register.filter
def month(value: date | None) -> str:
    """Write a month as mm/yyyy."""
    return NOTHING if value is None else f"{value:%m/%Y}"


@register.filter
def instant(value: datetime | None) -> str:
    """Write an instant in Vietnam's time as dd/mm/yyyy hh:mm."""
    return NOTHING if value is None else format_vi.instant(value)


@register.filter
def said(label: object) -> str:
    """Translate a label that the books keep in Vietnamese (the choices of the models)."""
    return gettext(str(label)) if label else ""
