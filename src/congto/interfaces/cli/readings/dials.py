"""Register reads laid beside the days of a file: what dials show at each midnight, and whose."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from congto.engines.intervals.block import ABSENT_WH, PointFacts
from congto.interfaces.cli.readings.series import numbers

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from congto.interfaces.cli.readings.series import Series, Whole

NO_METER = -1


@dataclass(frozen=True, slots=True)
class Dials:
    """Dials at 00:00 of each day and at the end of the last; (points, days + 1).

    Attributes:
        ends_wh: of the meter whose day ends there; begins_wh: of the meter whose day begins. Both
            are the same but on the day of an exchange. Before the multiplier; ABSENT_WH: not read.
        ends_meter, begins_meter: whose dial it is; NO_METER where the file names none.
        facts: what is known of each point, a row in the order of the series (see _facts).
    """

    ends_wh: Whole
    begins_wh: Whole
    ends_meter: Whole
    begins_meter: Whole
    facts: pl.DataFrame

    def between(self, rows: Whole, first: Whole, last: Whole) -> PointFacts:
        """Return the facts of points from one midnight to another, by number of the day."""
        opening, closing = self.begins_wh[rows, first], self.ends_wh[rows, last]
        same = self.begins_meter[rows, first] == self.ends_meter[rows, last]
        one = self.facts[rows]
        no = np.zeros(len(rows), np.bool_)
        return PointFacts(
            customer_class=one["customer_class"].cast(pl.Int8).to_numpy(),
            multiplier=one["multiplier"].to_numpy(),
            dial_digits=one["dial_digits"].cast(pl.Int8).to_numpy(),
            decimals=one["decimals"].cast(pl.Int8).to_numpy(),
            opening_wh=np.where(same, opening, ABSENT_WH),
            closing_wh=np.where(same, closing, ABSENT_WH),
            contract_w=one["registered_w"].to_numpy(),
            limit_wh=np.zeros(len(rows), np.int64),
            single_phase=no,
            active=~no,
            relay_open=no,
            meter=self._meters(rows, first),
        )

    def _meters(self, rows: Whole, first: Whole) -> NDArray[np.int64] | None:
        """Return the meter installed on a day, by the last read before it; None: none named."""
        if (self.begins_meter == NO_METER).all():
            return None
        held = np.where(self.begins_wh == ABSENT_WH, NO_METER, self.begins_meter)
        days = np.where(held == NO_METER, 0, np.arange(held.shape[1]))
        last_read = np.maximum.accumulate(days, axis=1)
        found: NDArray[np.int64] = held[rows, last_read[rows, first]] + 1  # 0: not known
        return found


def dials_of(series: Series, reads: pl.DataFrame, meters: list[str]) -> Dials:
    """Lay reads (registers.REGISTERS) beside a channel; `meters` are all serial numbers, rising.

    Of two meters read on one day the one that was read first in the file was taken down.
    """
    own = reads.filter(
        pl.col("channel") == series.channel.value, pl.col("usage_point").is_in(series.codes)
    ).with_columns(since=pl.col("read_on").min().over("usage_point", "meter"))
    within = own.filter(
        pl.col("read_on").is_between(series.days[0], series.days[-1] + timedelta(days=1))
    ).sort("usage_point", "read_on", "since")
    shape = (len(series.codes), len(series.days) + 1)
    grids = []
    for keep in ("first", "last"):
        one = within.unique(["usage_point", "read_on"], keep=keep, maintain_order=True)
        at = numbers(one["usage_point"], series.codes), _days(one, series)
        index, meter = np.full(shape, ABSENT_WH), np.full(shape, NO_METER, np.int64)
        index[at], meter[at] = one["index_wh"].to_numpy(), numbers(one["meter"], meters)
        grids += [index, meter]
    return Dials(grids[0], grids[2], grids[1], grids[3], _facts(series, reads))


def _days(reads: pl.DataFrame, series: Series) -> Whole:
    days: Whole = (reads["read_on"] - series.days[0]).dt.total_days().to_numpy()
    return days


USUAL = {"customer_class": 0, "dial_digits": 8, "decimals": 3, "registered_w": 0}
"""Where the file of registers does not say it: a household whose dial is long and fine."""


def _facts(series: Series, reads: pl.DataFrame) -> pl.DataFrame:
    """Return what is known of each point: the latest read counts, for the multiplier also the file.

    `checked` says where the multiplier comes from the registers, so that the file's is held against
    it (V-20).
    """
    latest = reads.sort("read_on").unique("usage_point", keep="last")
    points = pl.DataFrame(
        {"usage_point": series.codes, "stated": series.multipliers.max(axis=1, initial=0)},
        schema={"usage_point": pl.String, "stated": pl.Int64},
    )
    found = points.join(
        latest.select("usage_point", "multiplier", *USUAL),
        on="usage_point",
        how="left",
        maintain_order="left",
    )
    return found.with_columns(
        *(pl.col(name).fill_null(usual) for name, usual in USUAL.items()),
        pl.col("multiplier").fill_null(pl.col("stated").clip(lower_bound=1)),
        checked=pl.col("multiplier").is_not_null(),
    )
