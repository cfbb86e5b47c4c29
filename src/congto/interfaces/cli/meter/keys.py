"""Keys of a meter for one reading by hand: from a JSON file or a maker's shipment file.

JSON of one meter, all values hexadecimal digits, what is not needed left out:

{"unicast_key": "...", "authentication_key": "...", "password": "...", "system_title": "...",
"client_title": "..."}

A shipment file (CSV with the columns host, port, logical_device and the same names) has a row a
meter. Invocation counters used are written beside the file: one number under one key twice would
reveal the key, so they outlive each reading.
"""

from __future__ import annotations

import csv
import fcntl
import json
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from congto.headend.dlms.security.keys import KeySet
from congto.headend.transports.access import Access
from congto.vocabulary.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from congto.headend.transports.visit import Place

CLIENT_TITLE = b"CONGTO01"
"""Who we are to a meter that has not been told another system title of ours (recalled: not
registered with the DLMS User Association)."""
NAMES = (
    "unicast_key", "authentication_key", "master_key", "password", "system_title", "client_title",
)  # fmt: skip


class FileCounter:
    """An invocation counter in a file beside the keys, shared by all readings of this machine.

    Args:
        path: the file of counters.
        meter: which of them.
    """

    def __init__(self, path: Path, meter: str) -> None:
        self._path = path
        self._meter = meter

    @property
    def upcoming(self) -> int:
        """Return the next number that would be given."""
        with self._held() as counters:
            return counters.get(self._meter, 0)

    def reserve(self, count: int) -> int:
        """Write down that the next `count` numbers are used; return the first."""
        with self._held() as counters:
            first = counters.get(self._meter, 0)
            self._write({**counters, self._meter: first + count})
        return first

    def raise_to(self, number: int) -> None:
        """Give no number below this one any more."""
        with self._held() as counters:
            if counters.get(self._meter, 0) < number:
                self._write({**counters, self._meter: number})

    @contextmanager
    def _held(self) -> Iterator[dict[str, int]]:
        """Give the counters of the file while nobody else may use it."""
        lock = os.open(self._path.with_suffix(".lock"), os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            text = self._path.read_text(encoding="utf-8") if self._path.exists() else "{}"
            yield {str(meter): int(number) for meter, number in json.loads(text).items()}
        finally:
            os.close(lock)

    def _write(self, counters: dict[str, int]) -> None:
        """Replace the file; the numbers are on the disk before one of them is sent."""
        fresh = self._path.with_suffix(".new")
        private = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(private, "w", encoding="utf-8") as file:
            json.dump(counters, file)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._path)


def access_of(path: Path | None, place: Place) -> Access:
    """Return what proves us to the meter at a place.

    Raises:
        InvalidInputError: the file cannot be read, has no such meter, or a value is no hexadecimal
            number.
    """
    if path is None:
        return Access()
    told = _of_shipment(path, place) if path.suffix == ".csv" else _of_json(path)
    values = {name: _octets(path, name, told[name]) for name in NAMES if told.get(name)}
    keys = None
    if "unicast_key" in values:
        keys = KeySet.of(
            unicast=values["unicast_key"],
            authentication=values.get("authentication_key"),
            master=values.get("master_key"),
        )
    title = values.get("system_title")
    meter = f"{place}/{place.device}" if title is None else title.hex()
    return Access(
        values.get("password", b""),
        keys,
        values.get("client_title", CLIENT_TITLE),
        FileCounter(path.with_suffix(".counters.json"), meter),
        title,
    )


def _of_json(path: Path) -> Mapping[str, object]:
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _unreadable(path, str(error)) from error
    if not isinstance(told, dict):
        raise _unreadable(path, "it is no object")
    return told


def _of_shipment(path: Path, place: Place) -> Mapping[str, object]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, ValueError) as error:
        raise _unreadable(path, str(error)) from error
    wanted = (place.host, str(place.port), str(place.device))
    for row in rows:
        if (row.get("host"), row.get("port"), row.get("logical_device")) == wanted:
            return row
    raise InvalidInputError(
        f"{path}: no row of {place} with logical device {place.device} among {len(rows)}",
        expected="columns host, port and logical_device that name the meter",
    )


def _octets(path: Path, name: str, value: object) -> bytes:
    try:
        return bytes.fromhex(value if isinstance(value, str) else "?")
    except ValueError as error:  # the value is a secret: it is not shown
        raise InvalidInputError(f"{path}, {name}", expected="hexadecimal digits") from error


def _unreadable(path: Path, why: str) -> InvalidInputError:
    return InvalidInputError(f"{path}: {why}", expected="a JSON object or a CSV shipment file")
