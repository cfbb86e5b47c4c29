"""Mixed purposes on one meter: each gets its share of the energy, the last one the remainder.

Source: TT 16/2014/TT-BCT Art. 3(2) as amended by TT 25/2018/TT-BCT: the parties agree a ratio, or
kWh, for each purpose by actual use (recalled; that the rule exists is confirmed). How the kWh of a
part are rounded is this project's reading: half up to whole kWh, the last purpose takes the rest.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from congto.engines.rating.rounding import half_up

if TYPE_CHECKING:
    from collections.abc import Sequence

    from congto.engines.rating.scalar import Bands

WHOLE_BP = 10_000
"""A share of one, in hundredths of a percent."""


@dataclass(frozen=True, slots=True)
class Share:
    """What one purpose gets: a share of the whole, or fixed Wh; the last one may name neither."""

    share_bp: int | None = None
    fixed_wh: int | None = None


def apportion(
    energy_wh: int, bands: Bands | None, shares: Sequence[Share], step_wh: int
) -> list[tuple[int, Bands | None]]:
    """Split a meter's energy among purposes, in their order; the parts add up to the whole.

    Each band of a three-rate meter is split alike. A part is rounded half up to `step_wh` and never
    larger than what the parts before it have left; the last one takes the remainder. 1,000 kWh at
    70 % and 30 %: 700 and 300; 101 kWh at 50 % and 50 %: 51 and 50.
    """
    if bands is None:
        return [(part, None) for part in _parts(energy_wh, energy_wh, shares, step_wh)]
    kind = type(bands)
    by_band = [_parts(band, energy_wh, shares, step_wh) for band in bands]
    split = [kind(*parts) for parts in zip(*by_band, strict=True)]
    return [(sum(one), one) for one in split]


def _parts(quantity_wh: int, whole_wh: int, shares: Sequence[Share], step_wh: int) -> list[int]:
    """Split one register; fixed Wh of a band are the band's part of the fixed Wh of the whole."""
    parts, rest = [], quantity_wh
    for share in shares[:-1]:
        if share.fixed_wh is None:
            exact = Fraction(quantity_wh * (share.share_bp or 0), WHOLE_BP)
        else:
            exact = Fraction(share.fixed_wh * quantity_wh, whole_wh) if whole_wh else Fraction(0)
        part = min(rest, half_up(exact / step_wh) * step_wh)
        parts.append(part)
        rest -= part
    return [*parts, rest]
