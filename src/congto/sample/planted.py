"""What is wrong on purpose: thefts, faulty reads and gaps, so that checks have something to find.

Everything planted is written to the folder `truth`, which the program never reads.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from congto.sample.dates import HALF_HOURS
from congto.sample.randomness import stream

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from congto.sample.network import Network
    from congto.vocabulary.periods import Period

TAP_KW, TAP_KVAR, TAP_PROFILE = 12.0, 4.0, "G3-A"
BYPASSES, BYPASS_SHARE, BYPASS_KWH = 4, 0.60, (400, 1_500)
SLOWED_SHARE, SLOWED_KWH = 0.40, (3_000, 9_000)
ROLLOVERS = 5
MISSING_READS, BACKWARDS_READS, EXTRA_DIGIT_READS = 4, 3, 3
GAPS, SILENT_DAYS = 12, 3
SPIKES, NEGATIVES, STUCK = 4, 3, 3
SPIKE_TIMES, SPIKE_WH = 40, 5_000
NEGATIVE_HALF_HOURS, STUCK_HALF_HOURS = 3, 14
BACK_BY_WH = (20_000, 200_000)


def unregistered_tap(network: Network, seed: int) -> pl.DataFrame:
    """Draw one transformer that somebody taps before all meters, as an extra load at its busbar.

    Returns one row with the columns of network.loads.
    """
    small = network.transformers.filter(pl.col("voltLvl") == 6, pl.col("sR") >= 0.25)
    row = small[int(stream(seed, "tap").integers(small.height))]
    return row.select(
        id=pl.lit("tap"),
        grid="grid",
        station=pl.lit(None, pl.String),
        profile=pl.lit(TAP_PROFILE),
        bus="to_bus",
        element="element",
        p_kw=pl.lit(TAP_KW),
        q_kvar=pl.lit(TAP_KVAR),
        district=pl.col("element").str.slice(0, 6),
        is_lv=pl.lit(True),
        is_bulk=pl.lit(False),
    )


def plan_thefts(customers: pl.DataFrame, seed: int) -> pl.DataFrame:
    """Draw customers whose meter sees less than they use.

    In each district with many customers one bypasses 60 % (one-rate meter, 400 to 1,500 kWh a
    month); in one of them a three-rate meter runs 40 % slow, at another transformer. Columns:
    usage_point, element, kind, hidden_share.
    """
    low = customers.filter("is_lv").sort("usage_point")
    small = low.filter(~pl.col("three_rate"), _kwh_between(*BYPASS_KWH))
    districts = low.group_by("unit").len().sort("len", "unit", descending=True)["unit"]
    bypass = pl.concat(
        _drawn(small.filter(pl.col("unit") == unit), 1, seed, f"bypass {unit}")
        for unit in districts[:BYPASSES]
    )
    large = low.filter(
        "three_rate",
        _kwh_between(*SLOWED_KWH),
        ~pl.col("element").is_in(bypass["element"].to_list()),
    )
    slowed = _drawn(large, 1, seed, "slowed meter")
    parts = (("bypass", bypass, BYPASS_SHARE), ("slowed_meter", slowed, SLOWED_SHARE))
    return pl.concat(
        frame.select("usage_point", "element", kind=pl.lit(kind), hidden_share=pl.lit(share))
        for kind, frame, share in parts
    )


def _kwh_between(least: int, most: int) -> pl.Expr:
    return pl.col("month_wh").is_between(least * 1000, most * 1000)


def _drawn(frame: pl.DataFrame, count: int, seed: int, name: str) -> pl.DataFrame:
    chosen = stream(seed, name).choice(frame.height, size=min(count, frame.height), replace=False)
    drawn: pl.DataFrame = frame[chosen.tolist()]
    return drawn


def plan_rollovers(meters: pl.DataFrame, month_wh: pl.Series, seed: int) -> pl.Series:
    """Mark the meters whose dial is to pass its last figure within the month.

    Drawn among direct one-rate meters read by hand, with 100 to 400 kWh in the month.
    """
    fit = meters.with_columns(month_wh=month_wh).with_row_index("row")
    fit = fit.filter(~pl.col("remote"), pl.col("dial_digits") == 5, _kwh_between(100, 400))
    chosen = _drawn(fit, ROLLOVERS, seed, "rollovers")["row"]
    return pl.Series("rolls_over", np.isin(np.arange(meters.height), chosen.to_numpy()))


def with_faulty_reads(
    reads: pl.DataFrame, spared: list[str], month: Period, seed: int
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Spoil ten closing reads taken by hand; return the reads and the list of faults.

    Four are missing, three run backwards, three have a digit too many. `spared` names points that
    stay as they are (thefts, rollovers).
    """
    by_hand = reads.filter(
        pl.col("source") == "manual",
        pl.col("read_on") == month.end,
        ~pl.col("usage_point").is_in(spared),
    )
    short = _drawn(
        by_hand.filter(pl.col("index_wh").is_between(1_000_000, 9_999_000)),
        EXTRA_DIGIT_READS,
        seed,
        "extra digits",
    )
    rest = by_hand.filter(
        ~pl.col("usage_point").is_in(short["usage_point"].to_list()), pl.col("index_wh") > 2_000_000
    )
    others = _drawn(rest, MISSING_READS + BACKWARDS_READS, seed, "spoilt reads")
    digit = stream(seed, "digits").integers(0, 9, size=short.height)
    back = stream(seed, "backwards").integers(*BACK_BY_WH, size=others.height) // 1000 * 1000
    opening = reads.filter(pl.col("read_on") == month.start).select(
        "usage_point", "register", opening_wh="index_wh"
    )
    others = others.join(opening, on=["usage_point", "register"], maintain_order="left")
    spoilt = pl.concat(
        [
            short.with_columns(
                kind=pl.lit("extra_digit"),
                reported_wh=pl.col("index_wh") * 10 + pl.Series(digit) * 1000,
            ),
            others.with_columns(
                kind=pl.when(pl.int_range(pl.len()) < MISSING_READS)
                .then(pl.lit("missing_read"))
                .otherwise(pl.lit("backwards_read")),
                reported_wh=pl.when(pl.int_range(pl.len()) >= MISSING_READS).then(
                    pl.col("opening_wh") - pl.Series(back)
                ),
            ).drop("opening_wh"),
        ]
    )
    return _spoil(reads, spoilt), spoilt.rename({"index_wh": "true_wh", "read_on": "day"}).select(
        "kind", "usage_point", "register", "day", "true_wh", "reported_wh"
    )


