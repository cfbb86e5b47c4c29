"""ACCESS: several reads, writes and methods in one message (clause 9.3.9 of the Green Book)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from congto.headend.dlms.apdu.references import Reference, Selection, read_reference
from congto.headend.dlms.apdu.set import read_values
from congto.headend.dlms.cursor import Cursor, length_bytes, octets_bytes
from congto.headend.dlms.decoding import read
from congto.headend.dlms.encoding import encode
from congto.headend.dlms.faults import DlmsError, Fault

if TYPE_CHECKING:
    from congto.headend.dlms.data import Data

REQUEST, RESPONSE = 0xD9, 0xDA
GET, SET, ACTION, GET_SELECTED, SET_SELECTED = 1, 2, 3, 4, 5
SPECIFICATION_BYTES = 10


class Access(NamedTuple):
    """One step: `kind` is GET, SET or ACTION; the reference says the selection."""

    kind: int
    reference: Reference

    def encode(self) -> bytes:
        """Write the step."""
        selection = self.reference.selection
        if selection is None or self.kind == ACTION:
            return bytes((self.kind,)) + self.reference.encode()
        kind = GET_SELECTED if self.kind == GET else SET_SELECTED
        selected = bytes((selection.selector,)) + encode(selection.parameter)
        return bytes((kind,)) + self.reference.encode() + selected


@dataclass(frozen=True, slots=True)
class AccessRequest:
    """Steps, and for each a value (null data where it needs none).

    `invoke` is the long form: 24 bits of number and 8 of flags.
    """

    invoke: int
    time: bytes
    steps: tuple[Access, ...]
    values: tuple[Data, ...]

    def encode(self) -> bytes:
        """Write the message."""
        head = bytes((REQUEST,)) + self.invoke.to_bytes(4) + octets_bytes(self.time)
        return head + steps_bytes(self.steps) + values_bytes(self.values)


@dataclass(frozen=True, slots=True)
class AccessResponse:
    """A value and a result for each step, in their order."""

    invoke: int
    time: bytes
    steps: tuple[Access, ...]
    values: tuple[Data, ...]
    results: tuple[tuple[int, int], ...]

    def encode(self) -> bytes:
        """Write the message."""
        head = bytes((RESPONSE,)) + self.invoke.to_bytes(4) + octets_bytes(self.time)
        steps = b"\x01" + steps_bytes(self.steps) if self.steps else b"\x00"
        results = b"".join(bytes(result) for result in self.results)
        return head + steps + values_bytes(self.values) + length_bytes(len(self.results)) + results


def steps_bytes(steps: tuple[Access, ...]) -> bytes:
    """Write a list of steps."""
    return length_bytes(len(steps)) + b"".join(step.encode() for step in steps)


def values_bytes(values: tuple[Data, ...]) -> bytes:
    """Write a list of values."""
    return length_bytes(len(values)) + b"".join(map(encode, values))


def read_request(cursor: Cursor) -> AccessRequest:
    """Read what follows the tag of a request."""
    invoke, time = cursor.u32(), cursor.octets()
    return AccessRequest(invoke, time, _read_steps(cursor), read_values(cursor))


def read_response(cursor: Cursor) -> AccessResponse:
    """Read what follows the tag of a response."""
    invoke, time = cursor.u32(), cursor.octets()
    steps = _read_steps(cursor) if cursor.u8() else ()
    values = read_values(cursor)
    count = cursor.length()
    results = cursor.take(count * 2)
    pairs = tuple(zip(results[::2], results[1::2], strict=True))
    return AccessResponse(invoke, time, steps, values, pairs)


def _read_steps(cursor: Cursor) -> tuple[Access, ...]:
    count = cursor.length()
    if count * SPECIFICATION_BYTES > cursor.left:
        raise cursor.short(count * SPECIFICATION_BYTES)
    return tuple([_read_step(cursor) for _ in range(count)])


def _read_step(cursor: Cursor) -> Access:
    kind = cursor.u8()
    if kind in {GET, SET, ACTION}:
        return Access(kind, read_reference(cursor))
    if kind in {GET_SELECTED, SET_SELECTED}:
        reference = read_reference(cursor)
        selection = Selection(cursor.u8(), read(cursor))
        plain = GET if kind == GET_SELECTED else SET
        return Access(plain, reference._replace(selection=selection))
    raise DlmsError(Fault.UNKNOWN_TAG, f"ACCESS step of kind {kind}", expected="1 to 5")
