"""The load profile: how a range of it is asked for, and rows of its buffer as half-hours."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from itertools import repeat
from typing import TYPE_CHECKING, NamedTuple, cast

from congto.headend.cosem.profile_rows import profile_rows
from congto.headend.dlms.apdu.references import Reference
from congto.headend.dlms.datetimes import clock
from congto.headend.dlms.faults import DlmsError, Fault
from congto.headend.profiles.model import Column, Kind, Stamp
from congto.headend.profiles.ranges import between
from congto.headend.profiles.scaling import whole_units

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from congto.headend.dlms.data import Data
    from congto.headend.profiles.model import LoadProfile, Times
    from congto.vocabulary.intervals import Channel, Status

INTEGERS_ONLY = {int}


class HalfHour(NamedTuple):
    """One period of the profile.

    Attributes:
        begins: when it begins, in UTC.
        status: bits of vocabulary.intervals.Status.
        values: Wh or varh of each channel; None where the meter has none.
    """

    begins: datetime
    status: int
    values: tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class HalfHours:
    """What a load profile gave: columns, each period once, in the meter's order.

    Attributes:
        channels: of `values`.
        begins: when each period begins, in UTC.
        statuses: of each period, bits of vocabulary.intervals.Status.
        values: of each channel Wh or varh of each period; None where the meter has none.
        repeated: rows left out because their period was there already, with the same values.
        conflicting: rows left out although their values differ from those of the first.
    """

    channels: tuple[Channel, ...]
    begins: Sequence[datetime]
    statuses: Sequence[int]
    values: tuple[Sequence[int | None], ...]
    repeated: int = 0
    conflicting: int = 0

    @property
    def rows(self) -> list[HalfHour]:
        """Return the periods one by one."""
        values = zip(*self.values, strict=True) if self.values else repeat(())
        return list(map(HalfHour, self.begins, self.statuses, values))


def range_of(load: LoadProfile, times: Times, begin: datetime, end: datetime) -> Reference:
    """Return the reference to the rows of the periods in [begin, end).

    A meter takes both bounds as included, so they are those of the first and last row wanted.
    """
    period = timedelta(seconds=load.period_seconds)
    if load.stamp is Stamp.END:
        first, last = begin + period, end
    else:
        first, last = begin, end - period
    return between(load.reference, load.sort_object, times, first, last)


def columns_of(load: LoadProfile, captured: Data) -> tuple[Column, ...]:
    """Return the columns in the order in which the meter says it has them.

    Raises:
        DlmsError: BAD_VALUE, the meter's list is none, or names no time.
    """
    known = {column.reference: column for column in load.columns}
    found: list[Column] = []
    for item in captured.items:
        if len(item.items) < 3:
            raise DlmsError(Fault.BAD_VALUE, "a column of a profile", expected="four parts")
        class_id, name, attribute = item.items[:3]
        reference = Reference(class_id.number, name.octets, attribute.number)
        found.append(known.get(reference, Column(reference, Kind.OTHER)))
    if Kind.CLOCK not in [column.kind for column in found]:
        raise DlmsError(
            Fault.BAD_VALUE, "a load profile without a clock", expected="a column of it"
        )
    return tuple(found)


def half_hours(raw: bytes, load: LoadProfile, times: Times, columns: Sequence[Column]) -> HalfHours:
    """Return the rows of an encoded buffer.

    Args:
        raw: attribute 2 of the profile, or a range of it.
        load: the profile's half-hours.
        times: how the model writes times.
        columns: in the buffer's order, scalers filled in.

    Raises:
        DlmsError: BAD_VALUE for rows of other columns, a first row without time, a time or value
            of another type, a value that is no whole Wh; those of a malformed buffer.
    """
    layout = _layout(columns)
    rows = profile_rows(raw)
    table = list(zip(*rows, strict=False))
    if set(map(len, rows)) - {len(columns)}:
        raise _unlike([len(row) for row in rows], f"{len(columns)} columns")
    if not rows:
        return HalfHours(layout.channels, (), (), tuple(() for _ in layout.channels))
    begins = _begins(table[layout.clock], load, times)
    statuses = _statuses(None if layout.status is None else table[layout.status], load, len(rows))
    values = tuple([_energies(table[place], scaler) for place, scaler in layout.energies])
    found = HalfHours(layout.channels, begins, statuses, values)
    return found if len(set(begins)) == len(begins) else _each_once(found)


def _each_once(found: HalfHours) -> HalfHours:
    """Leave out rows whose period was there already, and count them."""
    first: dict[datetime, HalfHour] = {}
    repeated = conflicting = 0
    for row in found.rows:
        held = first.setdefault(row.begins, row)
        if held is not row:
            repeated += held == row
            conflicting += held != row
    begins, statuses, values = zip(*first.values(), strict=True)
    columns = tuple(zip(*values, strict=True))
    return HalfHours(found.channels, begins, statuses, columns, repeated, conflicting)


class _Layout(NamedTuple):
    """Places of what is wanted in a row."""

    clock: int
    status: int | None
    energies: tuple[tuple[int, int], ...]  # place, scaler
    channels: tuple[Channel, ...]


def _layout(columns: Sequence[Column]) -> _Layout:
    kinds = [column.kind for column in columns]
    energies = [
        (place, column.scaler or 0, column.kind)
        for place, column in enumerate(columns)
        if not isinstance(column.kind, Kind)
    ]
    return _Layout(
        kinds.index(Kind.CLOCK),
        kinds.index(Kind.STATUS) if Kind.STATUS in kinds else None,
        tuple((place, scaler) for place, scaler, _ in energies),
        tuple(channel for _, _, channel in energies),
    )


def _begins(column: Sequence[object], load: LoadProfile, times: Times) -> list[datetime]:
    """Return when each row's period begins; a row without time follows the one before it."""
    shift = load.period_seconds if load.stamp is Stamp.END else 0
    zone, inverted = times.zone_minutes, times.inverted
    found: list[datetime] = []
    for told in column:
        if isinstance(told, bytes):
            found.append(_instant(told, zone, inverted, shift))
        elif told is None and found:
            found.append(found[-1] + timedelta(seconds=load.period_seconds))
        else:
            raise _unlike(told, "a time")
    return found


@lru_cache(maxsize=8192)
def _instant(told: bytes, zone_minutes: int, inverted: bool, shift: int) -> datetime:  # noqa: FBT001  (key of a cache)
    """Return an instant; thousands of meters tell the same half-hours of a day."""
    instant = clock(told).instant(zone_minutes, inverted=inverted)
    return instant - timedelta(seconds=shift)


def _statuses(column: Sequence[object] | None, load: LoadProfile, count: int) -> Sequence[int]:
    """Return the bits of each row as Congto calls them."""
    if column is None or not any(column):
        return (0,) * count
    return [_meaning(_whole(told) or 0, load.statuses) for told in column]


@lru_cache(maxsize=1024)
def _meaning(told: int, statuses: tuple[tuple[int, Status], ...]) -> int:
    return sum({status for bit, status in statuses if told >> bit & 1})


def _energies(column: Sequence[object], scaler: int) -> Sequence[int | None]:
    """Return a column in whole Wh or varh."""
    if not scaler and set(map(type, column)) == INTEGERS_ONLY:
        return cast("Sequence[int]", column)
    whole = map(_whole, column)
    return [None if one is None else whole_units(one, scaler) for one in whole]


def _whole(value: object) -> int | None:
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    raise _unlike(value, "a whole number")


def _unlike(found: object, expected: str) -> DlmsError:
    return DlmsError(Fault.BAD_VALUE, f"{found!r} in a row of the load profile", expected=expected)
