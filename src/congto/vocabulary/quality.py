"""Quality of a measured value; when values are added, the weakest quality wins."""

from __future__ import annotations

from enum import IntEnum, IntFlag


class Quality(IntEnum):
    """From weakest to strongest, so that min() of several is the quality of their sum."""

    MISSING = 0
    REJECTED = 1
    TEMPORARY = 2
    ESTIMATED = 3
    FINAL_ESTIMATED = 4
    EDITED = 5
    MEASURED_SUSPECT = 6
    MEASURED = 7


class UsageFlag(IntFlag):
    """What happened to the meters of a usage, and what it is made of; stored as a sum."""

    ROLLOVER = 1
    METER_CHANGED = 2
    HALF_HOURS = 4  # the bands are sums of half-hours: the meter has one register
