"""A meter's end of IEC 62056-21, mode C, over TCP: for a fleet of old meters behind gateways.

It is called by its address on this machine, or on a line of several by its serial number. It shows
its registers in kWh with three places, so to the Wh; the password of its commands is that of `lls`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from congto.headend.dlms.local_readout import ACK, ETX, NAK, SOH, STX, block_check, command
from congto.headend.simulator.calendars import ZONE_MINUTES, instant_of
from congto.headend.simulator.faults import Trouble
from congto.headend.simulator.profiles import monthly_ages
from congto.headend.simulator.registers import EXPORT, RATE_NAMES, REACTIVE, TOTAL
from congto.headend.simulator.server import Line

if TYPE_CHECKING:
    from congto.headend.simulator.meter import Meter
    from congto.headend.simulator.server import Server
    from congto.headend.simulator.station import Station

MAKER, SPEED, MODEL = "SIM", "5", "CONGTO"
WAITING_BYTES_MAX = 256
SHOWN_MAX = 10**9
"""Registers have six places before the point and three behind it, and roll over."""
ERROR = "(ER01)"
READ_OUT = b"0"
PERIODS_SHOWN = 3
"""Past billing periods in a data block, the latest as *01."""
P0 = ("P0", "()")
"""How a meter greets who wants to give commands."""
_MESSAGE = re.compile(
    rb"/\?(?P<device>[^!\r\n]*)!\r\n"
    rb"|\x060(?P<speed>.)(?P<mode>[01])\r\n"
    rb"|\x01(?P<command>[PRWB][0-9])(?:\x02(?P<operand>[^\x03]*))?\x03(?P<check>.)"
    rb"|(?P<again>\x15)",
    re.DOTALL,
)


class ModeCLine(Line):
    """One connection to one meter."""

    def __init__(self, server: Server) -> None:
        super().__init__(server)
        self._waiting = b""
        self._station: Station | None = None
        self._proved = False
        self._last = b""

    def take(self, data: bytes) -> None:
        """Answer the requests that these bytes complete."""
        data = (self._waiting + data)[-WAITING_BYTES_MAX:]
        place = 0
        for message in _MESSAGE.finditer(data):
            place = message.end()
            answer = self._answer(message)
            if answer and self._station is not None:
                befallen = self._station.befallen(answer)
                self.write(_spoilt(befallen.apdu, befallen.trouble), befallen.trouble)
                self._last = answer
        self._waiting = data[place:]

    def _answer(self, message: re.Match[bytes]) -> bytes:
        if message["device"] is not None:
            return self._signed_on(message["device"])
        if self._station is None:
            return b""  # nobody was called
        if message["again"]:
            return self._last
        meter = self._station.meter
        if message["mode"]:
            reads_out = message["mode"] == READ_OUT
            return block(read_out(meter, self.server.fleet.now())) if reads_out else command(*P0)
        if block_check(message[0][1:-1]) != message["check"][0]:
            return bytes((NAK,))
        return self._commanded(meter, message["command"], message["operand"] or b"")

    def _signed_on(self, device: bytes) -> bytes:
        self._proved, self._last = False, b""
        station = self.station(1)
        called = device.decode("latin-1").lstrip("0")
        if station is None or called not in {"", station.meter.serial.lstrip("0")}:
            self._station = None
            return b""
        self._station = station
        return f"/{MAKER}{SPEED}{MODEL}\r\n".encode()

    def _commanded(self, meter: Meter, name: bytes, operand: bytes) -> bytes:
        if name == b"P1":
            self._proved = operand == b"(" + meter.password + b")"
            return bytes((ACK,)) if self._proved else block(ERROR)
        if name == b"B0":
            self._station = None
            return b""
        if name not in {b"R1", b"R5"} or not self._proved:
            return block(ERROR)
        wanted = operand.decode("latin-1").removesuffix("()")
        lines = dict(_lines(meter, self.server.fleet.now()))
        return block(wanted + lines[wanted] if wanted in lines else ERROR)


def block(text: str) -> bytes:
    """Return a data block with its check."""
    body = text.encode("ascii") + bytes((ETX,))
    return bytes((STX,)) + body + bytes((block_check(body),))


def read_out(meter: Meter, age: int) -> str:
    """Return the lines of a data block."""
    shown = [*_lines(meter, age), *_past_lines(meter, age)]
    lines = "".join(f"{name}{value}\r\n" for name, value in shown)
    return f"{lines}!\r\n"


def _lines(meter: Meter, age: int) -> list[tuple[str, str]]:
    """Return address and value of all that the meter shows."""
    clock = instant_of(age + meter.clock_offset + ZONE_MINUTES * 60)
    return [
        ("F.F", "(00)"),
        ("C.1.0", f"({meter.serial})"),
        ("0.9.1", f"({clock:%H:%M:%S})"),
        ("0.9.2", f"({clock:%y-%m-%d})"),
        *_registers(meter, age),
    ]


def _past_lines(meter: Meter, age: int) -> list[tuple[str, str]]:
    """Return the ends of past billing periods and how the registers stood at them."""
    found: list[tuple[str, str]] = []
    ends = monthly_ages(PERIODS_SHOWN)(meter, age).tolist()
    for number, end in enumerate(reversed(ends), 1):
        stamp = instant_of(end + ZONE_MINUTES * 60)
        found.append((f"0.1.2*{number:02}", f"({stamp:%y%m%d%H%M})"))
        found += [(f"{name}*{number:02}", value) for name, value in _registers(meter, end)]
    return found


def _registers(meter: Meter, age: int) -> list[tuple[str, str]]:
    energies = meter.energies(age)
    shown = (
        (TOTAL, energies.total_wh, "kWh"),
        *zip(RATE_NAMES, energies.rates, ("kWh",) * len(RATE_NAMES), strict=True),
        (EXPORT, energies.export_wh, "kWh"),
        (REACTIVE, energies.reactive_varh, "kvarh"),
    )
    return [(_address(name), _value(count, unit)) for name, count, unit in shown]


def _address(name: bytes) -> str:
    return ".".join(str(group) for group in name[2:5])


def _value(count: int, unit: str) -> str:
    whole, parts = divmod(count % SHOWN_MAX, 1000)
    return f"({whole:06}.{parts:03}*{unit})"


def _spoilt(octets: bytes, trouble: Trouble | None) -> bytes:
    """Return a block whose check is wrong, where that befalls it."""
    if trouble is not Trouble.WRONG_CHECK or octets[:1] not in {bytes((STX,)), bytes((SOH,))}:
        return octets
    return octets[:-1] + bytes((octets[-1] ^ 0x01,))
