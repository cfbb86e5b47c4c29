"""Special days (class 11): days that follow a day profile of their own."""

from __future__ import annotations

from typing import NamedTuple

from congto.headend.cosem.classes.kinds import U8, U16, array_of, record
from congto.headend.cosem.classes.moments import DATE, CosemDate
from congto.headend.cosem.classes.shape import CosemObject, attribute, method


class SpecialDay(NamedTuple):
    """A day, of one year or each, and the day profile it follows; `number` is its index."""

    number: int
    specialday_date: CosemDate
    day_id: int


SPECIAL_DAY = record(SpecialDay, U16, DATE, U8)


class SpecialDays(CosemObject, number=11, version=0, title="Special days table", clause="4.5.4"):
    """The days; `insert` takes the place of an entry with the same number."""

    entries = attribute(2, array_of(SPECIAL_DAY))

    insert = method(1, SPECIAL_DAY)
    delete = method(2, U16)
