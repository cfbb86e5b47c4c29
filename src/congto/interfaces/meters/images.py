"""Firmware images in the data folder, by the SHA-256 of their bytes; what orders name."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

from congto.headend.campaigns.image import FirmwareImage
from congto.vocabulary.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Sequence

BYTES_MAX = 64 * 2**20


def keep_image(path: Path, identification: str, version: str, replaces: Sequence[str]) -> str:
    """Keep a maker's file; return what orders name it by.

    Args:
        path: the file.
        identification: as the maker names the image to the meter.
        version: what the meter shows once it runs.
        replaces: beginnings of the versions that it may take the place of.

    Raises:
        InvalidInputError: the file is empty or too large, or a word is not ASCII or missing.
    """
    octets = path.read_bytes()
    words = (identification, version, *replaces)
    if not 0 < len(octets) <= BYTES_MAX or not replaces or not all(map(_is_plain, words)):
        raise InvalidInputError(
            f"{path.name} of {len(octets)} bytes, {', '.join(words) or 'no words'}",
            expected=f"1 to {BYTES_MAX} bytes; ASCII words, at least one version to replace",
        )
    digest = hashlib.sha256(octets).hexdigest()
    said = {"identification": identification, "version": version, "replaces": list(replaces)}
    folder = _folder()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{digest}.image").write_bytes(octets)
    (folder / f"{digest}.json").write_text(json.dumps(said), encoding="utf-8")
    return digest


def load_image(digest: str) -> FirmwareImage:
    """Return an image that was kept.

    Raises:
        InvalidInputError: it is not here, or its bytes are others.
    """
    try:
        octets = (_folder() / f"{digest}.image").read_bytes()
        said = json.loads((_folder() / f"{digest}.json").read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise InvalidInputError(
            f"firmware image {digest} is not in the data folder",
            action="keep it with congto commands image",
        ) from error
    if hashlib.sha256(octets).hexdigest() != digest:
        raise InvalidInputError(f"the bytes of firmware image {digest} are others now")
    return FirmwareImage(
        said["identification"].encode(),
        octets,
        said["version"].encode(),
        tuple(one.encode() for one in said["replaces"]),
    )


def _folder() -> Path:
    return Path(settings.DATA) / "firmware"


def _is_plain(word: str) -> bool:
    return bool(word) and word.isascii() and word.isprintable()
