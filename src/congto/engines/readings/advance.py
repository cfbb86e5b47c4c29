"""How far each register advanced, and how much energy that is."""

from __future__ import annotations

import polars as pl

from congto.vocabulary.frames.readings import PERIOD_READS, REGISTER_ADVANCES
from congto.vocabulary.groups import Register

WH_PER_KWH = 1000
BANDS = [Register.NORMAL.value, Register.PEAK.value, Register.OFF_PEAK.value]


def advances(reads: pl.DataFrame) -> pl.DataFrame:
    """Add rollover and energy to reads: frame PERIOD_READS in, REGISTER_ADVANCES out.

    energy = (closing - opening) x multiplier. A dial of d digits that passed its last number shows
    less than before: it is taken for a rollover if it stood above 0.9 x 10^d and stands below
    0.1 x 10^d, and the advance is 10^d - opening + closing (tariffs 4.4; rule V-07). A dial of 5
    digits from 99,800 to 220 kWh advanced 420 kWh. Any other step backwards has no energy (null).
    """
    frame = PERIOD_READS.check(reads)
    dial = WH_PER_KWH * pl.lit(10, dtype=pl.Int64).pow(pl.col("dial_digits").cast(pl.Int64))
    old, new = pl.col("opening_wh"), pl.col("closing_wh")
    rollover = (new < old) & (old * 10 > dial * 9) & (new * 10 < dial)
    advance = pl.when(new >= old).then(new - old).when(rollover).then(dial - old + new)
    out = frame.with_columns(
        rollover=rollover.fill_null(value=False),
        energy_wh=(advance * pl.col("multiplier")).cast(pl.Int64),
    )
    return REGISTER_ADVANCES.check(out)


def metered(advanced: pl.DataFrame) -> pl.DataFrame:
    """Add up what a meter's energy registers measured: the bands of a three-rate meter, else total.

    One row per meter at a usage point in a period, with the reads' columns but register, opening,
    closing and rollover; energy_wh is null where any of the registers has none.
    """
    counted = pl.when("three_rate").then(pl.col("register").is_in(BANDS))
    rows = advanced.filter(counted.otherwise(pl.col("register") == Register.TOTAL.value))
    key = ["usage_point", "subject", "meter", "period_from", "period_to"]
    known = pl.col("energy_wh").null_count() == 0
    return rows.group_by(key, maintain_order=True).agg(
        pl.col("three_rate", "decimals", "multiplier", "limit_kw", "households").first(),
        energy_wh=pl.when(known).then(pl.col("energy_wh").sum()),
    )
