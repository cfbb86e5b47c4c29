"""Selective access to a generic profile: a range of time, or entries (Blue Book, class 7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from congto.headend.dlms.apdu.results import AccessResult
from congto.headend.dlms.datetimes import NO_DEVIATION, clock
from congto.headend.dlms.faults import DlmsError
from congto.headend.dlms.obis import obis
from congto.headend.simulator.calendars import age_of_clock
from congto.headend.simulator.things import RefusalError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from congto.headend.dlms.apdu.references import Selection
    from congto.headend.dlms.data import Data

BY_RANGE, BY_ENTRY = 1, 2
CLOCK_CLASS, CLOCK = 8, obis("0.0.1.0.0.255")

Column = tuple[int, bytes, int]
"""Class, logical name and attribute that a column captures."""


class Range(NamedTuple):
    """Rows whose stamp lies from one age to another, both included."""

    begin: int
    end: int


class Entries(NamedTuple):
    """Rows by their place, the oldest is 1; `last` 0 means until the newest."""

    first: int
    last: int


class Wanted(NamedTuple):
    """What is asked of a profile: rows (None: all) and columns by place (None: all)."""

    rows: Range | Entries | None
    columns: list[int] | None


EVERYTHING = Wanted(None, None)


def wanted_of(
    selection: Selection | None, columns: Sequence[Column], *, deviation_taken: bool = True
) -> Wanted:
    """Read a selection; some meters refuse a range whose bounds name a deviation.

    Raises:
        RefusalError: another selector, a range by anything but the clock, a column that is not
            there, or a time with a part left open.
    """
    if selection is None:
        return EVERYTHING
    try:
        if selection.selector == BY_RANGE:
            return _range(selection.parameter, columns, deviation_taken=deviation_taken)
        if selection.selector == BY_ENTRY:
            return _entries(selection.parameter, len(columns))
    except (DlmsError, ValueError) as error:
        raise RefusalError(AccessResult.TYPE_UNMATCHED) from error
    raise RefusalError(AccessResult.SCOPE_OF_ACCESS_VIOLATED)


def _range(parameter: Data, columns: Sequence[Column], *, deviation_taken: bool) -> Wanted:
    sorting, begin, end, chosen = parameter.items
    class_id, name, attribute, _ = sorting.items
    if (class_id.number, name.octets, attribute.number) != (CLOCK_CLASS, CLOCK, 2):
        raise RefusalError(AccessResult.SCOPE_OF_ACCESS_VIOLATED)
    bounds = clock(begin.octets), clock(end.octets)
    if not deviation_taken and any(bound.deviation != NO_DEVIATION for bound in bounds):
        raise RefusalError(AccessResult.TYPE_UNMATCHED)
    rows = Range(*map(age_of_clock, bounds))
    return Wanted(rows, [_place(one, columns) for one in chosen.items] or None)


def _place(chosen: Data, columns: Sequence[Column]) -> int:
    class_id, name, attribute, _ = chosen.items
    return list(columns).index((class_id.number, name.octets, attribute.number))


def _entries(parameter: Data, count: int) -> Wanted:
    first, last, first_column, last_column = (item.number for item in parameter.items)
    if first < 1 or first_column < 1:
        raise RefusalError(AccessResult.SCOPE_OF_ACCESS_VIOLATED)
    chosen = list(range(first_column - 1, min(last_column or count, count)))
    return Wanted(Entries(first, last), None if len(chosen) == count else chosen)
