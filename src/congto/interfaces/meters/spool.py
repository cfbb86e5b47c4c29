"""Batches of ended visits on the disk before the books are told: a killed worker loses none.

`data/spool/<worker>/` is locked while its worker lives. Each batch is a file of its own, on the
disk before the transaction that enters it, and removed after it. Whoever starts later enters what a
dead worker has left; a batch that was entered already changes nothing.
"""

from __future__ import annotations

import fcntl
import json
import os
from contextlib import contextmanager
from dataclasses import dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings

from congto.office.campaigns.choices import SessionOutcome, TaskState
from congto.office.campaigns.operations import Delivered, TaskEnd, VisitEnd
from congto.office.intake.receiving import Content

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import TextIO

LOCK = ".lock"
TIMES = ("began_at", "ended_at", "first_at", "last_at", "due_at")


@dataclass(frozen=True, slots=True)
class Batch:
    """Ended visits and the files of what they read."""

    path: Path
    ends: tuple[VisitEnd, ...]
    delivered: tuple[Delivered, ...]


@contextmanager
def held(worker: str) -> Iterator[Path]:
    """Hold the spool folder of a worker; it is gone afterwards if nothing is left in it."""
    folder = _root() / worker
    lock = None
    while lock is None:  # who looks for dead workers may have taken the new folder for one's
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = _locked(folder, wait=True)
    with lock:
        try:
            yield folder
        finally:
            _clear(folder)


def put(
    folder: Path, number: int, ends: Sequence[VisitEnd], delivered: Sequence[Delivered]
) -> Batch:
    """Write a batch; it is on the disk when this returns."""
    path = folder / f"{number:09}.json"
    told = json.dumps({"ends": ends, "delivered": delivered}, ensure_ascii=False, default=_plain)
    draft = path.with_suffix(".part")
    with draft.open("w", encoding="utf-8") as file:
        file.write(told)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    _sync(folder)
    return Batch(path, tuple(ends), tuple(delivered))


def forget(batch: Batch) -> None:
    """Remove a batch: the books have it."""
    batch.path.unlink(missing_ok=True)


@contextmanager
def left_behind() -> Iterator[list[Batch]]:
    """Give the batches of dead workers, in their order, while nobody else may take them."""
    locks = []
    try:
        for folder in sorted(_root().iterdir()) if _root().is_dir() else []:
            lock = _locked(folder, wait=False)
            if lock is not None:
                locks.append((folder, lock))
        yield [_read(path) for folder, _ in locks for path in sorted(folder.glob("*.json"))]
    finally:
        for folder, lock in locks:
            _clear(folder)
            lock.close()


def _locked(folder: Path, *, wait: bool) -> TextIO | None:
    """Lock a folder; None where its worker lives, or it was cleared away meanwhile."""
    try:
        lock = (folder / LOCK).open("w")
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        if (folder / LOCK).stat().st_ino == os.fstat(lock.fileno()).st_ino:
            return lock
    except (BlockingIOError, FileNotFoundError):
        pass  # held by a living worker; or removed by whoever held it
    lock.close()
    return None


def _clear(folder: Path) -> None:
    """Remove a folder in which no batch is left; a draft that was never complete goes with it."""
    if any(folder.glob("*.json")):
        return
    for path in folder.iterdir():
        path.unlink(missing_ok=True)
    folder.rmdir()


def _root() -> Path:
    return Path(settings.DATA) / "spool"


def _sync(folder: Path) -> None:
    """Put a rename on the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _plain(one: Any) -> object:  # noqa: ANN401  (what JSON does not know: times and our records)
    if isinstance(one, datetime):
        return one.isoformat()
    return {each.name: getattr(one, each.name) for each in fields(one)}


def _read(path: Path) -> Batch:
    told = json.loads(path.read_text(encoding="utf-8"))
    ends = tuple(_visit_end(one) for one in told["ends"])
    delivered = tuple(
        Delivered(one["number"], Content(**one["content"])) for one in told["delivered"]
    )
    return Batch(path, ends, delivered)


def _visit_end(told: dict[str, Any]) -> VisitEnd:
    tasks = tuple(
        TaskEnd(**_timed(one) | {"state": TaskState(one["state"])}) for one in told["tasks"]
    )
    proved = {int(secret): number for secret, number in told["proved"].items()}
    outcome = SessionOutcome(told["outcome"])
    return VisitEnd(**_timed(told) | {"tasks": tasks, "proved": proved, "outcome": outcome})


def _timed(told: dict[str, Any]) -> dict[str, Any]:
    return {
        name: datetime.fromisoformat(value) if name in TIMES and value is not None else value
        for name, value in told.items()
    }
