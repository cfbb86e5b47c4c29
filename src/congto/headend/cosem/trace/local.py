"""A session of IEC 62056-21, mode C, told: sign-on, identification, lines of text, commands."""

from __future__ import annotations

from congto.headend.cosem.trace.node import Node, unread
from congto.headend.dlms.faults import DlmsError
from congto.headend.dlms.local_readout import (
    ACK,
    ECHO,
    ETX,
    SOH,
    STX,
    Accepted,
    Identification,
    ReadoutReader,
    item_of,
    with_parity,
)

PARITY = 0x80
HIDDEN = "not shown"
PASSWORDS = ("P1", "P2")
MODES = {"0": "read-out", "1": "commands"}


class LocalTrace:
    """Tells what went over a line of mode C, piece by piece as it was logged.

    Args:
        first: what was sent first; it tells whether bytes carry parity.
    """

    def __init__(self, first: bytes) -> None:
        self._parity_bits = bool(first[0] & PARITY)
        self._reader = ReadoutReader(parity_bits=self._parity_bits)
        self._sent = b""

    @staticmethod
    def begins(octets: bytes) -> bool:
        """Say whether a session that begins so is one of mode C."""
        return octets.startswith((ECHO, with_parity(ECHO)))

    def feed(self, octets: bytes, *, sent: bool) -> list[Node]:
        """Return the trees of what these bytes complete."""
        if not sent:
            return [_said(one) for one in self._reader.cut(octets) if one != self._sent]
        if self._parity_bits:
            octets = bytes(byte & ~PARITY for byte in octets)
        self._sent = octets
        self._reader.commanded = octets[:1] == bytes((SOH,))
        return [_asked(octets)]

    def finish(self) -> list[Node]:
        """Return what is left unfinished."""
        cut = self._reader.waiting
        told = f"{cut} bytes of a message without its end"
        return [Node("cut off", told, fault=True)] if cut else []


def _asked(octets: bytes) -> Node:
    """Tell a message of ours; a password is not shown."""
    text = octets.decode("latin-1")
    if octets.startswith(ECHO):
        return Node("sign-on", text[2:].partition("!")[0] or "whichever meter is there")
    if octets[0] == ACK:
        return Node("acknowledgement", f"speed {text[2]}, {MODES.get(text[3], text[3])}")
    if octets[0] == SOH:
        name, _, operand = text[1:-2].partition(chr(STX))
        return Node("command", f"{name} {HIDDEN if name in PASSWORDS else operand}".strip())
    return Node("NAK", "the block again")


def _said(message: bytes) -> Node:
    """Tell a message of the meter, a block line by line."""
    try:
        item = item_of(message)
    except DlmsError as error:
        return unread("data block" if message[-2:-1] == bytes((ETX,)) else "message", error)
    if isinstance(item, Accepted):
        return Node("ACK", "the command is taken")
    if isinstance(item, Identification):
        return Node("identification", f"{item.maker}, speed {item.speed}, {item.text}")
    lines = (Node(one.address, f"{one.value} {one.unit}".strip()) for one in item.data)
    return Node("data block", item.command or f"{len(message)} bytes", tuple(lines))
