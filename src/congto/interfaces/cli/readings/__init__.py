"""`congto readings`: half-hours in files of any format, checked and completed; no database."""

from __future__ import annotations

import importlib
import sys

from congto.vocabulary.errors import InvalidInputError

COMMANDS: dict[str, tuple[str, str]] = {
    "validate": (
        "congto.interfaces.cli.readings.validate",
        "judge a file by the validation rules; no database",
    ),
    "adapter": (
        "congto.interfaces.cli.readings.adapter",
        "list, check and try adapters of concentrator files; no database",
    ),
    "watch": (
        "congto.interfaces.cli.readings.watch",
        "load every file that is put into a folder",
    ),
    "measure": (
        "congto.interfaces.cli.readings.measure",
        "completeness of each source at 07:00, and what changed after five days",
    ),
}


def main(arguments: list[str]) -> int:
    """Run one of the commands."""
    if not arguments or arguments[0] in {"-h", "--help"}:
        lines = [f"  {name:<10}{text}" for name, (_, text) in COMMANDS.items()]
        sys.stdout.write("\n".join(("usage: congto readings COMMAND [options]", "", *lines)) + "\n")
        return 0
    if arguments[0] not in COMMANDS:
        raise InvalidInputError(
            f"congto readings {arguments[0]!r}", expected=f"one of {', '.join(COMMANDS)}"
        )
    module = importlib.import_module(COMMANDS[arguments[0]][0])
    return int(module.main(arguments[1:]))
