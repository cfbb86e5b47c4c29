"""What an adapter says of a maker's file: where things stand in it and what they mean."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from zoneinfo import ZoneInfo

    from congto.vocabulary.groups import Register
    from congto.vocabulary.intervals import Channel
    from congto.vocabulary.prices import Confidence


class Holds(StrEnum):
    """What a file brings."""

    HALF_HOURS = "half_hours"
    REGISTERS = "registers"
    EVENTS = "events"


class FileKind(StrEnum):
    """How a file is written."""

    CSV = "csv"
    PARQUET = "parquet"
    XML = "xml"
    JSON_LINES = "json_lines"


class Layout(StrEnum):
    """How half-hours stand in rows."""

    WIDE = "wide"  # a row a meter and day
    LONG = "long"  # a row an interval, or a value


class Stamp(StrEnum):
    """Which end of an interval, or of a register's day, the time is."""

    BEGIN = "begin"
    END = "end"


SUFFIXES = {
    FileKind.CSV: ".csv",
    FileKind.PARQUET: ".parquet",
    FileKind.XML: ".xml",
    FileKind.JSON_LINES: ".jsonl",
}
SPREAD = re.compile(r"([^{}]*)\{(\d+(?::\d\d)?)-(\d+(?::\d\d)?)\}([^{}]*)")
"""A row of columns: what stands before, first and last number or clock, what stands behind."""
EPOCH_SECONDS, EPOCH_MILLISECONDS = "epoch_seconds", "epoch_milliseconds"
EPOCHS = {EPOCH_SECONDS: 1, EPOCH_MILLISECONDS: 1_000}
"""In place of a format: a number of seconds or milliseconds since 1970 began in UTC."""


@dataclass(frozen=True, slots=True)
class FileForm:
    """How the file is written.

    Attributes:
        names: patterns of file names, as "LP_*.csv".
        encoding, delimiter, decimal: of CSV.
        header: CSV has a line of names; without it places are numbers from 1.
        skip: lines before the header or the first row.
        ends_lines: the last line of a whole file ends as all do; one that does not is cut off.
        trailer: word of a last line that is no row, `TRAILER;number of rows`; empty: there is none.
        record: element (XML) of one meter.
        rows: path from a record to its rows; empty: the record is the row.
    """

    kind: FileKind
    names: tuple[str, ...]
    encoding: str = "utf-8"
    delimiter: str = ","
    decimal: str = "."
    header: bool = True
    skip: int = 0
    ends_lines: bool = True
    trailer: str = ""
    record: str = ""
    rows: str = ""


@dataclass(frozen=True, slots=True)
class MeterPlace:
    """What names the meter: the number on its plate, or a text that holds it.

    Attributes:
        at: where it stands.
        pattern: regular expression whose group is the serial number; empty: the text is it.
    """

    at: str
    pattern: str = ""


@dataclass(frozen=True, slots=True)
class TimeForm:
    """How times are written.

    Attributes:
        at: one place, or two for day and clock.
        format: of strptime, or one of EPOCHS; empty: the file is typed (Parquet).
        zone: of times that have no offset.
        stamp: which end of the interval they are.
        minutes: length of an interval.
        within_seconds: a time so far from the bound of an interval counts as it.
    """

    at: tuple[str, ...]
    format: str
    zone: ZoneInfo
    stamp: Stamp
    minutes: int = 30
    within_seconds: int = 0


@dataclass(frozen=True, slots=True)
class Quantity:
    """A value that is taken.

    Attributes:
        at: where it stands; of a wide row a list, or columns as "h{01-48}".
        code: what the row's code must be, where rows have one.
        channel: of half-hours. register: of registers.
        unit: Wh, kWh, ... . scaler: power of ten of the number in the file.
    """

    at: str
    code: str
    channel: Channel | None
    register: Register | None
    unit: str
    scaler: int


@dataclass(frozen=True, slots=True)
class StatusForm:
    """Bits beside a value: number of the maker's bit -> bit of vocabulary.intervals.Status."""

    at: str
    base: int
    bits: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class EventForm:
    """Where an event's code stands and what codes mean.

    Attributes:
        at: of the code. detail: of a text beside it; empty: there is none.
        codes: the maker's code -> word or code of files of events.
        prefix: put before a code that `codes` lacks, as "dlms:"; empty: it is an error.
    """

    at: str
    detail: str
    codes: tuple[tuple[str, str], ...]
    prefix: str


@dataclass(frozen=True, slots=True)
class Adapter:
    """One maker's format.

    Attributes:
        name: of its file without .yaml; the format is called `concentrator:NAME`.
        title: one line for help pages and screens.
        source: where the format is described.
        code_at: place of the code that says what a row's value is; empty: rows have none.
        total_at: place of the day's sum, which must be that of the values; empty: there is none.
        of_meters: values are what meters measured, before the ratio of transformers.
    """

    name: str
    maker: str
    title: str
    source: str
    confidence: Confidence
    holds: Holds
    layout: Layout
    file: FileForm
    meter: MeterPlace
    time: TimeForm
    code_at: str = ""
    values: tuple[Quantity, ...] = ()
    status: StatusForm | None = None
    total_at: str = ""
    event: EventForm | None = None
    of_meters: bool = True

    @property
    def format(self) -> str:
        """Return the name of the format."""
        return f"concentrator:{self.name}"

    def places(self) -> Iterator[tuple[str, str]]:
        """Yield what is read of a row: our name and its place, wide columns one by one."""
        yield "meter", self.meter.at
        for number, at in enumerate(self.time.at):
            yield f"time{number}", at
        if self.code_at:
            yield "code", self.code_at
        if self.status is not None:
            yield "status", self.status.at
        if self.total_at:
            yield "total", self.total_at
        if self.event is not None:
            yield "event", self.event.at
            if self.event.detail:
                yield "detail", self.event.detail
        yield from self._value_places()

    def value_columns(self, number: int) -> list[str]:
        """Return our names of the columns of a value: one, or those of a wide row."""
        spread = spread_places(self.values[number].at, self.time.minutes)
        if len(spread) == 1:
            return [self.column_of(number)]
        first = self.column_of(number)
        return [f"{first}_{place}" for place in range(1, len(spread) + 1)]

    def _value_places(self) -> Iterator[tuple[str, str]]:
        seen: set[str] = set()
        for number, value in enumerate(self.values):
            spread = spread_places(value.at, self.time.minutes)
            for name, at in zip(self.value_columns(number), spread, strict=True):
                if name not in seen:  # where rows have codes, all values stand in one place
                    seen.add(name)
                    yield name, at

    def column_of(self, number: int) -> str:
        """Return our name of a value's place; values that stand in one place share it."""
        place = self.values[number].at
        first = next(at for at, value in enumerate(self.values) if value.at == place)
        return f"v{first}"


def spread_places(at: str, minutes: int) -> list[str]:
    """Return the columns that "h{01-48}" or "{00:00-23:30}" stands for; a plain name is itself.

    Clocks go up by the length of an interval.
    """
    found = SPREAD.fullmatch(at)
    if found is None:
        return [at]
    head, first, last, tail = found.groups()
    if ":" in first:
        begin, end = _minutes(first), _minutes(last)
        clocks = range(begin, end + 1, minutes)
        return [f"{head}{one // 60:02}:{one % 60:02}{tail}" for one in clocks]
    numbers = range(int(first), int(last) + 1)
    return [f"{head}{number:0{len(first)}}{tail}" for number in numbers]


def _minutes(clock: str) -> int:
    hours, _, minutes = clock.partition(":")
    return 60 * int(hours) + int(minutes)
