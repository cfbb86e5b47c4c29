"""Discovery of the load profile: which it is, its columns, and how a range of it is asked for."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import TYPE_CHECKING, NamedTuple

from congto.headend.cosem.classes.exchange import read_some
from congto.headend.cosem.classes.profile_generic import ProfileGeneric
from congto.headend.cosem.classes.registers import ExtendedRegister, Register
from congto.headend.cosem.profile_rows import profile_rows
from congto.headend.dlms.connection import State
from congto.headend.dlms.datetimes import clock
from congto.headend.dlms.faults import DlmsError
from congto.headend.dlms.obis import obis
from congto.headend.profiles.discovery_view import OF_THE_PERIOD, REGISTER, energy_of
from congto.headend.profiles.half_hours import range_of
from congto.headend.profiles.model import (
    CLOCK_CLASS,
    DATA_CLASS,
    VALUE,
    Column,
    Deviation,
    Kind,
    LoadProfile,
    Stamp,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from congto.headend.cosem.classes.parts import CaptureObject, ScalerUnit
    from congto.headend.dlms.apdu.references import Reference
    from congto.headend.dlms.client import Client, Exchange
    from congto.headend.profiles.discovery_view import Findings, View
    from congto.headend.profiles.model import Times
    from congto.vocabulary.intervals import Status

STANDARD = obis("1-0:99.1.0*255")
HALF_HOUR_SECONDS, DAY_SECONDS = 1_800, 86_400
STATUS_GROUPS = (0, 96, 10)
"""Value groups A, C and D of a status (IEC 62056-6-1, abstract objects)."""
PERIODS_TRIED = 3
DAYS_AT_LEAST = 30
"""So many days a load profile is taken to keep where nothing tells (recalled)."""
MEASURED: dict[int, type[Register | ExtendedRegister]] = {
    one.number: one for one in (Register, ExtendedRegister)
}


class Empty(Enum):
    """An answer without rows."""

    ROWS = auto()


class Table(NamedTuple):
    """A generic profile as the meter tells it.

    `sorted_by` None and `rows_max` 0 where it does not say.
    """

    profile: ProfileGeneric
    columns: tuple[CaptureObject, ...]
    period_seconds: int
    sorted_by: CaptureObject | None
    rows_max: int

    @property
    def days(self) -> int:
        """Return how many whole days it keeps."""
        return self.rows_max * self.period_seconds // DAY_SECONDS

    @property
    def energies(self) -> int:
        """Return how many columns hold energy of a period."""
        found = [energy_of(one.logical_name, OF_THE_PERIOD) for one in self.columns]
        return len([one for one in found if one is not None])


class Spoken(NamedTuple):
    """How the meter and we speak of times, and what its clock told; None: no valid time."""

    times: Times
    now: datetime | None


def find_load(
    client: Client, view: View, known: LoadProfile | None, spoken: Spoken, findings: Findings
) -> Exchange[tuple[LoadProfile | None, Times]]:
    """Return the load profile, None where there is none, and how bounds of a range are written.

    Args:
        client: associated.
        view: the objects.
        known: what the base profile says of it.
        spoken: times.
        findings: takes what is to be checked.
    """
    table = _best((yield from _tables(client, view)))
    if table is None:
        findings.checks["load_profile"] = "no profile with a clock and energy of a period is shown"
        return None, spoken.times
    columns = yield from _columns(client, table, known, findings)
    reference = table.profile.reference(table.profile.buffer)
    load = LoadProfile(
        reference,
        table.period_seconds,
        Stamp.END,
        _sort_object(table, columns, findings),
        columns,
        asks_columns=False,
        depth_days=_depth(table, known, findings),
        statuses=_statuses(known, reference, columns, findings),
    )
    if load.period_seconds != HALF_HOUR_SECONDS:
        findings.checks["load_profile/period_seconds"] = "not half an hour"
    return (yield from _tried(client, load, spoken, findings))


def _tables(client: Client, view: View) -> Exchange[list[Table]]:
    """Read what every profile tells of itself that has columns and a period."""
    tables: list[Table] = []
    for one in view.having(ProfileGeneric, 2, 3, 4):
        told = (one.capture_objects, one.capture_period, one.sort_object, one.profile_entries)
        answers = yield from read_some(client, [(one, attribute) for attribute in told])
        columns, period, *may_lack = answers
        if isinstance(columns, DlmsError) or isinstance(period, DlmsError):
            continue
        sorted_by, rows_max = (None if isinstance(it, DlmsError) else it for it in may_lack)
        tables.append(Table(one, columns, period, sorted_by, rows_max or 0))
    return tables


def _best(tables: Sequence[Table]) -> Table | None:
    """Return the load profile: the standard's code first, then the one with most energies."""
    fitting = [
        one
        for one in tables
        if 0 < one.period_seconds <= DAY_SECONDS
        and _clock_place(one.columns) is not None
        and (one.energies or one.profile.name == STANDARD)
    ]
    return min(fitting, key=lambda one: (one.profile.name != STANDARD, -one.energies), default=None)


