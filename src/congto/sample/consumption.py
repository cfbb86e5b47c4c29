"""What every load really takes, half-hour by half-hour: measured profiles, scaled and shifted.

Copies of a grid carry identical curves, so each load gets a seeded scale and a seeded shift in
time; otherwise thousands of customers would be the same customer.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from congto.sample.dates import HALF_HOURS, window_rows
from congto.sample.randomness import stream
from congto.sample.source import read_table

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl
    from numpy.typing import NDArray

    from congto.vocabulary.periods import Period

MARGIN_DAYS = 8
"""Days before and after the month that shifted loads look into: one week and some hours."""
SCALE_SIGMA, SCALE_LEAST, SCALE_MOST = 0.30, 0.5, 2.0
STATION_SIGMA = 0.15
SHIFT_MOST_HALF_HOURS, STATION_SHIFT_MOST = 3, 1
SHARED_SHARE, SHARED_MOST_KW = 0.06, 4.0
HOUSEHOLDS = {2: 0.50, 3: 0.25, 4: 0.13, 5: 0.07, 6: 0.05}
FURTHER_HOUSEHOLD = 0.85
"""A further household behind the same meter adds this share of the first one's use."""
WH_PER_WATT = 0.5
"""Watt-hours of a half-hour per watt."""


@dataclass(frozen=True, slots=True)
class Loads:
    """Seeded draws for every load, in the order of the network's loads.

    Attributes:
        scale: factor on the measured profile, households included.
        shift: half-hours by which a load lives later than the profile (negative) or earlier.
        households: households behind the point, 1 where it is not shared.
    """

    scale: NDArray[np.float64]
    shift: NDArray[np.int64]
    households: NDArray[np.int64]


def draw_loads(loads: pl.DataFrame, seed: int) -> Loads:
    """Draw scale, shift and households of every load (columns profile, is_bulk, p_kw).

    Scale: lognormal with median 1 and sigma 0.30, kept within 0.5 to 2 (stations, which are sums
    of many customers: sigma 0.15). Shift: up to 3 half-hours either way (stations 1); households
    also live one week earlier or later, or not. 6 % of residential points hold 2 to 6 households,
    each further one adding 0.85 of the first one's use.
    """
    count = loads.height
    bulk = loads["is_bulk"].to_numpy()
    home = loads["profile"].str.starts_with("H0").to_numpy()
    sigma = np.where(bulk, STATION_SIGMA, SCALE_SIGMA)
    scale = np.exp(stream(seed, "scale").standard_normal(count) * sigma)
    most = np.where(bulk, STATION_SHIFT_MOST, SHIFT_MOST_HALF_HOURS)
    shift = stream(seed, "shift").integers(-most, most, endpoint=True)
    weeks = stream(seed, "weeks").integers(-1, 1, size=count, endpoint=True)
    shared = (
        home
        & (loads["p_kw"].to_numpy() <= SHARED_MOST_KW)
        & (stream(seed, "shared").random(count) < SHARED_SHARE)
    )
    drawn = stream(seed, "households").choice(
        list(HOUSEHOLDS), size=count, p=list(HOUSEHOLDS.values())
    )
    households = np.where(shared, drawn, 1)
    return Loads(
        scale=np.clip(scale, SCALE_LEAST, SCALE_MOST) * (1 + FURTHER_HOUSEHOLD * (households - 1)),
        shift=shift + np.where(home, weeks * 7 * HALF_HOURS, 0),
        households=households,
    )


class Consumption:
    """Watts and vars of every load on every half-hour of the month.

    Args:
        folder: SimBench's data set.
        loads: columns profile, p_kw, q_kvar.
        drawn: scale and shift per load.
        month: the demo month.
    """

    def __init__(self, folder: Path, loads: pl.DataFrame, drawn: Loads, month: Period) -> None:
        names = loads["profile"].unique().sort().to_list()
        place = {name: number for number, name in enumerate(names)}
        first = month.start - timedelta(days=MARGIN_DAYS)
        rows = window_rows(first, month.days + 2 * MARGIN_DAYS)
        self._active = half_hour_means(folder, [f"{name}_pload" for name in names], rows, least=0.0)
        self._reactive = half_hour_means(folder, [f"{name}_qload" for name in names], rows)
        self._profile = loads["profile"].replace_strict(place).to_numpy()
        self._start = MARGIN_DAYS * HALF_HOURS + drawn.shift
        self._length = month.days * HALF_HOURS
        self._watts = loads["p_kw"].to_numpy() * 1e3 * drawn.scale
        self._vars = loads["q_kvar"].to_numpy() * 1e3 * drawn.scale

    def day(self, number: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return watts and vars of day `number` (0 = first): half-hours x loads."""
        rows = (self._start + number * HALF_HOURS)[None, :] + np.arange(HALF_HOURS)[:, None]
        picked = (rows, self._profile[None, :])
        return self._active[picked] * self._watts, self._reactive[picked] * self._vars

    def month_wh(self) -> NDArray[np.float64]:
        """Return the watt-hours of every load over the month."""
        until = np.vstack([np.zeros(self._active.shape[1]), np.cumsum(self._active, axis=0)])
        begin, end = self._start, self._start + self._length
        units = until[end, self._profile] - until[begin, self._profile]
        energy: NDArray[np.float64] = units * self._watts * WH_PER_WATT
        return energy


def half_hour_means(
    folder: Path, columns: list[str], rows: NDArray[np.int64], least: float | None = None
) -> NDArray[np.float64]:
    """Return the means of the two quarter-hours from each row on, a column per profile.

    `least` clips the quarter-hours first: heat-pump profiles reach -0.00001.
    """
    quarters = read_table(folder, "LoadProfile", columns).select(columns).to_numpy()
    if least is not None:
        quarters = np.maximum(quarters, least)
    means: NDArray[np.float64] = (quarters[rows] + quarters[rows + 1]) / 2
    return means
