"""GET: read attributes (IEC 62056-5-3, clause 9.3.6 of the Green Book)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from congto.headend.dlms.apdu.blocks import Block
from congto.headend.dlms.apdu.references import Reference, read_selected
from congto.headend.dlms.cursor import Cursor, length_bytes, octets_bytes
from congto.headend.dlms.decoding import read
from congto.headend.dlms.encoding import encode
from congto.headend.dlms.faults import DlmsError, Fault

if TYPE_CHECKING:
    from congto.headend.dlms.data import Data

REQUEST, RESPONSE = 0xC0, 0xC4
NORMAL, BLOCK, LIST = 1, 2, 3


@dataclass(frozen=True, slots=True)
class GetRequest:
    """Read one attribute, or part of it."""

    invoke: int
    reference: Reference

    def encode(self) -> bytes:
        """Write the message."""
        return bytes((REQUEST, NORMAL, self.invoke)) + self.reference.encode_selected()


@dataclass(frozen=True, slots=True)
class GetNext:
    """Ask for the block after `number`."""

    invoke: int
    number: int

    def encode(self) -> bytes:
        """Write the message."""
        return bytes((REQUEST, BLOCK, self.invoke)) + self.number.to_bytes(4)


@dataclass(frozen=True, slots=True)
class GetList:
    """Read several attributes."""

    invoke: int
    references: tuple[Reference, ...]

    def encode(self) -> bytes:
        """Write the message."""
        parts = (reference.encode_selected() for reference in self.references)
        head = bytes((REQUEST, LIST, self.invoke)) + length_bytes(len(self.references))
        return head + b"".join(parts)


@dataclass(frozen=True, slots=True)
class GetResponse:
    """The value as encoded bytes, or None and the result that says why not."""

    invoke: int
    raw: bytes | None
    result: int = 0

    def encode(self) -> bytes:
        """Write the message."""
        head = bytes((RESPONSE, NORMAL, self.invoke))
        return head + (bytes((1, self.result)) if self.raw is None else b"\x00" + self.raw)


@dataclass(frozen=True, slots=True)
class GetBlock:
    """A block of the value, or a result that ends the transfer."""

    invoke: int
    block: Block
    result: int = 0

    def encode(self) -> bytes:
        """Write the message."""
        head = bytes((RESPONSE, BLOCK, self.invoke, self.block.last))
        head += self.block.number.to_bytes(4)
        if self.result:
            return head + bytes((1, self.result))
        return head + b"\x00" + octets_bytes(self.block.raw)


@dataclass(frozen=True, slots=True)
class GetListResponse:
    """One value or result for each attribute asked for."""

    invoke: int
    items: tuple[Data | int, ...]

    def encode(self) -> bytes:
        """Write the message."""
        return bytes((RESPONSE, LIST, self.invoke)) + list_bytes(self.items)


def list_bytes(items: tuple[Data | int, ...]) -> bytes:
    """Write values and results as a list; also what blocks of a list carry together."""
    parts = (
        bytes((1, item)) if isinstance(item, int) else b"\x00" + encode(item) for item in items
    )
    return length_bytes(len(items)) + b"".join(parts)


def read_list(cursor: Cursor) -> tuple[Data | int, ...]:
    """Read a list of values and results."""
    count = cursor.length()
    if count * 2 > cursor.left:
        raise cursor.short(count * 2)
    return tuple([read_item(cursor) for _ in range(count)])


def read_item(cursor: Cursor) -> Data | int:
    """Read a value, or the result in its place."""
    result = cursor.optional_u8()
    return read(cursor) if result is None else result


def read_request(cursor: Cursor) -> GetRequest | GetNext | GetList:
    """Read what follows the tag of a request."""
    kind, invoke = cursor.u8(), cursor.u8()
    if kind == NORMAL:
        return GetRequest(invoke, read_selected(cursor))
    if kind == BLOCK:
        return GetNext(invoke, cursor.u32())
    if kind == LIST:
        count = cursor.length()
        if count * 10 > cursor.left:  # bytes of a reference
            raise cursor.short(count * 10)
        return GetList(invoke, tuple([read_selected(cursor) for _ in range(count)]))
    raise unknown_kind("GET request", kind)


def read_response(cursor: Cursor) -> GetResponse | GetBlock | GetListResponse:
    """Read what follows the tag of a response."""
    kind, invoke = cursor.u8(), cursor.u8()
    if kind == NORMAL:
        if cursor.u8():
            return GetResponse(invoke, None, cursor.u8())
        return GetResponse(invoke, cursor.rest())
    if kind == BLOCK:
        last, number = cursor.u8() != 0, cursor.u32()
        if cursor.u8():
            return GetBlock(invoke, Block(last, number, b""), cursor.u8())
        return GetBlock(invoke, Block(last, number, cursor.octets()))
    if kind == LIST:
        return GetListResponse(invoke, read_list(cursor))
    raise unknown_kind("GET response", kind)


def unknown_kind(message: str, kind: int) -> DlmsError:
    """Return the error of a message whose second byte the standard does not have."""
    return DlmsError(Fault.UNKNOWN_TAG, f"{message} of kind {kind}", expected="a kind it has")
