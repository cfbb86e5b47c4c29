"""`congto readings adapter`: the adapters of concentrator files; check one, try it on a file.

congto readings adapter                      # which there are, and what is wrong with any of them
congto readings adapter mine.yaml            # is it right? what does it read?
congto readings adapter mine.yaml LP1.txt    # the first rows that it makes of a file

Exit codes: 0 all is right; 1 some lines of the file could not be read; 2 the adapter is wrong or
the file is useless, one sentence on stderr says why.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from congto.interfaces.files.cast import sentences
from congto.interfaces.files.concentrators.formats import PREFIX, adapters, read
from congto.interfaces.files.concentrators.loader import load_adapter
from congto.vocabulary.errors import InvalidInputError

if TYPE_CHECKING:
    from congto.interfaces.files.concentrators.adapter import Adapter

SHOWN = 5


def main(arguments: list[str]) -> int:
    """List adapters, check one, or try it on a file."""
    parser = argparse.ArgumentParser(
        prog="congto readings adapter",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("adapter", nargs="?", help="NAME, or a file NAME.yaml")
    parser.add_argument("file", nargs="?", type=Path, help="to try it on")
    given = parser.parse_args(arguments)
    if given.adapter is None:
        return _list()
    adapter = _adapter(given.adapter)
    if given.file is None:
        for name, at in adapter.places():
            sys.stdout.write(f"{name:<10} {at}\n")
        sys.stdout.write(f"{adapter.name} is right: it reads {adapter.holds}.\n")
        return 0
    return _try(adapter, given.file)


def _adapter(name: str) -> Adapter:
    if name.endswith(".yaml"):
        return load_adapter(Path(name))
    found = adapters().get(f"{PREFIX}{name.removeprefix(PREFIX)}")
    if found is None:
        names = ", ".join(one.removeprefix(PREFIX) for one in adapters())
        raise InvalidInputError(f"adapter {name!r}", expected=f"one of {names}, or a .yaml file")
    if isinstance(found, InvalidInputError):
        raise found
    return found


def _list() -> int:
    wrong = 0
    for name, found in adapters().items():
        if isinstance(found, InvalidInputError):
            wrong += 1
            sys.stdout.write(f"{name:<34} {found.sentence()}\n")
        else:
            patterns = ", ".join(found.file.names)
            sys.stdout.write(f"{name:<34} {found.holds:<11} {patterns:<26} {found.title}\n")
    return 1 if wrong else 0


def _try(adapter: Adapter, file: Path) -> int:
    """Print the first rows and sentences that a file gives."""
    rows = wrong = 0
    shown: list[pl.DataFrame] = []
    said: list[str] = []
    for piece in read(adapter, file):
        rows += piece.frame.height
        wrong += piece.errors.height
        shown.append(piece.frame.head(SHOWN))
        said += sentences(piece.errors.head(SHOWN))
    for row in pl.concat(shown).head(SHOWN).iter_rows(named=True):
        told = {name: value for name, value in row.items() if value is not None}
        sys.stdout.write(json.dumps(told, default=str, ensure_ascii=False) + "\n")
    sys.stdout.write(f"{rows} rows read, {wrong} faults\n")
    sys.stdout.writelines(f"{sentence}\n" for sentence in said[:SHOWN])
    return 1 if wrong else 0
