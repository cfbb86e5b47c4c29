"""Filters that write figures and dates the Vietnamese way, whatever the language of the screen."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from django import template
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from congto.vocabulary import format_vi
from congto.vocabulary.money import format_dong
from congto.vocabulary.numbers_vi import dong_in_words

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
def figure(text: str | None) -> str:
    """Write an exact decimal that came as text: "2548.80" -> "2.548,80"; nothing is a dash."""
    return "–" if text is None else format_vi.number(Decimal(text), len(text.partition(".")[2]))


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


@register.filter
def mwh(energy_wh: int | None) -> str:
    """Write watt-hours as MWh with one decimal, for tiles: 2304000 -> "2,3"."""
    return NOTHING if energy_wh is None else format_vi.number(Decimal(energy_wh) / 10**6, 1)


@register.filter
def whole_kwh(energy_wh: int | None) -> str:
    """Write watt-hours as whole kWh without the unit, for columns that name it."""
    return NOTHING if energy_wh is None else format_vi.number(Decimal(energy_wh) / 1000, 0)


@register.filter
def millions(amount: int | None) -> str:
    """Write đồng in millions with one decimal, for tiles: 6954642 -> "7,0"."""
    return NOTHING if amount is None else format_vi.number(Decimal(amount) / 10**6, 1)


@register.filter
def whole_or_tenths(energy_wh: int) -> str:
    """Write Wh as kWh (or varh as kvarh) without the unit, decimals only where there are some."""
    return format_vi.kwh(energy_wh).removesuffix(" kWh")


@register.filter
def dial(index_wh: int) -> str:
    """Write what a dial shows, in kWh: 4120000 -> "4.120"."""
    return whole_or_tenths(index_wh)


@register.filter
def hundredths(value: int) -> str:
    """Write hundredths as a number: 88 -> "0,88"."""
    return format_vi.number(Decimal(value) / 100, 2)


@register.filter
def last_day(end: date) -> str:
    """Write the last day inside a period, whose end day belongs to the next one."""
    return format_vi.day(end - timedelta(days=1))


VOLTAGE = re.compile(
    r"(?P<low_sign>>=|>|<=|<)?(?P<low>\d+)(?:-(?P<high_sign><=|<)?(?P<high>\d+))?kV"
)
SIGNS = {">=": _("từ"), ">": _("trên"), "<=": _("đến"), "<": _("dưới"), None: ""}


@register.filter
def voltage(word: str) -> str:
    """Write a voltage class as a document does: "22-<110kV" -> "từ 22 đến dưới 110 kV"."""
    match = VOLTAGE.fullmatch(word)
    if match is None:
        return word
    low = f"{SIGNS[match['low_sign']]} {match['low']}".strip()
    if match["high"] is None:
        return f"{low}\u00a0kV"
    if match["low_sign"] is None:
        low = f"{SIGNS['>=']} {match['low']}"
    up_to = SIGNS["<="] if match["high_sign"] != "<" else f"{SIGNS['<=']} {SIGNS['<']}"
    return f"{low} {up_to} {match['high']}\u00a0kV"
