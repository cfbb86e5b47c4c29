"""One reading of a meter as its profile describes it: clock, registers, half-hours of a range."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from congto.headend.dlms.client import AccessRefusedError
from congto.headend.dlms.connection import State
from congto.headend.dlms.datetimes import clock
from congto.headend.dlms.faults import DlmsError, Fault
from congto.headend.profiles.half_hours import HalfHours, columns_of, half_hours, range_of
from congto.headend.profiles.model import SCALER_UNIT, Kind, Parts
from congto.headend.profiles.scaling import completed_units, whole_units

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from congto.headend.dlms.apdu.references import Reference
    from congto.headend.dlms.client import Client, Exchange
    from congto.headend.dlms.data import Data
    from congto.headend.profiles.kept_registers import KeptRegister
    from congto.headend.profiles.model import Column, Counted, LoadProfile, Profile, Unit
    from congto.vocabulary.groups import Register
    from congto.vocabulary.intervals import Channel

CAPTURE_PERIOD = 4


class Span(NamedTuple):
    """Periods in [begin, end)."""

    begin: datetime
    end: datetime


class Reading(NamedTuple):
    """A register: whole Wh or varh."""

    channel: Channel
    register: Register
    value: int


@dataclass(slots=True)
class Readout:
    """What a meter told.

    Attributes:
        clock: its time in UTC; None where it has no valid one.
        readings: registers that it has.
        half_hours: None where none were asked for, or the profile of the model has none.
        refused: object -> why nothing of it is here.
        serial, model: who it says it is, where that comes with the registers (mode C).
        kept: registers of past billing periods that came with them.
    """

    clock: datetime | None = None
    readings: list[Reading] = field(default_factory=list)
    half_hours: HalfHours | None = None
    refused: dict[str, str] = field(default_factory=dict)
    serial: str = ""
    model: str = ""
    kept: list[KeptRegister] = field(default_factory=list)


def read_meter(
    client: Client,
    profile: Profile,
    span: Span | None,
    registers: Sequence[Counted] | None = None,
    answered: Callable[[], None] | None = None,
) -> Exchange[Readout]:
    """Read clock and registers, and half-hours of a span where one is given.

    An object that the meter does not have, or that is not what the profile says, is named in
    `refused`; the others are read all the same.

    Args:
        client: associated.
        profile: the model.
        span: half-hours wanted.
        registers: those wanted; None: all of the profile.
        answered: is called when clock and registers have been answered; whoever owns a clock
            learns by it when the registers stood as read.

    Raises:
        DlmsError: the session cannot go on.
    """
    read = Readout()
    counted = profile.registers if registers is None else registers
    asked = [one for one in counted if one.scaler is None]
    references = [
        profile.clock,
        *(one.reference for one in counted),
        *(one.scaler_unit for one in asked),
    ]
    answers = yield from client.get_list(references)
    if answered is not None:
        answered()
    scalers = dict(zip(asked, answers[1 + len(counted) :], strict=True))
    _take_clock(read, profile, answers[0])
    for one, answer in zip(counted, answers[1 : 1 + len(counted)], strict=True):
        try:
            read.readings.append(_reading(one, answer, scalers.get(one)))
        except DlmsError as error:
            read.refused[str(one.reference)] = error.found
    if span is not None and profile.load is not None:
        yield from _read_load(client, profile, profile.load, span, read)
    return read


def read_half_hours(
    client: Client, profile: Profile, spans: Sequence[Span], found: list[HalfHours]
) -> Exchange[dict[str, str]]:
    """Read the half-hours of several spans into `found`, each as it comes.

    What has come stands even where a later span ends the session.

    Returns:
        object -> why nothing more of it is here; empty where all was read.

    Raises:
        DlmsError: the session cannot go on.
    """
    read, load = Readout(), profile.load
    if load is None:
        return {profile.name: "the profile of the model has no half-hours"}
    try:
        columns = yield from _columns(client, load, read)
        if all(isinstance(one.kind, Kind) for one in columns):
            return read.refused
        for span in spans:
            raw = yield from client.get(range_of(load, profile.times, *span))
            found.append(half_hours(raw, load, profile.times, columns))
    except DlmsError as error:
        if client.connection.state is not State.OPEN:
            raise
        read.refused[str(load.reference)] = error.found
    return read.refused


def _take_clock(read: Readout, profile: Profile, answer: Data | int) -> None:
    try:
        told = clock(_value(profile.clock, answer).octets)
        read.clock = told.instant(profile.times.zone_minutes, inverted=profile.times.inverted)
    except DlmsError as error:
        read.refused[str(profile.clock)] = error.found


def _reading(one: Counted, answer: Data | int, scaler_unit: Data | int | None) -> Reading:
    scaler = one.scaler
    value = _value(one.reference, answer).number
    if scaler is None:
        scaler = _scaler(one.scaler_unit, one.unit, scaler_unit)
    to_units = completed_units if one.parts is Parts.COMPLETED else whole_units
    return Reading(one.channel, one.register, to_units(value, scaler))


def _value(reference: Reference, answer: Data | int) -> Data:
    if isinstance(answer, int):
        raise AccessRefusedError(reference, answer)
    return answer


def _scaler(reference: Reference, unit: Unit | None, answer: Data | int | None) -> int:
    """Return the scaler that a meter says; refused where its unit is another than expected."""
    told = _value(reference, 0 if answer is None else answer).items
    if len(told) != 2:
        raise DlmsError(Fault.BAD_VALUE, f"{reference} of {len(told)}", expected="scaler and unit")
    scaler, number = told[0].number, told[1].number
    if unit is not None and number != unit.number:
        raise DlmsError(
            Fault.BAD_VALUE, f"{reference} says unit {number}", expected=f"{unit.number} ({unit})"
        )
    return scaler


def _read_load(
    client: Client, profile: Profile, load: LoadProfile, span: Span, read: Readout
) -> Exchange[None]:
    try:
        columns = yield from _columns(client, load, read)
        if all(isinstance(one.kind, Kind) for one in columns):
            return
        raw = yield from client.get(range_of(load, profile.times, *span))
        read.half_hours = half_hours(raw, load, profile.times, columns)
    except DlmsError as error:
        if client.connection.state is not State.OPEN:
            raise  # no answer, or one that cannot be believed: not a matter of this object
        read.refused[str(load.reference)] = error.found


def _columns(client: Client, load: LoadProfile, read: Readout) -> Exchange[tuple[Column, ...]]:
    """Return the columns with their scalers, asked for where the profile leaves them open."""
    columns = load.columns
    if load.asks_columns:
        answers = yield from client.get_list(
            [load.captured, load.reference._replace(number=CAPTURE_PERIOD)]
        )
        columns = columns_of(load, _value(load.captured, answers[0]))
        period = _value(load.reference, answers[1]).number
        if period != load.period_seconds:
            raise DlmsError(
                Fault.BAD_VALUE,
                f"{load.reference}: a row every {period} seconds",
                expected=f"every {load.period_seconds}",
                action="Write a profile of this model with its period",
            )
    unknown = [one for one in columns if not isinstance(one.kind, Kind) and one.scaler is None]
    if not unknown:
        return columns
    references = [one.reference._replace(number=SCALER_UNIT) for one in unknown]
    answers = yield from client.get_list(references)
    scaled: dict[Column, Column] = {}
    for one, reference, answer in zip(unknown, references, answers, strict=True):
        try:
            scaled[one] = one._replace(scaler=_scaler(reference, one.unit, answer))
        except DlmsError as error:
            scaled[one] = one._replace(kind=Kind.OTHER)  # without a scaler it says nothing
            read.refused[str(reference)] = f"{error.found}; write it in a profile of the model"
    return tuple(scaled.get(one, one) for one in columns)
