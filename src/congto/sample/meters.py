"""Meters: which dial, which multiplier, read by hand or from afar, and what the dial shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from congto.sample.randomness import stream

if TYPE_CHECKING:
    from datetime import date

    from numpy.typing import NDArray

REMOTE_SHARE = 0.31
"""Share of customers' meters read from afar: EVN SPC's at the end of 2017."""
TRANSFORMER_KW = 25
"""From this registered demand on a low-voltage meter hangs behind current transformers."""
PRIMARY_AMPERES = np.array(
    [5, 10, 15, 20, 30, 50, 75, 100, 150, 200, 250, 300, 400, 500, 600, 800, 1000, 1200, 1500, 2000]
)
SECONDARY_AMPERES = 5
LEAST_LV_AMPERES = 100
VOLTAGE_RATIO = {0.4: 1, 10.0: 100, 20.0: 200, 110.0: 1000}
"""Voltage transformers to 100 V (110 kV to 110 V); none at low voltage."""
HEADROOM = 1.2
POWER_FACTOR = 0.9
SINGLE_PHASE_KW = 10
"""Up to this registered demand on a direct meter: one phase."""
PLATES = {
    # phases, highest current and voltage of one phase: usual plates (recalled).
    "single": (1, 80, 220),  # 20(80) A
    "direct": (3, 100, 220),  # 50(100) A, 3 x 220/380 V
    "current": (3, 6, 220),  # 5(6) A behind current transformers
    "voltage": (3, 6, 64),  # and behind voltage transformers, 100 or 110 V between phases
}
FIRST_KWH, LAST_KWH = 300, 60_000
"""What an old dial may show when the month starts."""


def multiplier(kw: pl.Series, kv: pl.Series, *, least_amperes: int = 5) -> pl.Series:
    """Return CT ratio x VT ratio for a demand at a nominal voltage.

    The current transformer is the smallest standard one that carries 1.2 times the current at
    cos phi 0.9: 30 kW at 0.4 kV are 48 A, 58 A with headroom, so 100/5 at low voltage (the
    smallest used there): 20. 450 kW at 20 kV are 14.4 A, 17.3 A, so 20/5 x 20000/100: 800.
    """
    amperes = kw.to_numpy() * HEADROOM / (np.sqrt(3) * kv.to_numpy() * POWER_FACTOR)
    ladder = PRIMARY_AMPERES[np.searchsorted(PRIMARY_AMPERES, least_amperes) :]
    chosen = ladder[np.minimum(np.searchsorted(ladder, amperes), len(ladder) - 1)]
    return pl.Series(chosen // SECONDARY_AMPERES) * kv.replace_strict(VOLTAGE_RATIO)


def customer_meters(customers: pl.DataFrame, seed: int) -> pl.DataFrame:
    """Return one row per customer point, in the customers' order.

    Columns: usage_point, valid_from, dial_digits, decimals, multiplier, remote, three_rate,
    reactive, phases, current_a_max, voltage_v. Direct meters have five digits and whole kWh; meters
    behind transformers, and all three-rate meters, are electronic: six digits and two decimals.
    """
    kv = customers.select(
        pl.when("is_lv").then(0.4).otherwise(pl.col("nominal_kv").cast(pl.Float64))
    ).to_series()
    low = multiplier(customers["registered_kw"], kv, least_amperes=LEAST_LV_AMPERES)
    medium = multiplier(customers["registered_kw"], kv)
    large = ~pl.col("is_lv") | (pl.col("registered_kw") >= TRANSFORMER_KW)
    electronic = large | pl.col("three_rate")
    return customers.with_columns(
        multiplier=pl.when(~pl.col("is_lv"))
        .then(medium)
        .when(large)
        .then(low)
        .otherwise(1)
        .cast(pl.Int64),
        dial_digits=pl.when(electronic).then(6).otherwise(5),
        decimals=pl.when(electronic).then(2).otherwise(0),
        remote=_remote(customers, seed),
        plate=pl.when(~pl.col("is_lv"))
        .then(pl.lit("voltage"))
        .when(large)
        .then(pl.lit("current"))
        .when(pl.col("registered_kw") <= SINGLE_PHASE_KW)
        .then(pl.lit("single"))
        .otherwise(pl.lit("direct")),
    ).select(
        "usage_point", "valid_from", "dial_digits", "decimals", "multiplier", "remote",
        "three_rate", "reactive", *_plate(),
    )  # fmt: skip


def _plate() -> list[pl.Expr]:
    """Return what the plate of a kind (column `plate`) says of what the meter can measure."""
    return [
        pl.col("plate")
        .replace_strict({kind: says[at] for kind, says in PLATES.items()}, return_dtype=pl.Int64)
        .alias(name)
        for at, name in enumerate(("phases", "current_a_max", "voltage_v"))
    ]


def _remote(customers: pl.DataFrame, seed: int) -> pl.Series:
    """Read from afar: all at medium voltage and all three-rate, then drawn ones up to 31 %."""
    first = (customers["three_rate"] | ~customers["is_lv"]).to_numpy()
    order = stream(seed, "remote").random(customers.height) - first
    wanted = round(REMOTE_SHARE * customers.height)
    chosen = np.zeros(customers.height, dtype=bool)
    chosen[np.argsort(order, kind="stable")[:wanted]] = True
    return pl.Series(chosen | first)


def network_meters(elements: pl.DataFrame, peak_kw: pl.Series, since: date) -> pl.DataFrame:
    """Return one row per element, in the elements' order, with the columns of customer_meters."""
    behind = pl.when(pl.col("nominal_kv") < 1).then(pl.lit("current")).otherwise(pl.lit("voltage"))
    return elements.with_columns(plate=behind).select(
        usage_point=pl.col("code") + "-DN",
        valid_from=pl.lit(since),
        dial_digits=pl.lit(6),
        decimals=pl.lit(2),
        multiplier=multiplier(peak_kw, elements["nominal_kv"]).cast(pl.Int64),
        remote=pl.lit(True),
        three_rate=pl.lit(False),
        reactive=pl.lit(False),
        **{one.meta.output_name(): one for one in _plate()},
    )


def with_serials(meters: pl.DataFrame, seed: int) -> pl.DataFrame:
    """Give every meter a serial: SIM, two drawn digits, eight of a shuffled running number."""
    count = meters.height
    number = stream(seed, "serials").permutation(count) + 1
    lead = stream(seed, "serial leads").integers(10, 99, size=count)
    frame = pl.DataFrame({"lead": lead, "number": number})
    serial = "SIM" + pl.col("lead").cast(pl.String) + pl.col("number").cast(pl.String).str.zfill(8)
    return meters.with_columns(frame.select(serial.alias("serial")).to_series())


def first_registers(count: int, seed: int, name: str) -> NDArray[np.int64]:
    """Draw what registers stand at when the month starts, in Wh behind the dial."""
    return stream(seed, f"registers {name}").integers(FIRST_KWH * 1000, LAST_KWH * 1000, size=count)


def shown_on_dial(register_wh: pl.Expr, dial_digits: pl.Expr, decimals: pl.Expr) -> pl.Expr:
    """Return what a dial shows of a register, in Wh: floored to its last digit, rolled over.

    Five digits, no decimals: a register of 100,012,345 Wh shows 00012 kWh = 12,000 Wh.
    Six digits, two decimals: 12,345,678 Wh shows 012345.67 kWh = 12,345,670 Wh.
    """
    ten = pl.lit(10, pl.Int64)
    step = ten.pow(3 - decimals)
    return (register_wh // step * step) % ten.pow(dial_digits + 3)
