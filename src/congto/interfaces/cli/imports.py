"""`congto import FOLDER`: load a folder of delivered files, listing the rows that cannot be taken.

The files are loaded in the order in which they build on each other, each in one transaction (long
files of readings in slices); what the books hold already is left as it is. So a load that was
killed, or a folder with corrected rows, is simply loaded again.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from congto.interfaces.cli.boot import boot, data_folder
from congto.interfaces.files import deliveries
from congto.interfaces.files.cast import sentences
from congto.interfaces.files.delivery import read_slices
from congto.office.organisation.loading import Loaded
from congto.vocabulary.errors import InvalidInputError
from congto.vocabulary.frames.readings import ROW_ERRORS

if TYPE_CHECKING:
    from collections.abc import Callable

    from congto.interfaces.cli.steps import Report
    from congto.interfaces.files.layout import Layout

HEAD_END = "HES"
"""Source of the half-hours in a folder: the system that reads meters remotely."""

SHOWN_ERRORS = 5
"""Sentences printed; the files of rejected rows hold all."""


@dataclass(slots=True)
class ImportReport:
    """What became of a folder; rejected rows are listed in `rejected_folder`, a CSV a file."""

    rejected_folder: Path
    files: list[Loaded] = field(default_factory=list)

    @property
    def rejected(self) -> int:
        """Return the number of rows of all files that did not enter the books."""
        return sum(file.rejected for file in self.files)

    def sentences(self) -> list[str]:
        """Return one sentence per error, in the order of the files."""
        return [text for file in self.files for text in sentences(file.errors)]

    def as_json(self) -> dict[str, object]:
        """Return the report as plain data."""
        return {
            "files": [
                {
                    "file": file.file,
                    "inserted": file.inserted,
                    "unchanged": file.unchanged,
                    "rejected": file.rejected,
                }
                for file in self.files
            ],
            "rejected": self.rejected,
            "rejected_folder": str(self.rejected_folder) if self.rejected else None,
            "errors": self.sentences(),
        }


def main(arguments: list[str]) -> int:
    """Load a folder; exit 1 when rows were rejected, 2 (by the caller) for a useless file."""
    parser = argparse.ArgumentParser(prog="congto import", description=__doc__)
    parser.add_argument("folder", type=Path, help="folder of delivered files")
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    given = parser.parse_args(arguments)
    boot()
    from congto.interfaces.cli.steps import step

    at = datetime.now(UTC)  # noqa: TID251  (a door reads the clock)
    with step("files into the books") as progress:
        report = import_folder(given.folder, at=at, progress=progress)
    if given.json:
        sys.stdout.write(json.dumps(report.as_json(), ensure_ascii=False, indent=1) + "\n")
    else:
        print_report(report)
    return 1 if report.rejected else 0


def import_folder(folder: Path, *, at: datetime, progress: Report | None = None) -> ImportReport:
    """Load every delivered file of a folder in order.

    Args:
        folder: holds the files of `congto.interfaces.files.deliveries`; interval readings are
            optional, as one `intervals.parquet` or as a folder `intervals/` of Parquet files.
        at: when the rows enter the books.
        progress: told (file, done, total) before each file.

    Raises:
        InvalidInputError: a file is absent or useless as a whole. Files before it are loaded; the
            folder can be loaded again once it is mended.
    """
    if not folder.is_dir():
        raise InvalidInputError(
            f"folder {folder} is not there",
            expected="a folder with units.csv, network.csv, customers.csv and the others",
            action="correct the path",
        )
    report = ImportReport(data_folder() / "rejected")
    plan = _plan(folder, at)
    for done, (path, layout, load) in enumerate(plan):
        if progress is not None:
            progress(path.name, done, len(plan))
        report.files.append(_load_audited(path, layout, load, at))
        _write_rejected(report.rejected_folder, report.files[-1])
    if progress is not None:
        progress("", len(plan), len(plan))
    return report


def _plan(folder: Path, at: datetime) -> list[tuple[Path, Layout, Callable[..., Loaded]]]:
    """Return the files of the folder in the order in which they build on each other."""
    from congto.office.customers import operations as customers
    from congto.office.intake import operations as intake
    from congto.office.meterdata import operations as meterdata
    from congto.office.meters import operations as meters
    from congto.office.network import operations as network
    from congto.office.organisation import operations as organisation

    loads: list[tuple[str, Layout, Callable[..., Loaded]]] = [
        ("units.csv", deliveries.UNITS, organisation.load_units),
        ("network.csv", deliveries.NETWORK, network.load_elements),
        ("customers.csv", deliveries.CUSTOMERS, customers.load_customers),
        ("agreements.csv", deliveries.AGREEMENTS, partial(customers.load_agreements, at=at)),
        ("reading_books.csv", deliveries.READING_BOOKS, meters.load_books),
        ("usage_points.csv", deliveries.USAGE_POINTS, meters.load_usage_points),
        ("meters.csv", deliveries.METERS, meters.load_meters),
        (
            "register_reads.parquet",
            deliveries.REGISTER_READS,
            partial(meterdata.load_register_reads, at=at),
        ),
    ]
    half_hours = [*folder.glob("intervals.parquet"), *sorted(folder.glob("intervals/*.parquet"))]
    load_intervals = partial(intake.load_half_hours, source=HEAD_END, at=at)
    return [(folder / name, layout, load) for name, layout, load in loads] + [
        (path, deliveries.INTERVALS, load_intervals) for path in half_hours
    ]


def _load_audited(path: Path, layout: Layout, load: Callable[..., Loaded], at: datetime) -> Loaded:
    """Load one file and leave an audit row: one for its content, one more if a reload adds rows."""
    from congto.office.control.operations import operation, record

    with path.open("rb") if path.is_file() else BytesIO() as stream:
        content = hashlib.file_digest(stream, "sha256").hexdigest()
    with operation(
        None, "import", "file", path.name, unit=None, at=at, key=f"import:{content}"
    ) as work:
        loaded = _load_file(path, layout, load)
        work.after = {
            "sha256": content,
            "inserted": loaded.inserted,
            "unchanged": loaded.unchanged,
            "rejected": loaded.rejected,
        }
        if work.earlier is not None and loaded.inserted:
            record(None, "import", "file", path.name, unit=None, after=work.after, at=at)
    return loaded


def _load_file(path: Path, layout: Layout, load: Callable[..., Loaded]) -> Loaded:
    """Read one file, slice by slice where it is long, and load its good rows."""
    whole = Loaded(path.name, 0, 0, ROW_ERRORS.empty())
    for delivery in read_slices(path, layout):
        part = load(delivery.frame, file=path.name)
        whole = Loaded(
            path.name,
            whole.inserted + part.inserted,
            whole.unchanged + part.unchanged,
            pl.concat([whole.errors, delivery.errors, part.errors]),
        )
    return replace(whole, errors=whole.errors.sort("line", "column"))


def _write_rejected(folder: Path, report: Loaded) -> None:
    """List a file's rejected rows as a CSV, or take away the list of an earlier load."""
    target = folder / f"{report.file}.rejected.csv"
    if report.errors.is_empty():
        target.unlink(missing_ok=True)
        return
    folder.mkdir(parents=True, exist_ok=True)
    written = target.with_suffix(".part")
    report.errors.write_csv(written, include_bom=True)
    written.replace(target)


def print_report(report: ImportReport) -> None:
    """Print the counts by file, the first errors and where the others are."""
    from rich.console import Console
    from rich.table import Table

    table = Table(title=None)
    table.add_column("file")
    for heading in ("inserted", "unchanged", "rejected"):
        table.add_column(heading, justify="right")
    for file in report.files:
        counts = (file.inserted, file.unchanged, file.rejected)
        table.add_row(file.file, *(f"{count:,}".replace(",", ".") for count in counts))
    out = Console(highlight=False)
    out.print(table)
    for text in report.sentences()[:SHOWN_ERRORS]:
        out.print(text, markup=False)
    if report.rejected:
        out.print(f"{report.rejected} rows rejected; all are listed in {report.rejected_folder}")
