"""A fresh database for tests that need committed data (mass reads and writes, crashes, triggers).

Truncating between tests is impossible where the ledger refuses TRUNCATE, so each test gets a clone
of a migrated template and drops it afterwards.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import psycopg
import pytest
from django.core.management import call_command
from django.db import connection, connections
from psycopg import sql

from congto.office.storage.bulk import connection_url

if TYPE_CHECKING:
    from collections.abc import Iterator


def _admin_url() -> str:
    return os.environ["DATABASE_URL"]


def _run(statement: sql.Composed) -> None:
    with psycopg.connect(_admin_url(), autocommit=True) as admin:
        admin.execute(statement)


@pytest.fixture(scope="session")
def books_template(django_db_blocker: pytest.FixtureRequest) -> Iterator[str]:
    """Migrate one database per worker; it is only ever cloned."""
    name = f"books_template_{os.environ.get('PYTEST_XDIST_WORKER', 'one')}_{os.getpid()}"
    _run(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    settings = connection.settings_dict
    before = settings["NAME"]
    with django_db_blocker.unblock():
        connection.close()
        settings["NAME"] = name
        call_command("migrate", verbosity=0)
        connection.close()
        settings["NAME"] = before
    yield name
    _run(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def books(
    books_template: str, django_db_blocker: pytest.FixtureRequest, request: pytest.FixtureRequest
) -> Iterator[str]:
    """Point Django at a fresh clone and yield its URL; everything in it is really committed."""
    name = f"books_{os.getpid()}_{abs(hash(request.node.nodeid)) % 10**10}"
    _run(
        sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
            sql.Identifier(name), sql.Identifier(books_template)
        )
    )
    settings = connection.settings_dict
    before = settings["NAME"]
    with django_db_blocker.unblock():
        connections.close_all()
        settings["NAME"] = name
        yield connection_url()
        connections.close_all()
        settings["NAME"] = before
    _run(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
