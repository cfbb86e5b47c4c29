"""Rounding of quantities: a named setting, arithmetic half up ("làm tròn số học")."""

from __future__ import annotations

from enum import StrEnum
from fractions import Fraction
from math import floor

WH_PER_KWH = 1000


class TierRounding(StrEnum):
    """To what a tier's scaled width and the energy before a price change are rounded.

    WHOLE_KWH is what EVNCPC's customer page says and the default; EXACT keeps the Wh, as published
    examples with a quarter of a household do (62.5 kWh).
    """

    WHOLE_KWH = "whole_kwh"
    EXACT = "exact"

    @property
    def step_wh(self) -> int:
        """Return the unit of rounding in Wh."""
        return WH_PER_KWH if self is TierRounding.WHOLE_KWH else 1


def half_up(value: Fraction) -> int:
    """Round to the nearest whole number, halves up: 48.5 -> 49, 48.49 -> 48; never negative."""
    return floor(value + Fraction(1, 2))


def half_up_to(value_wh: Fraction, rounding: TierRounding) -> int:
    """Round Wh to the step of the setting: 12,500 Wh -> 13,000 (whole kWh) or 12,500 (exact)."""
    return half_up(value_wh / rounding.step_wh) * rounding.step_wh
