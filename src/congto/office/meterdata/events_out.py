"""Events of meters as files take them out of the books."""

from __future__ import annotations

from datetime import datetime, time
from typing import TYPE_CHECKING

import polars as pl

from congto.office.storage.bulk import read
from congto.vocabulary.events import END_OF
from congto.vocabulary.frames.events import DELIVERED_EVENTS
from congto.vocabulary.periods import LOCAL_ZONE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from congto.office.control.queries import Scope
    from congto.vocabulary.periods import Period

EVENTS = """
SELECT p.code AS usage_point, u.path, m.serial AS meter, e.kind, e.code, e.began_at, e.ended_at,
  e.seconds, e.detail
FROM meterdata_meterevent e
JOIN meters_usagepoint p ON p.id = e.usage_point_id
JOIN organisation_unit u ON u.id = p.unit_id
LEFT JOIN meters_meterinstallation i ON i.usage_point_id = p.id
  AND i.valid_from <= (e.began_at AT TIME ZONE $4)::date
  AND (i.valid_to IS NULL OR i.valid_to > (e.began_at AT TIME ZONE $4)::date)
LEFT JOIN meters_meter m ON m.id = i.meter_id
WHERE e.began_at >= $1 AND e.began_at < $2
  AND (cardinality($3::text[]) = 0 OR p.code = ANY($3))
ORDER BY p.code, e.began_at, e.kind, e.code
"""


def events_to_export(codes: Sequence[str], period: Period, scope: Scope) -> pl.DataFrame:
    """Return what meters reported in a period: frame DELIVERED_EVENTS.

    An end stands beside its begin; alone only where its begin is not in the period or not known.
    Points outside the scope are left out.

    Args:
        codes: usage points; none: all within the scope.
        period: days on which the events began.
        scope: units whose points may be seen.
    """
    first, end = (datetime.combine(day, time(), LOCAL_ZONE) for day in (period.start, period.end))
    found = read(EVENTS, (first, end, list(codes), str(LOCAL_ZONE)))
    if not scope.whole:
        own = [pl.col("path").str.starts_with(path) for path in scope.paths]
        found = found.filter(pl.any_horizontal(pl.lit(value=False), *own))
    numbered = found.with_row_index("line", offset=1)
    columns = DELIVERED_EVENTS.columns.items()
    typed = numbered.select(pl.col(name).cast(dtype) for name, dtype in columns)
    told = typed.filter(pl.col("ended_at").is_not_null()).select(
        "usage_point",
        pl.col("kind").replace_strict(END_OF, return_dtype=pl.String),
        began_at="ended_at",
    )
    return typed.join(
        told, on=["usage_point", "kind", "began_at"], how="anti", maintain_order="left"
    )
