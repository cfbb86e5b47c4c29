"""What a push says, as rows: OBIS code, value, scaler and unit.

The standard leaves the inside of a push to its maker. Five layouts are known from captured meters;
`Layout` names them, and a push tells by its form which of them it has.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from congto.headend.cosem.push_lists import position_list
from congto.headend.dlms.apdu.notices import NOTIFICATION, read_notification_head
from congto.headend.dlms.cursor import Cursor
from congto.headend.dlms.decoding import read
from congto.headend.dlms.faults import DlmsError, Fault
from congto.headend.dlms.obis import OBIS_BYTES
from congto.headend.dlms.tags import Tag

if TYPE_CHECKING:
    from collections.abc import Iterator

    from congto.headend.dlms.data import Data

NO_CODE = bytes(OBIS_BYTES)
"""The code of a value that its maker sends without one."""

VALUE_ATTRIBUTE = 2


class Layout(StrEnum):
    """How values and their codes stand in a push."""

    OBJECTS = "objects"  # a structure for each: code, value, {scaler, unit} where it has them
    SEQUENCE = "sequence"  # one structure: code, value, {scaler, unit} or not, code, value ...
    DESCRIBED = "described"  # the push list first: class, code, attribute, index; then the values
    BARE = "bare"  # a structure for each: class, code and attribute without tags, value
    POSITIONS = "positions"  # values only; the maker's list says what stands where


class PushedRow(NamedTuple):
    """One value.

    Attributes:
        code: six bytes; NO_CODE where the maker sends none.
        value: as it came.
        scaler, unit: of the value, where the push or the maker's list tells them.
        class_id, attribute: what the value is of, where the push tells it.
    """

    code: bytes
    value: Data
    scaler: int | None = None
    unit: int | None = None
    class_id: int | None = None
    attribute: int = VALUE_ATTRIBUTE

    @property
    def number(self) -> Decimal | None:
        """Return value times ten to the scaler, exact; None where it is no number."""
        found = self.value.value
        if isinstance(found, bool) or not isinstance(found, int | float):
            return None
        return Decimal(found).scaleb(self.scaler or 0)


@dataclass(frozen=True, slots=True)
class Pushed:
    """A push read: `time` is the clock's twelve bytes or empty; one row per value."""

    invoke: int
    time: bytes
    layout: Layout
    rows: tuple[PushedRow, ...]


def pushed(apdu: bytes) -> Pushed:
    """Read a plain data notification.

    Raises:
        DlmsError: no notification, malformed, or of a layout that is not known.
    """
    cursor = Cursor(apdu)
    tag = cursor.u8()
    if tag != NOTIFICATION:
        raise DlmsError(
            Fault.UNEXPECTED, f"message {tag:#04x}", expected="a data notification, 0x0f"
        )
    invoke, time = read_notification_head(cursor)
    if _is_bare(cursor):
        rows = tuple(_bare_rows(cursor))
        cursor.finish()
        return Pushed(invoke, time, Layout.BARE, rows)
    value = read(cursor)
    cursor.finish()
    return Pushed(invoke, time, *pushed_rows(value))


def pushed_rows(value: Data) -> tuple[Layout, tuple[PushedRow, ...]]:
    """Return the layout of a notification's value, and its rows.

    Raises:
        DlmsError: a layout that is not known.
    """
    items = value.items if value.tag in {Tag.ARRAY, Tag.STRUCTURE} else (value,)
    if items and _is_push_list(items[0]):
        return Layout.DESCRIBED, tuple(_described_rows(items))
    if items and all(_is_object(item) for item in items):
        return Layout.OBJECTS, tuple(_object_row(item) for item in items)
    if any(_is_code(item) for item in items[:-1]):
        return Layout.SEQUENCE, tuple(_sequence_rows(items))
    places = position_list(items)
    if places is None:
        raise DlmsError(
            Fault.BAD_VALUE,
            f"a push of {len(items)} values in no known layout",
            expected=", ".join(Layout),
            action="Describe the maker's list in headend/cosem/push_lists.py.",
        )
    rows = zip(places, items, strict=True)
    return Layout.POSITIONS, tuple(
        PushedRow(place.code, item, place.scaler, place.unit) for place, item in rows
    )


