"""Frames of sessions as they went over the line: one file a day and worker, only ever appended to.

A session's frames are packed by themselves, so they are found by offset and length: for each frame
the direction, milliseconds since the session began, its length, its bytes. Files whose term is over
are removed whole.
"""

from __future__ import annotations

import os
import struct
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, NamedTuple

from django.conf import settings

from congto.office.campaigns.queries import files_of_deliveries
from congto.vocabulary.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

HEAD = struct.Struct("<BII")
FAST = 1
"""Most of a ciphered frame cannot be packed at all; more effort is lost on it."""
SESSION_BYTES_MAX = 4 * 2**20
"""Of one session so much is kept: a meter that talks without end fills no disk."""


class Frame(NamedTuple):
    """One piece of a session: sent by us or by the meter, milliseconds after its begin, bytes."""

    sent: bool
    milliseconds: int
    octets: bytes


@dataclass(slots=True)
class Recorder:
    """Takes the bytes of one session as they go; give it as trace."""

    parts: list[bytes] = field(default_factory=list)
    size: int = 0
    begun: float = field(default_factory=monotonic)

    def __call__(self, sent: bool, octets: bytes) -> None:  # noqa: FBT001  (the signature of Trace)
        """Take bytes."""
        if self.size > SESSION_BYTES_MAX:
            return
        after = int((monotonic() - self.begun) * 1000)
        self.parts += (HEAD.pack(sent, after, len(octets)), octets)
        self.size += len(octets)

    def packed(self) -> bytes:
        """Return all of it as it is kept; empty where nothing went over the line."""
        return zlib.compress(b"".join(self.parts), FAST) if self.parts else b""


class Place(NamedTuple):
    """Where the frames of a session are: file in the data folder, offset, length."""

    file: str
    offset: int
    size: int


NOWHERE = Place("", 0, 0)


def append(worker: str, day: date, sessions: Sequence[bytes]) -> list[Place]:
    """Append packed sessions to a worker's file of a day; they are on the disk when this returns.

    What a killed worker has written and nobody refers to does no harm.
    """
    if not any(sessions):
        return [NOWHERE for _ in sessions]
    name = f"frames/{day.isoformat()}/{worker}.frames"
    path = Path(settings.DATA) / name
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    places = []
    with path.open("ab") as file:
        offset = file.tell()
        for packed in sessions:
            file.write(packed)
            places.append(Place(name, offset, len(packed)) if packed else NOWHERE)
            offset += len(packed)
        file.flush()
        os.fsync(file.fileno())
    return places


def frames_at(place: Place) -> list[Frame]:
    """Return the frames of a session.

    Raises:
        InvalidInputError: they are not kept any more.
    """
    path = Path(settings.DATA) / place.file
    if not place.file or not path.is_file():
        raise InvalidInputError(
            f"frames {place.file or 'of this session'} are not there",
            expected="a session whose frames are still kept",
            action="read the meter again",
        )
    with path.open("rb") as file:
        file.seek(place.offset)
        packed = file.read(place.size)
    return list(_frames(zlib.decompress(packed)))


def prune(plain: date, delivered: date, *, dry_run: bool = False) -> int:
    """Remove files of old days; return how many.

    Args:
        plain: files of days before this one go where no session in them brought readings.
        delivered: files of days before this one go.
        dry_run: count them, and remove none.
    """
    root = Path(settings.DATA)
    days = sorted((root / "frames").iterdir()) if (root / "frames").is_dir() else []
    old = {
        path.relative_to(root).as_posix(): path
        for day in days
        if day.name < plain.isoformat()
        for path in sorted(day.iterdir())
    }
    kept = [name for name, path in old.items() if path.parent.name >= delivered.isoformat()]
    brought = files_of_deliveries(kept, delivered) if kept else set()
    gone = [path for name, path in old.items() if name not in brought]
    for path in gone if not dry_run else []:
        path.unlink()
        if not any(path.parent.iterdir()):
            path.parent.rmdir()
    return len(gone)


def _frames(octets: bytes) -> Iterator[Frame]:
    place = 0
    while place < len(octets):
        sent, milliseconds, length = HEAD.unpack_from(octets, place)
        place += HEAD.size
        yield Frame(bool(sent), milliseconds, octets[place : place + length])
        place += length
