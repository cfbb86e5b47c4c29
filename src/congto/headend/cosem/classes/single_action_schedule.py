"""Single action schedules (class 22): a script that runs at times that are written down."""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

from congto.headend.cosem.classes.kinds import array_of, enumerated, record
from congto.headend.cosem.classes.moments import DATE, TIME, CosemDate, CosemTime
from congto.headend.cosem.classes.parts import SCRIPT
from congto.headend.cosem.classes.shape import CosemObject, attribute


class ScheduleType(IntEnum):
    """How many times there are, and what may be left open in them."""

    ONE_DATE_OPEN = 1
    MANY_SAME_TIME_DATES_OPEN = 2
    MANY_SAME_TIME_DATES_FIXED = 3
    MANY_TIMES_DATES_OPEN = 4
    MANY_TIMES_DATES_FIXED = 5


class ExecutionTime(NamedTuple):
    """A time on a day."""

    time: CosemTime
    date: CosemDate


class SingleActionSchedule(
    CosemObject, number=22, version=0, title="Single action schedule", clause="4.5.7"
):
    """A script and when it runs."""

    executed_script = attribute(2, SCRIPT)
    type = attribute(3, enumerated(ScheduleType))
    execution_time = attribute(4, array_of(record(ExecutionTime, TIME, DATE)))
