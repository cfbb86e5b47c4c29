"""`congto COMMAND ...`: finds the command's module and runs it; loads nothing else.

A command is a function `main(arguments: list[str]) -> int`. What a person did wrong comes out as
one sentence on stderr and exit code 2; a failed check as exit code 1.
"""

from __future__ import annotations

import importlib
import os
import sys
from typing import TYPE_CHECKING

from congto import __version__
from congto.vocabulary.errors import CongtoError

if TYPE_CHECKING:
    from collections.abc import Sequence

COMMANDS: dict[str, tuple[str, str]] = {
    "demo": ("congto.interfaces.cli.demo", "build the sample, run a month, serve the console"),
    "quote": ("congto.interfaces.cli.quote", "price calculator: JSON in, JSON out, no database"),
    "vee": (
        "congto.interfaces.cli.vee",
        "half-hours in the store: validate, late data, upkeep",
    ),
    "readings": ("congto.interfaces.cli.readings", "half-hours: validate files of any format"),
    "dlms": ("congto.interfaces.cli.dlms", "tell what DLMS frames and messages say"),
    "sample": ("congto.interfaces.cli.sample", "build the sample utility's files"),
    "meter": (
        "congto.interfaces.cli.meter",
        "read one meter over the network, or draft its profile; no database",
    ),
    "devices": ("congto.interfaces.cli.devices", "meters that can be called: add, import, list"),
    "keys": ("congto.interfaces.cli.keys", "the master key that seals the secrets of meters"),
    "meters": ("congto.interfaces.cli.meters", "campaigns of reading: workers and plans"),
    "commands": (
        "congto.interfaces.cli.commands",
        "commands to meters: list, protected list, firmware images",
    ),
    "import": ("congto.interfaces.cli.imports", "load delivered files into the books"),
    "month": ("congto.interfaces.cli.month", "run or print a month, from readings to closed books"),
    "session": ("congto.interfaces.cli.session", "reading sessions: define, list, bill a month"),
    "usage": (
        "congto.interfaces.cli.usage",
        "determinants of points, sums by transformer to company",
    ),
    "trial": ("congto.interfaces.cli.trial", "bill a past month or year anew under a draft"),
    "channels": (
        "congto.interfaces.cli.channels",
        "payment channels: load mandates, agents, points, places; drawers",
    ),
    "arrears": (
        "congto.interfaces.cli.arrears",
        "overdue debts: today's steps, tried or taken; late interest; ages",
    ),
    "statement": (
        "congto.interfaces.cli.statement",
        "bank statements: check or import CAMT.053, MT940, tables",
    ),
    "partner-day": (
        "congto.interfaces.cli.partner_day",
        "a partner's day file against the books: every line in one class",
    ),
    "ledger": ("congto.interfaces.cli.ledger", "seal the ledger, verify its hash chain"),
    "audit": ("congto.interfaces.cli.audit", "rate issued bills again and list differences"),
    "serve": ("congto.interfaces.cli.serve", "serve the console on this machine"),
    "worker": ("congto.interfaces.cli.worker", "run background jobs"),
    "simulate": ("congto.interfaces.cli.simulate", "meters that answer as true ones, with faults"),
    "bench": ("congto.interfaces.cli.bench", "measure speed and memory, with the limit beside"),
    "manage": ("congto.interfaces.cli.manage", "Django's own commands (migrate, shell, ...)"),
    "db": ("congto.interfaces.cli.db", "start, stop or show the embedded database"),
}


CUT_OFF = 141
"""Exit code where the reader of the output is gone, as shells tell it: 128 + SIGPIPE."""


def usage() -> str:
    """Return the help page."""
    width = max(map(len, COMMANDS))
    lines = [f"  {name:<{width}}  {text}" for name, (_, text) in COMMANDS.items()]
    head = (f"congto {__version__}", "", "usage: congto COMMAND [options]", "")
    return "\n".join((*head, *lines, "", "congto COMMAND --help tells a command's options."))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; 141 where the reader of its output is gone."""
    try:
        try:
            return _told(arguments)
        finally:
            sys.stdout.flush()
    except BrokenPipeError:
        _let_go()
        return CUT_OFF


def _told(arguments: Sequence[str] | None) -> int:
    words = list(sys.argv[1:] if arguments is None else arguments)
    if not words or words[0] in {"-h", "--help", "help"}:
        sys.stdout.write(usage() + "\n")
        return 0
    if words[0] in {"-V", "--version"}:
        sys.stdout.write(f"congto {__version__}\n")
        return 0
    if words[0] not in COMMANDS:
        sys.stderr.write(f"congto knows no command {words[0]!r}; it knows {', '.join(COMMANDS)}.\n")
        return 2
    return run(words[0], words[1:])


def run(command: str, arguments: list[str]) -> int:
    """Import the command's module and call its main; a CongtoError becomes one sentence."""
    module = importlib.import_module(COMMANDS[command][0])
    try:
        return int(module.main(arguments))
    except CongtoError as error:
        sys.stderr.write(f"{error.sentence()}\n")
        return 2
    except KeyboardInterrupt:
        sys.stderr.write("stopped.\n")
        return 130


def _let_go() -> None:
    """Send what is left to nowhere: who read the output (`head`) has seen enough and is gone."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


if __name__ == "__main__":
    sys.exit(main())