def _clock_place(columns: Sequence[CaptureObject]) -> int | None:
    places = [
        place
        for place, one in enumerate(columns)
        if (one.class_id, one.attribute_index) == (CLOCK_CLASS, VALUE)
    ]
    return places[0] if places else None


def _columns(
    client: Client, table: Table, known: LoadProfile | None, findings: Findings
) -> Exchange[tuple[Column, ...]]:
    """Return the columns by what their codes mean, with scalers as the meter tells them."""
    said = {} if known is None else {one.reference: one for one in known.columns}
    clock_place = _clock_place(table.columns)
    columns: list[Column] = []
    for place, captured in enumerate(table.columns):
        column = _column(captured, said.get(captured.reference))
        if column.kind is Kind.CLOCK and place != clock_place:
            column = column._replace(kind=Kind.OTHER)
        if column.kind is not Kind.OTHER and column.kind in [one.kind for one in columns]:
            column = Column(column.reference, Kind.OTHER)
            _check(findings, captured.reference, "a column of the same meaning stands before it")
        elif column.kind is Kind.OTHER and energy_of(captured.logical_name, REGISTER):
            _check(
                findings,
                captured.reference,
                "a register that counts on; only energy of a period is read",
            )
        columns.append(column)
    return (yield from _scaled(client, columns, findings))


def _column(captured: CaptureObject, said: Column | None) -> Column:
    reference, code = captured.reference, captured.logical_name
    if captured.data_index:
        return Column(reference, Kind.OTHER)
    if said is not None:
        return said
    if (captured.class_id, captured.attribute_index) == (CLOCK_CLASS, VALUE):
        return Column(reference, Kind.CLOCK)
    if captured.class_id == DATA_CLASS and (code[0], *code[2:4]) == STATUS_GROUPS:
        return Column(reference, Kind.STATUS)
    energy = energy_of(code, OF_THE_PERIOD)
    if energy is None or captured.class_id not in MEASURED or captured.attribute_index != VALUE:
        return Column(reference, Kind.OTHER)
    return Column(reference, energy.channel, energy.unit)


def _scaled(
    client: Client, columns: Sequence[Column], findings: Findings
) -> Exchange[tuple[Column, ...]]:
    energies = [
        one
        for one in columns
        if not isinstance(one.kind, Kind) and one.reference.class_id in MEASURED
    ]
    asked = [MEASURED[one.reference.class_id](one.reference.name) for one in energies]
    answers = yield from read_some(client, [(one, one.scaler_unit) for one in asked])
    found = dict(zip(energies, answers, strict=True))
    return tuple(_with_scaler(one, found.get(one), findings) for one in columns)


def _with_scaler(column: Column, told: ScalerUnit | DlmsError | None, findings: Findings) -> Column:
    """Return a column with the scaler that was told; one that is known stays where none was."""
    if told is None:
        return column
    if isinstance(told, DlmsError):
        if column.scaler is None:
            _check(findings, column.reference, f"write its scaler: {told.found}")
        return column
    if column.unit is None or told.unit != column.unit.number:
        _check(findings, column.reference, f"its unit has the number {told.unit}")
        return Column(column.reference, Kind.OTHER)
    if told.scaler < 0:
        _check(findings, column.reference, "parts of a unit are refused when it is read")
    return column._replace(scaler=told.scaler)


