"""A file piece by piece as rows of its fields under our names, whatever it is written in."""

from __future__ import annotations

import difflib
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from congto.vocabulary.errors import InvalidInputError
from congto.vocabulary.frames.readings import ROW_ERRORS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from congto.interfaces.files.concentrators.adapter import Adapter

AT_ONCE = 32 * 2**20
"""Bytes of text held at one time."""


class Piece(NamedTuple):
    """Some rows of a file.

    Attributes:
        rows: `line` and the names of Adapter.places, as text or typed; those absent are null.
        errors: frame ROW_ERRORS of what is no row, whose lines are not in `rows`.
    """

    rows: pl.DataFrame
    errors: pl.DataFrame


def ahead(pieces: Iterator[Piece]) -> Iterator[Piece]:
    """Read the next piece in a thread while the one before is worked on."""
    with ThreadPoolExecutor(1) as thread:
        coming = thread.submit(next, pieces, None)
        while (piece := coming.result()) is not None:
            coming = thread.submit(next, pieces, None)
            yield piece


def expected_of(adapter: Adapter) -> str:
    """Say what a file of the adapter has."""
    return f"the fields {', '.join(dict.fromkeys(at for _, at in adapter.places()))}"


def places_in(path: Path, adapter: Adapter, found: Sequence[str], line: int) -> dict[str, int]:
    """Return our name -> number of the column that is called so.

    Raises:
        InvalidInputError: a column is not there, with a hint where a name is nearly right, or
            stands twice.
    """
    numbers: dict[str, int] = {}
    for name, at in adapter.places():
        if at not in found:
            near = difflib.get_close_matches(at, found, n=1)
            hint = f" (the file has {near[0]!r})" if near else ""
            raise InvalidInputError(
                f"{path.name} line {line} lacks the column {at} of adapter {adapter.name}",
                expected=expected_of(adapter),
                action=f"correct the adapter{hint} or deliver a file of this format",
            )
        if found.count(at) > 1:
            raise InvalidInputError(
                f"{path.name} line {line} names a column twice",
                expected=expected_of(adapter),
                action="remove one of the two",
            )
        numbers[name] = found.index(at)
    return numbers


def told(errors: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Return errors together; none where there are none."""
    return pl.concat([ROW_ERRORS.empty(), *errors])