def _is_code(item: Data) -> bool:
    return item.tag == Tag.OCTET_STRING and len(item.octets) == OBIS_BYTES


def _scaler_unit(item: Data) -> tuple[int, int] | None:
    """Return scaler and unit where the value is this pair."""
    if item.tag != Tag.STRUCTURE or len(item.items) != 2:
        return None
    scaler, unit = item.items
    if scaler.tag != Tag.INT8 or unit.tag != Tag.ENUM:
        return None
    return scaler.number, unit.number


def _is_object(item: Data) -> bool:
    if item.tag != Tag.STRUCTURE or len(item.items) not in {2, 3} or not _is_code(item.items[0]):
        return False
    return len(item.items) == 2 or _scaler_unit(item.items[2]) is not None


def _object_row(item: Data) -> PushedRow:
    code, value, *more = item.items
    scaler, unit = (_scaler_unit(more[0]) if more else None) or (None, None)
    return PushedRow(code.octets, value, scaler, unit)


def _sequence_rows(items: tuple[Data, ...]) -> Iterator[PushedRow]:
    place, end = 0, len(items)
    while place < end:
        if not _is_code(items[place]) or place + 1 == end:
            yield PushedRow(NO_CODE, items[place])
            place += 1
            continue
        code, value = items[place].octets, items[place + 1]
        place += 2
        pair = _scaler_unit(items[place]) if place < end else None
        if pair is None:
            yield PushedRow(code, value)
        else:
            yield PushedRow(code, value, *pair)
            place += 1


def _is_push_list(item: Data) -> bool:
    """Say whether this is a push object list (Blue Book, class 40, attribute 2)."""
    return (
        item.tag == Tag.ARRAY
        and bool(item.items)
        and all(_is_descriptor(one) for one in item.items)
    )


def _is_descriptor(item: Data) -> bool:
    if item.tag != Tag.STRUCTURE or len(item.items) < 4:
        return False
    class_id, code, attribute, index = item.items[:4]
    return (class_id.tag, attribute.tag, index.tag) == (
        Tag.UINT16,
        Tag.INT8,
        Tag.UINT16,
    ) and _is_code(code)


def _described_rows(items: tuple[Data, ...]) -> Iterator[PushedRow]:
    descriptors = items[0].items
    values = items[1:]
    if len(items) == len(descriptors):  # the list names itself first
        descriptors = descriptors[1:]
    if len(values) != len(descriptors):
        raise DlmsError(
            Fault.BAD_VALUE,
            f"a push with {len(values)} values",
            expected=f"{len(descriptors)} as its list says",
        )
    for descriptor, value in zip(descriptors, values, strict=True):
        class_id, code, attribute = descriptor.items[:3]
        yield PushedRow(code.octets, value, class_id=class_id.number, attribute=attribute.number)
        if _is_object(value):  # an object of another code inside
            yield _object_row(value)


BARE_HEAD_BYTES = 6
BARE_PAIR = b"\x02\x02"


def _is_bare(cursor: Cursor) -> bool:
    """Say whether a structure {enum, array} follows whose pairs begin with no tag.

    Read by A-XDR the class of each descriptor would be a null and an empty or senseless array.
    """
    head = cursor.data[cursor.place : cursor.place + BARE_HEAD_BYTES + 3]
    return (
        head[:3] == b"\x02\x02\x16"
        and head[4:5] == b"\x01"
        and head[BARE_HEAD_BYTES:] == BARE_PAIR + b"\x00"
    )


def _bare_rows(cursor: Cursor) -> Iterator[PushedRow]:
    cursor.take(5)
    for _ in range(cursor.length()):
        place = cursor.place
        if cursor.take(2) != BARE_PAIR:
            raise DlmsError(Fault.BAD_VALUE, f"no pair at byte {place} of a push", expected="02 02")
        class_id, code, attribute = cursor.u16(), cursor.take(OBIS_BYTES), cursor.u8()
        yield PushedRow(code, read(cursor), class_id=class_id, attribute=attribute)
