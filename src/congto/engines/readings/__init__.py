"""Trust: which readings may be used, and what is said about the others. One file per rule.

Frames in, findings out (vocabulary.frames.readings); the rules are those of the published
validation standards that this project follows: California VEE, Oracle, Itron, Elhub.
"""

from __future__ import annotations

import polars as pl

from congto.engines.readings import (
    backwards,
    bands_sum,
    half_hours_sum,
    implausible,
    missing_half_hours,
    missing_read,
    negative_half_hour,
    no_bands,
    past_months,
    rollover,
    zero_use,
)
from congto.engines.readings.advance import advances, metered
from congto.engines.readings.limits import DEFAULTS, Limits
from congto.engines.readings.point_registers import point_registers
from congto.vocabulary.findings import Severity
from congto.vocabulary.frames.readings import FINDINGS, JUDGED_ADVANCES
from congto.vocabulary.quality import Quality

__all__ = [
    "ENTRY_RULES",
    "HALF_HOUR_RULES",
    "REGISTER_RULES",
    "Limits",
    "advances",
    "check_entry",
    "check_half_hours",
    "check_registers",
    "judge",
    "metered",
    "point_registers",
]

REGISTER_RULES = (
    missing_read,
    backwards,
    rollover,
    implausible,
    bands_sum,
    zero_use,
    no_bands,
)
ENTRY_RULES = (backwards, rollover, implausible, bands_sum, zero_use)
HALF_HOUR_RULES = (missing_half_hours, negative_half_hour, half_hours_sum)


def check_registers(advanced: pl.DataFrame, limits: Limits = DEFAULTS) -> pl.DataFrame:
    """Run every rule on register reads: frame REGISTER_ADVANCES in, FINDINGS out."""
    found = [rule.check(advanced, limits) for rule in REGISTER_RULES]
    return FINDINGS.check(pl.concat([FINDINGS.empty(), *found]))


def check_half_hours(
    sums: pl.DataFrame, advanced: pl.DataFrame, limits: Limits = DEFAULTS
) -> pl.DataFrame:
    """Run every rule on half-hours: INTERVAL_SUMS and REGISTER_ADVANCES in, FINDINGS out."""
    found = [rule.check(sums, advanced, limits) for rule in HALF_HOUR_RULES]
    return FINDINGS.check(pl.concat([FINDINGS.empty(), *found]))


def check_entry(
    advanced: pl.DataFrame, past: pl.DataFrame, limits: Limits = DEFAULTS
) -> pl.DataFrame:
    """Say what is doubtful about readings just typed: REGISTER_ADVANCES and PAST_MONTHS in.

    The rules of a period's check that speak of one point, and the comparison with its past months.
    Returns frame FINDINGS.
    """
    found = [rule.check(advanced, limits) for rule in ENTRY_RULES]
    past_found = past_months.check(advanced, past, limits)
    return FINDINGS.check(pl.concat([FINDINGS.empty(), *found, past_found]))


def judge(advanced: pl.DataFrame, findings: pl.DataFrame) -> pl.DataFrame:
    """Tell which advances may be used: frame JUDGED_ADVANCES.

    A rejecting finding disqualifies everything its usage point measured in the period; a warning
    lowers the quality to suspect.
    """
    severity = pl.col("severity")
    rejected = findings.filter(severity == Severity.REJECT.value)["subject"].unique()
    warned = findings.filter(severity == Severity.WARNING.value)["subject"].unique()
    suspect = pl.lit(Quality.MEASURED_SUSPECT.value, dtype=pl.Int16)
    subject = pl.col("subject")
    judged = advanced.with_columns(
        accepted=~subject.is_in(rejected.implode()) & pl.col("energy_wh").is_not_null(),
        quality=pl.when(subject.is_in(warned.implode()))
        .then(pl.min_horizontal("quality", suspect))
        .otherwise("quality"),
    )
    return JUDGED_ADVANCES.check(judged)
