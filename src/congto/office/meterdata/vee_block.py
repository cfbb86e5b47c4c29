"""A part of a day as the engines take it: half-hours, facts and history as arrays, row by row."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar, cast

import numpy as np
import polars as pl

from congto.engines.intervals.block import ABSENT_WH, DayBlock, History, PointFacts
from congto.engines.intervals.delivery import Delivery
from congto.engines.intervals.statistics import nothing_known
from congto.reference.calendar import day_type
from congto.vocabulary.intervals import ABSENT, HALF_HOURS, Channel, Status

if TYPE_CHECKING:
    from datetime import date

    import pyarrow as pa
    from numpy.typing import NDArray

    from congto.office.storage.interval_layers import RawDays

KINDS = 4
BANDS_REGISTERS = 3
WH_PER_KWH = 1000

CLOCKS = {"clock_seconds": ABSENT, "clock_jump_seconds": 0}
"""What stands where no event of the day speaks of the clock."""

REGISTERS = {
    Channel.ACTIVE_IMPORT: ("opening_wh", "closing_wh"),
    Channel.REACTIVE_IMPORT: ("reactive_opening_varh", "reactive_closing_varh"),
}
"""Which registers measure what a channel does."""

T = TypeVar("T")


def block_of(  # noqa: PLR0913, PLR0917  (a day of a channel is all of these)
    day: date,
    channel: Channel,
    raw: RawDays,
    facts: pl.DataFrame,
    outages: pl.DataFrame,
    history: History,
    siblings: dict[Channel, RawDays],
    check: RawDays | None = None,
) -> DayBlock:
    """Return the block of the points in `facts`; a point that nothing was delivered of is missing.

    Args:
        day: local day.
        channel: which.
        raw: what is current of the deliveries of the channel.
        facts: frame FACTS.
        outages: frame OUTAGES.
        history: of the same points.
        siblings: the other channels.
        check: what was delivered of the channel by check points, None where there are none.
    """
    points = facts["usage_point"].to_numpy()
    status = placed(points, raw.points, raw.status, 0)
    return DayBlock(
        day=day,
        day_type=day_type(day),
        channel=channel,
        points=points,
        values=placed(points, raw.points, raw.values, ABSENT),
        facts=_facts(facts, channel),
        history=history,
        status=status,
        outage=_outage(points, outages, status),
        siblings={
            one: placed(points, other.points, other.values, ABSENT)
            for one, other in siblings.items()
        }
        or None,
        delivery=_delivery(facts, channel, check),
    )


def placed(points: NDArray[np.int64], keys: NDArray[np.int64], rows: Any, absent: int) -> Any:  # noqa: ANN401  (an array or None in, the same out)
    """Return the rows of `keys` in the order of `points`, `absent` where a point has none."""
    if rows is None or np.array_equal(points, keys):
        return rows
    out = np.full((len(points), *rows.shape[1:]), absent, rows.dtype)
    at = np.searchsorted(keys, points)
    inside = at < len(keys)
    inside[inside] = keys[at[inside]] == points[inside]
    out[inside] = rows[at[inside]]
    return out


def sliced(block: T, rows: slice | NDArray[np.intp]) -> T:
    """Return some rows of a block, and of every array in it; a slice copies nothing."""
    if isinstance(block, np.ndarray):
        return cast("T", block[rows])
    if isinstance(block, dict):
        return cast("T", {key: sliced(one, rows) for key, one in block.items()})
    if is_dataclass(block) and not isinstance(block, type):
        return replace(
            block, **{one.name: sliced(getattr(block, one.name), rows) for one in fields(block)}
        )
    return block


def _facts(facts: pl.DataFrame, channel: Channel) -> PointFacts:
    """Return the columns as arrays."""
    opening, closing = REGISTERS.get(channel, (None, None))
    count = facts.height
    unknown = np.full(count, ABSENT_WH)
    return PointFacts(
        customer_class=facts["customer_class"].to_numpy(),
        multiplier=facts["multiplier"].to_numpy(),
        dial_digits=facts["dial_digits"].to_numpy(),
        decimals=facts["decimals"].to_numpy(),
        opening_wh=_read(facts, opening) if opening else unknown,
        closing_wh=_read(facts, closing) if closing else unknown,
        contract_w=facts["contract_w"].to_numpy(),
        limit_wh=facts["limit_wh"].to_numpy(),
        single_phase=facts["single_phase"].to_numpy(),
        active=facts["active"].to_numpy(),
        relay_open=facts["relay_open"].to_numpy(),
        meter=facts["meter"].to_numpy(),
        unit_wh=np.full(count, WH_PER_KWH),
        earlier_wh=_read(facts, "earlier_wh") if opening == "opening_wh" else None,
    )


def _read(facts: pl.DataFrame, name: str) -> NDArray[np.int64]:
    return facts[name].fill_null(ABSENT_WH).to_numpy()


def _check_meter(check_points: pl.Series, check: RawDays) -> NDArray[np.int32] | None:
    """Return the check points' values in the rows of the points they check; (n, 48)."""
    if not len(check.points):
        return None
    out = np.full((len(check_points), HALF_HOURS), ABSENT, np.int32)
    keys = check_points.fill_null(-1).to_numpy()
    at = np.minimum(np.searchsorted(check.points, keys), len(check.points) - 1)
    rows = np.flatnonzero(check.points[at] == keys)
    out[rows] = check.values[at[rows]]
    return out


