"""Databases of a test run: one migrated template, clones of it, Django pointed at them."""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
from django.core.management import call_command
from django.db import connection, connections
from psycopg import sql

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_django import DjangoDbBlocker

RUN = "CONGTO_TEST_RUN"
"""In the environment: the name of this run, the same in all its workers."""


def run(statement: sql.Composed) -> None:
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as admin:
        admin.execute(statement)


def drop_database(name: str) -> None:
    run(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def template_name() -> str:
    """Return the name of the run's migrated database."""
    return f"books_template_{os.environ[RUN]}"


def _there(name: str) -> bool:
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as admin:
        found = admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        return found.fetchone() is not None


@contextmanager
def django_on(name: str) -> Iterator[None]:
    """Point Django's connection at another database of the same server."""
    settings = connection.settings_dict
    before = settings["NAME"]
    connections.close_all()
    settings["NAME"] = name
    try:
        yield
    finally:
        connections.close_all()
        settings["NAME"] = before


@contextmanager
def cloned(name: str, template: str) -> Iterator[None]:
    run(
        sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
            sql.Identifier(name), sql.Identifier(template)
        )
    )
    try:
        yield
    finally:
        drop_database(name)


def make_template(blocker: DjangoDbBlocker) -> str:
    """Return the run's migrated database: the first process to ask makes it, the others wait.

    It is only ever cloned, and carries its name only when it is whole.
    """
    name, draft = template_name(), f"{template_name()}_draft"
    with (Path(os.environ["CONGTO_DATA"]).parent / "template.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not _there(name):
            drop_database(draft)
            run(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(draft)))
            with django_on(draft), blocker.unblock():
                call_command("migrate", verbosity=0)
            names = (sql.Identifier(draft), sql.Identifier(name))
            run(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(*names))
    return name
