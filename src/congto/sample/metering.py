"""The month as its meters see it: power flow day by day, whole watt-hours, bands, losses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from congto.sample.bands import NORMAL, OFF_PEAK, PEAK, band_of_half_hours
from congto.sample.consumption import WH_PER_WATT
from congto.sample.dates import HALF_HOURS
from congto.sample.planted import falsified
from congto.sample.powerflow import Flow, PowerFlow
from congto.sample.rounding import WholeWattHours
from congto.sample.source import HV_MV, MV_LV

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from congto.sample.consumption import Consumption
    from congto.sample.network import Network
    from congto.vocabulary.periods import Period


class NetworkMeters:
    """Where each element is metered: watts received by every element, in the elements' order.

    Substation: 110 kV side of its two transformers, so their loss is seen. Feeder: its first line
    at the busbar. Transformer: low-voltage side, so its loss counts at medium voltage. Bulk
    station: medium-voltage side.
    """

    def __init__(self, network: Network) -> None:
        self.count = network.elements.height
        place = network.elements.select("code", place=pl.int_range(pl.len()))
        transformers = network.transformers.with_row_index("row").join(
            place, left_on="element", right_on="code"
        )
        self._high = _columns(transformers.filter(pl.col("voltLvl") == HV_MV))
        self._low = _columns(transformers.filter(pl.col("voltLvl") == MV_LV))
        heads = network.lines.with_row_index("row").join(place, left_on="head_of", right_on="code")
        self._heads = _columns(heads)
        self._head_is_from = heads["head_is_from"].to_numpy()
        bulk = network.loads.with_row_index("row").filter("is_bulk")
        self._bulk = _columns(bulk.join(place, left_on="element", right_on="code"))

    def received(self, flow: Flow, watts: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return watts: a row per half-hour, a column per element."""
        out = np.zeros((watts.shape[0], self.count))
        row, place = self._high
        np.add.at(out.T, place, flow.transformer_from[:, row].T)
        row, place = self._low
        out[:, place] = -flow.transformer_to[:, row]
        row, place = self._heads
        out[:, place] = np.where(self._head_is_from, flow.line_from[:, row], flow.line_to[:, row])
        row, place = self._bulk
        out[:, place] = watts[:, row]
        return out


def _columns(frame: pl.DataFrame) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    return frame["row"].to_numpy().astype(np.int64), frame["place"].to_numpy()


class Metering:
    """Runs the month and keeps what the registers would have counted.

    Args:
        network: the network.
        customers: columns load and metered_share (1 where the meter sees everything), reactive.
        load_bus: bus of every load of the power flow, unregistered taps at the end.
        consumption: watts and vars of the same loads.

    After `run`: `customers.counted`, `elements.counted` (whole Wh), `bands` (a row per band),
    `varh` and `true_wh` per customer, `peak_watts` per element, `line_loss_wh` and
    `transformer_loss_wh` per branch, `fed_wh`, `load_wh` and `worst_imbalance`.
    """

    def __init__(
        self,
        network: Network,
        customers: pl.DataFrame,
        load_bus: NDArray[np.int64],
        consumption: Consumption,
    ) -> None:
        self._flow = PowerFlow(network, load_bus)
        self._meters = NetworkMeters(network)
        self._consumption = consumption
        self._at = customers["load"].to_numpy().astype(np.int64)
        self._share = customers["metered_share"].to_numpy()
        count = customers.height
        self.customers = WholeWattHours(count)
        self.elements = WholeWattHours(self._meters.count)
        self.bands = np.zeros((3, count), dtype=np.int64)
        self.varh, self.true_wh = np.zeros(count), np.zeros(count)
        self.peak_watts = np.zeros(self._meters.count)
        self.line_loss_wh = np.zeros(network.lines.height)
        self.transformer_loss_wh = np.zeros(network.transformers.height)
        self.fed_wh = self.load_wh = self.worst_imbalance = 0.0

    def run_day(self, number: int, day: date) -> NDArray[np.int64]:
        """Meter one day; return whole Wh, a row per half-hour, customers first, then elements."""
        watts, vars_ = self._consumption.day(number)
        flow = self._flow.solve(watts, vars_)
        self._keep_balance(flow, watts)
        true = watts[:, self._at] * WH_PER_WATT
        self.true_wh += true.sum(axis=0)
        steps = self.customers.add(true * self._share)
        band = band_of_half_hours(day)
        for kind in (NORMAL, PEAK, OFF_PEAK):
            self.bands[kind] += steps[band == kind].sum(axis=0)
        drawn = np.maximum(vars_[:, self._at], 0.0) * WH_PER_WATT
        self.varh += drawn.sum(axis=0) * self._share
        received = self._meters.received(flow, watts)
        self.peak_watts = np.maximum(self.peak_watts, received.max(axis=0))
        return np.hstack([steps, self.elements.add(received * WH_PER_WATT)])

    def _keep_balance(self, flow: Flow, watts: NDArray[np.float64]) -> None:
        """Add up what was fed in, taken and lost; remember the worst half-hour's imbalance."""
        line = flow.line_from + flow.line_to
        transformer = flow.transformer_from + flow.transformer_to
        fed, taken = flow.sources.sum(axis=1), watts.sum(axis=1)
        open_ = fed - taken - line.sum(axis=1) - transformer.sum(axis=1)
        self.worst_imbalance = max(self.worst_imbalance, float(np.abs(open_ / fed).max()))
        self.fed_wh += float(fed.sum()) * WH_PER_WATT
        self.load_wh += float(taken.sum()) * WH_PER_WATT
        self.line_loss_wh += line.sum(axis=0) * WH_PER_WATT
        self.transformer_loss_wh += transformer.sum(axis=0) * WH_PER_WATT


