"""Files that can be made again: Parquet, written whole, each with a word on what it was made from.

Not part of the books: a derived file may be removed at any time. It is replaced by one rename, so a
reader sees the old one or the new one, and a run that was killed leaves a draft that nobody reads.
"""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

MADE_FROM = "congto.made_from"


def word_of(*parts: pl.DataFrame | Iterable[str]) -> str:
    """Return one word for frames (in the order of their rows) and texts: another where one differs.

    Between versions of the libraries the word may change; then files are made again for nothing.
    """
    digest = hashlib.sha256()
    for part in parts:
        if isinstance(part, pl.DataFrame):
            digest.update(part.hash_rows(seed=1).to_numpy().tobytes())
        else:
            digest.update("\n".join(part).encode())
        digest.update(b"\0")
    return digest.hexdigest()


def made_from(place: Path) -> str | None:
    """Return the word that a file was written with; None where there is no file."""
    return pl.read_parquet_metadata(place).get(MADE_FROM) if place.exists() else None


def write(place: Path, rows: pl.DataFrame, *, of: str) -> None:
    """Write a file, or put another in its place."""
    place.parent.mkdir(parents=True, exist_ok=True)
    draft = place.with_suffix(f".{os.getpid()}.draft")
    rows.write_parquet(draft, compression="zstd", compression_level=1, metadata={MADE_FROM: of})
    draft.replace(place)
