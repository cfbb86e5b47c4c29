"""ACTION: invoke methods (clause 9.3.8 of the Green Book)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from congto.headend.dlms.apdu.blocks import Block, read_block
from congto.headend.dlms.apdu.get import read_item, unknown_kind
from congto.headend.dlms.apdu.references import Reference, read_reference
from congto.headend.dlms.apdu.set import read_values
from congto.headend.dlms.cursor import Cursor, length_bytes
from congto.headend.dlms.decoding import read
from congto.headend.dlms.encoding import encode

if TYPE_CHECKING:
    from congto.headend.dlms.data import Data

REQUEST, RESPONSE = 0xC3, 0xC7
METHOD_BYTES = 9


@dataclass(frozen=True, slots=True)
class ActionRequest:
    """Invoke one method, with or without a parameter."""

    invoke: int
    method: Reference
    parameter: Data | None = None

    def encode(self) -> bytes:
        """Write the message."""
        head = bytes((REQUEST, 1, self.invoke)) + self.method.encode()
        return head + (b"\x00" if self.parameter is None else b"\x01" + encode(self.parameter))


@dataclass(frozen=True, slots=True)
class ActionNext:
    """Ask for the block of the answer after `number`."""

    invoke: int
    number: int

    def encode(self) -> bytes:
        """Write the message."""
        return bytes((REQUEST, 2, self.invoke)) + self.number.to_bytes(4)


@dataclass(frozen=True, slots=True)
class ActionList:
    """Invoke several methods, a parameter for each."""

    invoke: int
    methods: tuple[Reference, ...]
    parameters: tuple[Data, ...]

    def encode(self) -> bytes:
        """Write the message."""
        methods = length_bytes(len(self.methods)) + b"".join(one.encode() for one in self.methods)
        values = length_bytes(len(self.parameters)) + b"".join(map(encode, self.parameters))
        return bytes((REQUEST, 3, self.invoke)) + methods + values


@dataclass(frozen=True, slots=True)
class ActionFirstBlock:
    """The first block of the parameter of one method."""

    invoke: int
    method: Reference
    block: Block

    def encode(self) -> bytes:
        """Write the message."""
        head = bytes((REQUEST, 4, self.invoke)) + self.method.encode()
        return head + self.block.encode()


@dataclass(frozen=True, slots=True)
class ActionBlock:
    """A further block of the parameter."""

    invoke: int
    block: Block

    def encode(self) -> bytes:
        """Write the message."""
        return bytes((REQUEST, 6, self.invoke)) + self.block.encode()


@dataclass(frozen=True, slots=True)
class ActionResponse:
    """The result, and what the method gave back: a value, a result in its place, or nothing."""

    invoke: int
    result: int
    returned: Data | int | None = None

    def encode(self) -> bytes:
        """Write the message."""
        head = bytes((RESPONSE, 1, self.invoke))
        return head + outcome_bytes((self.result, self.returned))


@dataclass(frozen=True, slots=True)
class ActionAnswerBlock:
    """A block of the answer."""

    invoke: int
    block: Block

    def encode(self) -> bytes:
        """Write the message."""
        return bytes((RESPONSE, 2, self.invoke)) + self.block.encode()


@dataclass(frozen=True, slots=True)
class ActionListResponse:
    """The result and the answer of each method."""

    invoke: int
    outcomes: tuple[tuple[int, Data | int | None], ...]

    def encode(self) -> bytes:
        """Write the message."""
        parts = b"".join(map(outcome_bytes, self.outcomes))
        return bytes((RESPONSE, 3, self.invoke)) + length_bytes(len(self.outcomes)) + parts


@dataclass(frozen=True, slots=True)
class ActionContinue:
    """The block of the parameter has come; go on."""

    invoke: int
    number: int

    def encode(self) -> bytes:
        """Write the message."""
        return bytes((RESPONSE, 4, self.invoke)) + self.number.to_bytes(4)


def outcome_bytes(outcome: tuple[int, Data | int | None]) -> bytes:
    """Write a result and what came back."""
    result, returned = outcome
    if returned is None:
        return bytes((result, 0))
    if isinstance(returned, int):
        return bytes((result, 1, 1, returned))
    return bytes((result, 1, 0)) + encode(returned)


def read_outcome(cursor: Cursor) -> tuple[int, Data | int | None]:
    """Read a result and what came back; makers leave the last byte off."""
    result = cursor.u8()
    if not cursor.left or not cursor.u8():
        return result, None
    return result, read_item(cursor)


RequestMessage = ActionRequest | ActionNext | ActionList | ActionFirstBlock | ActionBlock
ResponseMessage = ActionResponse | ActionAnswerBlock | ActionListResponse | ActionContinue


def read_request(cursor: Cursor) -> RequestMessage:
    """Read what follows the tag of a request."""
    kind, invoke = cursor.u8(), cursor.u8()
    if kind == 1:
        method = read_reference(cursor)
        return ActionRequest(invoke, method, read(cursor) if cursor.u8() else None)
    if kind == 2:
        return ActionNext(invoke, cursor.u32())
    if kind == 3:
        count = cursor.length()
        if count * METHOD_BYTES > cursor.left:
            raise cursor.short(count * METHOD_BYTES)
        methods = tuple([read_reference(cursor) for _ in range(count)])
        return ActionList(invoke, methods, read_values(cursor))
    if kind == 4:
        return ActionFirstBlock(invoke, read_reference(cursor), read_block(cursor))
    if kind == 6:
        return ActionBlock(invoke, read_block(cursor))
    raise unknown_kind("ACTION request", kind)


def read_response(cursor: Cursor) -> ResponseMessage:
    """Read what follows the tag of a response."""
    kind, invoke = cursor.u8(), cursor.u8()
    if kind == 1:
        return ActionResponse(invoke, *read_outcome(cursor))
    if kind == 2:
        return ActionAnswerBlock(invoke, read_block(cursor))
    if kind == 3:
        count = cursor.length()
        if count * 2 > cursor.left:
            raise cursor.short(count * 2)
        return ActionListResponse(invoke, tuple([read_outcome(cursor) for _ in range(count)]))
    if kind == 4:
        return ActionContinue(invoke, cursor.u32())
    raise unknown_kind("ACTION response", kind)
