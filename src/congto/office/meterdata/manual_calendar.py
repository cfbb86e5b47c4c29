"""The reading days of a book: which day closes a period, and what lies before it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from congto.office.meterdata.manual_words import found_and_needed
from congto.vocabulary.errors import InvalidInputError
from congto.vocabulary.format_vi import day as said_day
from congto.vocabulary.periods import Period
from congto.vocabulary.reading_cycles import cycles_of

if TYPE_CHECKING:
    from datetime import date

    from congto.office.meters.models import ReadingBook

MONTHS_BEFORE = 3
DAYS_OF_A_CYCLE_MAX = 31


@dataclass(frozen=True, slots=True)
class ReadingDay:
    """One reading day of a book.

    Attributes:
        opened_on: the book's reading day before: where the period begins.
        months: the three months before the period, the latest first.
        before: the cycle before the period; with one cycle a month it is the latest month.
        number: 1, 2 or 3: which cycle of its month (KY of the handheld file).
    """

    read_on: date
    opened_on: date
    months: tuple[Period, ...]
    before: Period
    number: int

    @property
    def month(self) -> date:
        """Return the first day of the month billed: that of the last day inside the period."""
        return (self.read_on - timedelta(days=1)).replace(day=1)

    @property
    def days_needed(self) -> set[date]:
        """Return every day whose readings the sheet shows or compares with."""
        ends = {day for month in self.months for day in (month.start, month.end)}
        return {self.read_on, self.opened_on, self.before.start, *ends}


def days_of(book: ReadingBook) -> tuple[int, ...]:
    """Return the days of the month on which a book is read."""
    return tuple(book.session.days) if book.session else (book.reading_day,)


def reading_days(book: ReadingBook, until: date, *, months: int = MONTHS_BEFORE + 2) -> list[date]:
    """Return the reading days of a book in so many months up to a day, oldest first."""
    month, found = until.replace(day=1), set()
    for _month in range(months):
        cycles = cycles_of(days_of(book), Period.month(month.year, month.month))
        found |= {cycle.end for cycle in cycles}
        month = (month - timedelta(days=1)).replace(day=1)
    return sorted(day for day in found if day <= until)


def reading_day(book: ReadingBook, read_on: date) -> ReadingDay:
    """Return a reading day with what lies before it.

    Raises:
        InvalidInputError: the book is not read on that day; the sentence names the nearest ones.
    """
    days = reading_days(book, read_on)
    if days[-1] != read_on:
        raise InvalidInputError(
            found_and_needed(
                _("Sổ %(book)s không ghi vào ngày %(day)s")
                % {"book": book.code, "day": said_day(read_on)},
                ", ".join(said_day(day) for day in days[-3:]),
            )
        )
    cycles, here = len(days_of(book)), len(days) - 2
    ends = [here - cycles * back for back in range(MONTHS_BEFORE + 1)]
    months = tuple(Period(days[end - cycles], days[end]) for end in ends[:MONTHS_BEFORE])
    first = (read_on - timedelta(days=1)).replace(day=1)
    return ReadingDay(
        read_on,
        days[here],
        months,
        Period(days[here - 1], days[here]),
        number=sum(1 for day in days if day - timedelta(days=1) >= first),
    )


def reading_day_after(book: ReadingBook | None, day: date) -> date:
    """Return the reading day that closes the period a day lies in; the next day without a book."""
    following = day + timedelta(days=1)
    if book is None:
        return following
    until = following + timedelta(days=DAYS_OF_A_CYCLE_MAX)
    return next(one for one in reading_days(book, until) if one >= following)
