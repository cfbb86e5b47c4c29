"""How a delivered file must look: its columns, their kinds and its key."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a column holds."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"  # a measure that is neither money nor energy: kV, degrees
    DATE = "date"
    BOOLEAN = "boolean"
    CHOICE = "choice"
    HALF_HOURS = "half_hours"  # a list of 48 whole Wh, null where one is missing (Parquet only)


@dataclass(frozen=True, slots=True)
class Column:
    """One column: an empty field is allowed where `required` is False, and becomes null.

    Where `absent` is True a file may also lack the whole column: all its fields are null then.
    """

    name: str
    kind: Kind = Kind.TEXT
    required: bool = True
    absent: bool = False
    longest: int | None = None  # characters
    least: float | None = None
    most: float | None = None
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Layout:
    """Columns in any order; `key` names the columns that identify a row."""

    columns: tuple[Column, ...]
    key: tuple[str, ...]

    @property
    def needed(self) -> list[str]:
        """Return the names of the columns that no file may lack."""
        return [column.name for column in self.columns if not column.absent]

    @property
    def names(self) -> list[str]:
        """Return the column names in the order of the description."""
        return [column.name for column in self.columns]
