"""`congto meters`: the head end with its books: campaigns of reading."""

from __future__ import annotations

import importlib
import sys

from congto.vocabulary.errors import InvalidInputError

COMMANDS: dict[str, tuple[str, str]] = {
    "run": ("congto.interfaces.cli.meters.run", "read meters as plans and people ask"),
    "listen": ("congto.interfaces.cli.meters.listen", "take what meters push into the books"),
    "purge": ("congto.interfaces.cli.meters.purge", "remove what is beyond its term"),
    "plans": ("congto.interfaces.cli.meters.plans", "show the plans, make the default ones"),
}


def main(arguments: list[str]) -> int:
    """Run one of the commands."""
    if not arguments or arguments[0] in {"-h", "--help"}:
        lines = [f"  {name:<10}{text}" for name, (_, text) in COMMANDS.items()]
        sys.stdout.write("\n".join(("usage: congto meters COMMAND [options]", "", *lines)) + "\n")
        return 0
    if arguments[0] not in COMMANDS:
        raise InvalidInputError(
            f"congto meters {arguments[0]!r}", expected=f"one of {', '.join(COMMANDS)}"
        )
    module = importlib.import_module(COMMANDS[arguments[0]][0])
    return int(module.main(arguments[1:]))
