"""What users install at run time carries licences that allow it; each exception has its reason."""

import re
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

ALLOWED = re.compile(
    r"(MIT|BSD|Apache|PSF-2\.0|Python Software Foundation|0BSD|Zlib|CC0-1\.0|ISC)", re.IGNORECASE
)
EXCEPTIONS = {
    "psycopg": "LGPL-3.0: an unmodified library, used through its interface and replaceable",
    "psycopg-binary": "LGPL-3.0: the compiled half of psycopg",
    "psycopg-pool": "LGPL-3.0: same authors; procrastinate's connection pool",
    "power-grid-model": "MPL-2.0: covers its own files only; unmodified; only for the sample",
    "tqdm": "MPL-2.0 in part: covers its own files only; comes with simbench, not imported",
    "certifi": "MPL-2.0: a list of root certificates that signxml needs; unmodified",
    "pathspec": "MPL-2.0: covers its own files only; hatchling needs it to build the package",
}


def locked(lock: str) -> list[str]:
    text = (ROOT / "requirements" / lock).read_text(encoding="utf-8")
    return sorted(set(re.findall(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==", text, re.MULTILINE)))


def installed(name: str) -> Distribution | None:
    try:
        return distribution(name)
    except PackageNotFoundError:
        return None  # for another system or Python version


def licences(package: Distribution) -> list[str]:
    """Return the licences that the package's own metadata names, one alternative or part each."""
    metadata = package.metadata
    expression = metadata.get("License-Expression")
    if expression:
        return re.split(r" (?:AND|OR) ", expression)
    classifiers = [
        text.rsplit(" :: ", 1)[-1]
        for text in metadata.get_all("Classifier") or []
        if text.startswith("License :: ") and text != "License :: OSI Approved"
    ]
    first_line = (metadata.get("License") or "").strip().split("\n")[0]
    return classifiers or re.split(r" (?:AND|OR) ", first_line)


@pytest.mark.parametrize("name", locked("demo.txt"))
def test_the_licence_is_on_the_list(name):
    package = installed(name)
    if package is None or name in EXCEPTIONS:
        return
    named = licences(package)
    assert all(ALLOWED.search(licence) for licence in named), f"{name} is under {named}"


def test_every_exception_is_still_needed():
    names = set(locked("demo.txt"))
    needless = [name for name in EXCEPTIONS if name not in names]
    for name in set(EXCEPTIONS) & names:
        package = installed(name)
        if package and all(ALLOWED.search(licence) for licence in licences(package)):
            needless.append(name)
    assert needless == []


def test_the_locks_name_no_registry_and_carry_hashes():
    for lock in ("run.txt", "demo.txt", "dev.txt"):
        text = (ROOT / "requirements" / lock).read_text(encoding="utf-8")
        assert "://" not in text
        assert "index-url" not in text
        pins = re.split(r"^(?=[A-Za-z0-9])", text, flags=re.MULTILINE)[1:]
        assert all("--hash=sha256:" in pin for pin in pins)


def test_no_lock_brings_a_learning_framework_along():
    for lock in ("run.txt", "demo.txt"):
        heavy = [n for n in locked(lock) if re.match(r"torch|tensorflow|nvidia|cuda|triton", n)]
        assert heavy == []
