"""Time bands that three-rate meters switch by, as bills use them today."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from congto.sample.dates import HALF_HOURS

if TYPE_CHECKING:
    from datetime import date

    from numpy.typing import NDArray

NORMAL, PEAK, OFF_PEAK = 0, 1, 2
SUNDAY = 7


def band_of_half_hours(day: date) -> NDArray[np.int64]:
    """Return the band of each of the 48 half-hours (TT 16/2014/TT-BCT, article 5(1)).

    Peak 09:30-11:30 and 17:00-20:00 except on Sundays; off-peak 22:00-04:00 every day; normal
    otherwise. Holidays on weekdays are ordinary days.
    """
    bands = np.full(HALF_HOURS, NORMAL)
    bands[[*range(8), *range(44, 48)]] = OFF_PEAK
    if day.isoweekday() != SUNDAY:
        bands[[*range(19, 23), *range(34, 40)]] = PEAK
    return bands
