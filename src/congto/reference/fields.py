"""Reading published data strictly: every refusal names file, key, what was found and expected."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from importlib.resources import files
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Self, TypeVar

import yaml

from congto.vocabulary.errors import InvalidInputError
from congto.vocabulary.prices import Confidence

if TYPE_CHECKING:
    from collections.abc import Iterable
    from enum import StrEnum
    from importlib.resources.abc import Traversable
    from pathlib import Path

    Word = TypeVar("Word", bound="StrEnum")

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_WHOLE = re.compile(r"0|[1-9]\d*")
_YEARS = (1990, 2100)  # published data of other years are slips of the pen
_DECIMAL = re.compile(r"(0|[1-9]\d*)(\.\d+)?")


def shipped(directory: Path | None) -> Traversable:
    """Return the folder to read: the given one, else the data inside the package."""
    return directory if directory is not None else files("congto.reference") / "vn"


def parse_day(text: str) -> date | None:
    """Return the day that a text YYYY-MM-DD names, None if it names none."""
    if not _DAY.fullmatch(text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def refuse(place: str, found: str, expected: str) -> InvalidInputError:
    """Return the error for one wrong value: `place` is file and key or line."""
    return InvalidInputError(
        f"{place}: {found}", expected=expected, action="mend the file; nothing was loaded"
    )


@dataclass(frozen=True, slots=True)
class Entry:
    """One mapping of a file and where it stands; every read checks type and presence."""

    place: str
    values: dict[str, Any]

    @classmethod
    def of(cls, place: str, value: object) -> Self:
        """Wrap a mapping whose keys are texts."""
        if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
            raise refuse(place, f"found {value!r}", "keys with values")
        return cls(place, value)

    def fields(self, *names: str) -> Self:
        """Refuse keys other than these; return itself."""
        for key in self.values:
            if key not in names:
                raise refuse(f"{self.place}, key {key}", "unknown key", ", ".join(names))
        return self

    def at(self, key: str) -> str:
        """Return the place of a key, for messages."""
        return f"{self.place}, key {key}"

    def raw(self, key: str) -> object:
        """Return the value as the file has it."""
        if key not in self.values:
            raise refuse(self.at(key), "the key is missing", "a value")
        return self.values[key]

    def text(self, key: str) -> str:
        """Return a text that is not empty; numbers must stand in quotes, so they are texts too."""
        value = self.raw(key)
        if not isinstance(value, str) or not value:
            raise refuse(self.at(key), f"found {value!r}", "a text in quotes")
        return value

    def optional(self, key: str) -> str | None:
        """Return a text or None."""
        return None if self.raw(key) in (None, "") else self.text(key)

    def day(self, key: str) -> date:
        """Return a date written YYYY-MM-DD."""
        value = self.text(key)
        found = parse_day(value)
        if found is None:
            raise refuse(self.at(key), f"found {value!r}", 'a date such as "2025-05-10"')
        if not _YEARS[0] <= found.year <= _YEARS[1]:
            raise refuse(
                self.at(key), f"found {value!r}", f"a year from {_YEARS[0]} to {_YEARS[1]}"
            )
        return found

    def optional_day(self, key: str) -> date | None:
        """Return a date or None."""
        return None if self.raw(key) is None else self.day(key)

    def whole(self, key: str) -> int:
        """Return a whole number of zero or more."""
        value = self.text(key)
        if not _WHOLE.fullmatch(value):
            raise refuse(self.at(key), f"found {value!r}", 'a whole number such as "1984"')
        return int(value)

    def optional_whole(self, key: str) -> int | None:
        """Return a whole number or None."""
        return None if self.raw(key) in (None, "") else self.whole(key)

    def decimal(self, key: str) -> Decimal:
        """Return an exact decimal of zero or more."""
        value = self.text(key)
        if not _DECIMAL.fullmatch(value):
            raise refuse(self.at(key), f"found {value!r}", 'a number such as "0.08"')
        return Decimal(value)

    def hundredths(self, key: str, scale: int = 100) -> int:
        """Return decimal x scale as a whole number: "5.88" -> 588."""
        value = self.decimal(key) * scale
        if value != int(value):
            raise refuse(self.at(key), f"found {self.text(key)!r}", f"at most 1/{scale} precision")
        return int(value)

    def word(self, key: str, kind: type[Word]) -> Word:
        """Return a member of an enumeration of words."""
        value = self.text(key)
        if value not in [member.value for member in kind]:
            raise refuse(self.at(key), f"found {value!r}", "one of " + ", ".join(kind))
        return kind(value)

    def confidence(self) -> Confidence:
        """Return the value of `confidence`."""
        return self.word("confidence", Confidence)

    def yes(self, key: str) -> bool:
        """Return "yes" or "no" as a truth value."""
        value = self.text(key)
        if value not in {"yes", "no"}:
            raise refuse(self.at(key), f"found {value!r}", '"yes" or "no"')
        return value == "yes"

    def entry(self, key: str) -> Entry:
        """Return the mapping under a key."""
        return Entry.of(self.at(key), self.raw(key))

    def listed(self, key: str) -> list[object]:
        """Return the list under a key."""
        value = self.raw(key)
        if not isinstance(value, list):
            raise refuse(self.at(key), f"found {value!r}", "a list")
        return value

    def entries(self, key: str) -> list[Entry]:
        """Return the mappings of the list under a key; it must not be empty."""
        found = [
            Entry.of(f"{self.place}, {key}[{number}]", value)
            for number, value in enumerate(self.listed(key), start=1)
        ]
        if not found:
            raise refuse(self.at(key), "the list is empty", "at least one row")
        return found


def read_text(file: Traversable) -> str:
    """Return the text of a UTF-8 file."""
    try:
        return file.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise refuse(str(file), "the file is missing", "a file with this name") from error
    except UnicodeDecodeError as error:
        raise refuse(str(file), f"byte {error.start + 1} is not UTF-8", "UTF-8 text") from error


class _UniqueKeys(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # base is chosen at run time: the C parser where PyYAML has it
    """A safe loader that refuses a key given twice instead of keeping the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002  (PyYAML's signature)
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen:
                raise yaml.MarkedYAMLError(
                    problem=f"the key {key.value} is given twice", problem_mark=key.start_mark
                )
            seen.add(key.value)
        found: dict[Any, Any] = super().construct_mapping(node, deep)
        return found


def read_yaml(file: Traversable) -> Entry:
    """Return the mapping that a YAML file is."""
    try:
        value = yaml.load(read_text(file), _UniqueKeys)  # noqa: S506  (a subclass of SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise refuse(f"{file}, line {line}", str(error.problem), "valid YAML") from error
    except yaml.YAMLError as error:  # a character that YAML does not allow
        raise refuse(str(file), " ".join(str(error).split()), "valid YAML") from error
    return Entry.of(str(file), value)


def read_csv(file: Traversable, columns: tuple[str, ...]) -> Iterable[Entry]:
    """Yield the rows of a CSV file with exactly these columns, each with its line number."""
    lines = csv.reader(io.StringIO(read_text(file)))
    header = next(lines, [])
    if tuple(header) != columns:
        raise refuse(f"{file}, line 1", f"found {','.join(header)}", ",".join(columns))
    for cells in lines:
        place = f"{file}, line {lines.line_num}"
        if len(cells) != len(columns):
            raise refuse(place, f"{len(cells)} cells", f"{len(columns)} cells")
        yield Entry(place, dict(zip(columns, cells, strict=True)))


def refuse_gaps(rows: list[tuple[str, date, date | None]], what: str) -> None:
    """Refuse dated rows (place, from, to) that overlap, leave a gap, or end before an open row.

    Rows must stand in order of date; each begins the day the one before it ends.
    """
    for (earlier, start, end), (place, following, _) in pairwise(rows):
        if end is None:
            raise refuse(
                earlier,
                f"{what} from {start} is open and overlaps the next",
                f"an end of {following}",
            )
        if following < end:
            raise refuse(
                place,
                f"{what} from {following} overlaps the one from {start}",
                f"a start of {end}",
            )
        if following > end:
            raise refuse(place, f"no {what} from {end} to {following}", f"a start of {end}")
    for place, start, end in rows:
        if end is not None and end <= start:
            raise refuse(place, f"from {start} to {end}", "an end after the start")
