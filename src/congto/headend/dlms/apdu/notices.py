"""What a meter sends without being asked, and exceptions it answers with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from congto.headend.dlms.apdu.references import Reference, read_reference
from congto.headend.dlms.apdu.results import ServiceError, StateError
from congto.headend.dlms.cursor import Cursor, octets_bytes
from congto.headend.dlms.decoding import read
from congto.headend.dlms.encoding import encode

if TYPE_CHECKING:
    from congto.headend.dlms.data import Data

NOTIFICATION, EVENT, EXCEPTION = 0x0F, 0xC2, 0xD8


@dataclass(frozen=True, slots=True)
class DataNotification:
    """A push: `time` is a clock of twelve bytes or empty; `invoke` the long form."""

    invoke: int
    time: bytes
    value: Data

    def encode(self) -> bytes:
        """Write the message."""
        head = bytes((NOTIFICATION,)) + self.invoke.to_bytes(4) + octets_bytes(self.time)
        return head + encode(self.value)


@dataclass(frozen=True, slots=True)
class EventNotification:
    """One attribute that the meter sends at an event; `time` None where it says none."""

    time: bytes | None
    reference: Reference
    value: Data

    def encode(self) -> bytes:
        """Write the message."""
        time = b"\x00" if self.time is None else b"\x01" + octets_bytes(self.time)
        return bytes((EVENT,)) + time + self.reference.encode() + encode(self.value)


@dataclass(frozen=True, slots=True)
class ExceptionResponse:
    """The request was not served at all; `counter` is the one expected, where the meter says it."""

    state: int
    service: int
    counter: int | None = None

    def encode(self) -> bytes:
        """Write the message."""
        head = bytes((EXCEPTION, self.state, self.service))
        return head if self.counter is None else head + self.counter.to_bytes(4)

    def __str__(self) -> str:
        """Return both reasons by name."""
        return f"{_name(StateError, self.state)}, {_name(ServiceError, self.service)}"


def read_notification(cursor: Cursor) -> DataNotification:
    """Read what follows the tag of a push."""
    invoke, time = read_notification_head(cursor)
    return DataNotification(invoke, time, read(cursor))


def read_notification_head(cursor: Cursor) -> tuple[int, bytes]:
    """Read number and clock of a push; the clock may come as bytes or as a typed value."""
    invoke = cursor.u32()
    if cursor.peek() not in {0x09, 0x19}:
        return invoke, cursor.octets()
    # a maker's habit: the clock with the tag of a value
    return invoke, cursor.octets() if cursor.u8() == 0x09 else cursor.take(12)


def read_event(cursor: Cursor) -> EventNotification:
    """Read what follows the tag of an event."""
    time = cursor.octets() if cursor.u8() else None
    return EventNotification(time, read_reference(cursor), read(cursor))


def read_exception(cursor: Cursor) -> ExceptionResponse:
    """Read what follows the tag of an exception."""
    state, service = cursor.u8(), cursor.u8()
    if service == ServiceError.INVOCATION_COUNTER_ERROR and cursor.left:
        return ExceptionResponse(state, service, cursor.u32())
    return ExceptionResponse(state, service)


def _name(kind: type[StateError | ServiceError], number: int) -> str:
    try:
        return kind(number).name.lower().replace("_", "-")
    except ValueError:
        return str(number)
