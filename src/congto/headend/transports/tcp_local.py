"""Mode C of IEC 62056-21 over TCP: serial gateways that pass a line's bytes through.

The gateway does the speeds: ours is only named in the acknowledgement, and nothing changes here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from congto.headend.dlms.faults import DlmsError, Fault
from congto.headend.dlms.local_dialogue import sign_off
from congto.headend.dlms.local_readout import SOH, ReadoutReader, with_parity
from congto.headend.profiles.local_meter import read_local
from congto.headend.profiles.model import LocalMode
from congto.headend.transports.line import Line
from congto.headend.transports.visit import HABITS

if TYPE_CHECKING:
    from collections.abc import Callable

    from congto.headend.profiles.model import Profile
    from congto.headend.profiles.readout import Readout
    from congto.headend.transports.access import Access
    from congto.headend.transports.line import Trace
    from congto.headend.transports.visit import Habits, Place

COMMAND = bytes((SOH,))


class TcpLocal(Line):
    """A connection to one meter, or to a line on which it is called by its address.

    Args:
        parity_bits: the highest bit of each byte is parity.
    """

    def __init__(self, trace: Trace | None = None, *, parity_bits: bool = False) -> None:
        super().__init__(trace)
        self._reader = ReadoutReader(parity_bits=parity_bits)
        self._parity_bits = parity_bits
        self._sent = b""

    def framed(self, apdu: bytes) -> bytes:
        """Return the message as it goes over the line."""
        self._sent = apdu
        self._reader.commanded = apdu.startswith(COMMAND)
        return with_parity(apdu) if self._parity_bits else apdu

    def take(self, data: bytes) -> None:
        """Hand on the messages that these bytes complete; an echo of ours is none."""
        for message in self._reader.cut(data):
            if message != self._sent:
                self.deliver(message)


async def read_local_meter(
    place: Place,
    profile: Profile,
    access: Access,
    habits: Habits = HABITS,
    answered: Callable[[], None] | None = None,
) -> Readout:
    """Connect, read the meter as its profile says, sign off and hang up.

    Args:
        place: where it is reached.
        profile: with `local`.
        access: `secret` is the password for commands.
        habits: deadlines and trace.
        answered: is called when all have been answered.

    Raises:
        DlmsError: UNREACHABLE, SILENT, BROKEN; those of the exchange; BAD_VALUE for a password
            that is no text.
    """
    local = profile.local
    if local is None:
        raise DlmsError(
            Fault.UNEXPECTED,
            f"profile {profile.name} does not read by mode C",
            expected="a profile with `local`",
        )
    exchange = read_local(profile, local, _text(access.secret), answered)
    line = TcpLocal(habits.trace, parity_bits=local.parity_bits)
    await line.connect(place.host, place.port, habits.deadlines.connect)
    try:
        octets = next(exchange)
        while True:
            octets = exchange.send(await line.ask(octets, habits.deadlines.answer))
    except StopIteration as end:
        found: Readout = end.value
        return found
    finally:
        if local.mode is LocalMode.COMMANDS:
            line.write(line.framed(sign_off()))
        await line.close()


def _text(secret: bytes) -> str:
    try:
        return secret.decode("ascii")
    except UnicodeDecodeError as error:  # a secret: it is not shown
        raise DlmsError(
            Fault.BAD_VALUE, "a password with other bytes than ASCII", expected="digits or letters"
        ) from error