def _sort_object(table: Table, columns: Sequence[Column], findings: Findings) -> Reference:
    """Return what rows are sorted by; where the meter names nothing, its clock column."""
    if table.sorted_by is not None and table.sorted_by.class_id:
        return table.sorted_by.reference
    findings.checks["load_profile/sort_object"] = "the meter names none; this is its clock column"
    return next(one.reference for one in columns if one.kind is Kind.CLOCK)


def _depth(table: Table, known: LoadProfile | None, findings: Findings) -> int:
    """Return how many days the profile keeps; where the meter does not say, what is known."""
    if table.days:
        return table.days
    findings.checks["load_profile/depth_days"] = "how many days it keeps; the meter does not say"
    return DAYS_AT_LEAST if known is None else known.depth_days


def _statuses(
    known: LoadProfile | None, reference: Reference, columns: Sequence[Column], findings: Findings
) -> tuple[tuple[int, Status], ...]:
    """Return what the bits of the status mean, which no meter tells."""
    if Kind.STATUS not in [one.kind for one in columns]:
        return ()
    if known is not None and known.reference == reference and known.statuses:
        return known.statuses
    findings.checks["load_profile/statuses"] = "write what the bits of the status mean"
    return ()


def _tried(
    client: Client, load: LoadProfile, spoken: Spoken, findings: Findings
) -> Exchange[tuple[LoadProfile, Times]]:
    """Ask for the last rows, with bounds written in each way until one is taken."""
    times = spoken.times
    if spoken.now is None:
        findings.checks["times/deviation"] = "not tried: the meter has no valid time"
        findings.checks["load_profile/stamp"] = "not tried: the meter has no valid time"
        return load, times
    ends = _whole_period(spoken.now, load, times)
    taken: Times | None = None
    for deviation in sorted(Deviation, key=lambda one: one is not times.deviation):
        trial = replace(times, deviation=deviation)
        newest = yield from _newest(client, load, trial, ends)
        if isinstance(newest, datetime):
            return replace(load, stamp=_stamp(newest, ends, load, findings)), trial
        if newest is not None and taken is None:
            taken = trial
    why = "the meter took it and had no rows" if taken else "the meter refused a range in any form"
    findings.checks["times/deviation"] = why
    findings.checks["load_profile/stamp"] = "no row was read"
    return load, taken or times


def _whole_period(now: datetime, load: LoadProfile, times: Times) -> datetime:
    """Return when the last whole period ended, by the meter's own clock."""
    since = (int(now.timestamp()) + times.zone_minutes * 60) % load.period_seconds
    return now.replace(microsecond=0) - timedelta(seconds=since)


def _newest(
    client: Client, load: LoadProfile, times: Times, ends: datetime
) -> Exchange[datetime | Empty | None]:
    """Return the newest stamp of the last periods, Empty.ROWS where none came, None: refused."""
    begins = ends - timedelta(seconds=load.period_seconds * PERIODS_TRIED)
    place = next(at for at, one in enumerate(load.columns) if one.kind is Kind.CLOCK)
    try:
        rows = profile_rows((yield from client.get(range_of(load, times, begins, ends))))
        told = [row[place] for row in rows if len(row) == len(load.columns)]
        stamps = [clock(one) for one in told if isinstance(one, bytes)]
        instants = [one.instant(times.zone_minutes, inverted=times.inverted) for one in stamps]
    except DlmsError:
        if client.connection.state is not State.OPEN:
            raise
        return None
    return max(instants, default=Empty.ROWS)


def _stamp(newest: datetime, ends: datetime, load: LoadProfile, findings: Findings) -> Stamp:
    """Return what a row's time names, by the newest row of a meter that is up to date."""
    if newest == ends:
        return Stamp.END
    findings.checks["load_profile/stamp"] = (
        f"the newest row is of {(ends - newest).total_seconds():.0f} seconds before the last"
        " period ended"
    )
    one_before = newest == ends - timedelta(seconds=load.period_seconds)
    return Stamp.BEGIN if one_before else Stamp.END


def _check(findings: Findings, reference: Reference, why: str) -> None:
    key = f"load_profile/{reference}"  # a column that stands twice has its checks together
    findings.checks[key] = "; ".join(filter(None, (findings.checks.get(key), why)))
