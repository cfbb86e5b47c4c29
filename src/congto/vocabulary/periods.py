"""Periods of local days, half-open [start, end): the end day belongs to the next period."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from congto.vocabulary.errors import InvalidInputError

LOCAL_ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
"""Vietnam's time, UTC+7 without daylight saving; dates on bills are local dates."""


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """Local days from `start` up to but not including `end`."""

    start: date
    end: date

    def __post_init__(self) -> None:
        if self.end <= self.start:
            raise InvalidInputError(
                f"period from {self.start} to {self.end}",
                expected="an end after the start",
                action="give the day after the last day of the period as its end",
            )

    @property
    def days(self) -> int:
        """Return the number of local days in the period."""
        return (self.end - self.start).days

    def __contains__(self, day: date) -> bool:
        return self.start <= day < self.end

    def each_day(self) -> list[date]:
        """Return the local days of the period, in the order of time."""
        return [self.start + timedelta(days=offset) for offset in range(self.days)]

    @classmethod
    def of_day(cls, day: date) -> Period:
        """Return one local day as a period."""
        return cls(day, day + timedelta(days=1))

    @classmethod
    def month(cls, year: int, month: int) -> Period:
        """Return the calendar month as a period."""
        following = date(year + month // 12, month % 12 + 1, 1)
        return cls(date(year, month, 1), following)

    @classmethod
    def parse_month(cls, text: str) -> Period:
        """Read "2026-10"; raises InvalidInputError for anything else."""
        try:
            year, month = (int(part) for part in text.split("-"))
            return cls.month(year, month)
        except ValueError as error:
            raise InvalidInputError(
                f"month {text!r}", expected="year and month such as 2026-10"
            ) from error


def days_in_month(day: date) -> int:
    """Return the number of days of the calendar month that contains `day`."""
    period = Period.month(day.year, day.month)
    return period.days


def last_day(period: Period) -> date:
    """Return the last day inside the period, as bills print it."""
    return period.end - timedelta(days=1)
