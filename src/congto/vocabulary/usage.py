"""Words of usage: where a determinant comes from, and what aggregates are made for."""

from __future__ import annotations

from enum import IntEnum, StrEnum


class Source(IntEnum):
    """What the energy and the bands of a determinant are made of."""

    NOTHING = 0  # neither a half-hour nor a register is known
    HALF_HOURS = 1  # every half-hour of the period
    REGISTERS = 2  # reads at both ends
    PART = 3  # some half-hours only: shown with their coverage, never billed


class Level(StrEnum):
    """Groups of usage points that are added up."""

    TRANSFORMER = "transformer"
    FEEDER = "feeder"
    DISTRICT = "district"
    COMPANY = "company"
    CUSTOMER_CLASS = "class"  # by district
