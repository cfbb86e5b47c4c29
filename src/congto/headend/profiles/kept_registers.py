"""Registers that a meter has kept: its daily profile and its profile of billing."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from congto.headend.cosem.profile_rows import profile_rows
from congto.headend.dlms.connection import State
from congto.headend.dlms.datetimes import clock
from congto.headend.dlms.faults import DlmsError, Fault
from congto.headend.profiles.model import Counted, Kind, Parts
from congto.headend.profiles.ranges import between
from congto.headend.profiles.scaling import completed_units, whole_units

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from congto.headend.cosem.profile_rows import Row
    from congto.headend.dlms.client import Client, Exchange
    from congto.headend.profiles.model import Profile, RegisterProfile, Times
    from congto.vocabulary.groups import Register
    from congto.vocabulary.intervals import Channel


class KeptRegister(NamedTuple):
    """A register as it stood at an instant (UTC): whole Wh or varh."""

    at: datetime
    channel: Channel
    register: Register
    value: int


def read_kept(
    client: Client, profile: Profile, now: datetime, found: list[KeptRegister]
) -> Exchange[dict[str, str]]:
    """Read the profiles of registers of a model into `found`, each as far back as it says.

    Returns:
        object -> why nothing of it is here; empty where all was read.

    Raises:
        DlmsError: the session cannot go on.
    """
    refused = {}
    for kept in profile.kept:
        first = now - timedelta(days=kept.days_back)
        asked = between(kept.reference, kept.sort_object, profile.times, first, now)
        try:
            raw = yield from client.get(asked)
            found += kept_registers(raw, kept, profile.times)
        except DlmsError as error:
            if client.connection.state is not State.OPEN:
                raise  # no answer, or one that cannot be believed: not a matter of this object
            refused[str(kept.reference)] = error.found
    return refused


def kept_registers(raw: bytes, kept: RegisterProfile, times: Times) -> list[KeptRegister]:
    """Return the registers of an encoded buffer, row by row.

    Raises:
        DlmsError: BAD_VALUE for rows of other columns, a row without time, a value that is no
            whole number or, where the profile refuses that, no whole unit; those of a malformed
            buffer.
    """
    return [one for row in profile_rows(raw) for one in _of_row(row, kept, times)]


def _of_row(row: Row, kept: RegisterProfile, times: Times) -> Iterator[KeptRegister]:
    if len(row) != len(kept.columns):
        raise _unlike(f"{len(row)} columns", f"{len(kept.columns)}")
    pairs = list(zip(kept.columns, row, strict=True))
    told = next(
        cell
        for column, cell in pairs
        if not isinstance(column, Counted) and column.kind is Kind.CLOCK
    )
    if not isinstance(told, bytes):
        raise _unlike(repr(told), "a time")
    at = clock(told).instant(times.zone_minutes, inverted=times.inverted)
    for column, cell in pairs:
        if isinstance(column, Counted) and cell is not None:
            yield KeptRegister(at, column.channel, column.register, _value(column, cell))


def _value(column: Counted, cell: object) -> int:
    if not isinstance(cell, int) or isinstance(cell, bool):
        raise _unlike(repr(cell), "a whole number")
    assert column.scaler is not None  # the loader has looked
    to_units = completed_units if column.parts is Parts.COMPLETED else whole_units
    return to_units(cell, column.scaler)


def _unlike(found: str, expected: str) -> DlmsError:
    return DlmsError(
        Fault.BAD_VALUE, f"{found} in a row of a profile of registers", expected=expected
    )
