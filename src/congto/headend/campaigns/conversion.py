"""Three-rate conversion: a calendar written beside, read back, activated, and read again.

The new calendar is written beside the active one and compared there; only then it takes its place.
Special days have no such second place: they change at once, so they are cleared before the calendar
they belong to goes, and written after the new one is active.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from congto.headend.campaigns.calendars import (
    RATE_SCRIPTS,
    BandCalendar,
    Tables,
    days_of,
    differing,
    same,
)
from congto.headend.campaigns.proof import LOOKS, Verdict, looked, told, tried, untold
from congto.headend.cosem.classes.activity_calendar import ActivityCalendar
from congto.headend.cosem.classes.exchange import act, read, write
from congto.headend.cosem.classes.moments import UNSPECIFIED
from congto.headend.cosem.classes.script_table import ScriptTable
from congto.headend.cosem.classes.special_days import SpecialDays
from congto.headend.dlms.client import AccessRefusedError
from congto.headend.dlms.connection import State
from congto.headend.dlms.datetimes import clock_of
from congto.headend.dlms.faults import DlmsError, Fault
from congto.headend.dlms.obis import obis

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from congto.headend.dlms.client import Client, Exchange, Steps
    from congto.headend.dlms.datetimes import CosemClock
    from congto.headend.profiles.model import Times

Seen = TypeVar("Seen")

CALENDAR = ActivityCalendar(obis("0-0:13.0.0*255"))
SPECIAL_DAYS = SpecialDays(obis("0-0:11.0.0*255"))
"""Where the standard has them (IEC 62056-6-1)."""


class CalendarWhy(StrEnum):
    """The reason of a verdict."""

    ALREADY = "already"  # it was so before; nothing was sent
    SHOWN = "shown"
    WAITING = "waiting"  # written, and the meter says when it will take its place
    PASSIVE = "passive"  # what was written beside the active one is not what is read back
    ACTIVE = "active"  # the active one is not what was asked
    SPECIAL = "special"  # special days are not what was asked
    UNSEEN = "unseen"  # it could not be looked at since


@dataclass(frozen=True, slots=True)
class CalendarOutcome:
    """What is known of a calendar that was written.

    Attributes:
        verdict, why: what is known, and by what.
        before: the active calendar and special days before.
        active: as read last; None where they were not.
        differs: tables that are not as asked, by their names.
        answer: what the meter answered against it; empty for success or nothing sent.
        scripts_checked: the meter's script table has the rates; False where it does not show it.
    """

    verdict: Verdict
    why: CalendarWhy
    before: BandCalendar
    active: BandCalendar | None = None
    differs: tuple[str, ...] = ()
    answer: str = ""
    scripts_checked: bool = False


class Activation(NamedTuple):
    """When a calendar takes its place: the instant and the model's times; None: at once."""

    at: datetime
    times: Times

    @property
    def clock(self) -> CosemClock:
        """Return the instant as the meter takes it."""
        return clock_of(self.at, self.times.zone_minutes, inverted=self.times.inverted)


def read_calendar(client: Client) -> Exchange[BandCalendar]:
    """Read the active calendar and the special days.

    Raises:
        DlmsError: the meter has none, or the session cannot go on.
    """
    tables = yield from _active(client)
    return BandCalendar(tables, (yield from read(client, SPECIAL_DAYS, SpecialDays.entries)))


def convert(
    client: Client,
    wanted: BandCalendar,
    activation: Activation | None = None,
    looks: Sequence[float] = LOOKS,
    tell: Callable[[BandCalendar], None] = untold,
) -> Steps[CalendarOutcome]:
    """Let a meter count by a calendar: written beside, compared, activated, read again.

    May be repeated after any end: what is there already is not written again.

    Args:
        client: associated.
        wanted: the calendar.
        activation: when it takes its place; None: at once.
        looks: seconds before each look at the active calendar.
        tell: takes the calendar that was active, before anything is written.

    Raises:
        DlmsError: the meter could not be read, or cannot do what is asked; nothing was written.
    """
    before = yield from read_calendar(client)
    if not differing(before, wanted):
        return CalendarOutcome(Verdict.CONFIRMED, CalendarWhy.ALREADY, before, before)
    if activation is not None:
        _refuse_later_special_days(before, wanted)
        if (yield from _waits(client, wanted, activation)):
            return CalendarOutcome(Verdict.CONFIRMED, CalendarWhy.WAITING, before, before)
    checked = yield from _check_scripts(client, wanted.tables)
    tell(before)
    conversion = _Conversion(client, wanted, before, looks, checked)
    return (yield from conversion.carried_out(activation))


