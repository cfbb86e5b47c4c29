"""Three prices by a meter with one register: bands from half-hours, if the gate lets them pass."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from congto.engines import usage
from congto.engines.readings import no_bands
from congto.office.meterdata.determinants_reads import day_files, month_of, registers_of
from congto.office.meterdata.gate_book import gate_in_force
from congto.reference import load_time_bands
from congto.vocabulary.frames.usage import DETERMINANTS, GATED_POINTS
from congto.vocabulary.groups import Register
from congto.vocabulary.usage import Source

if TYPE_CHECKING:
    from congto.office.meterdata.period_reads import PeriodReads
    from congto.vocabulary.periods import Period

BANDS = {
    Register.NORMAL: "normal_wh",
    Register.PEAK: "peak_wh",
    Register.OFF_PEAK: "off_peak_wh",
}


@dataclass(frozen=True, slots=True)
class HalfHourBands:
    """What half-hours say where registers have no bands.

    Attributes:
        determinants: frame DETERMINANTS of the points that have half-hours.
        findings: the register findings, with what the gate found in place of RDG-007 there.
    """

    determinants: pl.DataFrame
    findings: pl.DataFrame

    def instead_of_totals(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Put three bands in the place of the total register, in rows of METERED_REGISTERS."""
        total = pl.col("register") == Register.TOTAL.value
        ours = pl.col("usage_point").is_in(self.determinants["usage_point"].implode())
        return pl.concat([rows.filter(~(total & ours)), *self._bands(rows.filter(total & ours))])

    def _bands(self, totals: pl.DataFrame) -> list[pl.DataFrame]:
        """Make the three rows of each point; energy is null where a half-hour is missing."""
        whole = pl.col("source") == Source.HALF_HOURS.value
        energies = self.determinants.select("usage_point", "source", *BANDS.values(), by="quality")
        meters = totals.group_by("usage_point", maintain_order=True).agg(
            pl.col("rollover", "exchanged").any(), pl.exclude("rollover", "exchanged").first()
        )
        point = meters.join(energies, on="usage_point")
        return [
            point.with_columns(
                register=pl.lit(register.value, dtype=pl.Int16),
                three_rate=pl.lit(value=True),
                half_hours=pl.lit(value=True),
                energy_wh=pl.when(whole).then(name),
                quality="by",
            ).select(totals.columns)
            for register, name in BANDS.items()
        ]


def half_hour_bands(
    found: PeriodReads, advanced: pl.DataFrame, findings: pl.DataFrame, period: Period
) -> HalfHourBands:
    """Look for half-hours of the points whose registers lack the bands their price needs.

    Points without any half-hour of the period keep RDG-007. For the others the gate decides: what
    it rejects keeps the agreement from being billed, with the reason.
    """
    lacking = findings.filter(pl.col("rule") == no_bands.RULE)["subject"]
    points = found.points.filter(pl.col("subject").is_in(lacking.implode())).sort("usage_point")
    files = [] if points.is_empty() else day_files(period)
    if not any(one.validated.files or one.raw.files for one in files):
        return HalfHourBands(DETERMINANTS.empty(), findings)
    month = month_of(
        points.select("usage_point", "period_from", "period_to"), files, load_time_bands()
    )
    own = advanced.join(points, on="usage_point", how="semi")
    determined = usage.point_determinants(month.frame(), registers_of(own, findings))
    seen = determined.filter((pl.col("present") > 0) | (pl.col("not_validated") > 0))
    words = points.select("usage_point", "subject", group="price_group")
    gated = seen.join(words, on="usage_point")
    stopped = usage.check_gate(GATED_POINTS.check(gated), gate_in_force(period.start))
    replaced = (pl.col("rule") == no_bands.RULE) & pl.col("subject").is_in(
        gated["subject"].implode()
    )
    return HalfHourBands(seen, pl.concat([findings.filter(~replaced), stopped]))
