"""Generic profiles: rows made when they are asked for, by one layout of fixed width.

The load profile stamps each half-hour with its end. Daily and monthly rows are the registers at
00:00. The event log has a row an event.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from congto.headend.dlms.cursor import length_bytes
from congto.headend.dlms.data import Data, array, i8, octets, structure, u16
from congto.headend.dlms.encoding import encode
from congto.headend.dlms.tags import Tag
from congto.headend.simulator.calendars import (
    DAY_SECONDS,
    HALF_HOUR_SECONDS,
    HALF_HOURS,
    INSTALLED_DAY,
    clock_bytes,
    day_of,
    half_hour_stamps,
)
from congto.headend.simulator.dice import many_dice
from congto.headend.simulator.faults import Trouble
from congto.headend.simulator.quirks import Quirk
from congto.headend.simulator.selection import (
    CLOCK,
    CLOCK_CLASS,
    Column,
    Entries,
    Range,
    wanted_of,
)
from congto.headend.simulator.things import (
    Call,
    Thing,
    enum_bytes,
    octet_bytes,
    u8_bytes,
    u16_bytes,
    u32_bytes,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from congto.headend.simulator.meter import Meter

PROFILE_CLASS = 7
FIRST_IN_FIRST_OUT, LAST_IN_FIRST_OUT = 1, 2
STAMP = (CLOCK_CLASS, CLOCK, 2)
POWER_DOWN_STATUS = 0x80
"""Bit 7 of the profile's status: without voltage in the half-hour (recalled)."""
ROWS_SPOILT = 40
"""A meter with missing or duplicate rows has one such half-hour in so many."""


@dataclass(frozen=True, slots=True)
class Profile:
    """One kind of profile.

    Attributes:
        columns: what is captured; a clock comes first.
        widths: bytes of each encoded column.
        period: seconds of capture; 0 for events.
        depth: rows that are kept.
        ages: (meter, age) -> the stamps of the rows that are there, the oldest first.
        rows: (meter, stamps) -> encoded rows, one line each.
    """

    columns: tuple[Column, ...]
    widths: tuple[int, ...]
    period: int
    depth: int
    ages: Callable[[Meter, int], NDArray[np.int64]]
    rows: Callable[[Meter, NDArray[np.int64]], NDArray[np.uint8]]

    def buffer(self, call: Call) -> bytes:
        """Return the encoded rows that a call asks for."""
        quirks = call.meter.quirks
        taken = Quirk.NO_DEVIATION not in quirks
        wanted = wanted_of(call.selection, self.columns, deviation_taken=taken)
        ages = self.ages(call.meter, call.age)
        if isinstance(wanted.rows, Range):
            low = np.searchsorted(ages, wanted.rows.begin)
            ages = ages[low : np.searchsorted(ages, wanted.rows.end, side="right")]
        elif isinstance(wanted.rows, Entries):
            ages = ages[wanted.rows.first - 1 : wanted.rows.last or None]
        head = bytes((Tag.ARRAY,)) + length_bytes(len(ages))
        if not len(ages):
            return head
        lines = self.rows(call.meter, ages)
        chosen = self._order(call.meter) if wanted.columns is None else wanted.columns
        if chosen is not None:
            lines = self._chosen(lines, chosen)
        return head + (lines[::-1] if Quirk.NEWEST_FIRST in quirks else lines).tobytes()

    def captured(self, call: Call) -> bytes:
        """Return the encoded columns."""
        order = self._order(call.meter) or range(len(self.columns))
        return encode(array(_capture(self.columns[place]) for place in order))

    def sort_method(self, call: Call) -> bytes:
        """Return how rows are sorted."""
        newest = Quirk.NEWEST_FIRST in call.meter.quirks
        return enum_bytes(LAST_IN_FIRST_OUT if newest else FIRST_IN_FIRST_OUT)

    def _order(self, meter: Meter) -> list[int] | None:
        """Return the columns in the order of a difficult meter, the clock last; None: as listed."""
        if Quirk.CLOCK_LAST not in meter.quirks or self.period != HALF_HOUR_SECONDS:
            return None
        return [*range(1, len(self.columns)), 0]

    def in_use(self, call: Call) -> bytes:
        """Return the encoded number of rows that are there."""
        return u32_bytes(len(self.ages(call.meter, call.age)))

    def thing(self, name: bytes) -> Thing:
        """Return the object of this profile."""
        return Thing(
            PROFILE_CLASS,
            1,
            name,
            {
                2: self.buffer,
                3: self.captured,
                4: u32_bytes(self.period),
                5: self.sort_method,
                6: encode(_capture(STAMP)),
                7: self.in_use,
                8: u32_bytes(self.depth),
            },
            selective=(2,),
        )

    def _chosen(self, lines: NDArray[np.uint8], columns: list[int]) -> NDArray[np.uint8]:
        ends = 2 + np.cumsum(self.widths)
        parts = [lines[:, ends[place] - self.widths[place] : ends[place]] for place in columns]
        head = np.tile(np.array([Tag.STRUCTURE, len(columns)], np.uint8), (len(lines), 1))
        return np.concatenate((head, *parts), axis=1)


def _capture(column: Column) -> Data:
    class_id, name, attribute = column
    return structure(u16(class_id), octets(name), i8(attribute), u16(0))


def blank(values: tuple[bytes, ...], count: int) -> NDArray[np.uint8]:
    """Return lines that all hold the same encoded values."""
    line = bytes((Tag.STRUCTURE, len(values))) + b"".join(values)
    lines = np.empty((count, len(line)), np.uint8)
    lines[:] = np.frombuffer(line, np.uint8)
    return lines


