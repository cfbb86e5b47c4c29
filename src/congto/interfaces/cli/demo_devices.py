"""Devices of the demo: remote meters of the sample utility, served by the simulator.

Device n is simulated meter n, at 127.0.0.n (n up to 255) and so on, with the simulator's keys. So

    congto simulate meters --count 400 --serials data/simulated-serials.txt

lets every one of them answer, under the serial that the books have.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from congto.headend.simulator.fleet import loopback_address
from congto.headend.simulator.secrets import secrets_of, system_title
from congto.interfaces.files.devices.models import models_for
from congto.office.control.queries import Scope
from congto.office.devices.choices import LimitKind, Path, SecretUse
from congto.office.devices.operations import (
    DeviceRow,
    SecretBytes,
    add_devices,
    keep_concentrator,
    set_access_limit,
)
from congto.office.devices.queries import concentrators, devices, meters_without_device
from congto.vocabulary.periods import LOCAL_ZONE

if TYPE_CHECKING:
    import pathlib
    from datetime import datetime

    from congto.office.devices.queries import Hung

PROFILE, SEED, PORT = "congto-simulator", 7, 4059
DIRECT, BEHIND, CONCENTRATORS, CELLS = 240, 40, 4, 6
ADAPTER = "congto-wide"
SERIALS = "simulated-serials.txt"
CELL_LIMIT, CONCENTRATOR_LIMIT = (50, 600, 50), (4, 60, 8)
"""Sessions at once, begun in a minute, begun at once after a quiet time."""


def add_simulated_devices(data: pathlib.Path, *, at: datetime) -> int:
    """Add devices, concentrators, cells and limits unless there are devices; return how many.

    Args:
        data: the data folder; the file of serials is written there.
        at: now.
    """
    everything = Scope.everything()
    if devices(everything).exists():
        return 0
    hung = meters_without_device(everything, at.astimezone(LOCAL_ZONE).date())
    behind = _by_concentrator(hung)
    grouped = {one for some in behind.values() for one in some}
    free = [one for one in hung if one not in grouped]
    direct = free[:: max(1, len(free) // DIRECT)][:DIRECT]
    for code, some in behind.items():
        _add_concentrator(code, some[0], at)
    rows = [_row(n, one, cell=f"BTS{n % CELLS + 1}") for n, one in enumerate(direct, 1)]
    for code, some in behind.items():
        rows += [_row(n, one, code=code) for n, one in enumerate(some, len(rows) + 1)]
    for number in range(CELLS):
        _limit(LimitKind.CELL, f"BTS{number + 1}", CELL_LIMIT, at)
    add_devices(rows, models=models_for([PROFILE]), user=None, at=at, file="demo")
    serials = "".join(f"{row.serial}\n" for row in rows)
    (data / SERIALS).write_text(serials, encoding="utf-8")
    return len(rows)


def _by_concentrator(hung: list[Hung]) -> dict[str, list[Hung]]:
    """Group meters of the transformers that have most of them: a concentrator each."""
    of_element: dict[str, list[Hung]] = defaultdict(list)
    for one in hung:
        of_element[one.element].append(one)
    fullest = sorted(of_element, key=lambda code: (-len(of_element[code]), code))[:CONCENTRATORS]
    return {f"DCU-{code}": of_element[code][:BEHIND] for code in sorted(fullest)}


def _add_concentrator(code: str, first: Hung, at: datetime) -> None:
    if concentrators(Scope.everything()).filter(code=code).exists():
        return
    keep_concentrator(
        code,
        unit=first.unit,
        name=f"Bộ tập trung {first.element_name}"[:120],
        adapter=ADAPTER,
        user=None,
        at=at,
    )
    _limit(LimitKind.CONCENTRATOR, code, CONCENTRATOR_LIMIT, at)


def _limit(kind: LimitKind, code: str, numbers: tuple[int, int, int], at: datetime) -> None:
    sessions_max, starts_per_minute, burst = numbers
    set_access_limit(
        kind,
        code,
        sessions_max=sessions_max,
        starts_per_minute=starts_per_minute,
        burst=burst,
        user=None,
        at=at,
    )


def _row(number: int, hung: Hung, *, cell: str = "", code: str = "") -> DeviceRow:
    made = secrets_of(SEED, number)
    return DeviceRow(
        line=number,
        serial=hung.serial,
        profile=PROFILE,
        host=loopback_address(number),
        port=PORT,
        system_title=system_title(SEED, number).hex(),
        path=Path.CONCENTRATOR if code else Path.DIRECT,
        concentrator=code,
        cell=cell,
        secrets={
            SecretUse.UNICAST: SecretBytes(made.unicast),
            SecretUse.AUTHENTICATION: SecretBytes(made.authentication),
            SecretUse.MASTER: SecretBytes(made.master),
            SecretUse.PASSWORD: SecretBytes(made.password),
        },
    )
