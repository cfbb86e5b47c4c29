"""A fresh database for tests that need committed data (mass reads and writes, crashes, triggers).

Truncating between tests is impossible where the ledger refuses TRUNCATE, so each test gets a clone
of a migrated template and drops it afterwards. All other tests of a process share one clone and
roll back.

A module whose tests all begin with the same rows overrides `books_start`; the rows are then made
once a process and cloned with the rest:

    @pytest.fixture(scope="module")
    def books_start(prepared: Prepared) -> str:
        return prepared(small_utility)
"""

from __future__ import annotations

import os
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

import clones
from congto.office.storage.bulk import connection_kept, connection_url

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_django import DjangoDbBlocker


@pytest.fixture(scope="session")
def books_template(django_db_blocker: DjangoDbBlocker) -> str:
    """Return the migrated database that all processes of this run clone."""
    return clones.make_template(django_db_blocker)


@pytest.fixture(scope="session")
def shared_clone(books_template: str) -> Iterator[None]:
    """Give the tests of this process that roll back a clone of their own."""
    name = f"test_congto_{os.getpid()}"
    with clones.cloned(name, books_template), clones.django_on(name):
        yield


class Prepared:
    """Databases with rows in them, each made once by a function and then only cloned."""

    def __init__(self, template: str, blocker: DjangoDbBlocker, kept: ExitStack) -> None:
        self.template, self.blocker, self.kept = template, blocker, kept
        self.made: dict[Callable[[], object], str] = {}

    def __call__(self, make: Callable[[], object]) -> str:
        """Return the database that `make` filled; it writes nothing but the books."""
        if make not in self.made:
            name = f"books_prepared_{os.getpid()}_{len(self.made)}"
            self.kept.enter_context(clones.cloned(name, self.template))
            with clones.django_on(name), self.blocker.unblock(), connection_kept():
                make()
            self.made[make] = name
        return self.made[make]


@pytest.fixture(scope="session")
def prepared(books_template: str, django_db_blocker: DjangoDbBlocker) -> Iterator[Prepared]:
    with ExitStack() as kept:
        yield Prepared(books_template, django_db_blocker, kept)


@pytest.fixture(scope="session")
def books_start(books_template: str) -> str:
    """Return the database that `books` clones: a migrated one; modules override it."""
    return books_template


@pytest.fixture
def books(
    books_start: str, django_db_blocker: DjangoDbBlocker, request: pytest.FixtureRequest
) -> Iterator[str]:
    """Point Django at a fresh clone and yield its URL; everything in it is really committed."""
    name = f"books_{os.getpid()}_{abs(hash(request.node.nodeid)) % 10**10}"
    with (
        clones.cloned(name, books_start),
        clones.django_on(name),
        django_db_blocker.unblock(),
        connection_kept(),
    ):
        yield connection_url()
