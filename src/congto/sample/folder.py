"""The sample's folder: written beside its place and moved there whole, with a manifest."""

from __future__ import annotations

import hashlib
import json
import shutil
from importlib.metadata import version
from pathlib import Path
from typing import Any

from congto.vocabulary.errors import RefusedError

MANIFEST = "manifest.json"
PACKAGES = ("simbench", "power-grid-model")


def identity(month: str, seed: int, *, expand: bool) -> dict[str, Any]:
    """Return what makes one sample differ from another: the wish, the data and the program."""
    return {
        "month": month,
        "seed": seed,
        "expand": expand,
        "versions": {name: version(name) for name in PACKAGES},
        "program": _program(),
    }


def _program() -> str:
    """Digest of this package's source, so that a folder made by an older one is made again."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        if path.name != "partners.py":  # payments are not part of the folder
            digest.update(path.read_bytes())
    return digest.hexdigest()


def finished(folder: Path, wanted: dict[str, Any]) -> dict[str, Any] | None:
    """Return the manifest of a finished folder that is what is wanted, else None.

    Files are looked at by size; their digests are for whoever doubts the disk.
    """
    path = folder / MANIFEST
    if not path.is_file():
        return None
    manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    if any(manifest.get(key) != value for key, value in wanted.items()):
        return None
    for name, entry in manifest["files"].items():
        file = folder / name
        if not file.is_file() or file.stat().st_size != entry["bytes"]:
            return None
    return manifest


class Staging:
    """A folder beside the wanted one, moved into its place by `finish`; a kill leaves it aside."""

    def __init__(self, folder: Path) -> None:
        if folder.exists() and any(folder.iterdir()) and not (folder / MANIFEST).is_file():
            raise RefusedError(
                f"the folder {folder} holds files that are not a sample utility",
                expected="an empty or new folder",
                action="choose another folder",
            )
        self._target = folder
        self.path = folder.with_name(f".{folder.name}.partial")
        shutil.rmtree(self.path, ignore_errors=True)
        (self.path / "truth").mkdir(parents=True)

    def finish(self, manifest: dict[str, Any]) -> dict[str, Any]:
        """Write the manifest last and put the folder in its place; return the manifest."""
        files = sorted(path for path in self.path.rglob("*") if path.is_file())
        manifest["files"] = {
            path.relative_to(self.path).as_posix(): {
                "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
                "bytes": path.stat().st_size,
            }
            for path in files
        }
        text = json.dumps(manifest, ensure_ascii=False, indent=1)
        (self.path / MANIFEST).write_text(text, encoding="utf-8")
        old = self._target.with_name(f".{self._target.name}.old")
        shutil.rmtree(old, ignore_errors=True)
        if self._target.exists():
            self._target.rename(old)
        self.path.rename(self._target)
        shutil.rmtree(old, ignore_errors=True)
        return manifest
