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
    path = errors_of(delivery)
    if not path.is_file():
        return []
    listed = pl.read_csv(path, schema=ROW_ERRORS.columns, n_rows=most)
    return sentences(listed.with_columns(pl.col(pl.String).fill_null("")))
