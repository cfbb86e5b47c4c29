"""A process that forks workers which kill themselves.

Starting Python, Django and Polars takes longer than all that such a worker does, so it is done once
for a run of tests: a worker is forked for each line of the input, a JSON of `Death`, and the answer
is the code it ended with.
"""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
import traceback
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from congto.interfaces.cli.boot import boot

if TYPE_CHECKING:
    from collections.abc import Mapping

TESTS = Path(__file__).parent
FAILED = 4


@dataclass(frozen=True)
class Death:
    """Where a worker dies: before or after call `count` of the function module:name.

    Attributes:
        books: URL of its database. data: its folder. environ: what it finds around it.
        start: the instant at which its clock begins to run; empty for that of the campaigns.
    """

    point: str
    when: str
    count: int
    books: str
    data: str
    environ: Mapping[str, str]
    start: str = ""


class Nursery:
    """The process as the tests see it."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__))],
            env=os.environ | {"PYTHONPATH": f"{TESTS.parent / 'src'}:{TESTS}"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def die(self, death: Death) -> int:
        """Run a worker; return the code it ended with, below zero for a signal."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(asdict(death)) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def close(self) -> None:
        self._process.communicate(timeout=60)


def serve() -> None:
    """Fork a worker for each line."""
    boot(migrate=False)
    live = importlib.import_module("killed_worker").live
    for line in sys.stdin:
        number = os.fork()
        if not number:
            code = FAILED
            os.dup2(2, 1)  # what a worker prints is no answer of ours
            try:
                code = live(Death(**json.loads(line)))
            except Exception as error:  # noqa: BLE001  (told by its code and on stderr)
                traceback.print_exception(error)
            finally:
                sys.stderr.flush()
                os._exit(code)
        _, status = os.waitpid(number, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    serve()
