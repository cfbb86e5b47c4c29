"""Rows of a delivered file on their way into the books: good ones go on, bad ones are listed.

Every stage's load operation follows the same steps on one of these: resolve the codes that the rows
name, reject what cannot be, tell new rows from those the books hold already, insert the new ones.
All of it happens in the caller's one transaction, so a killed load leaves nothing behind and is
simply run again.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import polars as pl

from congto.vocabulary.frames.readings import ROW_ERRORS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from congto.office.storage.bulk import Bulk

UPDATES_LATER = (
    "files only add rows; change what the books hold in the console, or deliver the row unchanged"
)


@dataclass(frozen=True, slots=True)
class Loaded:
    """What became of one delivered file.

    Attributes:
        file: its name.
        inserted / unchanged: rows that entered the books / that were there already, equal.
        errors: frame ROW_ERRORS of the rows that did not enter.
    """

    file: str
    inserted: int
    unchanged: int
    errors: pl.DataFrame

    @property
    def rejected(self) -> int:
        """Return the number of rows that did not enter."""
        return self.errors["line"].n_unique()


@dataclass(slots=True)
class Rows:
    """Delivered rows that are still good, and the errors of those that are not."""

    file: str
    good: pl.DataFrame
    errors: list[pl.DataFrame] = field(default_factory=list)
    unchanged: int = 0

    @classmethod
    def of(cls, frame: pl.DataFrame, file: str) -> Rows:
        """Start with a delivered frame; without a column `line` its rows are numbered from 1."""
        if "line" not in frame.columns:
            frame = frame.with_row_index("line", offset=1)
        return cls(file, frame.with_columns(pl.col("line").cast(pl.Int64)))

    def reject(
        self, bad: pl.Expr, column: str, found: pl.Expr, *, expected: str, action: str
    ) -> None:
        """List the rows where `bad` holds and go on without them."""
        marked = self.good.with_columns(bad.fill_null(value=False).alias("__bad"))
        if not marked["__bad"].any():
            return
        self.errors.append(
            marked.filter("__bad").select(
                pl.lit(self.file).alias("file"),
                pl.col("line"),
                pl.lit(column).alias("column"),
                found.cast(pl.String).alias("found"),
                pl.lit(expected).alias("expected"),
                pl.lit(action).alias("action"),
            )
        )
        self.good = marked.filter(~pl.col("__bad")).drop("__bad")

    def resolve(self, column: str, known: pl.DataFrame, *, of: str) -> None:
        """Add `<column>_id` from `known` (code, id); an unknown code is an error, none is null.

        Args:
            column: the column that names the code; also the word for it in the sentence.
            known: codes and ids the books hold.
            of: the file whose rows the codes should come from.
        """
        codes = known.select(pl.col("code").alias(column), pl.col("id").alias(f"{column}_id"))
        self.good = self.good.join(codes, on=column, how="left", maintain_order="left")
        word = column.replace("_", " ")
        self.reject(
            pl.col(column).is_not_null() & pl.col(f"{column}_id").is_null(),
            column,
            pl.format("{} {} is not known", pl.lit(word), pl.col(column)),
            expected=f"one of {of}",
            action=f"load the {word} first or correct the code",
        )

    def keep_new(self, existing: pl.DataFrame, key: str, compared: Sequence[str]) -> None:
        """Go on with the rows whose key the books lack; an equal row is counted, a changed listed.

        Args:
            existing: the books' rows: the key and the compared columns, same names and types.
            key: the identifying column.
            compared: columns that must be equal for a row to be unchanged.
        """
        if existing.is_empty():
            return
        old = existing.select(key, *(pl.col(name).alias(f"__{name}") for name in compared))
        joined = self.good.join(
            old.with_columns(__held=pl.lit(value=True)), on=key, how="left", maintain_order="left"
        )
        differs = {name: pl.col(name).ne_missing(pl.col(f"__{name}")) for name in compared}
        changed = pl.any_horizontal(*differs.values()) & pl.col("__held").is_not_null()
        names = [pl.when(differs[name]).then(pl.lit(name.removesuffix("_id"))) for name in compared]
        self.good = joined
        self.reject(
            changed,
            key,
            pl.format(
                "{} is in the books already with another {}",
                pl.col(key),
                pl.concat_str(names, separator=", ", ignore_nulls=True),
            ),
            expected="the row as the books hold it",
            action=UPDATES_LATER,
        )
        held = pl.col("__held").is_not_null()
        self.unchanged = int(self.good.select(held.sum()).item())
        self.good = self.good.filter(~held).select(pl.exclude("^__.*$"))

    def loaded(self) -> Loaded:
        """Return the report once the good rows are in."""
        errors = pl.concat([ROW_ERRORS.empty(), *self.errors]).sort("line", "column")
        return Loaded(self.file, self.good.height, self.unchanged, errors)


def with_paths(rows: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Add `path` to rows of a tree (code, parent): the codes from the root down, each with a slash.

    The parent may be in `known` (code, path) or among the rows, in any order. The path is null
    where the chain of parents does not reach a root: an unknown parent somewhere, or a circle. One
    join a level; a power network has five.
    """
    placed = [rows.filter(pl.col("parent").is_null()).with_columns(path=pl.col("code") + "/")]
    pending = rows.filter(pl.col("parent").is_not_null())
    above = pl.concat([known.select("code", "path"), placed[0].select("code", "path")])
    while not (pending.is_empty() or above.is_empty()):
        parents = above.select(parent="code", __above="path")
        ready = pending.join(parents, on="parent", how="inner")
        pending = pending.join(parents, on="parent", how="anti")
        placed.append(
            ready.with_columns(path=pl.col("__above") + pl.col("code") + "/").drop("__above")
        )
        above = placed[-1].select("code", "path")
    placed.append(pending.with_columns(path=pl.lit(None, dtype=pl.String)))
    return pl.concat(placed, how="diagonal").sort("line")