@dataclass(slots=True)
class _Conversion:
    """One conversion under way, from the first write on: whatever happens becomes an outcome."""

    client: Client
    wanted: BandCalendar
    before: BandCalendar
    looks: Sequence[float]
    checked: bool

    def carried_out(self, activation: Activation | None) -> Steps[CalendarOutcome]:
        against = yield from tried(self._write_beside())
        passive = yield from self._seen(lambda: _passive(self.client))
        if passive is None:
            return self._outcome(Verdict.UNCERTAIN, CalendarWhy.UNSEEN, None, against)
        if not same(passive, self.wanted.tables):
            return self._outcome(Verdict.NOT_DONE, CalendarWhy.PASSIVE, None, against, passive)
        if activation is not None:
            return (yield from self._dated(activation))
        return (yield from self._at_once())

    def _write_beside(self) -> Exchange[None]:
        client, tables = self.client, self.wanted.tables
        time = ActivityCalendar.activate_passive_calendar_time
        if _at((yield from read(client, CALENDAR, time))) != _at(UNSPECIFIED):
            # Its hour could come between two of the writes and activate half a calendar.
            yield from write(client, CALENDAR, time, UNSPECIFIED)
        yield from write(client, CALENDAR, ActivityCalendar.calendar_name_passive, tables.name)
        yield from write(client, CALENDAR, ActivityCalendar.season_profile_passive, tables.seasons)
        yield from write(
            client, CALENDAR, ActivityCalendar.week_profile_table_passive, tables.weeks
        )
        yield from write(client, CALENDAR, ActivityCalendar.day_profile_table_passive, tables.days)

    def _dated(self, activation: Activation) -> Steps[CalendarOutcome]:
        """Say when the calendar takes its place; the day after, a repeat proves that it did."""
        attribute = ActivityCalendar.activate_passive_calendar_time
        when = activation.clock
        against = yield from tried(write(self.client, CALENDAR, attribute, when))
        seen = yield from self._seen(lambda: read(self.client, CALENDAR, attribute))
        if seen is None:
            return self._outcome(Verdict.UNCERTAIN, CalendarWhy.UNSEEN, None, against)
        if _at(seen) != _at(when):
            return self._outcome(Verdict.NOT_DONE, CalendarWhy.ACTIVE, self.before, against)
        return self._outcome(Verdict.CONFIRMED, CalendarWhy.WAITING, self.before, against)

    def _at_once(self) -> Steps[CalendarOutcome]:
        client, wanted = self.client, self.wanted
        against = None
        if self.before.special and self.before.special != wanted.special:
            against = yield from tried(write(client, SPECIAL_DAYS, SpecialDays.entries, ()))
        if client.connection.state is State.OPEN:
            method = ActivityCalendar.activate_passive_calendar
            against = (yield from tried(act(client, CALENDAR, method))) or against
        seen = yield from looked(
            client,
            lambda: _active(client),
            lambda active: same(active, wanted.tables),
            self.looks,
        )
        if not seen:
            return self._outcome(Verdict.UNCERTAIN, CalendarWhy.UNSEEN, None, against)
        active = BandCalendar(seen[-1], self.before.special)
        if not same(active.tables, wanted.tables):
            return self._outcome(Verdict.NOT_DONE, CalendarWhy.ACTIVE, active, against)
        return (yield from self._special(active, against))

    def _special(self, active: BandCalendar, against: DlmsError | None) -> Steps[CalendarOutcome]:
        """Write the special days and read them back."""
        client, wanted = self.client, self.wanted.special
        if wanted and client.connection.state is State.OPEN:
            against = (
                yield from tried(write(client, SPECIAL_DAYS, SpecialDays.entries, wanted))
            ) or against
        seen = yield from self._seen(lambda: read(client, SPECIAL_DAYS, SpecialDays.entries))
        if seen is None:
            return self._outcome(Verdict.UNCERTAIN, CalendarWhy.UNSEEN, None, against)
        found = active._replace(special=seen)
        if differing(found, self.wanted):
            return self._outcome(Verdict.NOT_DONE, CalendarWhy.SPECIAL, found, against)
        return self._outcome(Verdict.CONFIRMED, CalendarWhy.SHOWN, found, against)

    def _seen(self, look: Callable[[], Exchange[Seen]]) -> Steps[Seen | None]:
        """Look until the meter answers; None where it does not."""
        found = yield from looked(self.client, look, lambda _: True, self.looks)
        return found[-1] if found else None

    def _outcome(
        self,
        verdict: Verdict,
        why: CalendarWhy,
        active: BandCalendar | None,
        against: DlmsError | None,
        passive: Tables | None = None,
    ) -> CalendarOutcome:
        compared = BandCalendar(passive, self.wanted.special) if passive else active
        differs = () if compared is None else differing(compared, self.wanted)
        return CalendarOutcome(
            verdict, why, self.before, active, differs, told(against), self.checked
        )


