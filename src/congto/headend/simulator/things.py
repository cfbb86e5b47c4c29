"""COSEM objects as rows of a table: how each attribute is read and set, each method invoked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from congto.headend.dlms.apdu.results import AccessResult
from congto.headend.dlms.cursor import octets_bytes
from congto.headend.dlms.data import Data, enum, i8, structure
from congto.headend.dlms.encoding import encode
from congto.headend.dlms.tags import Tag

if TYPE_CHECKING:
    from congto.headend.dlms.apdu.references import Selection
    from congto.headend.simulator.meter import Meter


class RefusalError(Exception):
    """A request that a meter answers with a result in place of a value."""

    def __init__(self, result: AccessResult) -> None:
        self.result = result
        super().__init__(result.name)


@dataclass(frozen=True, slots=True)
class Call:
    """One request as an object sees it.

    Attributes:
        age: true time. client: the client's number; public: it is the one without a secret.
        selection: the part wanted of an attribute.
    """

    meter: Meter
    age: int
    client: int
    public: bool
    selection: Selection | None = None

    @property
    def clock(self) -> int:
        """Return the time that the meter believes."""
        return self.age + self.meter.clock_offset


Reading: TypeAlias = bytes | Callable[[Call], bytes]
Writing: TypeAlias = Callable[[Call, Data], None]
Method: TypeAlias = Callable[[Call, Data | None], Data | None]


@dataclass(frozen=True, slots=True, eq=False)
class Thing:
    """One object.

    Attributes:
        read: attribute -> encoded value, or how to work it out; attribute 1 is the name.
        set: attribute -> what a new value does; `keep` only remembers it.
        methods: method -> what it does.
        public: the client without a secret may read it.
        selective: attributes that take a range or entries.
    """

    class_id: int
    version: int
    name: bytes
    read: Mapping[int, Reading]
    set: Mapping[int, Writing] = field(default_factory=dict)
    methods: Mapping[int, Method] = field(default_factory=dict)
    public: bool = False
    selective: tuple[int, ...] = ()

    def value(self, number: int, call: Call) -> bytes:
        """Return an attribute's encoded value.

        Raises:
            RefusalError: there is no such attribute, or it cannot be read.
        """
        if number == 1:
            return octet_bytes(self.name)
        reading = self.read.get(number)
        if reading is None:
            raise RefusalError(AccessResult.READ_WRITE_DENIED)
        if number in self.set:
            written = call.meter.written.get((self.class_id, self.name, number))
            if written is not None:
                return written
        return reading if isinstance(reading, bytes) else reading(call)

    def take(self, number: int, call: Call, value: Data) -> None:
        """Set an attribute; a value must have the type of the one it replaces.

        Raises:
            RefusalError: it may not be set, or not to this.
        """
        writing = self.set.get(number)
        if writing is None:
            raise RefusalError(AccessResult.READ_WRITE_DENIED)
        raw = encode(value)
        if raw[:1] != self.value(number, call)[:1]:
            raise RefusalError(AccessResult.TYPE_UNMATCHED)
        writing(call, value)
        if writing is keep:
            call.meter.written[self.class_id, self.name, number] = raw


def keep(call: Call, value: Data) -> None:
    """Take a new value; it only has to be remembered."""
    del call, value


# Encoded values that objects are full of.


def octet_bytes(value: bytes) -> bytes:
    """Return an encoded octet string."""
    return bytes((Tag.OCTET_STRING,)) + octets_bytes(value)


def u8_bytes(value: int) -> bytes:
    """Return an encoded unsigned number of one byte."""
    return bytes((Tag.UINT8, value))


def u16_bytes(value: int) -> bytes:
    """Return an encoded unsigned number of two bytes."""
    return bytes((Tag.UINT16,)) + value.to_bytes(2)


def u32_bytes(value: int) -> bytes:
    """Return an encoded unsigned number of four bytes."""
    return bytes((Tag.UINT32,)) + value.to_bytes(4)


def enum_bytes(value: int) -> bytes:
    """Return an encoded enumeration."""
    return bytes((Tag.ENUM, value))


def boolean_bytes(*, value: bool) -> bytes:
    """Return an encoded Boolean."""
    return bytes((Tag.BOOLEAN, value))


def scaler_unit(scaler: int, unit: int) -> bytes:
    """Return the encoded scaler and unit of a register."""
    return encode(structure(i8(scaler), enum(unit)))
