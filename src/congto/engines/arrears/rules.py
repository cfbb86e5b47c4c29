"""Which rules hold on a day, and the strictest of two laws.

A cut needs what the law of its own day asks for and what the law of the first notice's day asked
for: notices that went out before the law changed are not enough where the new law asks for more.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Protocol, TypeVar

from congto.vocabulary.errors import NotInForceError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from congto.vocabulary.dunning import ArrearsRules, CutLaw, DunningPlan

    class Dated(Protocol):
        """What holds from a day on."""

        @property
        def valid_from(self) -> date: ...

    Row = TypeVar("Row", bound=Dated)


def in_force(rows: Sequence[Row], on: date) -> Row:
    """Return the row that holds on a day.

    Raises:
        NotInForceError: all of them begin later.
    """
    place = bisect_right([row.valid_from for row in rows], on)
    if not place:
        raise NotInForceError(
            f"no rule of arrears is in force on {on}",
            expected=f"a day from {rows[0].valid_from} on",
        )
    return rows[place - 1]


def strictest(one: CutLaw, other: CutLaw) -> CutLaw:
    """Return what satisfies both laws."""
    ends = [law.cut_until_days for law in (one, other) if law.cut_until_days is not None]
    return replace(
        one,
        notices=max(one.notices, other.notices),
        apart_days=max(one.apart_days, other.apart_days),
        cut_from_days=max(one.cut_from_days, other.cut_from_days),
        cut_until_days=min(ends, default=None),
        warning_hours=max(one.warning_hours, other.warning_hours),
    )


@dataclass(frozen=True, slots=True)
class RulesOfDay:
    """Everything that decides the steps of one moment.

    Attributes:
        rules: all of them.
        at: the moment, local wall time.
        working: working days in order, from the day of `at` on for as long as a cut is planned.
    """

    rules: ArrearsRules
    at: datetime
    working: Sequence[date]

    @property
    def on(self) -> date:
        """Return the local day."""
        return self.at.date()

    @property
    def plan(self) -> DunningPlan:
        """Return the plan of the day."""
        return in_force(self.rules.plans, self.on)

    def law_of(self, first_notice: date) -> CutLaw:
        """Return what both the day and the day of the first notice ask for."""
        on_day = in_force(self.rules.laws, self.on)
        return strictest(on_day, in_force(self.rules.laws, first_notice))

    def cut_moment(self, day: date) -> datetime:
        """Return when supply is cut on a day."""
        return datetime.combine(day, time(self.plan.cut_hour))

    def earliest_cut(self, law: CutLaw) -> date:
        """Return the first day whose moment lies as long after now as a warning must."""
        earliest = self.at + timedelta(hours=law.warning_hours)
        day = earliest.date()
        return day if self.cut_moment(day) >= earliest else day + timedelta(days=1)

    def working_from(self, day: date) -> date:
        """Return the first working day that is not before `day`.

        Raises:
            NotInForceError: the list of working days ends before.
        """
        place = bisect_left(self.working, day)
        if place == len(self.working):
            raise NotInForceError(
                f"no working day from {day} on is known", expected="a longer list of working days"
            )
        return self.working[place]

    def working_before(self, day: date) -> date:
        """Return the last working day before `day`; the day of `at` where that is over."""
        place = bisect_left(self.working, day)
        return self.working[place - 1] if place else self.on
