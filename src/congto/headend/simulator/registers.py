"""Registers (classes 3 and 4) and what a meter shows of the instant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from congto.headend.dlms.obis import obis
from congto.headend.simulator.calendars import (
    DAY_SECONDS,
    HALF_HOUR_SECONDS,
    INSTALLED_DAY,
    clock_bytes,
    day_of,
)
from congto.headend.simulator.dice import dice
from congto.headend.simulator.things import (
    Call,
    Thing,
    octet_bytes,
    scaler_unit,
    u8_bytes,
    u16_bytes,
    u32_bytes,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from congto.headend.simulator.meter import Meter

WH, VARH, W, V, A = 30, 32, 27, 35, 33
"""Units by their numbers in the Blue Book, table of enumerated units."""
TOTAL, EXPORT, REACTIVE = obis("1.0.1.8.0.255"), obis("1.0.2.8.0.255"), obis("1.0.3.8.0.255")
RATE_NAMES = tuple(obis(f"1.0.1.8.{rate}.255") for rate in (1, 2, 3))
REACTIVE_GIVEN = obis("1.0.4.8.0.255")
DEMAND, POWER = obis("1.0.1.6.0.255"), obis("1.0.1.7.0.255")
VOLTAGE, CURRENT = obis("1.0.32.7.0.255"), obis("1.0.31.7.0.255")


def _energy(name: bytes, unit: int, register: Callable[[Meter, int], int]) -> Thing:
    def read(call: Call) -> bytes:
        return u32_bytes(register(call.meter, call.age))

    return Thing(3, 0, name, {2: read, 3: scaler_unit(0, unit)})


def _since_half_hour(register: Callable[[Meter, int], int]) -> Callable[[Meter, int], int]:
    """Return a register that begins anew with each half-hour (value group D 29)."""

    def since(meter: Meter, age: int) -> int:
        return register(meter, age) - register(meter, age - age % HALF_HOUR_SECONDS)

    return since


def _rate(place: int) -> Callable[[Meter, int], int]:
    return lambda meter, age: meter.rates(age)[place]


def _greatest(call: Call) -> tuple[int, int]:
    """Return the greatest mean power of a half-hour of this month in W, and when it ended."""
    first = (day_of(call.age).replace(day=1) - INSTALLED_DAY).days * DAY_SECONDS
    start = first // HALF_HOUR_SECONDS
    count = call.age // HALF_HOUR_SECONDS - start
    if not count:
        return 0, first
    energies = call.meter.half_hours(start, count).import_wh
    place = int(energies.argmax())
    return int(energies[place]) * 2, (start + place + 1) * HALF_HOUR_SECONDS


def _power_w(call: Call) -> int:
    if call.meter.is_dark(call.age):
        return 0
    energies = call.meter.load.half_hours(call.age // HALF_HOUR_SECONDS, 1)
    return int(energies[0]) * 2


def _tenths_of_volt(call: Call) -> int:
    if call.meter.relay is None and call.meter.is_dark(call.age):
        return 0
    return 2200 + dice(call.meter.number, call.age // 60) % 150


def _current(call: Call) -> bytes:
    tenths = _tenths_of_volt(call)
    return u32_bytes(_power_w(call) * 10_000 // tenths if tenths else 0)


QUANTITIES: tuple[tuple[bytes, int, Callable[[Meter, int], int]], ...] = (
    (TOTAL, WH, lambda meter, age: sum(meter.rates(age))),
    (EXPORT, WH, lambda meter, age: meter.export_wh(age)),
    (REACTIVE, VARH, lambda meter, age: meter.reactive_varh(age)),
    (REACTIVE_GIVEN, VARH, lambda _meter, _age: 0),
)
"""Name, unit and register of what is counted; these meters give no reactive energy."""
SINCE_HALF_HOUR = 29


def of_half_hour(name: bytes) -> bytes:
    """Return the name of a quantity's register of the half-hour, which its profile captures."""
    return name[:3] + bytes((SINCE_HALF_HOUR,)) + name[4:]


THINGS = (
    *(_energy(*quantity) for quantity in QUANTITIES),
    *(
        _energy(of_half_hour(name), unit, _since_half_hour(register))
        for name, unit, register in QUANTITIES
    ),
    *(_energy(name, WH, _rate(place)) for place, name in enumerate(RATE_NAMES)),
    Thing(
        4,
        0,
        DEMAND,
        {
            2: lambda call: u32_bytes(_greatest(call)[0]),
            3: scaler_unit(0, W),
            4: u8_bytes(0),
            5: lambda call: octet_bytes(clock_bytes(_greatest(call)[1])),
        },
    ),
    Thing(3, 0, POWER, {2: lambda call: u32_bytes(_power_w(call)), 3: scaler_unit(0, W)}),
    Thing(3, 0, VOLTAGE, {2: lambda call: u16_bytes(_tenths_of_volt(call)), 3: scaler_unit(-1, V)}),
    Thing(3, 0, CURRENT, {2: _current, 3: scaler_unit(-3, A)}),
)
