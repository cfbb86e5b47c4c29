"""Received files in the data folder: `intake/<sha256>/<name>`, written whole or not at all."""

from __future__ import annotations

import hashlib
import os
import re
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

from congto.interfaces.intake.formats import format_of
from congto.office.intake.receiving import Content
from congto.vocabulary.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from congto.office.intake.models import Delivery

BYTES_MAX = 4 * 2**30
"""A file of a day of 8 M meters has 2.4 GB."""
CHUNK = 2**20
UNSAFE = re.compile(r"[^\w.\-]+")


def folder() -> Path:
    """Return where received files lie."""
    data: Path = settings.DATA
    return data / "intake"


def keep(chunks: Iterable[bytes], name: str, format_name: str, **options: object) -> Content:
    """Write the bytes of a file to the data folder and return what it is.

    Args:
        chunks: its bytes.
        name: of the file, as errors will give it.
        format_name: how it is to be read.
        options: what the reader is told beside it (minutes, zone, halve_hours).

    Raises:
        InvalidInputError: no such format, no bytes, or more than BYTES_MAX.
    """
    format_of(format_name)
    place = folder()
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = place / f"{uuid.uuid4()}.part"
    try:
        sha256, size = _write(draft, chunks, name)
        safe = UNSAFE.sub("_", Path(name).name).lstrip(".") or "delivery"
        target = place / sha256 / safe
        target.parent.mkdir(exist_ok=True, mode=0o700)
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
    return Content(safe, format_name, options, sha256, size)


def _write(draft: Path, chunks: Iterable[bytes], name: str) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    with draft.open("wb") as file:
        for chunk in chunks:
            size += len(chunk)
            if size > BYTES_MAX:
                raise InvalidInputError(
                    f"{name} has more than {BYTES_MAX} bytes",
                    expected="a file of one day, or of fewer meters",
                    action="deliver it in parts",
                )
            digest.update(chunk)
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())
    if size == 0:
        raise InvalidInputError(f"{name} is empty", action="deliver the file again")
    return digest.hexdigest(), size


def content_of(delivery: Delivery) -> Path:
    """Return the file of a delivery.

    Raises:
        InvalidInputError: it is not there any more.
    """
    path = folder() / delivery.sha256 / delivery.name
    if not path.is_file():
        raise InvalidInputError(
            f"the file of delivery {delivery.delivery_id} is not in {path.parent}",
            action="deliver it again under another delivery id",
        )
    return path


def errors_of(delivery: Delivery) -> Path:
    """Return where the rows that were not taken are listed, as CSV."""
    return folder() / delivery.sha256 / f"errors-{delivery.pk}.csv"


def counts_of(delivery: Delivery) -> Path:
    """Return where a load that is not over keeps its counts."""
    return folder() / delivery.sha256 / f"counts-{delivery.pk}.json"
