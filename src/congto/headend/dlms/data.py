"""A-XDR values with their tags: what attributes, parameters and notifications are made of.

The tag is kept with each value, so that what was read can be written back byte by byte.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from congto.headend.dlms.faults import DlmsError, Fault
from congto.headend.dlms.tags import CONTAINERS, Tag

if TYPE_CHECKING:
    from collections.abc import Iterable


class Bits(NamedTuple):
    """A bit string: `size` bits, the first one the most significant of `value`."""

    size: int
    value: int


Plain: TypeAlias = "bool | int | float | str | bytes | Bits | list[Plain] | None"
"""A value without its tag. Arrays and structures are lists; octet strings and clocks are bytes."""


class Data(NamedTuple):
    """A value with its tag; of arrays and structures the value is a tuple of Data.

    Attributes:
        tag: tags.Tag as a plain number.
        value: None, bool, int, float, str, bytes, Bits, or a tuple of Data.
    """

    tag: int
    value: object

    def plain(self) -> Plain:
        """Return the value without tags."""
        if isinstance(self.value, tuple) and not isinstance(self.value, Bits):
            return [item.plain() for item in self.value]
        return self.value  # type: ignore[return-value]  # the tag vouches for the type

    @property
    def items(self) -> tuple[Data, ...]:
        """Return the elements of an array or structure; refused for any other value."""
        if self.tag not in CONTAINERS:
            raise DlmsError(
                Fault.BAD_VALUE, f"{tag_name(self.tag)} {self.value!r}", expected="an array"
            )
        return self.value  # type: ignore[return-value]  # the tag vouches for the type

    @property
    def number(self) -> int:
        """Return a whole number; refused for any other value."""
        if isinstance(self.value, bool) or not isinstance(self.value, int):
            raise DlmsError(
                Fault.BAD_VALUE, f"{tag_name(self.tag)} {self.value!r}", expected="a whole number"
            )
        return self.value

    @property
    def octets(self) -> bytes:
        """Return the bytes of an octet string or clock; refused for any other value."""
        if not isinstance(self.value, bytes):
            raise DlmsError(
                Fault.BAD_VALUE, f"{tag_name(self.tag)} {self.value!r}", expected="octets"
            )
        return self.value


NULL = Data(Tag.NULL, None)


def tag_name(tag: int) -> str:
    """Return a tag's name, or its number where there is none."""
    try:
        return Tag(tag).name.lower().replace("_", "-")
    except ValueError:
        return f"tag {tag:#04x}"


# Short names for what clients write most.


def structure(*items: Data) -> Data:
    """Return a structure."""
    return Data(Tag.STRUCTURE, items)


def array(items: Iterable[Data]) -> Data:
    """Return an array."""
    return Data(Tag.ARRAY, tuple(items))


def octets(value: bytes) -> Data:
    """Return an octet string."""
    return Data(Tag.OCTET_STRING, value)


def u8(value: int) -> Data:
    """Return an unsigned number of one byte."""
    return Data(Tag.UINT8, value)


def u16(value: int) -> Data:
    """Return an unsigned number of two bytes."""
    return Data(Tag.UINT16, value)


def u32(value: int) -> Data:
    """Return an unsigned number of four bytes."""
    return Data(Tag.UINT32, value)


def i8(value: int) -> Data:
    """Return a signed number of one byte."""
    return Data(Tag.INT8, value)


def enum(value: int) -> Data:
    """Return an enumeration."""
    return Data(Tag.ENUM, value)


def boolean(*, value: bool) -> Data:
    """Return a Boolean."""
    return Data(Tag.BOOLEAN, value)
