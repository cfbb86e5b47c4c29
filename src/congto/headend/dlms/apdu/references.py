"""What a request is about: an attribute or method of an object, and which part of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from congto.headend.dlms.decoding import read
from congto.headend.dlms.encoding import encode
from congto.headend.dlms.obis import obis_text

if TYPE_CHECKING:
    from congto.headend.dlms.cursor import Cursor
    from congto.headend.dlms.data import Data

PRIORITY_HIGH = 0x80
CONFIRMED = 0x40
INVOKE_ID = 0x0F


class Selection(NamedTuple):
    """Selective access: `selector` 1 is by range, 2 by entry, for a generic profile."""

    selector: int
    parameter: Data


class Reference(NamedTuple):
    """An attribute or method: class, logical name, number, and the part wanted of an attribute."""

    class_id: int
    name: bytes
    number: int
    selection: Selection | None = None

    def __str__(self) -> str:
        """Return class, OBIS code and number as people write them."""
        return f"{self.class_id}/{obis_text(self.name)}/{self.number}"

    def encode(self) -> bytes:
        """Write class, name and number, without the selection."""
        return self.class_id.to_bytes(2) + self.name + (self.number & 0xFF).to_bytes(1)

    def encode_selected(self) -> bytes:
        """Write all, with a byte that says whether a selection follows."""
        if self.selection is None:
            return self.encode() + b"\x00"
        selector, parameter = self.selection
        return self.encode() + bytes((1, selector)) + encode(parameter)


def read_reference(cursor: Cursor) -> Reference:
    """Read class, name and number."""
    octets = cursor.take(9)
    number = octets[8] - 256 if octets[8] > 127 else octets[8]
    return Reference((octets[0] << 8) | octets[1], octets[2:8], number)


def read_selected(cursor: Cursor) -> Reference:
    """Read a reference and the selection behind it, if there is one."""
    reference = read_reference(cursor)
    if not cursor.u8():
        return reference
    return reference._replace(selection=Selection(cursor.u8(), read(cursor)))
