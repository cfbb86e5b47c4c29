"""What a push says in whole Wh: registers, half-hours and events, by codes and the model's scales.

A push names quantities by OBIS code. What a number of a code is worth the push tells itself (scaler
and unit beside the value), or the model's profile; where neither does, the value is left out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from congto.headend.cosem.pushed import PushedRow, pushed_rows
from congto.headend.dlms.apdu.notices import DataNotification
from congto.headend.dlms.datetimes import CLOCK_BYTES, clock
from congto.headend.dlms.encoding import encode
from congto.headend.dlms.faults import DlmsError, Fault
from congto.headend.dlms.obis import obis, obis_text
from congto.headend.profiles.half_hours import half_hours
from congto.headend.profiles.model import Kind, Stamp, Unit
from congto.headend.profiles.scaling import completed_units, whole_units
from congto.vocabulary.groups import Register
from congto.vocabulary.intervals import Channel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from congto.headend.dlms.client import Notice
    from congto.headend.profiles.model import Profile

HALF_HOUR = timedelta(minutes=30)
CLOCK = obis("0-0:1.0.0*255")
NAMES = (obis("0-0:42.0.0*255"), obis("0-0:96.1.0*255"))
"""Logical device name, number of the device."""
REGISTERS = {
    obis("1-0:1.8.0*255"): Register.TOTAL,
    obis("1-0:1.8.1*255"): Register.NORMAL,
    obis("1-0:1.8.2*255"): Register.PEAK,
    obis("1-0:1.8.3*255"): Register.OFF_PEAK,
    obis("1-0:3.8.0*255"): Register.REACTIVE,
}
"""Rates in the order of Viet Nam's registers: normal, peak, off-peak."""
CHANNELS = {
    obis("1-0:1.29.0*255"): Channel.ACTIVE_IMPORT,
    obis("1-0:2.29.0*255"): Channel.ACTIVE_EXPORT,
    obis("1-0:3.29.0*255"): Channel.REACTIVE_IMPORT,
    obis("1-0:4.29.0*255"): Channel.REACTIVE_EXPORT,
}
EVENT_CODES = tuple(obis(f"0-0:96.11.{number}*255") for number in range(10))
"""Code of the last event, one an event log."""


class TakenRegister(NamedTuple):
    """What a register showed."""

    at: datetime
    register: Register
    wh: int


class TakenHalfHour(NamedTuple):
    """Energy of the half-hour that begins then."""

    begins: datetime
    channel: Channel
    wh: int
    status: int


class TakenEvent(NamedTuple):
    """A code of an event log, and when it was written."""

    at: datetime
    code: int


@dataclass(slots=True)
class Contents:
    """What a push says.

    Attributes:
        at: its own clock, in UTC; None where it has none.
        left_out: code -> why its value is not here.
    """

    at: datetime | None = None
    registers: list[TakenRegister] = field(default_factory=list)
    half_hours: list[TakenHalfHour] = field(default_factory=list)
    events: list[TakenEvent] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)


def contents_of(notice: Notice, profile: Profile) -> Contents:
    """Return what a notification says of a meter of a model.

    Raises:
        DlmsError: a layout that is not known, a value that is malformed.
    """
    found = Contents()
    rows = list(_rows(notice))
    told = notice.time or b""
    for row in rows:
        if row.code == CLOCK and row.class_id in {None, 8}:
            told = row.value.octets
    if len(told) == CLOCK_BYTES:
        found.at = clock(told).instant(profile.times.zone_minutes, inverted=profile.times.inverted)
    for row in rows:
        try:
            _take(row, found, profile)
        except DlmsError as error:
            found.left_out[obis_text(row.code)] = error.found
    return found


def name_of(notice: Notice) -> str:
    """Return what a push calls its meter, empty where it has no name; anybody can write that.

    Raises:
        DlmsError: a layout that is not known.
    """
    for row in _rows(notice):
        if row.code in NAMES:
            said = row.value.value
            return said.decode("ascii", "replace") if isinstance(said, bytes) else str(said)
    return ""


