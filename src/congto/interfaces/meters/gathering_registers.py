"""Registers of many visits as registers that can be delivered: those of 00:00, by meter and day.

The books hold what dials showed at 00:00 local time. A register that is read at another time of the
day says nothing of any 00:00: it stays with its task and in the session's frames.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from congto.headend.profiles.kept_registers import KeptRegister
from congto.vocabulary.frames.registers import DELIVERED_REGISTERS
from congto.vocabulary.groups import Register
from congto.vocabulary.intervals import Channel
from congto.vocabulary.periods import LOCAL_ZONE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date

    from congto.interfaces.meters.visiting import Ended

BOOKED = {
    (Channel.ACTIVE_IMPORT, Register.TOTAL): Register.TOTAL,
    (Channel.ACTIVE_IMPORT, Register.NORMAL): Register.NORMAL,
    (Channel.ACTIVE_IMPORT, Register.PEAK): Register.PEAK,
    (Channel.ACTIVE_IMPORT, Register.OFF_PEAK): Register.OFF_PEAK,
    (Channel.REACTIVE_IMPORT, Register.TOTAL): Register.REACTIVE,
}
"""Registers that the books have a place for; what is given back has none."""


class Booked(NamedTuple):
    """What a register of the books showed at 00:00 of a day."""

    register: Register
    read_on: date
    index_wh: int


def of_midnight(ended: Ended) -> list[Booked]:
    """Return the registers of 00:00 that a visit read, those kept first, each value once."""
    gathered, found = ended.gathered, list(ended.gathered.kept)
    told = gathered.readout
    if told is not None and told.clock is not None:
        found += [KeptRegister(told.clock, *reading) for reading in told.readings]
    return list(dict.fromkeys(_booked(found)))


def _booked(found: Iterable[KeptRegister]) -> Iterator[Booked]:
    for one in found:
        register = BOOKED.get((one.channel, one.register))
        local = one.at.astimezone(LOCAL_ZONE)
        if register is not None and not (local.hour or local.minute or local.second):
            yield Booked(register, local.date(), one.value)


def registers_of(ended: Sequence[Ended]) -> pl.DataFrame:
    """Return the registers of 00:00 that visits read: frame DELIVERED_REGISTERS."""
    rows = [
        (one.leased.serial, read.register.name.lower(), read.read_on, read.index_wh)
        for one in ended
        for read in of_midnight(one)
    ]
    names = [name for name in DELIVERED_REGISTERS.columns if name != "line"]
    schema = {name: DELIVERED_REGISTERS.columns[name] for name in names}
    frame = pl.DataFrame(rows, schema=schema, orient="row").with_row_index("line", offset=1)
    return frame.select(pl.col(n).cast(t) for n, t in DELIVERED_REGISTERS.columns.items())
