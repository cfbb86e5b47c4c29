"""Schedules (class 10): scripts that run on weekdays and special days of a season."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from congto.headend.cosem.classes.kinds import (
    BITS,
    BOOLEAN,
    LOGICAL_NAME,
    U16,
    array_of,
    bits_of,
    record,
)
from congto.headend.cosem.classes.moments import DATE, TIME, CosemDate, CosemTime
from congto.headend.cosem.classes.shape import CosemObject, attribute, method

if TYPE_CHECKING:
    from congto.headend.dlms.data import Bits


class ScheduleEntry(NamedTuple):
    """When a script runs; `number` is its index.

    `exec_weekdays` has a bit a day, Monday the highest; `exec_specdays` one for each special day.
    The validity window is in minutes: so late it still runs after a power failure; 0xFFFF always.
    """

    number: int
    enable: bool
    script_logical_name: bytes
    script_selector: int
    switch_time: CosemTime
    validity_window: int
    exec_weekdays: int
    exec_specdays: Bits
    begin_date: CosemDate
    end_date: CosemDate


class EntriesEnabled(NamedTuple):
    """Entries A to be disabled, then entries B to be enabled; 0 for none."""

    first_index_a: int
    last_index_a: int
    first_index_b: int
    last_index_b: int


class EntriesDeleted(NamedTuple):
    """Entries from one index to another."""

    first_index: int
    last_index: int


ENTRY = record(
    ScheduleEntry, U16, BOOLEAN, LOGICAL_NAME, U16, TIME, U16, bits_of(7), BITS, DATE, DATE
)


class Schedule(CosemObject, number=10, version=0, title="Schedule", clause="4.5.3"):
    """Entries by index."""

    entries = attribute(2, array_of(ENTRY))

    enable_disable = method(1, record(EntriesEnabled, U16, U16, U16, U16))
    insert = method(2, ENTRY)
    delete = method(3, record(EntriesDeleted, U16, U16))