def _rows(notice: Notice) -> Iterator[PushedRow]:
    if isinstance(notice, DataNotification):
        yield from pushed_rows(notice.value)[1]
        return
    reference = notice.reference
    kind, name, number = reference.class_id, reference.name, reference.number
    yield PushedRow(name, notice.value, class_id=kind, attribute=number)


def _take(row: PushedRow, found: Contents, profile: Profile) -> None:
    if row.code in REGISTERS:
        register = REGISTERS[row.code]
        scaler = _scaler(row, profile, reactive=register is Register.REACTIVE)
        wh = completed_units(_number(row), scaler)
        found.registers.append(TakenRegister(_clock(found), register, wh))
    elif row.code in CHANNELS:
        channel = CHANNELS[row.code]
        reactive = channel in {Channel.REACTIVE_IMPORT, Channel.REACTIVE_EXPORT}
        wh = whole_units(_number(row), _scaler(row, profile, reactive=reactive))
        at = _clock(found)
        found.half_hours.append(TakenHalfHour(_begin(at, profile), channel, wh, 0))
    elif row.code in EVENT_CODES:
        code = _number(row)
        if code:
            found.events.append(TakenEvent(_clock(found), code))
    elif profile.load is not None and row.code == profile.load.reference.name:
        _profile_rows(row, found, profile)


def _profile_rows(row: PushedRow, found: Contents, profile: Profile) -> None:
    """Take rows of the load profile, whose columns are those that the model lists."""
    load = profile.load
    assert load is not None  # the caller has looked
    if any(column.scaler is None for column in load.columns if not isinstance(column.kind, Kind)):
        raise DlmsError(
            Fault.BAD_VALUE,
            "half-hours of a model whose scalers are asked of the meter",
            expected="scalers in the model's profile",
        )
    read = half_hours(encode(row.value), load, profile.times, load.columns)
    for channel, values in zip(read.channels, read.values, strict=True):
        found.half_hours += [
            TakenHalfHour(begins, channel, wh, status)
            for begins, status, wh in zip(read.begins, read.statuses, values, strict=True)
            if wh is not None
        ]


def _number(row: PushedRow) -> int:
    value = row.value.value
    if isinstance(value, bool) or not isinstance(value, int):
        raise DlmsError(Fault.BAD_VALUE, f"{value!r:.40}", expected="a whole number")
    return value


def _scaler(row: PushedRow, profile: Profile, *, reactive: bool) -> int:
    """Return the power of ten that makes Wh or varh, from the push or else from the model."""
    unit = Unit.VARH if reactive else Unit.WH
    if row.scaler is not None:
        if row.unit not in {None, unit.number}:
            raise DlmsError(Fault.BAD_VALUE, f"unit {row.unit}", expected=f"{unit.number} ({unit})")
        return row.scaler
    known = [one.scaler for one in profile.registers if one.reference.name == row.code]
    if profile.load is not None:
        columns = profile.load.columns
        known += [one.scaler for one in columns if one.reference.name == row.code]
    if not known or known[0] is None:
        raise DlmsError(
            Fault.BAD_VALUE,
            "a value without scaler",
            expected="a scaler in the push or in the model's profile",
        )
    return known[0]


def _clock(found: Contents) -> datetime:
    if found.at is None:
        raise DlmsError(Fault.BAD_VALUE, "a value without time", expected="the meter's clock")
    return found.at


def _begin(at: datetime, profile: Profile) -> datetime:
    """Return when the half-hour began that a clock belongs to."""
    if at.minute % 30 or at.second:
        raise DlmsError(
            Fault.BAD_VALUE, f"a half-hour at {at:%H:%M:%S}", expected="a bound of half-hours"
        )
    ended = profile.load is None or profile.load.stamp is Stamp.END
    return at - HALF_HOUR if ended else at