def put_u32(lines: NDArray[np.uint8], place: int, values: NDArray[np.int64]) -> None:
    """Write unsigned numbers of four bytes behind the tag at a place."""
    octets_of = values.astype(">u4").view(np.uint8).reshape(-1, 4)
    lines[:, place + 1 : place + 5] = octets_of


STAMP_WIDTH, U32_WIDTH = 14, 5
STAMP_AT = 4
"""Where the bytes of the first column's clock begin in a line."""

# Load profile.


def load_ages(depth: int) -> Callable[[Meter, int], NDArray[np.int64]]:
    """Return how the stamps of half-hours are found; faulty meters lack some or have them twice."""

    def ages(meter: Meter, age: int) -> NDArray[np.int64]:
        last = age // HALF_HOUR_SECONDS
        numbers = np.arange(max(last - depth, 0) + 1, last + 1)
        missing = meter.troubles.has(Trouble.MISSING_ROWS, meter.number)
        double = meter.troubles.has(Trouble.DOUBLE_ROWS, meter.number)
        if missing or double:
            drawn = many_dice(meter.seed ^ meter.number << 8, numbers) % np.uint64(ROWS_SPOILT)
            times = np.ones(len(numbers), np.int64)
            times[drawn == 0] -= missing
            times[drawn == 1] += double
            numbers = np.repeat(numbers, times)
        return numbers * HALF_HOUR_SECONDS

    return ages


def load_rows(meter: Meter, ages: NDArray[np.int64]) -> NDArray[np.uint8]:
    """Return lines of clock, status, Wh taken, Wh given, varh."""
    numbers = ages // HALF_HOUR_SECONDS
    first = int(numbers[0])
    values = meter.half_hours(first - 1, int(numbers[-1]) - first + 1)
    at = numbers - first
    zero = u32_bytes(0)
    lines = blank((octet_bytes(bytes(12)), u8_bytes(0), zero, zero, zero), len(ages))
    begin, end = first // HALF_HOURS, int(numbers[-1]) // HALF_HOURS + 1
    stamps = np.concatenate([half_hour_stamps(day) for day in range(begin, end)])
    lines[:, STAMP_AT : STAMP_AT + 12] = stamps[numbers - begin * HALF_HOURS]
    lines[:, 17] = values.dark[at] * POWER_DOWN_STATUS
    put_u32(lines, 18, values.import_wh[at])
    put_u32(lines, 23, values.export_wh[at])
    put_u32(lines, 28, values.reactive_varh[at])
    return lines


# Daily and monthly registers.


def daily_ages(depth: int) -> Callable[[Meter, int], NDArray[np.int64]]:
    """Return how the stamps of days are found."""

    def ages(_meter: Meter, age: int) -> NDArray[np.int64]:
        last = age // DAY_SECONDS
        return np.arange(max(last - depth, 0) + 1, last + 1) * DAY_SECONDS

    return ages


def monthly_ages(depth: int) -> Callable[[Meter, int], NDArray[np.int64]]:
    """Return how the first days of months are found."""

    def ages(_meter: Meter, age: int) -> NDArray[np.int64]:
        today = day_of(age)
        last = (today.year - INSTALLED_DAY.year) * 12 + today.month - 1
        found = [
            (INSTALLED_DAY.replace(year=INSTALLED_DAY.year + one // 12, month=one % 12 + 1))
            for one in range(max(last - depth, 0) + 1, last + 1)
        ]
        return np.array([(day - INSTALLED_DAY).days for day in found], np.int64) * DAY_SECONDS

    return ages


def register_rows(meter: Meter, ages: NDArray[np.int64]) -> NDArray[np.uint8]:
    """Return lines of clock, total, three rates, export, reactive."""
    lines = blank((octet_bytes(bytes(12)), *[u32_bytes(0)] * 6), len(ages))
    table = []
    for place, age in enumerate(ages.tolist()):
        stamp = np.frombuffer(clock_bytes(age), np.uint8)
        lines[place, STAMP_AT : STAMP_AT + 12] = stamp
        read = meter.energies(age)
        table.append((read.total_wh, *read.rates, read.export_wh, read.reactive_varh))
    columns = np.array(table, np.int64)
    for column in range(6):
        put_u32(lines, 2 + STAMP_WIDTH + U32_WIDTH * column, columns[:, column])
    return lines


# Events.


def event_ages(depth: int) -> Callable[[Meter, int], NDArray[np.int64]]:
    """Return how the stamps of events are found."""

    def ages(meter: Meter, age: int) -> NDArray[np.int64]:
        happened = [event.age for event in meter.events if event.age <= age]
        return np.array(happened[-depth:], np.int64)

    return ages


def event_rows(meter: Meter, ages: NDArray[np.int64]) -> NDArray[np.uint8]:
    """Return lines of clock and event code: the events from the first stamp to the last."""
    begin, end = int(ages[0]), int(ages[-1])
    events = [event for event in meter.events if begin <= event.age <= end][-len(ages) :]
    lines = blank((octet_bytes(bytes(12)), u16_bytes(0)), len(events))
    for line, event in zip(lines, events, strict=True):
        line[STAMP_AT : STAMP_AT + 12] = np.frombuffer(clock_bytes(event.age), np.uint8)
        line[17:19] = (event.code >> 8, event.code & 0xFF)
    return lines
