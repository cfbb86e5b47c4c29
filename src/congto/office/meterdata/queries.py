"""Reads of readings, usage and findings."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

    from congto.office.storage.bulk import Bulk
    from congto.vocabulary.periods import Period


def usage_of_period(books: Bulk, period: Period) -> pl.DataFrame:
    """Return the current usage of every agreement in a period: agreement (id), energy_wh.

    One row per agreement: an agreement with several parts in the period has them added up.
    """
    return books.read(
        "SELECT agreement_id AS agreement, sum(energy_wh)::bigint AS energy_wh FROM ("
        " SELECT DISTINCT ON (agreement_id, period_from) agreement_id, energy_wh"
        " FROM meterdata_usage WHERE period_from >= $1 AND period_to <= $2"
        " ORDER BY agreement_id, period_from, version DESC) current GROUP BY 1",
        (period.start, period.end),
    )