@dataclass(frozen=True, slots=True)
class RemoteReading:
    """Which meters send half-hours: codes of the points, their columns in a day, what got lost.

    Attributes:
        points: usage point codes, in the order of their columns.
        columns: which columns of Metering.run_day (customers, then elements) they are.
        gaps: half-hours that never arrived (planted.plan_gaps).
        false: half-hours that arrived with another value (planted.plan_false_values).
    """

    points: list[str]
    columns: NDArray[np.bool_]
    gaps: pl.DataFrame
    false: pl.DataFrame

    def arrived(self, day_number: int, counted_wh: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the values of a day that arrive, a row per point: as counted but for faults."""
        values = counted_wh.copy()
        for fault in self.false.filter(pl.col("day_number") == day_number).to_dicts():
            row, places = (
                self.points.index(fault["usage_point"]),
                slice(fault["first"], fault["until"]),
            )
            values[row, places] = falsified(fault["kind"], values[row, places])
        return values

    def missing(self, day_number: int) -> NDArray[np.bool_]:
        """Return a row per point, a column per half-hour: True where nothing arrived."""
        lost = np.zeros((len(self.points), HALF_HOURS), dtype=bool)
        for gap in self.gaps.filter(pl.col("day_number") == day_number).to_dicts():
            lost[self.points.index(gap["usage_point"]), gap["first"] : gap["until"]] = True
        return lost


def run_month(
    metering: Metering,
    month: Period,
    remote: RemoteReading,
    path: Path,
    progress: Callable[[str, int, int], None],
) -> int:
    """Run every day, write the half-hours that arrive (one row group per day), return the rows."""
    with pq.ParquetWriter(path, INTERVALS, compression="zstd") as writer:
        for number in range(month.days):
            day = month.start + timedelta(days=number)
            values = remote.arrived(number, metering.run_day(number, day)[:, remote.columns].T)
            table = interval_table(remote.points, day, values, remote.missing(number))
            writer.write_table(table)
            progress("power flow of the month", number + 1, month.days)
    return len(remote.points) * month.days


INTERVALS = pa.schema(
    [
        ("usage_point", pa.string()),
        ("channel", pa.string()),
        ("local_day", pa.date32()),
        ("values", pa.list_(pa.int64())),
    ]
)


def interval_table(
    points: list[str], day: date, values: NDArray[np.int64], missing: NDArray[np.bool_]
) -> pa.Table:
    """Return one row per point: the 48 whole Wh of a day, null where one is missing."""
    flat = pa.array(np.ascontiguousarray(values).ravel(), mask=missing.ravel())
    offsets = pa.array(np.arange(len(points) + 1, dtype=np.int32) * HALF_HOURS)
    columns = [
        pa.array(points),
        pa.array(["A+"] * len(points)),
        pa.array([day] * len(points), type=pa.date32()),
        pa.ListArray.from_arrays(offsets, flat),
    ]
    return pa.Table.from_arrays(columns, schema=INTERVALS)
