"""Usage of an agreement in a period: its points' registers added up, then rounded."""

from __future__ import annotations

import polars as pl

from congto.engines.usage.rounding import whole_kwh
from congto.vocabulary.frames.usage import METERED_REGISTERS, USAGE
from congto.vocabulary.groups import Register
from congto.vocabulary.quality import UsageFlag

KEY = ["agreement", "reading_book", "period_from", "period_to"]


def determine(registers: pl.DataFrame) -> pl.DataFrame:
    """Add up an agreement's registers and round: frame METERED_REGISTERS in, USAGE out.

    Per register, energy of all points and meters is added first and rounded once (whole_kwh). A
    three-rate meter counts by its bands, each rounded, and the energy billed is their sum; the
    total register of such a meter is only for checks, and so are bands that a one-rate meter shows
    beside its total. Any register that is not accepted keeps the whole agreement out: a usage is
    never made of a part, nor guessed.
    """
    rows = METERED_REGISTERS.check(registers)
    usable = pl.col("accepted").fill_null(value=False) & pl.col("energy_wh").is_not_null()
    sums = (
        rows.group_by(KEY)
        .agg(
            usable.all().alias("complete"),
            pl.col("quality").min(),
            one_rate_wh=_sum_of(Register.TOTAL, ~pl.col("three_rate")),
            normal_wh=_sum_of(Register.NORMAL, pl.col("three_rate")),
            peak_wh=_sum_of(Register.PEAK, pl.col("three_rate")),
            off_peak_wh=_sum_of(Register.OFF_PEAK, pl.col("three_rate")),
            reactive_varh=_sum_of(Register.REACTIVE),
            flags=_flags(),
        )
        .filter("complete")
    )
    measures = ["one_rate_wh", "normal_wh", "peak_wh", "off_peak_wh", "reactive_varh"]
    whole = sums.with_columns(whole_kwh(pl.col(name)) for name in measures)
    energy = pl.sum_horizontal("one_rate_wh", "normal_wh", "peak_wh", "off_peak_wh")
    return USAGE.check(whole.with_columns(energy_wh=energy)).sort("agreement", "period_from")


def _flags() -> pl.Expr:
    """Say what happened to the meters of an agreement, as a sum of UsageFlag."""
    rolled = pl.col("rollover").any().cast(pl.Int16) * UsageFlag.ROLLOVER.value
    changed = pl.col("exchanged").any().cast(pl.Int16) * UsageFlag.METER_CHANGED.value
    halves = pl.col("half_hours").any().cast(pl.Int16) * UsageFlag.HALF_HOURS.value
    return (rolled + changed + halves).cast(pl.Int16)


def _sum_of(register: Register, also: pl.Expr | None = None) -> pl.Expr:
    """Add up the energy of one register."""
    chosen = pl.col("register") == register.value
    return pl.col("energy_wh").filter(chosen if also is None else chosen & also).sum()
