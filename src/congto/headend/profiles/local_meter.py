"""One reading of a meter by IEC 62056-21, mode C: the same answer as of a meter of DLMS."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from congto.headend.dlms.faults import DlmsError, Fault
from congto.headend.dlms.local_dialogue import read_by_command, read_out
from congto.headend.profiles.kept_registers import KeptRegister
from congto.headend.profiles.model import LocalMode, Parts
from congto.headend.profiles.readout import Reading, Readout
from congto.headend.profiles.scaling import completed_units, whole_units

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from congto.headend.dlms.client import Exchange
    from congto.headend.dlms.local_readout import DataSet
    from congto.headend.profiles.model import Counted, Local, Profile

EXPONENTS = {"": 0, "k": 3, "M": 6}
"""Prefix of a unit -> power of ten; W and v without a prefix are Wh and varh."""
_UNIT = re.compile(r"([kM]?)(Wh|varh)", re.IGNORECASE)
_NUMBER = re.compile(r"(\d{1,18})(?:\.(\d{1,9}))?")
_NAME = re.compile(r"(?:\d+-\d+:)?([0-9A-Z]+\.[0-9A-Z]+)(\.[0-9A-Z]+)?(?:[*&]255)?")
_PAST = re.compile(r"(?:\d+-\d+:)?([0-9A-Z]+\.[0-9A-Z]+)(\.[0-9A-Z]+)?[*&](\d{1,2})")
STAMP_DIGITS = {10, 12}


def read_local(
    profile: Profile,
    local: Local,
    password: str = "",
    answered: Callable[[], None] | None = None,
) -> Exchange[Readout]:
    """Read clock and registers, in one block or one by one as the profile says.

    A block also tells the registers of past billing periods; commands ask for none of them. What
    the meter does not show, or not as the profile says, is named in `refused`.

    Args:
        profile: the model.
        local: how it is spoken with.
        password: for commands; empty: none is given.
        answered: is called when all have been answered.

    Raises:
        DlmsError: the meter does not answer as the standard has it.
    """
    read = Readout()
    if local.mode is LocalMode.READ_OUT:
        who, block = yield from read_out(local.address, local.speed)
        shown = _by_name(block.data)
        if local.billing:
            _take_past(read, profile, local, block.data)
    else:
        more = filter(None, (local.date, local.time, local.serial))
        wanted = [*map(_address, profile.registers), *more]
        who, found = yield from read_by_command(
            local.address, wanted, variant=local.command, password=password, speed=local.speed
        )
        shown = {}
        for name, answer in found.items():
            if isinstance(answer, DlmsError):
                read.refused[name] = answer.found
            elif answer.data:
                shown[name] = answer.data[0]
    if answered is not None:
        answered()
    read.model = f"{who.maker} {who.text}".strip()
    if local.serial in shown:
        read.serial = shown[local.serial].value.strip()
    _take_registers(read, profile, shown)
    if local.date and local.time:
        _take_clock(read, profile, local, shown)
    return read


def _take_registers(read: Readout, profile: Profile, shown: Mapping[str, DataSet]) -> None:
    for one in profile.registers:
        name = _address(one)
        if name in read.refused:
            continue
        try:
            read.readings.append(Reading(one.channel, one.register, _energy(one, shown.get(name))))
        except DlmsError as error:
            read.refused[name] = error.found


def _take_clock(
    read: Readout, profile: Profile, local: Local, shown: Mapping[str, DataSet]
) -> None:
    if not {local.date, local.time} <= shown.keys():
        read.refused.setdefault(local.time, "not shown by the meter")
        return
    try:
        told = _clock(shown[local.date].value, shown[local.time].value, local.date_order)
        read.clock = told - timedelta(minutes=profile.times.zone_minutes)
    except DlmsError as error:
        read.refused[local.time] = error.found


def _take_past(read: Readout, profile: Profile, local: Local, data: Iterable[DataSet]) -> None:
    """Take the registers of billing periods that have a stamp, each as it stood at the stamp."""
    past: dict[tuple[str, str], DataSet] = {}
    for one in data:
        match = _PAST.fullmatch(one.address.upper())
        if match is not None:
            past.setdefault((match[1] + (match[2] or ".0"), match[3]), one)
    for (name, period), stamp in past.items():
        if name != local.billing or not re.search(r"[1-9]", stamp.value):
            continue  # no stamp, or one of a period that has not been yet
        try:
            at = _stamp(stamp.value, local.date_order)
            at -= timedelta(minutes=profile.times.zone_minutes)
            read.kept += [
                KeptRegister(
                    at, one.channel, one.register, _energy(one, past[_address(one), period])
                )
                for one in profile.registers
                if (_address(one), period) in past
            ]
        except DlmsError as error:
            read.refused[f"{name}*{period}"] = error.found


def _by_name(data: Iterable[DataSet]) -> dict[str, DataSet]:
    """Return the sets by groups C, D and E of their names; of several the first, the latest value.

    Past billing periods have a group F behind (*01), and are another name.
    """
    found: dict[str, DataSet] = {}
    for one in data:
        match = _NAME.fullmatch(one.address.upper())
        if match is not None:
            found.setdefault(match[1] + (match[2] or ".0"), one)
    return found


def _address(one: Counted) -> str:
    """Return the name of a register in the block: 1.8.0 for 1-0:1.8.0*255."""
    return ".".join(str(group) for group in one.reference.name[2:5])


def _energy(one: Counted, shown: DataSet | None) -> int:
    """Return whole Wh or varh of a value such as 000065.3 with unit kWh."""
    if shown is None:
        raise DlmsError(Fault.REFUSED, "not shown by the meter")
    number, unit = _NUMBER.fullmatch(shown.value.strip()), _UNIT.fullmatch(shown.unit.strip())
    if number is None or unit is None or unit[2].lower() != one.unit.lower():
        raise DlmsError(
            Fault.BAD_VALUE,
            f"{shown.value!r} {shown.unit!r}",
            expected=f"a number of {one.unit}, k{one.unit} or M{one.unit}",
        )
    decimals = number[2] or ""
    exponent = EXPONENTS[_prefix(unit[1])] - len(decimals)
    to_units = completed_units if one.parts is Parts.COMPLETED else whole_units
    return to_units(int(number[1] + decimals), exponent)


def _prefix(written: str) -> str:
    """Return a prefix as it ought to be written: makers write kWh, KWh and MWh."""
    return "k" if written in {"k", "K"} else written.upper()


def _stamp(text: str, order: str) -> datetime:
    """Return the local time, as of UTC, of a stamp such as 2611010000; a season may be in front."""
    digits = re.sub(r"[^0-9]", "", text)
    digits = digits[len(digits) % 2 :]
    if len(digits) not in STAMP_DIGITS:
        raise DlmsError(Fault.BAD_VALUE, f"a stamp {text!r}", expected="six digits and a time")
    return _clock(digits[:6], digits[6:], order)


def _clock(date: str, time: str, order: str) -> datetime:
    """Return the local time, as of UTC, of digits such as 26-11-25 and 10:10:17.

    A seventh digit in front is the season (VDEW's s): it does not count in a zone without one.
    """
    days, clock = (re.sub(r"[^0-9]", "", text)[-6:] for text in (date, time))
    pairs = [int(days[place : place + 2]) for place in (0, 2, 4)] if len(days) == 6 else []
    if len(clock) not in {4, 6} or not pairs:
        raise DlmsError(Fault.BAD_VALUE, f"a clock {date!r} {time!r}", expected="six digits each")
    year, month, day = pairs if order == "ymd" else reversed(pairs)
    hour, minute, second = (int(clock[place : place + 2] or "0") for place in (0, 2, 4))
    try:
        return datetime(2000 + year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError as error:
        raise DlmsError(Fault.BAD_VALUE, f"a clock {date!r} {time!r}", expected=order) from error
