"""What a command that needs the books does first: the database runs, Django is set up, migrated."""

from __future__ import annotations

import os
from pathlib import Path

import django

from congto.interfaces.project.database import ensure_running


def data_folder() -> Path:
    """Return the data folder: CONGTO_DATA, else ./data."""
    return Path(os.environ.get("CONGTO_DATA", "data")).resolve()


def boot(*, migrate: bool = True) -> None:
    """Start the embedded database unless DATABASE_URL names a server, then set Django up."""
    data = data_folder()
    os.environ["CONGTO_DATA"] = str(data)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "congto.interfaces.project.settings")
    if not os.environ.get("DATABASE_URL"):
        os.environ["DATABASE_URL"] = ensure_running(data)
    django.setup()
    if migrate:
        bring_schema_up_to_date()


def bring_schema_up_to_date() -> None:
    """Apply the migrations that are missing; costs a query when none is."""
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", verbosity=0, interactive=False)
