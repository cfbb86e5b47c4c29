"""Words of interval readings: channels, status bits, rules, methods and reasons.

A day has 48 half-hours from 00:00 local time (Asia/Ho_Chi_Minh, no daylight saving), each labelled
by its start. Values are whole Wh on the primary side. Many days of one channel are computed as an
array of shape (points, 48); ABSENT stands there for a value that is not known.
"""

from __future__ import annotations

from enum import IntEnum, IntFlag, StrEnum

HALF_HOURS = 48
MINUTES = 30
ABSENT = -(2**31)
"""In arrays of 32 bits: no value. In stored lists: null. It is never added up."""


class Channel(IntEnum):
    """What an interval channel measures (OBIS 1-0:C.29.0)."""

    ACTIVE_IMPORT = 1  # A+, taken by the customer
    ACTIVE_EXPORT = 2  # A-, given back
    REACTIVE_IMPORT = 3  # Q+, varh
    REACTIVE_EXPORT = 4  # Q-, varh


CHANNEL_CODES = {
    "A+": Channel.ACTIVE_IMPORT,
    "A-": Channel.ACTIVE_EXPORT,
    "Q+": Channel.REACTIVE_IMPORT,
    "Q-": Channel.REACTIVE_EXPORT,
}
"""Channels as files and screens write them."""


class SourceRank(IntEnum):
    """How far a delivery is believed (V-23).

    Of two values of one half-hour that of the higher rank is current, of equal ranks the later one.
    """

    SUBSTITUTED = 1  # the sender's own estimate
    DELIVERED = 2  # profile of the meter: pushed or collected
    READ_AGAIN = 3  # read again on order or on the spot


class Status(IntFlag):
    """Bits a meter sets beside a value (profile status of DSMR and IDIS; recalled)."""

    CLOCK_INVALID = 1
    DATA_INVALID = 2
    POWER_DOWN = 4
    CLOCK_ADJUSTED = 8
    DAYLIGHT_SAVING = 16


class DayType(IntEnum):
    """Days that are alike: history is kept and like days are chosen by it."""

    WORKING = 0
    SATURDAY = 1
    SUNDAY = 2
    HOLIDAY = 3


class CustomerClass(IntEnum):
    """Customers with limits of their own."""

    RESIDENTIAL = 0
    LOW_VOLTAGE = 1  # other than households, no transformer of their own
    OWN_TRANSFORMER = 2
    NETWORK = 3  # boundary and transformer meters


class SourceRole(IntEnum):
    """How a delivery came to be; rules are chosen by it."""

    INITIAL_LOAD = 0  # history of a system before
    PUSH = 1  # the meter's own, by itself or asked for
    MANUAL = 2  # typed in or edited by a person
    ESTIMATE = 3


class Action(StrEnum):
    """What a rule does with the values it speaks of."""

    DROP = "drop"  # nothing new: these values, or better ones, are there already
    REJECT = "reject"  # not used; to be estimated
    TEMPORARY = "temporary"  # used until better ones come
    SUSPECT = "suspect"  # used, and shown
    WARN = "warn"  # used; a person looks when there is time
    ORDER = "order"  # somebody has to go or to read again


class Method(IntEnum):
    """How a value was made; numbers of AEMO's substitution methods, 100 more for a flat line."""

    NONE = 0
    CHECK_METER = 11  # E-01
    LIKE_DAY = 14  # E-09
    AVERAGE_LIKE_DAY = 15  # E-08
    LINEAR = 17  # E-04
    ZERO = 19  # E-02, E-03
    PREVIOUS_YEAR = 23  # E-10
    SCALED_LIKE_DAYS = 24  # E-06
    CUSTOMER_CLASS = 57  # E-11
    REGISTER_AVERAGE = 61  # E-12
    EDITED = 99  # by a person
    FLAT_NEIGHBOUR = 117  # E-05
    FLAT_REGISTER = 124  # E-07


def reason_bit(rule: str) -> int:
    """Return the bit of rule "V-07" in a value's reasons: bit 7."""
    return 1 << int(rule.removeprefix("V-"))
