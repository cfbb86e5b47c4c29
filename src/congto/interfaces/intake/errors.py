"""The rows of a delivery that were not taken, as sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from congto.interfaces.files.cast import sentences
from congto.interfaces.intake.contents import errors_of
from congto.vocabulary.frames.readings import ROW_ERRORS

if TYPE_CHECKING:
    from congto.office.intake.models import Delivery


def sentences_of(delivery: Delivery, most: int) -> list[str]:
    """Return the first so many sentences, in the order of the file; none where all was taken."""
    return sentences(rows_of(delivery, most))


def rows_of(delivery: Delivery, most: int) -> pl.DataFrame:
    """Return the first so many rows that were not taken, frame ROW_ERRORS."""
    path = errors_of(delivery)
    if not path.is_file():
        return ROW_ERRORS.empty()
    listed = pl.read_csv(path, schema=ROW_ERRORS.columns, n_rows=most)
    return listed.with_columns(pl.col(pl.String).fill_null(""))
