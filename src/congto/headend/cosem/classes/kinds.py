"""Kinds of values: what an attribute holds, as a Python value and as tagged data, both ways.

A kind reads only what the standard writes there, so what is read can be written back byte by byte.
Whatever does not fit says where in the value it stands.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, IntFlag
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

from congto.headend.dlms.data import Bits, Data, tag_name
from congto.headend.dlms.obis import OBIS_BYTES
from congto.headend.dlms.tags import INTEGERS, Tag

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Value = TypeVar("Value")
Other = TypeVar("Other")
Number = TypeVar("Number", bound=IntEnum)
Flags = TypeVar("Flags", bound=IntFlag)
Parts = TypeVar("Parts", bound=NamedTuple)

FOUND_MAX, EXPECTED_MAX = 80, 200
"""Characters of a found value, and of what is expected, in a message."""


class UnfitError(Exception):
    """A value that is not of its kind.

    Attributes:
        path: where in the value, outermost first: names of parts, numbers of elements from 1.
        found, expected: for the message.
    """

    def __init__(self, found: str, expected: str) -> None:
        self.path: tuple[str, ...] = ()
        self.found = _cut(found, FOUND_MAX)
        self.expected = _cut(expected, EXPECTED_MAX)
        super().__init__(found)

    def within(self, place: str) -> UnfitError:
        """Say that the value stands at a place of another one; return itself."""
        self.path = (place, *self.path)
        return self


def _cut(text: str, characters: int) -> str:
    return text if len(text) <= characters else text[:characters] + "..."


@dataclass(frozen=True, slots=True)
class Kind(Generic[Value]):
    """One kind of value.

    Attributes:
        title: as the Blue Book writes it.
        read: from data; UnfitError where it is of another kind.
        write: to data; UnfitError likewise.
    """

    title: str
    read: Callable[[Data], Value]
    write: Callable[[Value], Data]


def unlike(data: Data, expected: str) -> UnfitError:
    """Return the error for data of another kind."""
    value = data.value.hex() if isinstance(data.value, bytes) else repr(data.plain())
    return UnfitError(f"{tag_name(data.tag)} {value}".rstrip(), expected)


def plain(tag: Tag, types: type[Value], title: str) -> Kind[Value]:
    """Return the kind of values that have one tag and are no whole numbers."""

    def read(data: Data) -> Value:
        if data.tag != tag or not isinstance(data.value, types):
            raise unlike(data, title)
        return data.value

    def write(value: Value) -> Data:
        if not isinstance(value, types):
            raise UnfitError(repr(value), title)
        return Data(tag, value)

    return Kind(title, read, write)


def whole(tag: Tag, title: str) -> Kind[int]:
    """Return the kind of whole numbers of a tag."""
    size, signed = INTEGERS[tag]
    bits = size * 8
    allowed = range(-(1 << bits - 1), 1 << bits - 1) if signed else range(1 << bits)
    expected = f"{title}, {allowed[0]} to {allowed[-1]}"

    def read(data: Data) -> int:
        if data.tag != tag:
            raise unlike(data, title)
        return data.number

    def write(value: int) -> Data:
        if isinstance(value, bool) or not isinstance(value, int) or value not in allowed:
            raise UnfitError(repr(value), expected)
        return Data(tag, int(value))

    return Kind(title, read, write)


ANY: Kind[Data] = Kind("any", lambda data: data, lambda data: data)
"""A value whose type another object or the meter decides."""
NOTHING: Kind[None] = Kind("nothing", lambda _: None, lambda _: Data(Tag.NULL, None))
"""What a method gives back that gives nothing; what a meter adds all the same is no matter."""
BOOLEAN = plain(Tag.BOOLEAN, bool, "boolean")
OCTETS = plain(Tag.OCTET_STRING, bytes, "octet-string")
BITS = plain(Tag.BIT_STRING, Bits, "bit-string")
I8, I16 = whole(Tag.INT8, "integer"), whole(Tag.INT16, "long")
U8, U16 = whole(Tag.UINT8, "unsigned"), whole(Tag.UINT16, "long-unsigned")
U32 = whole(Tag.UINT32, "double-long-unsigned")
ENUM = whole(Tag.ENUM, "enum")
"""A number of a list that is not closed, such as units."""
ZERO: Kind[None] = Kind("integer (0)", lambda _: None, lambda _: Data(Tag.INT8, 0))
"""The parameter of methods that need none."""


def octets_of(size: int, meaning: str) -> Kind[bytes]:
    """Return the kind of octet strings of one length."""
    title = f"octet-string[{size}] ({meaning})"

    def sized(value: bytes) -> bytes:
        if len(value) != size:
            raise UnfitError(f"{len(value)} octets {value.hex()}", title)
        return value

    return Kind(title, lambda data: sized(OCTETS.read(data)), lambda one: OCTETS.write(sized(one)))


LOGICAL_NAME = octets_of(OBIS_BYTES, "logical name")


def enumerated(members: type[Number], of: Kind[int] = ENUM) -> Kind[Number]:
    """Return the kind of numbers that a list names."""
    named = ", ".join(f"{one.value} {one.name.lower()}" for one in members)
    title = f"{of.title} ({named})"

    def known(number: int) -> Number:
        try:
            return members(number)
        except ValueError as error:
            raise UnfitError(str(number), title) from error

    return Kind(title, lambda data: known(of.read(data)), lambda one: of.write(known(one)))


def flags_in(members: type[Flags], of: Kind[int]) -> Kind[Flags]:
    """Return the kind of numbers whose bits are named; unknown bits are kept."""
    named = ", ".join(f"{one.value:#x} {str(one.name).lower()}" for one in members)
    return Kind(f"{of.title} ({named})", lambda data: members(of.read(data)), of.write)


def bits_of(size: int) -> Kind[int]:
    """Return the kind of bit strings of one length, as a number whose first bit weighs most."""
    title = f"bit-string[{size}]"

    def read(data: Data) -> int:
        bits = BITS.read(data)
        if bits.size != size:
            raise UnfitError(f"{bits.size} bits", title)
        return bits.value

    def write(value: int) -> Data:
        if not 0 <= value < 1 << size:
            raise UnfitError(repr(value), title)
        return BITS.write(Bits(size, int(value)))

    return Kind(title, read, write)


def array_of(kind: Kind[Value]) -> Kind[tuple[Value, ...]]:
    """Return the kind of arrays whose elements are all of one kind; read also if compact."""
    title = f"array of {kind.title}"

    def read(data: Data) -> tuple[Value, ...]:
        if data.tag not in {Tag.ARRAY, Tag.COMPACT_ARRAY}:
            raise unlike(data, title)
        return tuple(_each(kind.read, data.items))

    def write(values: tuple[Value, ...]) -> Data:
        return Data(Tag.ARRAY, tuple(_each(kind.write, values)))

    return Kind(title, read, write)


def _each(change: Callable[[Other], Value], items: Sequence[Other]) -> list[Value]:
    changed: list[Value] = []
    for number, item in enumerate(items, 1):
        try:
            changed.append(change(item))
        except UnfitError as error:
            raise error.within(f"[{number}]") from None
    return changed


def record(made: type[Parts], *kinds: Kind[Any]) -> Kind[Parts]:
    """Return the kind of structures whose elements have names: those of a named tuple."""
    names = made._fields
    if len(names) != len(kinds):
        message = f"{made.__name__} has {len(names)} parts, {len(kinds)} kinds are given"
        raise TypeError(message)
    parts = ", ".join(f"{name}: {kind.title}" for name, kind in zip(names, kinds, strict=True))
    title = f"structure {{{parts}}}"

    def read(data: Data) -> Parts:
        if data.tag != Tag.STRUCTURE or len(data.items) != len(kinds):
            raise unlike(data, title)
        return made._make(_named(names, [kind.read for kind in kinds], data.items))

    def write(value: Parts) -> Data:
        if not isinstance(value, made):
            raise UnfitError(repr(value), f"{made.__name__}")
        return Data(Tag.STRUCTURE, tuple(_named(names, [kind.write for kind in kinds], value)))

    return Kind(title, read, write)


def _named(
    names: Sequence[str], changes: Sequence[Callable[[Any], Any]], items: Sequence[Any]
) -> list[Any]:
    changed: list[Any] = []
    for name, change, item in zip(names, changes, items, strict=True):
        try:
            changed.append(change(item))
        except UnfitError as error:
            raise error.within(name) from None
    return changed


def optional(kind: Kind[Value]) -> Kind[Value | None]:
    """Return a kind that may also be null."""

    def read(data: Data) -> Value | None:
        return None if data.tag == Tag.NULL else kind.read(data)

    def write(value: Value | None) -> Data:
        return Data(Tag.NULL, None) if value is None else kind.write(value)

    return Kind(f"null or {kind.title}", read, write)


def either(first: Kind[Any], second: Kind[Any], seconds: type) -> Kind[Any]:
    """Return the kind of a choice: read the first way or else the second.

    Values of the type `seconds` are written the second way.
    """

    def read(data: Data) -> object:
        try:
            return first.read(data)
        except UnfitError:
            return second.read(data)

    def write(value: object) -> Data:
        return (second if isinstance(value, seconds) else first).write(value)

    return Kind(f"{first.title} or {second.title}", read, write)
