"""`congto sample build`: the sample utility's files, as a utility would hand them over."""

from __future__ import annotations

import argparse
from pathlib import Path

from congto.interfaces.cli.boot import data_folder
from congto.interfaces.cli.steps import console, step
from congto.sample import build
from congto.vocabulary.periods import Period

DEFAULT_MONTH = "2026-10"


def sample_folder(month: str, *, expand: bool) -> Path:
    """Return where the sample of a month lives in the data folder."""
    return data_folder() / "sample" / (f"{month}-expanded" if expand else month)


def main(arguments: list[str]) -> int:
    """Build the folder unless it is there already."""
    parser = argparse.ArgumentParser(prog="congto sample", description=__doc__)
    parser.add_argument("action", choices=["build"])
    parser.add_argument("--month", default=DEFAULT_MONTH, help="year and month, as 2026-10")
    parser.add_argument("--expand", action="store_true", help="207,631 customers, not 32,725")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--folder", type=Path, help="where to write (default: the data folder)")
    given = parser.parse_args(arguments)
    folder = given.folder or sample_folder(given.month, expand=given.expand)
    with step("sample utility") as report:
        build(
            folder,
            month=Period.parse_month(given.month),
            seed=given.seed,
            expand=given.expand,
            progress=report,
        )
    console.print(str(folder))
    return 0
