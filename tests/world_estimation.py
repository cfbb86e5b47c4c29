"""Blocks of half-hours for tests of estimation: a few points, facts that say nothing special."""

from dataclasses import replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from congto.engines.intervals.block import ABSENT_WH, DayBlock, History, PointFacts
from congto.engines.intervals.estimation import Span
from congto.vocabulary.intervals import ABSENT, HALF_HOURS, Channel, DayType


def facts(points: int, **known: object) -> PointFacts:
    """Return facts of residential points without registers; arrays or one value for all."""
    plain = PointFacts(
        customer_class=np.zeros(points, np.int8),
        multiplier=np.ones(points, np.int64),
        dial_digits=np.full(points, 5, np.int8),
        decimals=np.full(points, 3, np.int8),
        opening_wh=np.full(points, ABSENT_WH),
        closing_wh=np.full(points, ABSENT_WH),
        contract_w=np.zeros(points, np.int64),
        limit_wh=np.zeros(points, np.int64),
        single_phase=np.ones(points, np.bool_),
        active=np.ones(points, np.bool_),
        relay_open=np.zeros(points, np.bool_),
    )
    given = {
        name: np.broadcast_to(value, points).astype(getattr(plain, name).dtype)
        for name, value in known.items()
    }
    return replace(plain, **given)


def no_history(points: int) -> History:
    per_type = (points, 4)
    return History(
        days=np.zeros(per_type, np.int16),
        mean_wh=np.zeros(per_type, np.int64),
        deviation_wh=np.zeros(per_type, np.int64),
        highest_wh=np.zeros(points, np.int32),
        zero_permille=np.zeros(points, np.int16),
        zero_days=np.zeros(points, np.int16),
        estimated_days=np.zeros(points, np.int16),
    )


def block(values: NDArray[np.int32], **known: object) -> DayBlock:
    """Return a working day; `outage` and `day_type` go to the block, the rest into its facts."""
    points = len(values)
    return DayBlock(
        day=date(2026, 11, 4),
        day_type=known.pop("day_type", DayType.WORKING),
        channel=Channel.ACTIVE_IMPORT,
        points=np.arange(points, dtype=np.int64) + 1,
        values=values,
        facts=facts(points, **known_facts(known)),
        history=no_history(points),
        outage=known.get("outage"),
    )


def known_facts(known: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in known.items() if name != "outage"}


def day(filled: int = 100, **changes: int | None) -> NDArray[np.int32]:
    """Return one row of 48 half-hours; `h5=None` leaves the sixth out, `h5=7` sets it."""
    row = np.full((1, HALF_HOURS), filled, np.int32)
    for name, value in changes.items():
        row[0, int(name.removeprefix("h"))] = ABSENT if value is None else value
    return row


def without(values: NDArray[np.int32], first: int, last: int) -> NDArray[np.int32]:
    """Return the values with the half-hours first to last (included) missing."""
    cut = values.copy()
    cut[:, first : last + 1] = ABSENT
    return cut


def span(values: NDArray[np.int32], total_wh: object = ABSENT_WH, **known: object) -> Span:
    """Return days in a row; what is absent is not usable."""
    points, half_hours = values.shape
    days = half_hours // HALF_HOURS
    plain = Span(
        day_types=(DayType.WORKING,) * days,
        values=values,
        usable=values != ABSENT,
        total_wh=np.broadcast_to(np.asarray(total_wh, np.int64), points).copy(),
        customer_class=np.zeros(points, np.int8),
        relay_open=np.zeros((points, days), np.bool_),
    )
    return replace(plain, **known)
