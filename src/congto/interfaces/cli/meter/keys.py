"""Keys of a meter for one reading by hand: from a JSON file or a maker's shipment file.

JSON of one meter, all values hexadecimal digits, what is not needed left out:

{"unicast_key": "...", "authentication_key": "...", "password": "...", "system_title": "...",
"client_title": "..."}

Suites 1 and 2 need also our private keys "client_signing_key" and "client_agreement_key" (bare
numbers), the meter's "signing_certificate" and "agreement_certificate" and the
"authority_certificate" of who issued them (DER), and where the meter does not know ours
"client_certificate".

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

from congto.headend.dlms.security.agreement import NO_CURVE_KEYS, CurveKeys
from congto.headend.dlms.security.certificates import (
    CertifiedUse,
    certified_key,
    read_certificate,
)
from congto.headend.dlms.security.keys import KeySet
from congto.headend.dlms.security.signatures import CURVES, private_key
from congto.headend.transports.access import Access
from congto.vocabulary.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

    from congto.headend.transports.visit import Place

CLIENT_TITLE = b"CONGTO01"
"""Who we are to a meter that has not been told another system title of ours (recalled: not
registered with the DLMS User Association)."""
NAMES = (
    "unicast_key", "authentication_key", "master_key", "password", "system_title", "client_title",
    "client_signing_key", "client_agreement_key", "client_certificate",
    "signing_certificate", "agreement_certificate", "authority_certificate",
)  # fmt: skip
CERTIFICATES = {
    "agreement_certificate": CertifiedUse.AGREEMENT,
    "signing_certificate": CertifiedUse.SIGNATURE,
}


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


def access_of(path: Path | None, place: Place, suite: int, at: datetime) -> Access:
    """Return what proves us to the meter at a place.

    Args:
        path: the file of keys; None: nothing is known.
        place: the meter.
        suite: the security suite that its profile says.
        at: the meter's certificates have to be valid then.

    Raises:
        DlmsError: CERTIFICATE, a certificate does not fit the meter; BAD_VALUE for a private key.
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
        curve_keys=_curve_keys(path, values, suite, at) if suite else NO_CURVE_KEYS,
        certificate=values.get("client_certificate", b""),
    )


def _curve_keys(path: Path, values: Mapping[str, bytes], suite: int, at: datetime) -> CurveKeys:
    """Return our private keys, and the meter's public ones out of checked certificates."""
    own = [
        private_key(CURVES[suite], values[name]) if name in values else None
        for name in ("client_agreement_key", "client_signing_key")
    ]
    peer = [
        _certified(path, values, name, use, suite, at) if name in values else None
        for name, use in CERTIFICATES.items()
    ]
    return CurveKeys(own[0], peer[0], own[1], peer[1])


def _certified(  # noqa: PLR0913, PLR0917  (what a certificate is held against)
    path: Path,
    values: Mapping[str, bytes],
    name: str,
    use: CertifiedUse,
    suite: int,
    at: datetime,
) -> EllipticCurvePublicKey:
    missing = {"system_title", "authority_certificate"} - values.keys()
    if missing:
        raise InvalidInputError(
            f"{path}: {name} without {' and '.join(sorted(missing))}",
            expected="whose certificate it is, and the certificate of who issued it",
        )
    authority = read_certificate(values["authority_certificate"])
    certificate, title = read_certificate(values[name]), values["system_title"]
    return certified_key(certificate, authority, title=title, use=use, suite=suite, at=at)


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
