"""A folder where systems put files: each is loaded once and moved away with a report beside it.

Subfolders: `done` (loaded, some of its rows perhaps refused) and `refused` (useless as a whole).
A file is taken when it is complete: it does not begin with a dot nor end with .part or .tmp, and
its size and time have not changed for some seconds.

Nothing is lost or doubled by a kill: the load may be repeated anywhere, the report is written
before the file is moved, and a file that is found again is known by its name and content.
"""

from __future__ import annotations

import fcntl
import json
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from congto.interfaces.intake.contents import CHUNK, errors_of, keep
from congto.interfaces.intake.errors import sentences_of
from congto.interfaces.intake.formats import BY_NAME, format_by_name
from congto.interfaces.intake.running import load
from congto.office.intake.choices import DeliveryState, Way
from congto.office.intake.operations import receive
from congto.office.intake.queries import delivery_with
from congto.vocabulary.errors import InvalidInputError, RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from congto.office.intake.models import Delivery

DONE, REFUSED = "done", "refused"
UNFINISHED = (".part", ".tmp")
LOCK = ".congto-watch.lock"
SENTENCES = 1_000


@dataclass(frozen=True, slots=True)
class Watched:
    """A folder and what comes into it.

    Attributes:
        folder: where files are put. source: who puts them there.
        format: how they are read; minutes and halve_hours go with it. "concentrator": by the
            adapter whose pattern the file's name fits.
        settle_seconds: how long a file must not have changed.
    """

    folder: Path
    source: str
    format: str
    minutes: int = 30
    halve_hours: bool = False
    settle_seconds: float = 5.0


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Be the only one that watches a folder; the system lets go when the process dies.

    Raises:
        InvalidInputError: there is no such folder.
        RefusedError: another process watches it.
    """
    if not folder.is_dir():
        raise InvalidInputError(
            f"folder {folder} is not there", expected="a folder to watch", action="make it first"
        )
    with (folder / LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise RefusedError(
                f"another process watches {folder}", action="stop that one first"
            ) from error
        yield


def complete_files(watched: Watched, at: datetime) -> list[Path]:
    """Return the files that may be taken at an instant, the oldest first."""
    before = at.timestamp() - watched.settle_seconds
    found = [
        path
        for path in watched.folder.iterdir()
        if path.is_file()
        and not path.name.startswith(".")
        and path.suffix not in UNFINISHED
        and path.stat().st_mtime <= before
    ]
    return sorted(found, key=lambda path: (path.stat().st_mtime, path.name))


def take_file(path: Path, watched: Watched, at: datetime) -> Delivery:
    """Load one file and move it to `done` or `refused`, its report beside it."""
    with path.open("rb") as file:
        chunks = iter(lambda: file.read(CHUNK), b"")
        options = {"minutes": watched.minutes, "halve_hours": watched.halve_hours}
        try:
            content = keep(chunks, path.name, _format(path, watched), **options)
        except InvalidInputError as error:
            _move(path, REFUSED, {"file": path.name, "message": error.sentence()})
            raise
    number = f"{path.name[-100:]}-{content.sha256[:16]}"
    delivery, _new = receive(watched.source, number, content, way=Way.FOLDER, user=None, at=at)
    if delivery.state not in {DeliveryState.LOADED, DeliveryState.REFUSED}:
        for _counts in load(delivery, at=at):
            pass
    settled = delivery_with(delivery.pk)
    assert settled is not None
    refused = settled.state == DeliveryState.REFUSED
    _move(path, REFUSED if refused else DONE, _report(settled), errors_of(settled))
    return settled


def _format(path: Path, watched: Watched) -> str:
    """Return how a file is read."""
    return format_by_name(path.name) if watched.format == BY_NAME else watched.format


def _report(delivery: Delivery) -> dict[str, object]:
    return {
        "file": delivery.name,
        "source": delivery.source,
        "delivery_id": delivery.delivery_id,
        "state": delivery.state,
        "received_at": delivery.received_at.isoformat(),
        "days": delivery.days,
        "new_days": delivery.new_days,
        "changed_days": delivery.changed_days,
        "late_days": delivery.late_days,
        "refused_rows": delivery.refused_rows,
        "message": delivery.message,
        "errors": sentences_of(delivery, SENTENCES),
    }


def _move(path: Path, to: str, report: dict[str, object], errors: Path | None = None) -> None:
    """Write the report, then move the file; a name that is taken gets a number."""
    folder = path.parent / to
    folder.mkdir(exist_ok=True)
    target, number = folder / path.name, 1
    while target.exists():
        number += 1
        target = folder / f"{path.stem}-{number}{path.suffix}"
    told = target.with_name(target.name + ".report.json")
    draft = told.with_suffix(".part")
    draft.write_text(json.dumps(report, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    draft.replace(told)
    if errors is not None and errors.is_file():
        target.with_name(target.name + ".errors.csv").write_bytes(errors.read_bytes())
    path.replace(target)
