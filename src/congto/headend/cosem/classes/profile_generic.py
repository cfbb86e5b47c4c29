"""Generic profiles (class 7): rows of captured attributes, asked for by range or by entry."""

from __future__ import annotations

from enum import IntEnum
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from congto.headend.cosem.classes.kinds import ANY, U16, U32, ZERO, array_of, enumerated, record
from congto.headend.cosem.classes.parts import CAPTURE_OBJECT, CaptureObject
from congto.headend.cosem.classes.shape import CosemObject, attribute, method
from congto.headend.dlms.apdu.references import Selection
from congto.headend.dlms.data import array, structure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from congto.headend.dlms.data import Data

BY_RANGE, BY_ENTRY = 1, 2
TO_THE_LAST = 0
"""As the end of entries or columns."""


class SortMethod(IntEnum):
    """The order of rows; all but the first two are by the sort object."""

    FIFO = 1
    LIFO = 2
    LARGEST = 3
    SMALLEST = 4
    NEAREST_TO_ZERO = 5
    FARTHEST_FROM_ZERO = 6


class EntryDescriptor(NamedTuple):
    """Rows and columns by their place from 1; both bounds included, 0 the last there is."""

    from_entry: int
    to_entry: int
    from_selected_value: int
    to_selected_value: int


ENTRIES = record(EntryDescriptor, U32, U32, U16, U16)


class ProfileGeneric(CosemObject, number=7, version=1, title="Profile generic", clause="4.3.6"):
    """A table of values; `capture_period` is in seconds, 0 where something else captures."""

    buffer = attribute(2, ANY)
    capture_objects = attribute(3, array_of(CAPTURE_OBJECT))
    capture_period = attribute(4, U32)
    sort_method = attribute(5, enumerated(SortMethod))
    sort_object = attribute(6, CAPTURE_OBJECT)
    entries_in_use = attribute(7, U32)
    profile_entries = attribute(8, U32)

    reset = method(1, ZERO)
    capture = method(2, ZERO)


def by_range(
    restricting: CaptureObject, first: Data, last: Data, columns: Sequence[CaptureObject] = ()
) -> Selection:
    """Return the selection of rows by the value of a column, from first to last, both included.

    The restricting column is mostly the clock; models differ. Columns are those wanted, none: all.
    """
    wanted = array(map(_column, columns))
    return Selection(BY_RANGE, structure(_column(restricting), first, last, wanted))


def by_entry(
    first: int, last: int = TO_THE_LAST, *, columns: tuple[int, int] = (1, TO_THE_LAST)
) -> Selection:
    """Return the selection of rows, and columns, by their place from 1; both bounds included.

    Rows stand in the order of `sort_method`: in a FIFO the first is the oldest.
    """
    return Selection(BY_ENTRY, ENTRIES.write(EntryDescriptor(first, last, *columns)))


@lru_cache(maxsize=256)
def _column(captured: CaptureObject) -> Data:
    """Return a column as data; thousands of meters of a model are asked by the same one."""
    return CAPTURE_OBJECT.write(captured)
