"""Steps of a long command, each with a progress bar on a terminal and one line in a log."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Report = Callable[[str, int, int], None]
    """report(what, done, total)"""

console = Console(stderr=True, highlight=False)


@contextmanager
def step(title: str) -> Iterator[Report]:
    """Time one step; inside it, report(what, done, total) moves the bar.

    On a terminal the bar is live; in a log one line says the step and its seconds.
    """
    began = time.perf_counter()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    live = console.is_terminal
    with Progress(
        *columns, TimeElapsedColumn(), console=console, transient=True, disable=not live
    ) as bar:
        task = bar.add_task(title, total=None)

        def report(what: str, done: int, total: int) -> None:
            text = f"{title}: {what}" if what else title
            bar.update(task, description=text, completed=done, total=total or None)

        yield report
    console.print(f"{title:<46} {time.perf_counter() - began:6.1f} s")
