"""`congto devices`: meters that can be talked to, taken into the books with their keys."""

from __future__ import annotations

import importlib
import sys

from congto.vocabulary.errors import InvalidInputError

COMMANDS: dict[str, tuple[str, str]] = {
    "add": ("congto.interfaces.cli.devices.add", "one device: congto devices add HOST:PORT ..."),
    "import": ("congto.interfaces.cli.devices.imports", "a file of devices or a maker's shipment"),
    "concentrator": (
        "congto.interfaces.cli.devices.concentrator",
        "add a concentrator, or change it",
    ),
    "list": ("congto.interfaces.cli.devices.listed", "devices with state, last seen, fault, drift"),
}


def main(arguments: list[str]) -> int:
    """Run one of the commands."""
    if not arguments or arguments[0] in {"-h", "--help"}:
        lines = [f"  {name:<14}{text}" for name, (_, text) in COMMANDS.items()]
        sys.stdout.write("\n".join(("usage: congto devices COMMAND [options]", "", *lines)) + "\n")
        return 0
    if arguments[0] not in COMMANDS:
        raise InvalidInputError(
            f"congto devices {arguments[0]!r}", expected=f"one of {', '.join(COMMANDS)}"
        )
    module = importlib.import_module(COMMANDS[arguments[0]][0])
    return int(module.main(arguments[1:]))
