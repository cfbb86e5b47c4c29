"""A fresh database for tests that need committed data (mass reads and writes, crashes, triggers).

Truncating between tests is impossible where the ledger refuses TRUNCATE, so each test gets a clone
of a migrated template and drops it afterwards. All other tests of a process share one clone and
roll back.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

import clones
from congto.office.storage.bulk import connection_kept, connection_url

if TYPE_CHECKING:
    from collections.abc import Iterator

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


@pytest.fixture
def books(
    books_template: str, django_db_blocker: DjangoDbBlocker, request: pytest.FixtureRequest
) -> Iterator[str]:
    """Point Django at a fresh clone and yield its URL; everything in it is really committed."""
    name = f"books_{os.getpid()}_{abs(hash(request.node.nodeid)) % 10**10}"
    with (
        clones.cloned(name, books_template),
        clones.django_on(name),
        django_db_blocker.unblock(),
        connection_kept(),
    ):
        yield connection_url()
