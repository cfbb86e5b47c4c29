"""The tables that pass between stages, each with its grain, checked at the door."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from congto.vocabulary.errors import InvalidInputError

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, slots=True)
class Frame:
    """Name, grain ("one row per ...") and columns with their types.

    Units stand in the column names: `_wh` watt-hours, `_varh`, `_kw`, `_vnd` whole đồng.
    """

    name: str
    grain: str
    columns: dict[str, pl.DataType | type[pl.DataType]]

    def check(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Return the frame with exactly these columns in this order, or raise InvalidInputError."""
        missing = [name for name in self.columns if name not in frame.columns]
        if missing:
            raise InvalidInputError(
                f"frame {self.name} lacks the columns {', '.join(missing)}",
                expected=", ".join(self.columns),
            )
        for name, dtype in self.columns.items():
            if frame.schema[name] != dtype:
                raise InvalidInputError(
                    f"column {name} of frame {self.name} is {frame.schema[name]}",
                    expected=str(dtype),
                )
        return frame.select(list(self.columns))

    def empty(self) -> pl.DataFrame:
        """Return a frame of this shape without rows."""
        import polars as pl  # noqa: PLC0415  (keeps the vocabulary importable in 20 ms)

        return pl.DataFrame(schema=self.columns)
