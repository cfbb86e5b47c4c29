"""What two stations agree on when they connect, and the habits in which makes differ."""

from __future__ import annotations

from dataclasses import dataclass

from congto.headend.dlms.cursor import Cursor
from congto.headend.dlms.faults import DlmsError, Fault
from congto.headend.dlms.hdlc.segments import APDU_BYTES_MAX

INFORMATION_BYTES_MAX = 2030
WINDOW_MAX = 7

_FORMAT = b"\x81\x80"
_INFORMATION_TRANSMIT, _INFORMATION_RECEIVE, _WINDOW_TRANSMIT, _WINDOW_RECEIVE = 5, 6, 7, 8


@dataclass(frozen=True, slots=True)
class Parameters:
    """Limits as one station sees them (IEC 62056-46, 6.4.4.4.3.2; these are its defaults).

    Args:
        information_transmit: the longest information field this station sends, in bytes.
        information_receive: the longest that it takes.
        window_transmit: frames that it sends before it awaits an answer, 1 to 7.
        window_receive: frames that it takes before it answers.

    Raises:
        DlmsError: BAD_VALUE, outside 1 to 2030 bytes or 1 to 7 frames.
    """

    information_transmit: int = 128
    information_receive: int = 128
    window_transmit: int = 1
    window_receive: int = 1

    def __post_init__(self) -> None:
        for length in (self.information_transmit, self.information_receive):
            if not 1 <= length <= INFORMATION_BYTES_MAX:
                raise _outside("information field length", length, INFORMATION_BYTES_MAX)
        for window in (self.window_transmit, self.window_receive):
            if not 1 <= window <= WINDOW_MAX:
                raise _outside("window", window, WINDOW_MAX)

    def agreed(self, peer: Parameters) -> Parameters:
        """Return what holds for this station: the smaller of its own and the other side's limit."""
        return Parameters(
            min(self.information_transmit, peer.information_receive),
            min(self.information_receive, peer.information_transmit),
            min(self.window_transmit, peer.window_receive),
            min(self.window_receive, peer.window_transmit),
        )


DEFAULTS = Parameters()
"""What holds where nothing is named."""


@dataclass(frozen=True, slots=True)
class Quirks:
    """Habits in which makes differ; the defaults are the standard's.

    The length of a meter's address is in its `Address`.

    Args:
        proposes: the SNRM carries this station's parameters; some meters take only a bare one.
        wide_lengths: information lengths are always written in two bytes, also below 256.
        shared_flags: one flag between frames sent together, not two.
        unnumbered_final: UI frames carry the poll/final bit (seen on pushing meters).
        llc: messages begin with the LLC header E6 E6 00 or E6 E7 00.
        repeats_max: timeouts in a row before a client gives up.
        apdu_bytes_max: the longest message taken.
    """

    proposes: bool = True
    wide_lengths: bool = False
    shared_flags: bool = False
    unnumbered_final: bool = True
    llc: bool = True
    repeats_max: int = 3
    apdu_bytes_max: int = APDU_BYTES_MAX


STANDARD = Quirks()
"""No quirks."""


def parameters_field(parameters: Parameters, *, wide_lengths: bool) -> bytes:
    """Return the information field of SNRM or UA that names these parameters."""
    groups = b""
    for identifier, value in (
        (_INFORMATION_TRANSMIT, parameters.information_transmit),
        (_INFORMATION_RECEIVE, parameters.information_receive),
    ):
        size = 2 if wide_lengths or value > 0xFF else 1
        groups += bytes((identifier, size)) + value.to_bytes(size)
    for identifier, value in (
        (_WINDOW_TRANSMIT, parameters.window_transmit),
        (_WINDOW_RECEIVE, parameters.window_receive),
    ):
        groups += bytes((identifier, 4)) + value.to_bytes(4)
    return _FORMAT + bytes((len(groups),)) + groups


def parameters_of(field: bytes) -> Parameters:
    """Return the parameters that SNRM or UA names; what is not named has its DEFAULTS.

    Raises:
        DlmsError: BAD_VALUE for another format or a value outside its bounds, TRUNCATED.
    """
    if not field:
        return DEFAULTS
    if not field.startswith(_FORMAT):
        raise DlmsError(
            Fault.BAD_VALUE,
            f"connection parameters that begin {field[:2].hex(' ')}",
            expected="81 80 (format and group)",
        )
    cursor = Cursor(field, len(_FORMAT))
    group = Cursor(cursor.take(cursor.u8()))
    values: dict[int, int] = {}
    while group.left:
        identifier = group.u8()
        values[identifier] = int.from_bytes(group.take(group.u8()))
    return Parameters(
        values.get(_INFORMATION_TRANSMIT, DEFAULTS.information_transmit),
        values.get(_INFORMATION_RECEIVE, DEFAULTS.information_receive),
        values.get(_WINDOW_TRANSMIT, DEFAULTS.window_transmit),
        values.get(_WINDOW_RECEIVE, DEFAULTS.window_receive),
    )


def _outside(what: str, value: int, most: int) -> DlmsError:
    return DlmsError(Fault.BAD_VALUE, f"{what} {value}", expected=f"1 to {most}")
