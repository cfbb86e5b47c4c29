"""COSEM clocks: twelve bytes with wildcards, deviation and status (Blue Book, clause 4.1.6).

The deviation is what has to be added to the local time to reach UTC, in minutes: Viet Nam, seven
hours ahead, sends -420. Some makers send it with the other sign; that is a quirk of the model.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import NamedTuple

from congto.headend.dlms.faults import DlmsError, Fault

CLOCK_BYTES = 12
ANY_YEAR = 0xFFFF
ANY = 0xFF
NO_DEVIATION = -0x8000
MINUTES_MAX = 14 * 60
"""No zone is further from UTC than 14 hours."""


class ClockStatus:
    """Bits of the last byte."""

    INVALID = 0x01
    DOUBTFUL = 0x02
    DIFFERENT_BASE = 0x04
    INVALID_STATUS = 0x08
    DAYLIGHT_SAVING = 0x80


class CosemClock(NamedTuple):
    """The fields as the meter sent them; ANY and ANY_YEAR where it said "not specified".

    `deviation` is in minutes, NO_DEVIATION when not specified; `status` 0xFF when not specified.
    """

    year: int
    month: int
    day: int
    weekday: int
    hour: int
    minute: int
    second: int
    hundredths: int
    deviation: int
    status: int

    def octets(self) -> bytes:
        """Write the twelve bytes."""
        return (
            self.year.to_bytes(2)
            + bytes(self[1:8])
            + self.deviation.to_bytes(2, signed=True)
            + bytes((self.status,))
        )

    def instant(self, zone_minutes: int | None, *, inverted: bool = False) -> datetime:
        """Return the instant in UTC.

        Args:
            zone_minutes: minutes ahead of UTC where the meter sends no deviation; None refuses.
            inverted: True where the model sends the deviation with the other sign.

        Raises:
            DlmsError: a field is not specified or impossible, or nothing tells the zone.
        """
        if self.deviation == NO_DEVIATION:
            ahead = zone_minutes
        else:
            ahead = self.deviation if inverted else -self.deviation
        if ahead is None or abs(ahead) > MINUTES_MAX:
            raise self._impossible("a deviation from UTC")
        second = 0 if self.second == ANY else self.second
        micros = 0 if self.hundredths == ANY else self.hundredths * 10_000
        zone = timezone(timedelta(minutes=ahead))
        try:
            local = datetime(
                self.year, self.month, self.day, self.hour, self.minute, second, micros, zone
            )
            return local.astimezone(UTC)
        except (ValueError, OverflowError) as error:
            raise self._impossible("a day and time that exist") from error

    def _impossible(self, expected: str) -> DlmsError:
        return DlmsError(Fault.BAD_VALUE, f"clock {self.octets().hex()}", expected=expected)


def clock(octets: bytes) -> CosemClock:
    """Read the twelve bytes of a clock.

    Raises:
        DlmsError: not twelve bytes.
    """
    if len(octets) != CLOCK_BYTES:
        raise DlmsError(
            Fault.BAD_VALUE, f"clock of {len(octets)} bytes", expected=f"{CLOCK_BYTES} bytes"
        )
    deviation = int.from_bytes(octets[9:11], signed=True)
    return CosemClock(
        int.from_bytes(octets[:2]),
        octets[2],
        octets[3],
        octets[4],
        octets[5],
        octets[6],
        octets[7],
        octets[8],
        deviation,
        octets[11],
    )


def clock_of(
    instant: datetime, zone_minutes: int, *, deviation: bool = True, inverted: bool = False
) -> CosemClock:
    """Return the fields that say an instant in a zone so many minutes ahead of UTC.

    `deviation` False leaves it "not specified": some meters refuse a range with one, others
    without.
    """
    local = instant.astimezone(timezone(timedelta(minutes=zone_minutes)))
    sign = zone_minutes if inverted else -zone_minutes
    return CosemClock(
        local.year,
        local.month,
        local.day,
        local.isoweekday(),
        local.hour,
        local.minute,
        local.second,
        local.microsecond // 10_000,
        sign if deviation else NO_DEVIATION,
        0 if deviation else ANY,
    )