def _active(client: Client) -> Exchange[Tables]:
    return Tables(
        (yield from read(client, CALENDAR, ActivityCalendar.calendar_name_active)),
        (yield from read(client, CALENDAR, ActivityCalendar.season_profile_active)),
        (yield from read(client, CALENDAR, ActivityCalendar.week_profile_table_active)),
        (yield from read(client, CALENDAR, ActivityCalendar.day_profile_table_active)),
    )


def _passive(client: Client) -> Exchange[Tables]:
    return Tables(
        (yield from read(client, CALENDAR, ActivityCalendar.calendar_name_passive)),
        (yield from read(client, CALENDAR, ActivityCalendar.season_profile_passive)),
        (yield from read(client, CALENDAR, ActivityCalendar.week_profile_table_passive)),
        (yield from read(client, CALENDAR, ActivityCalendar.day_profile_table_passive)),
    )


def _waits(client: Client, wanted: BandCalendar, activation: Activation) -> Exchange[bool]:
    """Say whether the calendar waits for this instant already."""
    attribute = ActivityCalendar.activate_passive_calendar_time
    when = yield from read(client, CALENDAR, attribute)
    return _at(when) == _at(activation.clock) and same((yield from _passive(client)), wanted.tables)


def _at(when: CosemClock) -> tuple[int, ...]:
    """Return day and time without what meters leave open: weekday, seconds, deviation."""
    return (when.year, when.month, when.day, when.hour, when.minute)


def _check_scripts(client: Client, tables: Tables) -> Exchange[bool]:
    """Refuse rates that the meter has no script for; False where it does not show its scripts."""
    try:
        scripts = yield from read(client, RATE_SCRIPTS, ScriptTable.scripts)
    except AccessRefusedError:
        return False
    known = {script.script_identifier for script in scripts}
    asked = {action.script_selector for day in tables.days for action in day.day_schedule}
    if asked - known:
        raise DlmsError(
            Fault.BAD_VALUE,
            f"the meter has rate scripts {sorted(known)}, the calendar asks for {sorted(asked)}",
            expected="a script for each rate",
            action="Compare the rates of the profile's registers with the meter's scripts",
        )
    return True


def _refuse_later_special_days(before: BandCalendar, wanted: BandCalendar) -> None:
    if days_of(before) != days_of(wanted):
        raise DlmsError(
            Fault.BAD_VALUE,
            f"{len(before.special)} special days in the meter, {len(wanted.special)} asked for",
            expected="the same ones for a calendar that waits: special days change at once",
            action="Convert the meter at once, or clear its special days first",
        )
