"""Profiles of models: those of the utility in the data folder, then those of Congto."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from django.conf import settings

from congto.headend.profiles.loader import load_profile, profile_names

if TYPE_CHECKING:
    from pathlib import Path

    from congto.headend.profiles.model import Profile


def known_profiles() -> tuple[str, ...]:
    """Return the names of all profiles, those of the data folder too."""
    own = own_folder()
    return tuple(sorted({*profile_names(), *(profile_names(own) if own else ())}))


def profile_named(name: str) -> Profile:
    """Return a profile; one of the data folder goes before one that comes with Congto.

    A file is read once for a process, and again where it was changed.

    Raises:
        InvalidInputError: there is none of this name, or something in it is wrong.
    """
    own = own_folder()
    if own is not None and (file := own / f"{name}.yaml").is_file():
        return _own(name, own, file.stat().st_mtime_ns)
    return _shipped(name)


def own_folder() -> Path | None:
    """Return the folder of this utility's profiles; None where there is none."""
    folder: Path = settings.DATA / "profiles"
    return folder if folder.is_dir() else None


@lru_cache(maxsize=256)
def _own(name: str, folder: Path, changed: int) -> Profile:
    del changed  # part of the key: another time of change is another file
    return load_profile(name, folder)


@lru_cache(maxsize=256)
def _shipped(name: str) -> Profile:
    return load_profile(name)
