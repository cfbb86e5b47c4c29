"""The two-component price: TC = Cp x Pmax + Ca x kWh; never part of a bill while not in force."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from congto.engines.rating.rounding import WH_PER_KWH, half_up

if TYPE_CHECKING:
    from congto.engines.rating.scalar import Bands
    from congto.vocabulary.money import Dong
    from congto.vocabulary.side_rules import TwoComponentPrice


@dataclass(frozen=True, slots=True)
class TwoComponentAmount:
    """Money of capacity and of the three bands' energy, before VAT."""

    capacity_vnd: Dong
    normal_vnd: Dong
    peak_vnd: Dong
    off_peak_vnd: Dong

    @property
    def net_vnd(self) -> Dong:
        """Return the sum (TC)."""
        return self.capacity_vnd + self.normal_vnd + self.peak_vnd + self.off_peak_vnd


def two_component(price: TwoComponentPrice, peak_w: int, bands: Bands) -> TwoComponentAmount:
    """Return TC for a month's highest half-hour demand in W and its energy, each half up to đồng.

    500 kW at 235,414 = 117,707,000; 100,000 kWh in normal hours at 1,275 = 127,500,000. Source:
    7646/BCT-ĐL of 2025-10-09, pilot table (single source).
    """
    return TwoComponentAmount(
        _amount(peak_w, price.capacity_vnd_per_kw),
        _amount(bands.normal_wh, price.normal_vnd),
        _amount(bands.peak_wh, price.peak_vnd),
        _amount(bands.off_peak_wh, price.off_peak_vnd),
    )


def _amount(thousandths: int, price_vnd: Dong) -> Dong:
    return half_up(Fraction(thousandths * price_vnd, WH_PER_KWH))
