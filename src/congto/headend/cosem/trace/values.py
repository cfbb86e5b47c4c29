"""Values told: clocks as times, OBIS codes by name, scalers with their units."""

from __future__ import annotations

from typing import TYPE_CHECKING

from congto.headend.cosem.obis_names import obis_name
from congto.headend.cosem.trace.node import Node
from congto.headend.cosem.units import unit_text
from congto.headend.dlms.data import Bits, Data, tag_name
from congto.headend.dlms.datetimes import (
    ANY,
    ANY_YEAR,
    CLOCK_BYTES,
    NO_DEVIATION,
    ClockStatus,
    CosemClock,
    clock,
)
from congto.headend.dlms.obis import OBIS_BYTES, obis_text
from congto.headend.dlms.tags import CONTAINERS, Tag

if TYPE_CHECKING:
    from congto.headend.cosem.pushed import PushedRow
    from congto.headend.dlms.apdu.references import Reference

INLINE_CHARACTERS_MAX = 120
YEARS = range(1990, 2100)
"""Years in which twelve octets are taken for a clock."""

_STATUS = {
    ClockStatus.INVALID: "invalid",
    ClockStatus.DOUBTFUL: "doubtful",
    ClockStatus.DIFFERENT_BASE: "different clock base",
    ClockStatus.INVALID_STATUS: "invalid status",
    ClockStatus.DAYLIGHT_SAVING: "summer time",
}


def value_node(name: str, value: Data) -> Node:
    """Return the tree of a value."""
    if value.tag not in CONTAINERS:
        return Node(name, f"{leaf_text(value)} ({tag_name(value.tag)})")
    scaled = scaler_text(value)
    if scaled:
        return Node(name, scaled)
    items = value.items
    parts = tuple(value_node(str(at), item) for at, item in enumerate(items, 1))
    title = f"{tag_name(value.tag)} of {len(items)}"
    inline = ""
    if all(item.tag not in CONTAINERS or scaler_text(item) for item in items):
        told = ", ".join(scaler_text(item) or leaf_text(item) for item in items)
        inline = f"{{{told}}}" if len(told) <= INLINE_CHARACTERS_MAX else ""
    return Node(name, title, parts, inline)


def scaler_text(value: Data) -> str:
    """Return a pair of scaler and unit as people write it; empty for any other value."""
    if value.tag != Tag.STRUCTURE or [item.tag for item in value.items] != [Tag.INT8, Tag.ENUM]:
        return ""
    scaler, unit = value.items
    return f"x 10^{scaler.number} {unit_text(unit.number)}".rstrip()


def leaf_text(value: Data) -> str:
    """Return a value that is no container."""
    found = value.value
    if found is None:
        return "null"
    if isinstance(found, bytes):
        return octets_text(found, value.tag)
    if isinstance(found, Bits):
        return f"{found.value:0{found.size}b}" if found.size else "no bits"
    return repr(found) if isinstance(found, str) else str(found)


def octets_text(octets: bytes, tag: int = Tag.OCTET_STRING) -> str:
    """Return octets as what they most likely are: clock, OBIS code, text, or digits."""
    if tag == Tag.DATE_TIME or (len(octets) == CLOCK_BYTES and _is_clock(octets)):
        return clock_text(clock(octets))
    if tag == Tag.DATE:
        return _date_text(octets)
    if tag == Tag.TIME:
        return _time_text(octets)
    if len(octets) == OBIS_BYTES and octets[5] == ANY and octets[0] < 16:
        return code_text(octets)
    text = octets.rstrip(b"\x00").decode("ascii", "replace")  # makers fill strings with zeros
    if len(text) > 2 and text.isascii() and text.isprintable():
        return repr(text)
    return octets.hex(" ") or "empty"


def code_text(code: bytes) -> str:
    """Return an OBIS code with its names."""
    name = obis_name(code)
    return obis_text(code) if name is None else f"{obis_text(code)} {name}"


def reference_text(reference: Reference) -> str:
    """Return the object of a reference with its names."""
    return code_text(reference.name)


def clock_text(fields: CosemClock) -> str:
    """Return a clock as a time with its distance from UTC; a star for what is not specified."""
    text = f"{_date_text(fields.octets()[:5])} {_time_text(fields.octets()[5:9])}"
    if fields.deviation != NO_DEVIATION:
        ahead = -fields.deviation
        hours, minutes = divmod(abs(ahead), 60)
        text += f" {'-' if ahead < 0 else '+'}{hours:02}:{minutes:02}"
    if fields.status not in {0, ANY}:
        told = [word for bit, word in _STATUS.items() if fields.status & bit]
        text += f" ({', '.join(told) or hex(fields.status)})"
    return text


def row_node(row: PushedRow) -> Node:
    """Return the line of a pushed value."""
    name = code_text(row.code) if any(row.code) else "without a code"
    number = row.number
    if number is None:
        return value_node(name, row.value)
    scaled = f"{number:f}"
    unit = "" if row.unit is None else f" {unit_text(row.unit)}"
    return Node(name, scaled + unit)


def _is_clock(octets: bytes) -> bool:
    fields = clock(octets)
    return (
        (fields.year in YEARS or fields.year == ANY_YEAR)
        and (1 <= fields.month <= 12 or fields.month >= 0xFD)
        and (1 <= fields.day <= 31 or fields.day >= 0xFD)
        and (fields.hour < 24 or fields.hour == ANY)
        and (fields.minute < 60 or fields.minute == ANY)
    )


def _date_text(octets: bytes) -> str:
    year = int.from_bytes(octets[:2])
    months = {ANY: "*", 0xFE: "summer-begins", 0xFD: "summer-ends"}
    days = {ANY: "*", 0xFE: "last", 0xFD: "last-but-one"}
    return "-".join(
        (
            "*" if year == ANY_YEAR else f"{year:04}",
            months.get(octets[2], f"{octets[2]:02}"),
            days.get(octets[3], f"{octets[3]:02}"),
        )
    )


def _time_text(octets: bytes) -> str:
    text = ":".join("*" if part == ANY else f"{part:02}" for part in octets[:3])
    return text + (f".{octets[3]:02}" if octets[3] not in {0, ANY} else "")
