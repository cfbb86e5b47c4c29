"""Billed energy = metered + direct additions - sub-meter deductions - what was billed before.

Source: columns of EVN's bill (ĐN tiêu thụ, ĐN trực tiếp, ĐN trừ phụ, ĐN thực tế; single source).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING

from congto.engines.rating.meter_reads import Metered
from congto.engines.rating.rounding import half_up
from congto.engines.rating.scalar import Bands

if TYPE_CHECKING:
    from collections.abc import Sequence

    from congto.vocabulary.errors import InvalidInputError


@dataclass(frozen=True, slots=True)
class Energy:
    """Wh in all; by band where the meter has three rates."""

    energy_wh: int
    bands: Bands | None = None


def adjusted(
    parts: Sequence[Metered], change: Energy, step_wh: int, refusal: InvalidInputError
) -> list[Metered]:
    """Return the measured parts with `change` (may be negative) spread over them by days.

    An addition or deduction is not read on the day of a new price, so its days decide, as for any
    meter that was not read then (EVNCPC customer page). Raises `refusal` if a part or band falls
    below zero.
    """
    days = [(part.end - part.start).days for part in parts]
    banded = [split_by_days(one, days, step_wh) for one in change.bands or ()]
    totals = split_by_days(change.energy_wh, days, step_wh)
    if banded:
        totals = [sum(one) for one in zip(*banded, strict=True)]
    found = []
    for number, part in enumerate(parts):
        bands = part.bands
        if bands is not None and banded:
            bands = Bands(*(have + more[number] for have, more in zip(bands, banded, strict=True)))
        energy = part.energy_wh + totals[number]
        if min(energy, *(bands or (0,))) < 0:
            raise refusal
        found.append(Metered(part.start, part.end, energy, bands, part.reactive_varh))
    return found


def split_by_days(quantity_wh: int, days: Sequence[int], step_wh: int) -> list[int]:
    """Split a quantity in proportion to days (or other weights); the parts add up to the whole.

    Each sum so far is half up to the step, the last part takes the rest. -31 kWh over 14 and 17
    days: -14, -17. The sign stands apart, so halves go away from zero.
    """
    whole, size, sign = sum(days), abs(quantity_wh), -1 if quantity_wh < 0 else 1
    until, passed = [0], 0
    for one in days[:-1]:
        passed += one
        until.append(min(half_up(Fraction(size * passed, whole * step_wh)) * step_wh, size))
    until.append(size)
    return [sign * (end - start) for start, end in pairwise(until)]


def split_like(quantity_wh: int, parts: Sequence[Metered], step_wh: int) -> list[int]:
    """Split a quantity over measured parts as their energy is; by days where none was used.

    Fixed 100 kWh of a purpose over parts with 300 and 100 kWh: 75, 25.
    """
    weights = [part.energy_wh for part in parts]
    if not any(weights):
        weights = [(part.end - part.start).days for part in parts]
    return split_by_days(quantity_wh, weights, step_wh)
