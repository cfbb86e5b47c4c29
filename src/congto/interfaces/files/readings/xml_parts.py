"""XML of half-hours: no entities, no network, element by element, also where a file breaks off."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

import polars as pl
from lxml import etree

from congto.interfaces.files.cast import complain
from congto.interfaces.files.delivery import Delivery, check_there
from congto.interfaces.files.readings.repeats import SeenDays
from congto.interfaces.files.readings.stamps import SINGLE_VALUES, gather, local
from congto.interfaces.files.readings.tables import millionths, no_numbers
from congto.vocabulary.errors import InvalidInputError
from congto.vocabulary.frames.delivered import DELIVERED_DAYS
from congto.vocabulary.frames.readings import ROW_ERRORS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from congto.interfaces.files.readings.words import How

HEAD_BYTES = 65_536
AT_ONCE = 500_000
"""Values held at one time."""

WRITTEN: dict[str, pl.DataType] = {
    **{name: dtype for name, dtype in SINGLE_VALUES.items() if name not in {"start", "millionths"}},
    "start": pl.String(),
    "value": pl.String(),
    "minutes": pl.Int64(),
}
"""Columns of one value as an XML file writes it: start with its offset, value as text."""

ERROR = tuple[int, str, str, str]
"""Line, what was found, what is expected, what to do."""


@dataclass(slots=True)
class Found:
    """Values and errors of a file so far."""

    file: str
    how: How
    rows: list[tuple[object, ...]] = field(default_factory=list)
    wrong: list[ERROR] = field(default_factory=list)
    seen: SeenDays = field(init=False)

    def __post_init__(self) -> None:
        self.seen = SeenDays(self.file)

    def piece(self) -> Delivery:
        """Return what was found since the last piece, as days."""
        values = pl.DataFrame(self.rows, schema=WRITTEN, orient="row")
        errors = [ROW_ERRORS.empty(), self._told()]
        self.rows, self.wrong = [], []
        numbers = values.select(pl.col("value").map_batches(millionths, return_dtype=pl.Int64))
        errors.append(no_numbers(self.file, values["line"], values.select("value"), numbers))
        starts = local(values["start"], self.how.zone)
        errors.append(_no_times(self.file, values, starts))
        known = values.with_columns(starts, millionths=numbers["value"]).filter(
            pl.col("start").is_not_null(), pl.col("millionths").is_not_null()
        )
        made = [
            gather(self.file, part.select(list(SINGLE_VALUES)), int(minutes))
            for (minutes,), part in known.partition_by("minutes", as_dict=True).items()
        ]
        frame = pl.concat([DELIVERED_DAYS.empty(), *(one.frame for one in made)])
        frame, repeated = self.seen.first_of(frame)
        errors += [*(one.errors for one in made), repeated]
        return Delivery(frame, pl.concat(errors).sort("line", "column"))

    def _told(self) -> pl.DataFrame:
        """Return the errors found while the file was read."""
        schema = {"line": pl.Int64, "found": pl.String, "expected": pl.String, "action": pl.String}
        rows = pl.DataFrame(self.wrong, schema=schema, orient="row")
        parts = pl.col("found"), pl.col("expected"), pl.col("action")
        return complain(self.file, rows, "", *parts)


def _no_times(file: str, values: pl.DataFrame, starts: pl.Series) -> pl.DataFrame:
    """List the values whose time cannot be read."""
    return complain(
        file,
        values.rename({"start": "word"}).filter(starts.is_null()),
        "start",
        pl.format("the time is '{}'", pl.col("word").fill_null("")),
        "a time such as 2026-10-31T00:30:00+07:00",
        "correct the time",
    )


def elements(path: Path, name: str, found: Found, expected: str) -> Iterator[etree._Element]:
    """Yield the elements of a name one by one, each cleared behind; a cut file ends in an error.

    Raises:
        InvalidInputError: the file is absent, empty or no XML at all.
    """
    check_there(path, expected)
    parsing = etree.iterparse(
        str(path), events=("end",), tag=f"{{*}}{name}", resolve_entities=False, no_network=True
    )
    count = 0
    try:
        for _, element in parsing:
            count += 1
            yield element
            element.clear()
            while element.getprevious() is not None:
                del element.getparent()[0]
    except etree.XMLSyntaxError as error:
        line = error.lineno or 0
        if count == 0 and _begun(path, name):
            raise InvalidInputError(
                f"{path.name} line {line}: the file breaks off within its first {name}"
                f" ({error.msg})",
                expected="the end of it",
                action="deliver the file again, it is cut off; nothing in it is whole",
            ) from error
        if count == 0:
            raise InvalidInputError(
                f"{path.name} line {line} is not XML ({error.msg})",
                expected=expected,
                action="deliver such a file or name the format it has",
            ) from error
        action = "deliver the file again, it is cut off; what stands before is read"
        found.wrong.append((line, f"the file breaks off ({error.msg})", "the end of it", action))


def _begun(path: Path, name: str) -> bool:
    """Tell whether the file is XML with such an element at its beginning."""
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    return head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") and name.encode() in head


def line_of(element: etree._Element) -> int:
    """Return the line on which an element begins; 0 where it is not known."""
    line = element.sourceline
    return line if isinstance(line, int) else 0


def text(element: etree._Element, path: str) -> str | None:
    """Return the text of a descendant, such as "Meter/mRID"; None where there is none."""
    found = element.find("/".join(f"{{*}}{part}" for part in path.split("/")))
    said = None if found is None or found.text is None else found.text.strip()
    return said or None


class Maker:
    """Makes elements of one namespace, without a prefix."""

    def __init__(self, namespace: str) -> None:
        self.namespace = namespace
        # The stubs know no default namespace, whose prefix is None.
        self.nsmap = cast("dict[str, str]", {None: namespace})

    def __call__(
        self, name: str, *inside: str | etree._Element, **attributes: str
    ) -> etree._Element:
        """Return an element with what is inside: its text or its children."""
        element = etree.Element(f"{{{self.namespace}}}{name}", attributes, nsmap=self.nsmap)
        for one in inside:
            if isinstance(one, str):
                element.text = one
            else:
                element.append(one)
        return element