MANY_ROWS = 10_000
"""From so many new rows on, the planner is told at once what the table holds now."""


def insert(books: Bulk, table: str, rows: pl.DataFrame, *, analyze: bool = True) -> pl.Series:
    """COPY rows into a table under fresh ids; return the ids in the order of the rows.

    A run that inserts many parts says `analyze=False` and analyzes once at its end.
    """
    if rows.is_empty():
        return pl.Series("id", [], dtype=pl.Int64)
    ids = books.take_ids(table, rows.height)
    books.copy(table, rows.insert_column(0, ids.alias("id")))
    if analyze and rows.height >= MANY_ROWS:
        books.execute(f"ANALYZE {table}")
    return ids


@contextmanager
def built_after(books: Bulk, table: str, *names: str, when: bool) -> Iterator[None]:
    """Drop indexes or constraints of a table for the block and build them again at its end.

    A trigram index or an exclusion constraint is built over finished rows several times faster than
    it is kept while they come in; `when` is for loads that bring most of the table. All in the
    caller's transaction: a load that is killed leaves them as they were, and rows that break a
    constraint undo the load.
    """
    if not when:
        yield
        return
    constraints = _definitions(books, CONSTRAINTS, names)
    indexes = {
        name: text
        for name, text in _definitions(books, INDEXES, names).items()
        if name not in constraints
    }
    for name in constraints:
        books.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    for name in indexes:
        books.execute(f"DROP INDEX {name}")
    yield
    # PostgreSQL builds nothing over rows whose foreign keys are still to be checked.
    books.execute("SET CONSTRAINTS ALL IMMEDIATE")
    for name, text in constraints.items():
        books.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {text}")
    for text in indexes.values():
        books.execute(text)


CONSTRAINTS = (
    "SELECT conname AS name, pg_get_constraintdef(oid) AS text FROM pg_constraint"
    " WHERE conname = ANY($1)"
)
INDEXES = "SELECT indexname AS name, indexdef AS text FROM pg_indexes WHERE indexname = ANY($1)"


def _definitions(books: Bulk, sql: str, names: Sequence[str]) -> dict[str, str]:
    """Return the definitions of constraints or indexes by name."""
    found = books.read(sql, (list(names),))
    return dict(zip(found["name"], found["text"], strict=True))