def _spoil(reads: pl.DataFrame, spoilt: pl.DataFrame) -> pl.DataFrame:
    key = ["usage_point", "register", "read_on"]
    return (
        reads.join(
            spoilt.select(*key, "kind", "reported_wh"), on=key, how="left", maintain_order="left"
        )
        .filter(pl.col("kind").is_null() | (pl.col("kind") != "missing_read"))
        .with_columns(index_wh=pl.coalesce("reported_wh", "index_wh"))
        .drop("kind", "reported_wh")
    )


def plan_gaps(remote_points: list[str], month: Period, seed: int) -> pl.DataFrame:
    """Draw half-hours that never arrived: 12 points with two to 24 on one day, 3 with a whole day.

    Columns: usage_point, day_number (0 = first of the month), first, until (half-hours of the day).
    """
    draw = stream(seed, "gaps")
    count = GAPS + SILENT_DAYS
    points = draw.choice(len(remote_points), size=count, replace=False)
    silent = np.arange(count) >= GAPS
    first = np.where(silent, 0, draw.integers(0, HALF_HOURS - 24, size=count))
    length = np.where(silent, HALF_HOURS, draw.integers(2, 24, size=count, endpoint=True))
    return pl.DataFrame(
        {
            "usage_point": [remote_points[n] for n in points],
            "day_number": draw.integers(0, month.days, size=count),
            "first": first,
            "until": first + length,
        }
    )


def plan_false_values(
    remote_points: list[str], spared: list[str], month: Period, seed: int
) -> pl.DataFrame:
    """Draw half-hours that arrive with a value the meter never counted; its register is right.

    Four single ones far too high, three times three below zero, three times seven hours of the same
    value. Columns as of plan_gaps, and kind: spiked, negative or stuck_half_hours.

    Args:
        remote_points: codes of the points that send half-hours.
        spared: those that have a gap already.
        month: the demo month.
        seed: of the draws.
    """
    draw = stream(seed, "false values")
    kinds = [
        *[("spiked_half_hours", 1)] * SPIKES,
        *[("negative_half_hours", NEGATIVE_HALF_HOURS)] * NEGATIVES,
        *[("stuck_half_hours", STUCK_HALF_HOURS)] * STUCK,
    ]
    free = sorted(set(remote_points) - set(spared))
    points = draw.choice(len(free), size=len(kinds), replace=False)
    first = draw.integers(0, HALF_HOURS - STUCK_HALF_HOURS, size=len(kinds), endpoint=True)
    return pl.DataFrame(
        {
            "kind": [kind for kind, _length in kinds],
            "usage_point": [free[n] for n in points],
            "day_number": draw.integers(0, month.days, size=len(kinds)),
            "first": first,
            "until": first + np.array([length for _kind, length in kinds]),
        }
    )


def falsified(kind: str, true_wh: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return what arrives in place of some half-hours: 40 times and 5 kWh more, minus, the first.

    A spike of 120 Wh arrives as 9,800 Wh; 120, 130, 140 Wh as -121, -131, -141 or as 120, 120, 120.
    """
    if kind == "spiked_half_hours":
        return true_wh * SPIKE_TIMES + SPIKE_WH
    if kind == "negative_half_hours":
        return -true_wh - 1
    return np.full_like(true_wh, max(int(true_wh[0]), 1))