def _delivery(facts: pl.DataFrame, channel: Channel, check: RawDays | None) -> Delivery | None:
    """Return what rate registers, the clock and a check meter say, where any of them does."""
    said: dict[str, NDArray[Any]] = {}
    bands = facts["bands_wh"]
    if channel is Channel.ACTIVE_IMPORT and bands.null_count() < facts.height:
        said["bands_wh"] = bands.fill_null(ABSENT_WH).to_numpy()
        said["band_registers"] = np.full(facts.height, BANDS_REGISTERS, np.int8)
    for name, absent in CLOCKS.items():
        clock = facts[name]
        if clock.null_count() < facts.height:
            said[name] = clock.fill_null(absent).to_numpy()
    other = None if check is None else _check_meter(facts["check_point"], check)
    if other is not None:
        said["check_meter"] = other
    return Delivery(**said) if said else None


def _outage(
    points: NDArray[np.int64], outages: pl.DataFrame, status: NDArray[np.uint8] | None
) -> NDArray[np.bool_] | None:
    """Return where an event covers the half-hour or the meter's bit says power down."""
    own = outages.filter(pl.col("usage_point").is_in(pl.Series(points).implode()))
    if own.is_empty() and status is None:
        return None
    dark = np.zeros((len(points), HALF_HOURS), np.bool_)
    if status is not None:
        dark |= (status & Status.POWER_DOWN) != 0
    if own.is_empty():
        return dark
    rows = np.searchsorted(points, own["usage_point"].to_numpy())
    steps = np.zeros((len(points), HALF_HOURS + 1), np.int16)
    np.add.at(steps, (rows, own["first"].to_numpy()), 1)
    np.add.at(steps, (rows, own["last"].to_numpy() + 1), -1)
    dark |= np.cumsum(steps, axis=1)[:, :HALF_HOURS] > 0
    return dark


def history_of(points: NDArray[np.int64], rows: pa.Table) -> History:
    """Return what is remembered of the points; rows of POINT_HISTORY, one a point, rising."""
    keys = rows.column("usage_point").to_numpy()
    if not len(keys):
        return nothing_known(len(points))

    def column(name: str) -> NDArray[Any]:
        found: NDArray[Any] = placed(points, keys, rows.column(name).to_numpy(), 0)
        return found

    def by_type(name: str) -> NDArray[Any]:
        return np.stack([column(f"{name}_{kind}") for kind in range(KINDS)], axis=1)

    return History(
        days=by_type("days"),
        mean_wh=by_type("mean_wh"),
        deviation_wh=by_type("deviation_wh"),
        **{name: column(name) for name in SINGLE},
    )


SINGLE = (
    "highest_wh",
    "zero_permille",
    "zero_days",
    "estimated_days",
    "recent_wh",
    "recent_days",
    "zero_ppm",
)


def history_columns(history: History) -> dict[str, NDArray[Any]]:
    """Return a history as columns of POINT_HISTORY, without the key."""
    columns: dict[str, NDArray[Any]] = {}
    for name in ("days", "mean_wh", "deviation_wh"):
        found = getattr(history, name)
        columns |= {f"{name}_{kind}": found[:, kind] for kind in range(KINDS)}
    return columns | {name: getattr(history, name) for name in SINGLE}
