"""Workers that are killed: `run_worker` runs one that dies at a place, `killed` insists on it."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest
from django.conf import settings

from nursery import Death, Nursery

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    """Return the process of this run that forks workers."""
    nursery = Nursery()
    yield nursery
    nursery.close()


@pytest.fixture
def run_worker(books: str, nursery: Nursery) -> Callable[..., int]:
    """Return a function that runs a worker in a process of its own and tells how it ended."""

    def run(point: str, when: str, count: int = 1, start: datetime | None = None) -> int:
        begins = "" if start is None else start.isoformat()
        around = dict(os.environ)
        death = Death(point, when, count, books, str(settings.DATA), around, begins)
        return nursery.die(death)

    return run


@pytest.fixture
def killed(run_worker: Callable[..., int]) -> Callable[..., None]:
    """Return a function that runs a worker which kills itself there."""

    def kill(*place: str | int) -> None:
        assert run_worker(*place) == -signal.SIGKILL

    return kill
