"""`congto meter`: one meter, spoken with from this machine; no database."""

from __future__ import annotations

import importlib
import sys

from congto.vocabulary.errors import InvalidInputError

COMMANDS: dict[str, tuple[str, str]] = {
    "clock": ("congto.interfaces.cli.meter.clock", "read the clock, put it right where asked"),
    "discover": ("congto.interfaces.cli.meter.discover", "draft the profile of a meter's model"),
    "read": ("congto.interfaces.cli.meter.read", "read clock, registers and half-hours"),
    "relay": ("congto.interfaces.cli.meter.relay", "read what the relay shows"),
}


def main(arguments: list[str]) -> int:
    """Run one of the commands."""
    if not arguments or arguments[0] in {"-h", "--help"}:
        lines = [f"  {name:<10}{text}" for name, (_, text) in COMMANDS.items()]
        sys.stdout.write("\n".join(("usage: congto meter COMMAND [options]", "", *lines)) + "\n")
        return 0
    if arguments[0] not in COMMANDS:
        raise InvalidInputError(
            f"congto meter {arguments[0]!r}", expected=f"one of {', '.join(COMMANDS)}"
        )
    module = importlib.import_module(COMMANDS[arguments[0]][0])
    return int(module.main(arguments[1:]))
