"""Days and times with parts left open (Blue Book, clause 4.1.6), beside clocks of twelve bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Self

from congto.headend.cosem.classes.kinds import OCTETS, Kind, UnfitError, unlike
from congto.headend.dlms.datetimes import (
    ANY,
    ANY_YEAR,
    NO_DEVIATION,
    CosemClock,
    clock,
)
from congto.headend.dlms.tags import FIXED_OCTETS, Tag

if TYPE_CHECKING:
    from datetime import date, time

    from congto.headend.dlms.data import Data


class CosemDate(NamedTuple):
    """A day; ANY_YEAR and ANY where a part is left open.

    Month 0xFD and 0xFE: when summer time ends and begins; day 0xFD and 0xFE: the last but one and
    the last of the month. Weekday 1 is Monday.
    """

    year: int
    month: int
    day: int
    weekday: int = ANY

    @classmethod
    def of(cls, day: date) -> Self:
        """Return one day of one year."""
        return cls(day.year, day.month, day.day, day.isoweekday())

    @classmethod
    def each_year(cls, month: int, day: int) -> Self:
        """Return a day of every year."""
        return cls(ANY_YEAR, month, day)


class CosemTime(NamedTuple):
    """A time of day; ANY where a part is left open."""

    hour: int
    minute: int
    second: int = 0
    hundredths: int = 0

    @classmethod
    def of(cls, told: time) -> Self:
        """Return a time of day."""
        return cls(told.hour, told.minute, told.second, told.microsecond // 10_000)


UNSPECIFIED = CosemClock(ANY_YEAR, ANY, ANY, ANY, ANY, ANY, ANY, ANY, NO_DEVIATION, ANY)
"""No time at all: of a passive calendar, that it is not to be activated."""


def each_year(month: int, day: int) -> CosemClock:
    """Return the time that begins a season on a day of every year."""
    return UNSPECIFIED._replace(month=month, day=day)


def _octets(data: Data, tag: Tag, title: str) -> bytes:
    """Return the octets of a day or time, which some meters write with a tag of its own."""
    told = data.value
    if data.tag not in {Tag.OCTET_STRING, tag} or not isinstance(told, bytes):
        raise unlike(data, title)
    if len(told) != FIXED_OCTETS[tag]:
        raise UnfitError(f"{len(told)} octets {told.hex()}", title)
    return told


def _written(parts: tuple[int, ...], told: object, title: str) -> bytes:
    try:
        return bytes(parts)
    except (ValueError, TypeError) as error:
        raise UnfitError(repr(told), title) from error


def _read_clock(data: Data) -> CosemClock:
    return clock(_octets(data, Tag.DATE_TIME, DATE_TIME.title))


def _write_clock(value: CosemClock) -> Data:
    try:
        return OCTETS.write(value.octets())
    except (OverflowError, ValueError, TypeError, AttributeError) as error:
        raise UnfitError(repr(value), DATE_TIME.title) from error


def _read_date(data: Data) -> CosemDate:
    told = _octets(data, Tag.DATE, DATE.title)
    return CosemDate(int.from_bytes(told[:2]), *told[2:])


def _write_date(value: CosemDate) -> Data:
    year, *others = value
    return OCTETS.write(_written((year >> 8, year & 0xFF, *others), value, DATE.title))


def _read_time(data: Data) -> CosemTime:
    return CosemTime(*_octets(data, Tag.TIME, TIME.title))


def _write_time(value: CosemTime) -> Data:
    return OCTETS.write(_written(tuple(value), value, TIME.title))


DATE_TIME: Kind[CosemClock] = Kind("octet-string[12] (date-time)", _read_clock, _write_clock)
DATE: Kind[CosemDate] = Kind("octet-string[5] (date)", _read_date, _write_date)
TIME: Kind[CosemTime] = Kind("octet-string[4] (time)", _read_time, _write_time)
