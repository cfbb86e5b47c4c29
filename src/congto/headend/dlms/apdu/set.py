"""SET: write attributes (clause 9.3.7 of the Green Book)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from congto.headend.dlms.apdu.blocks import Block, read_block
from congto.headend.dlms.apdu.get import unknown_kind
from congto.headend.dlms.apdu.references import Reference, read_selected
from congto.headend.dlms.cursor import Cursor, length_bytes
from congto.headend.dlms.decoding import read
from congto.headend.dlms.encoding import encode

if TYPE_CHECKING:
    from congto.headend.dlms.data import Data

REQUEST, RESPONSE = 0xC1, 0xC5


@dataclass(frozen=True, slots=True)
class SetRequest:
    """Write one attribute."""

    invoke: int
    reference: Reference
    value: Data

    def encode(self) -> bytes:
        """Write the message."""
        head = bytes((REQUEST, 1, self.invoke)) + self.reference.encode_selected()
        return head + encode(self.value)


@dataclass(frozen=True, slots=True)
class SetFirstBlock:
    """The first block of a value for one attribute."""

    invoke: int
    reference: Reference
    block: Block

    def encode(self) -> bytes:
        """Write the message."""
        head = bytes((REQUEST, 2, self.invoke)) + self.reference.encode_selected()
        return head + self.block.encode()


@dataclass(frozen=True, slots=True)
class SetBlock:
    """A further block."""

    invoke: int
    block: Block

    def encode(self) -> bytes:
        """Write the message."""
        return bytes((REQUEST, 3, self.invoke)) + self.block.encode()


@dataclass(frozen=True, slots=True)
class SetList:
    """Write several attributes, a value for each."""

    invoke: int
    references: tuple[Reference, ...]
    values: tuple[Data, ...]

    def encode(self) -> bytes:
        """Write the message."""
        count = length_bytes(len(self.references))
        references = b"".join(one.encode_selected() for one in self.references)
        values = length_bytes(len(self.values)) + b"".join(map(encode, self.values))
        return bytes((REQUEST, 4, self.invoke)) + count + references + values


@dataclass(frozen=True, slots=True)
class SetListFirstBlock:
    """The first block of the values for several attributes."""

    invoke: int
    references: tuple[Reference, ...]
    block: Block

    def encode(self) -> bytes:
        """Write the message."""
        count = length_bytes(len(self.references))
        references = b"".join(one.encode_selected() for one in self.references)
        return bytes((REQUEST, 5, self.invoke)) + count + references + self.block.encode()


@dataclass(frozen=True, slots=True)
class SetResponse:
    """The result of one attribute; `number` is the last block's where the value came in blocks."""

    invoke: int
    result: int
    number: int | None = None

    def encode(self) -> bytes:
        """Write the message."""
        if self.number is None:
            return bytes((RESPONSE, 1, self.invoke, self.result))
        return bytes((RESPONSE, 3, self.invoke, self.result)) + self.number.to_bytes(4)


@dataclass(frozen=True, slots=True)
class SetNext:
    """The block has come; go on."""

    invoke: int
    number: int

    def encode(self) -> bytes:
        """Write the message."""
        return bytes((RESPONSE, 2, self.invoke)) + self.number.to_bytes(4)


@dataclass(frozen=True, slots=True)
class SetListResponse:
    """The result of each attribute; `number` is the last block's where values came in blocks."""

    invoke: int
    results: tuple[int, ...]
    number: int | None = None

    def encode(self) -> bytes:
        """Write the message."""
        results = length_bytes(len(self.results)) + bytes(self.results)
        if self.number is None:
            return bytes((RESPONSE, 5, self.invoke)) + results
        return bytes((RESPONSE, 4, self.invoke)) + results + self.number.to_bytes(4)


RequestMessage = SetRequest | SetFirstBlock | SetBlock | SetList | SetListFirstBlock


def read_request(cursor: Cursor) -> RequestMessage:
    """Read what follows the tag of a request."""
    kind, invoke = cursor.u8(), cursor.u8()
    if kind == 1:
        return SetRequest(invoke, read_selected(cursor), read(cursor))
    if kind == 2:
        return SetFirstBlock(invoke, read_selected(cursor), read_block(cursor))
    if kind == 3:
        return SetBlock(invoke, read_block(cursor))
    if kind in {4, 5}:
        references = _read_references(cursor)
        if kind == 5:
            return SetListFirstBlock(invoke, references, read_block(cursor))
        return SetList(invoke, references, read_values(cursor))
    raise unknown_kind("SET request", kind)


def _read_references(cursor: Cursor) -> tuple[Reference, ...]:
    count = cursor.length()
    if count * 10 > cursor.left:  # bytes of a reference
        raise cursor.short(count * 10)
    return tuple([read_selected(cursor) for _ in range(count)])


def read_values(cursor: Cursor) -> tuple[Data, ...]:
    """Read a list of values."""
    count = cursor.length()
    if count > cursor.left:
        raise cursor.short(count)
    return tuple([read(cursor) for _ in range(count)])


def read_response(cursor: Cursor) -> SetResponse | SetNext | SetListResponse:
    """Read what follows the tag of a response."""
    kind, invoke = cursor.u8(), cursor.u8()
    if kind == 1:
        return SetResponse(invoke, cursor.u8())
    if kind == 2:
        return SetNext(invoke, cursor.u32())
    if kind == 3:
        return SetResponse(invoke, cursor.u8(), cursor.u32())
    if kind in {4, 5}:
        results = tuple(cursor.octets())
        return SetListResponse(invoke, results, cursor.u32() if kind == 4 else None)
    raise unknown_kind("SET response", kind)
