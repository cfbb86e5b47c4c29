"""Which register findings stand: those that no person has confirmed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from congto.engines import readings
from congto.engines.readings import implausible
from congto.office.meterdata.findings import confirmed

if TYPE_CHECKING:
    import polars as pl

    from congto.office.storage.bulk import Bulk
    from congto.vocabulary.periods import Period


def standing_findings(books: Bulk, advanced: pl.DataFrame, period: Period) -> pl.DataFrame:
    """Check registers: REGISTER_ADVANCES in, FINDINGS out, without confirmed values."""
    settled = confirmed(books, implausible.RULE, period)
    key = ["rule", "subject", "period_from", "period_to", "observed"]
    return readings.check_registers(advanced).join(settled, on=key, how="anti")
