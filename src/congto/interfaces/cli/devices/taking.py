"""Rows taken into the books, tried where that is asked for, and shown."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from congto.interfaces.files.devices.models import models_for
from congto.interfaces.meters.checking import Tried, try_devices
from congto.office.control.queries import Scope
from congto.office.devices.choices import DeviceState, Path
from congto.office.devices.operations import (
    DeviceRow,
    Onboarded,
    Outcome,
    RowResult,
    add_devices,
    resume,
)
from congto.office.devices.queries import devices

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SHOWN_MAX = 50


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of all lines of a file.

    Attributes:
        results: of every line, in order. tried: device -> what came of calling it.
    """

    results: list[RowResult]
    dry_run: bool
    tried: Mapping[int, Tried] = field(default_factory=dict)

    @property
    def is_clean(self) -> bool:
        """Tell whether no line was refused and every device that was called answered."""
        refused = any(one.outcome is Outcome.REFUSED for one in self.results)
        return not refused and not any(one.fault for one in self.tried.values())


def take(  # noqa: PLR0913  (what was asked on the command line)
    rows: Sequence[DeviceRow],
    refused: Sequence[RowResult] = (),
    *,
    file: str,
    dry_run: bool,
    connect: bool,
    replace_keys: bool,
) -> Taken:
    """Add the rows; with `connect` new devices are called only once they have answered."""
    at = now()
    done = add_devices(
        rows,
        models=models_for(row.profile for row in rows),
        user=None,
        at=at,
        file=file,
        dry_run=dry_run,
        replace_keys=replace_keys,
        state=DeviceState.SUSPENDED if connect else DeviceState.ACTIVE,
    )
    tried = _tried(done) if connect and not dry_run else {}
    results = sorted((*refused, *done.rows), key=lambda one: one.line)
    return Taken(results, dry_run, tried)


def _tried(done: Onboarded) -> Mapping[int, Tried]:
    """Call the devices of the rows; those that answered as the books say are active from now on."""
    serials = {result.device: result.serial for result in done.rows if result.device is not None}
    held = devices(Scope.everything()).filter(pk__in=list(serials))
    direct = {one.pk: one for one in held if one.path == Path.DIRECT}
    # Through a concentrator nothing is called: its devices need no proof to be read from files.
    through = [one.pk for one in held if one.path != Path.DIRECT]
    tried = try_devices({pk: serials[pk] for pk in direct}, user=None, now=now)
    good = [device for device, one in tried.items() if not one.fault]
    if good or through:
        resume([*good, *through], reason="answered when it was added", user=None, at=now())
    return tried


def show(taken: Taken, *, as_json: bool) -> int:
    """Print what became of the lines; return the exit code, 1 where not all is well."""
    if as_json:
        sys.stdout.write(json.dumps(_figures(taken), ensure_ascii=False) + "\n")
    else:
        _print(taken)
    return 0 if taken.is_clean else 1


def _figures(taken: Taken) -> dict[str, Any]:
    return {
        "dry_run": taken.dry_run,
        "counts": _counts(taken),
        "rows": [
            {
                "line": one.line,
                "serial": one.serial,
                "outcome": str(one.outcome),
                "device": one.device,
                "problems": [problem._asdict() for problem in one.problems],
                **_told(taken.tried.get(one.device or 0)),
            }
            for one in taken.results
        ],
    }


def _told(tried: Tried | None) -> dict[str, Any]:
    if tried is None:
        return {}
    told = {
        "answered": not tried.fault,
        "fault": tried.fault,
        "sentence": tried.sentence,
        "name": tried.name,
        "serial": tried.serial,
        "firmware": tried.firmware,
        "clock_ahead_seconds": tried.drift_s,
    }
    return {"connection": told}


def _counts(taken: Taken) -> dict[str, int]:
    counts = {str(one): sum(row.outcome is one for row in taken.results) for one in Outcome}
    if taken.tried:
        counts["answered"] = sum(not one.fault for one in taken.tried.values())
        counts["not answered"] = len(taken.tried) - counts["answered"]
    return {word: number for word, number in counts.items() if number}


def _print(taken: Taken) -> None:
    """Print the lines, those with something to say first where there are too many."""
    worth = sorted(taken.results, key=lambda one: not _why(taken, one))[:SHOWN_MAX]
    width = max((len(one.serial) for one in worth), default=0)
    write = sys.stdout.write
    write(f"{'line':>8}  {'meter':<{width}}  {'outcome':<14}  why\n")
    for one in sorted(worth, key=lambda one: one.line):
        why = _why(taken, one)
        write(f"{one.line:>8}  {one.serial:<{width}}  {one.outcome:<14}  {why}".rstrip() + "\n")
    if len(taken.results) > SHOWN_MAX:
        write(f"and {len(taken.results) - SHOWN_MAX:,} lines more; --json tells them all\n")
    counts = ", ".join(f"{number:,} {word}" for word, number in _counts(taken).items())
    write(f"{counts or 'no line'}{' (dry run: nothing was written)' * taken.dry_run}\n")


def _why(taken: Taken, one: RowResult) -> str:
    tried = taken.tried.get(one.device or 0)
    if tried is not None and tried.fault:
        return f"suspended: {tried.sentence}"
    return " ".join(
        f"{problem.found}; expected {problem.expected}; {problem.action}."
        for problem in one.problems
    )


def now() -> datetime:
    """Return the time."""
    return datetime.now(UTC)  # noqa: TID251  (a door reads the clock)
