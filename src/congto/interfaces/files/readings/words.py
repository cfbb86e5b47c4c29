"""Words of files of half-hours: channels, units, quality flags, methods and reasons.

Flags, methods and reason codes are those of AEMO's meter data file format (NEM12); the other
formats of this folder are translated to and from them.
"""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from congto.vocabulary.intervals import CHANNEL_CODES, Channel, Status
from congto.vocabulary.quality import Quality

LOCAL = ZoneInfo("Asia/Ho_Chi_Minh")

CHANNEL_NAMES = {channel.value: code for code, channel in CHANNEL_CODES.items()}
ACTIVE = (Channel.ACTIVE_IMPORT, Channel.ACTIVE_EXPORT)

ACTIVE_UNITS = {"wh": 1, "kwh": 1_000, "mwh": 1_000_000}
REACTIVE_UNITS = {"varh": 1, "kvarh": 1_000, "mvarh": 1_000_000}
UNITS = ACTIVE_UNITS | REACTIVE_UNITS
"""Wh (varh) in one of the unit."""

MINUTES = (5, 10, 15, 30)
"""Lengths of an interval that divide a half-hour; values of shorter ones are added up."""
HOUR = 60

FLAGS = {
    "A": Quality.MEASURED,
    "S": Quality.ESTIMATED,  # substituted, may be replaced
    "F": Quality.FINAL_ESTIMATED,  # substituted for good
    "E": Quality.TEMPORARY,  # estimated ahead of the reading
    "N": Quality.MISSING,
}
FLAG_OF = {
    Quality.MISSING: "N",
    Quality.REJECTED: "N",
    Quality.TEMPORARY: "E",
    Quality.ESTIMATED: "S",
    Quality.FINAL_ESTIMATED: "F",
    Quality.EDITED: "F",
    Quality.MEASURED_SUSPECT: "A",
    Quality.MEASURED: "A",
}
FAILED_VALIDATION = 45
"""Reason code of a value that was measured and is suspect."""
FLAT = "flat"
"""Description beside method 17 or 24: spread evenly (Method.FLAT_NEIGHBOUR, FLAT_REGISTER)."""

STATUS_OF_REASON = {
    43: Status.POWER_DOWN,
    79: Status.POWER_DOWN,
    89: Status.CLOCK_ADJUSTED,
    26: Status.DATA_INVALID,
}
"""Bits that a reason code says of the meter: 43 power outage, 79 outage alarm, 89 time reset, 26
negative (meterdata facts d.2)."""
REASON_OF_STATUS = {
    Status.POWER_DOWN: 79,
    Status.CLOCK_ADJUSTED: 89,
    Status.DATA_INVALID: 26,
}


@dataclass(frozen=True, slots=True)
class How:
    """What a reader is told beside the file.

    Attributes:
        zone: local time of days; instants with an offset are turned into it.
        minutes: length of an interval where the format does not say it.
        halve_hours: take hourly values as two half-hours each, marked as estimated.
    """

    zone: ZoneInfo = LOCAL
    minutes: int = 30
    halve_hours: bool = False

    @property
    def lengths(self) -> tuple[int, ...]:
        """Return the lengths of an interval that can be made half-hours."""
        return (*MINUTES, HOUR) if self.halve_hours else MINUTES

    @property
    def expected_length(self) -> str:
        """Return what a sentence says is expected."""
        return f"intervals of {', '.join(map(str, self.lengths))} minutes"


HOURS_REFUSED = "deliver half-hours, or have hours halved (--halve-hours), marked as estimated"
