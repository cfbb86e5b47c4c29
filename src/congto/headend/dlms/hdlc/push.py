"""Messages that meters send without a connection: customer ports, modems, concentrators."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from congto.headend.dlms.faults import DlmsError, Fault
from congto.headend.dlms.hdlc.control import CONTROLS, Kind
from congto.headend.dlms.hdlc.reader import FrameReader
from congto.headend.dlms.hdlc.segments import FROM_METER, Assembler, without_llc

if TYPE_CHECKING:
    from congto.headend.dlms.hdlc.address import Address
    from congto.headend.dlms.hdlc.frame import Frame

OPEN_MESSAGES_MAX = 64
GENERAL_BLOCK_TRANSFER = b"\xe0"
"""Landis+Gyr E450 writes the LLC header before the first of its blocks only."""


class Push(NamedTuple):
    """One message and the addresses on its frames."""

    source: Address
    destination: Address
    apdu: bytes


class PushReader:
    """Finds pushed messages in the bytes of one line.

    Meters push in UI frames, some in I frames that all have the number zero. Segments have no
    numbers then, so a lost one cannot be seen: after a broken frame every message that was not
    complete is dropped, and one that begins anew drops what came before it.
    """

    __slots__ = ("_open", "_reader")

    def __init__(self) -> None:
        self._reader = FrameReader()
        self._open: dict[tuple[Address, Address], Assembler] = {}

    def feed(self, received: bytes) -> list[Push | DlmsError]:
        """Return the messages that these bytes complete, and the faults, in order.

        Faults: those of frames; TRUNCATED for a message that ended early, TOO_LARGE, UNEXPECTED for
        frames that carry no message, BAD_FRAME for a message without LLC header.
        """
        found: list[Push | DlmsError] = []
        for item in self._reader.feed(received):
            if isinstance(item, DlmsError):
                found.append(item)
                self._open.clear()
                continue
            try:
                self._take(item, found)
            except DlmsError as fault:
                found.append(fault)
        return found

    def _take(self, frame: Frame, found: list[Push | DlmsError]) -> None:
        kind = CONTROLS[frame.control].kind
        if kind not in {Kind.UNNUMBERED, Kind.INFORMATION}:
            raise DlmsError(Fault.UNEXPECTED, f"a frame {kind}", expected="UI or I")
        ends = (frame.source, frame.destination)
        message = self._open.pop(ends, None)
        if message is not None and frame.information.startswith(FROM_METER):
            message = None
            found.append(_cut_off(frame.source))
        if message is None:
            message = Assembler()
        whole = message.add(frame.information, more=frame.segmented)
        if whole is not None:
            block = whole[:1] == GENERAL_BLOCK_TRANSFER
            found.append(Push(*ends, whole if block else without_llc(whole)))
            return
        self._open[ends] = message
        if len(self._open) > OPEN_MESSAGES_MAX:
            oldest = next(iter(self._open))
            del self._open[oldest]
            found.append(_cut_off(oldest[0]))


def _cut_off(source: Address) -> DlmsError:
    return DlmsError(
        Fault.TRUNCATED,
        f"a message of station {source.upper}/{source.lower} without its end",
        expected="its last segment",
    )
