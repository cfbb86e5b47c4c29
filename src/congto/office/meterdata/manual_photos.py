"""Pictures of dials: kept once in the data folder under the hash of their content."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.translation import gettext as _

from congto.office.control.audit import operation
from congto.office.control.permissions import Action, require
from congto.office.meterdata.manual_words import found_and_needed
from congto.office.meterdata.models import ReadingPhoto
from congto.vocabulary.errors import InvalidInputError

if TYPE_CHECKING:
    from datetime import date, datetime
    from pathlib import Path

    from django.contrib.auth.models import User

    from congto.office.control.queries import Scope
    from congto.office.meters.models import UsagePoint

BYTES_MAX = 8 * 2**20
KINDS = {
    "jpg": (b"\xff\xd8\xff", "image/jpeg"),
    "png": (b"\x89PNG\r\n\x1a\n", "image/png"),
    "webp": (b"RIFF", "image/webp"),
}


def folder() -> Path:
    """Return where the pictures lie."""
    path: Path = settings.DATA / "photos"
    return path


def path_of(file: str) -> Path:
    """Return where a picture lies: a folder for each first two digits of the hash."""
    return folder() / file[:2] / file


def media_type(file: str) -> str:
    """Return the media type of a kept picture."""
    return KINDS[file.rpartition(".")[2]][1]


def add_photo(
    point: UsagePoint, read_on: date, content: bytes, *, user: User, at: datetime
) -> ReadingPhoto:
    """Keep a picture of a point's dial; the same picture again is kept once.

    Raises:
        RefusedError: no right to enter readings in the point's unit.
        InvalidInputError: it is not a JPEG, PNG or WebP picture, or too large.
    """
    require(user, Action.ENTER_READINGS, point.unit)
    if not content or len(content) > BYTES_MAX:
        raise InvalidInputError(
            found_and_needed(
                _("Ảnh có %(size)d KB") % {"size": len(content) // 1024},
                _("không quá %(most)d MB") % {"most": BYTES_MAX // 2**20},
            ),
            action=_("chụp lại với cỡ nhỏ hơn"),
        )
    file = f"{hashlib.sha256(content).hexdigest()}.{_kind(content)}"
    _write(path_of(file), content)  # before the row: a row always has its file
    with operation(
        user, "reading.photo", "usage_point", point.code, unit=point.unit, at=at
    ) as work:
        photo, made = ReadingPhoto.objects.get_or_create(
            usage_point=point,
            read_on=read_on,
            file=file,
            defaults={"size_bytes": len(content), "user": user, "known_at": at},
        )
        work.after = {"file": file, "read_on": read_on, "made": made}
    return photo


def _kind(content: bytes) -> str:
    for kind, (magic, _media) in KINDS.items():
        if content.startswith(magic) and (kind != "webp" or content[8:12] == b"WEBP"):
            return kind
    raise InvalidInputError(
        found_and_needed(_("Tệp này không phải ảnh"), "JPEG, PNG, WebP"),
        action=_("chọn ảnh chụp mặt số"),
    )


def _write(path: Path, content: bytes) -> None:
    """Write a file whole or not at all, also when two write the same content."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.write_bytes(content)
    draft.replace(path)


def find_photo(number: int, scope: Scope) -> ReadingPhoto | None:
    """Return a picture of a point of the scope."""
    return scope.filter(ReadingPhoto.objects.filter(pk=number), "usage_point__unit").first()
