"""Pushes on the disk: a file being written, files that are full, and what was refused.

`data/pushes/open.jsonl` takes a line a push and is on the disk before the batch counts as taken. A
full one becomes `push_<number>.jsonl`; it is removed once its deliveries are loaded. A process that
is killed leaves the open file, which whoever starts next closes: a line that was not written to its
end was never counted as taken. What was refused is kept a day a file for whoever looks into it.
"""

from __future__ import annotations

import fcntl
import json
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from congto.vocabulary.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

LOCK, OPEN = ".lock", "open.jsonl"
REFUSED_BYTES_MAX = 64 * 2**20
"""Of a day; beyond it refused pushes are counted only."""

Line = dict[str, Any]


class PushBook:
    """The folder of pushes; one process writes it.

    Args:
        folder: where it is.

    Attributes:
        count: lines of the open file.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.count = 0

    @contextmanager
    def held(self) -> Iterator[PushBook]:
        """Be the only one that writes; what a killed process left open is closed first.

        Raises:
            RefusedError: another process listens.
        """
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with (self.folder / LOCK).open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise RefusedError(
                    f"another process writes pushes into {self.folder}",
                    action="stop that one first",
                ) from error
            self.close()
            yield self

    def add(self, lines: Sequence[Mapping[str, Any]]) -> None:
        """Write pushes; they are on the disk when this returns."""
        if not lines:
            return
        self._write(self.folder / OPEN, lines)
        self.count += len(lines)

    def close(self) -> Path | None:
        """Close the open file under the next number; None where there is nothing in it."""
        path = self.folder / OPEN
        self.count = 0
        if not path.exists():
            return None
        content = path.read_bytes()
        whole = content.rfind(b"\n") + 1
        if whole < len(content):
            os.truncate(path, whole)
        if not whole:
            path.unlink()
            return None
        numbers = self.folder / "last"
        number = (int(numbers.read_text()) if numbers.exists() else 0) + 1
        draft = numbers.with_suffix(".part")
        draft.write_text(str(number))
        draft.replace(numbers)
        full = self.folder / f"push_{number:09}.jsonl"
        path.replace(full)
        self._sync()
        return full

    def full(self) -> list[Path]:
        """Return the files whose deliveries are not loaded yet, the oldest first."""
        return sorted(self.folder.glob("push_*.jsonl"))

    def refuse(self, lines: Sequence[Mapping[str, Any]], at: datetime) -> None:
        """Keep refused pushes for whoever looks into them, up to a bound."""
        path = self.folder / f"refused_{at:%Y%m%d}.jsonl"
        size = path.stat().st_size if path.exists() else 0
        if lines and size < REFUSED_BYTES_MAX:
            self._write(path, lines)

    def _write(self, path: Path, lines: Sequence[Mapping[str, Any]]) -> None:
        new = not path.exists()
        text = "".join(
            json.dumps(line, ensure_ascii=False, sort_keys=True) + "\n" for line in lines
        )
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(descriptor, "ab") as file:
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
        if new:
            self._sync()

    def _sync(self) -> None:
        """Put a new name on the disk."""
        descriptor = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
