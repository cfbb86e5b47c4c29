"""XML of half-hours: no entities, no network, element by element, also where a file breaks off."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

import polars as pl
from lxml import etree

from congto.interfaces.files.cast import complain
from congto.interfaces.files.delivery import CUT, Delivery, check_there
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

CUT_WHOLE = "deliver the file again, it is cut off; nothing in it is whole"

ERROR = tuple[int, str, str, str]
"""Line, what was found, what is expected, what to do."""


@dataclass(slots=True)
class Found:
    """Values and errors of a file so far.

    Attributes:
        cut: the element at hand is the one in which the file breaks off.
        left_out: what to do about that element where its values cannot be taken, and why not.
    """

    file: str
    how: How
    rows: list[tuple[object, ...]] = field(default_factory=list)
    wrong: list[ERROR] = field(default_factory=list)
    seen: SeenDays = field(init=False)
    cut: bool = False
    left_out: str = ""

    def __post_init__(self) -> None:
        self.seen = SeenDays(self.file)

    def piece(self) -> Delivery:
        """Return what was found since the last piece, as days."""
        values = pl.DataFrame(self.rows, schema=WRITTEN, orient="row")
        errors = [ROW_ERRORS.empty(), self.told()]
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

    def told(self) -> pl.DataFrame:
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


def elements(
    path: Path, name: str, found: Found, expected: str, part: str = ""
) -> Iterator[etree._Element]:
    """Yield the elements of a name one by one, each cleared behind; a cut file ends in an error.

    The element in which a file breaks off comes too (`found.cut`), with those of its parts that are
    whole, where a part is named and one of them is.

    Raises:
        InvalidInputError: the file is absent, empty, no XML at all, or cut before anything whole.
    """
    check_there(path, expected)
    tags = [f"{{*}}{one}" for one in (name, part) if one]
    parsing = etree.iterparse(
        str(path), events=("start", "end"), tag=tags, resolve_entities=False, no_network=True
    )
    count = 0
    opened: etree._Element | None = None
    last: etree._Element | None = None
    try:
        for event, element in parsing:
            if event == "start":
                if opened is None and etree.QName(element).localname == name:
                    opened, last = element, None
            elif opened is not None and element is opened:
                count, opened = count + 1, None
                yield element
                _clear(element)
            else:
                last = element
    except etree.XMLSyntaxError as error:
        if opened is not None and last is not None:
            found.cut = True
            _leave_whole(opened, part, last)
            yield opened
            count += not found.left_out
        if count == 0:
            raise _useless(path, name, expected, found, error) from error
        wrong = f"the file breaks off ({error.msg})"
        found.wrong.append((error.lineno or 0, wrong, "the end of it", found.left_out or CUT))


def records(
    path: Path, name: str, part: str, found: Found, expected: str
) -> Iterator[etree._Element]:
    """Yield the elements of a name as `elements` does, faster: their parts are not looked at.

    Of the one in which a file breaks off its last part is left out: it may go on.
    """
    check_there(path, expected)
    parsing = etree.iterparse(
        str(path), events=("start", "end"), tag=f"{{*}}{name}", resolve_entities=False,
        no_network=True,
    )  # fmt: skip
    count = 0
    opened: etree._Element | None = None
    try:
        for event, element in parsing:
            if event == "start":
                opened = element if opened is None else opened
            elif opened is not None and element is opened:
                count, opened = count + 1, None
                yield element
                _clear(element)
    except etree.XMLSyntaxError as error:
        if opened is not None and part and _without_last(opened, part):
            found.cut = True
            yield opened
            count += 1
        if count == 0:
            raise _useless(path, name, expected, found, error) from error
        wrong = f"the file breaks off ({error.msg})"
        found.wrong.append((error.lineno or 0, wrong, "the end of it", CUT))


def _without_last(opened: etree._Element, part: str) -> bool:
    """Take the last part out of an element; tell whether others are left."""
    parts = list(opened.iter(f"{{*}}{part}"))
    for last in parts[-1:]:
        parent = last.getparent()
        assert parent is not None  # it stands within `opened`
        parent.remove(last)
    return len(parts) > 1


def _clear(element: etree._Element) -> None:
    """Free an element and what stands before it."""
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]


def _leave_whole(opened: etree._Element, part: str, last: etree._Element) -> None:
    """Take out of an element what the file breaks off in: a part, or a text that may go on."""
    node = opened
    while len(node):
        node = node[-1]
        if node is last:
            return
        # A tag that the cut goes through has no proper name.
        if str(node.tag).rpartition("}")[2] == part:
            break
    else:
        if node.tail is not None or not (node.text or "").strip():
            return
    parent = node.getparent()
    if parent is not None:
        parent.remove(node)


def _useless(
    path: Path, name: str, expected: str, found: Found, error: etree.XMLSyntaxError
) -> InvalidInputError:
    """Return the sentence on a file of which nothing can be taken."""
    line = error.lineno or 0
    if _begun(path, name):
        return InvalidInputError(
            f"{path.name} line {line}: the file breaks off within its first {name} ({error.msg})",
            expected="the end of it",
            action=found.left_out or CUT_WHOLE,
        )
    return InvalidInputError(
        f"{path.name} line {line} is not XML ({error.msg})",
        expected=expected,
        action="deliver such a file or name the format it has",
    )


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
