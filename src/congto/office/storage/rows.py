"""A query on Django's own connection answered as a frame, for operations on a few rows.

Runs read through `bulk`, whose connection does not see what Django's has not committed yet. An
operation that writes through the ORM and computes in frames reads through this instead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl
from django.db import connection

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

TYPES: dict[int, pl.DataType] = {
    16: pl.Boolean(),
    20: pl.Int64(),
    21: pl.Int16(),
    23: pl.Int32(),
    1007: pl.List(pl.Int32()),
    1082: pl.Date(),
}
"""PostgreSQL's numbers of the types that come back as they are (pg_type.oid); the rest is text."""


def read_here(sql: str, parameters: Sequence[Any] | Mapping[str, Any] = ()) -> pl.DataFrame:
    """Answer a query as a frame; parameters are %s, or %(name)s, in the text."""
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        schema = {column[0]: TYPES.get(column[1], pl.String()) for column in cursor.description}
        return pl.DataFrame(cursor.fetchall(), schema=schema, orient="row")
