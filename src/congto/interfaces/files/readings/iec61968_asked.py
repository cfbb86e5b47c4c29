"""IEC 61968-9 requests for readings and events now, and the MeterReadings that answer them.

A request has the verb get or create and the noun MeterReadings or EndDeviceEvents. Its meters are
named by EndDevice, Meter or UsagePoint, what is wanted by ReadingType: none asks for registers. The
elements of a request are recalled from the standard, edition 2. A register has the reading type of
a bulk quantity (4th number 1) with its rate as the 12th.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from congto.interfaces.files.iec61968_envelope import Header, checked, local, opened
from congto.interfaces.files.readings.iec61968 import (
    CHANNELS,
    EXAMPLE,
    LENGTHS,
    NAMESPACE,
    TYPE,
    meter_reading,
)
from congto.interfaces.files.readings.xml_parts import Maker, line_of, text
from congto.vocabulary.errors import InvalidInputError
from congto.vocabulary.intervals import CHANNEL_CODES, MINUTES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    import polars as pl
    from lxml import etree

READINGS, EVENTS = "MeterReadings", "EndDeviceEvents"
VERBS = ("get", "create")
DEVICES = ("{*}EndDevice", "{*}Meter", "{*}UsagePoint")
BULK, DELTA = 1, 4
REGISTER_TYPE = "0.0.0.1.{flow}.1.12.0.0.0.0.{rate}.0.0.0.0.{uom}.0"
"""What a dial shows in Wh or varh; of rates the 12th number tells which."""
REGISTER_EXAMPLE = "0.0.0.1.1.1.12.0.0.0.0.0.0.0.0.3.72.0"
RATES = {"total": 0, "normal": 1, "peak": 2, "off_peak": 3}
NO_CLOCK = "1.4.256"
"""Quality of a value whose meter has no valid clock."""
REGISTERS, HALF_HOURS = "registers", "half_hours"
CODES = {channel: code for code, channel in CHANNEL_CODES.items()}


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for.

    Attributes:
        header: of the message.
        names: serials of meters and codes of usage points.
        kinds: "registers", "half_hours"; of events none.
    """

    header: Header
    names: tuple[str, ...]
    kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """What the dials of a meter showed.

    Attributes:
        meter: its serial.
        read_at: when it answered.
        has_clock: it knows the time.
        registers: each with channel ("A+"), register ("total") and value in Wh or varh.
    """

    meter: str
    read_at: datetime
    has_clock: bool
    registers: Sequence[Mapping[str, Any]]


def read_request(octets: bytes) -> Request:
    """Read a request.

    Raises:
        InvalidInputError: it is no XML, too large, another message, or a part cannot be read; names
            the line.
    """
    root, header = opened(octets, f"{READINGS} or {EVENTS}")
    checked(header, VERBS, (READINGS, EVENTS))
    names = [(one, text(one, "mRID") or text(one, "Names/name")) for one in root.iter(*DEVICES)]
    for one, name in names:
        if name is None:
            raise InvalidInputError(
                f"line {line_of(one)}: a device without a name", expected="mRID or Names/name"
            )
    if not names:
        raise InvalidInputError(
            "the message names no device", expected="EndDevice, Meter or UsagePoint with mRID"
        )
    found = tuple(dict.fromkeys(name for _, name in names if name is not None))
    return Request(header, found, () if header.noun == EVENTS else _kinds(root))


def _kinds(root: etree._Element) -> tuple[str, ...]:
    """Return what the reading types of a request ask for; without any the registers."""
    kinds = [_kind(one) for one in root.iter("{*}ReadingType")]
    return tuple(dict.fromkeys(kinds)) or (REGISTERS,)


def _kind(one: etree._Element) -> str:
    word = (one.get("ref") or text(one, "mRID") or text(one, "Names/name") or "").strip()
    numbers = [int(number) for number in word.split(".")] if TYPE.match(word) else []
    if numbers and (numbers[16], numbers[4]) in CHANNELS:
        if numbers[3] == BULK:
            return REGISTERS
        if numbers[3] == DELTA and LENGTHS.get(numbers[2]) == MINUTES:
            return HALF_HOURS
    raise InvalidInputError(
        f"line {line_of(one)}: reading type '{word[:60]}'",
        expected=f"a register such as {REGISTER_EXAMPLE} or half-hours such as {EXAMPLE}",
    )


def readings_of(shown: Sequence[Shown], days: pl.DataFrame) -> etree._Element | None:
    """Return MeterReadings of dials and of half-hours (DELIVERED_DAYS); None where there are none.

    Half-hours stand as in exported files.
    """
    make = Maker(NAMESPACE)
    parts = [_dials(one, make) for one in shown]
    rows = days.sort("usage_point", "meter", "channel", "local_day")
    streams = rows.partition_by("usage_point", "meter", maintain_order=True)
    parts += [meter_reading(stream, make) for stream in streams if stream.height]
    return make(READINGS, *parts) if parts else None


def _dials(shown: Shown, make: Maker) -> etree._Element:
    """Return the MeterReading of what dials showed, in the order of the schema."""
    flows = {CODES[channel]: key for key, channel in CHANNELS.items()}
    reading = make("MeterReading")
    reading.append(make("Meter", make("mRID", shown.meter)))
    for one in shown.registers:
        uom, flow = flows[one["channel"]]
        kind = REGISTER_TYPE.format(flow=flow, rate=RATES[one["register"]], uom=uom)
        value = make(
            "Readings",
            make("timeStamp", local(shown.read_at)),
            make("value", str(one["value"])),
        )
        if not shown.has_clock:
            quality = make("ReadingQualityType", ref=NO_CLOCK)
            value.append(make("ReadingQualities", quality))
        value.append(make("ReadingType", ref=kind))
        reading.append(value)
    return reading
