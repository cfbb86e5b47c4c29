"""Write the reference pages that are made from code: `make docs`. A house test fails on drift."""

from __future__ import annotations

import importlib
import pkgutil
from pathlib import Path

from congto.interfaces.cli.main import COMMANDS
from congto.interfaces.files import deliveries
from congto.interfaces.files.layout import Column, Layout
from congto.vocabulary import frames
from congto.vocabulary.frames import Frame

REFERENCE = Path(__file__).parent / "reference"
MADE = "<!-- Made by `make docs` from the code; edit there. -->\n"


COMMANDS_INTRODUCTION = f"""# Commands

{MADE}
`congto COMMAND --help` tells a command's options. Exit codes: 0 done, 1 a check of the month
failed, 2 what was asked cannot be done (one sentence on stderr says why).

"""
FILES_INTRODUCTION = f"""# Delivered files

{MADE}
A delivery is a folder of these files: CSV (UTF-8, comma, header), half-hours as Parquet. Columns
may stand in any order. A file whose columns do not fit is refused; a row that does not is listed
with file, line, what was found and what is expected, and the rest is loaded.
"""
FRAMES_INTRODUCTION = f"""# Frames

{MADE}
The tables that pass between stages, checked where they are handed over. The unit ends the column's
name: `_wh` watt-hours, `_varh`, `_kw`, `_vnd` whole đồng.
"""


def commands_page() -> str:
    """List the commands of `congto`."""
    rows = "".join(f"| `congto {name}` | {text} |\n" for name, (_, text) in COMMANDS.items())
    return f"{COMMANDS_INTRODUCTION}| Command | What it does |\n|---|---|\n{rows}"


def files_page() -> str:
    """Describe the files that a utility delivers."""
    parts = [FILES_INTRODUCTION]
    for name, layout in vars(deliveries).items():
        if isinstance(layout, Layout):
            rows = "".join(_column_row(column) for column in layout.columns)
            parts.append(
                f"\n## {name.lower()}\n\nKey: {', '.join(f'`{key}`' for key in layout.key)}.\n\n"
                f"| Column | Kind | Required | Limits |\n|---|---|---|---|\n{rows}"
            )
    return "".join(parts)


def _column_row(column: Column) -> str:
    limits = []
    if column.choices:
        limits.append(", ".join(f"`{choice}`" for choice in column.choices))
    if column.longest is not None:
        limits.append(f"at most {column.longest} characters")
    if column.least is not None or column.most is not None:
        low = "" if column.least is None else f"{column.least:,}"
        high = "" if column.most is None else f"{column.most:,}"
        limits.append(f"{low} to {high}")
    required = "yes" if column.required else "no"
    return f"| `{column.name}` | {column.kind.value} | {required} | {'; '.join(limits)} |\n"


def frames_page() -> str:
    """Describe the tables that pass between stages."""
    parts = [FRAMES_INTRODUCTION]
    for module in sorted(info.name for info in pkgutil.iter_modules(frames.__path__)):
        found = vars(importlib.import_module(f"{frames.__name__}.{module}")).values()
        for frame in (one for one in found if isinstance(one, Frame)):
            rows = "".join(f"| `{name}` | {dtype} |\n" for name, dtype in frame.columns.items())
            parts.append(
                f"\n## {module}: {frame.name}\n\nGrain: {frame.grain}.\n\n"
                f"| Column | Type |\n|---|---|\n{rows}"
            )
    return "".join(parts)


PAGES = {"commands.md": commands_page, "files.md": files_page, "frames.md": frames_page}


def main() -> None:
    """Write every page."""
    for name, page in PAGES.items():
        (REFERENCE / name).write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
