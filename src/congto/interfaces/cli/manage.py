"""`congto manage ...`: Django's own commands, on the running database where they need one."""

from __future__ import annotations

import os

from congto.interfaces.cli.boot import boot

WITHOUT_DATABASE = {"makemigrations", "makemessages", "compilemessages", "check", "help"}


def main(arguments: list[str]) -> int:
    """Pass the arguments on to Django."""
    from django.core.management import execute_from_command_line

    if not arguments or arguments[0] not in WITHOUT_DATABASE:
        boot(migrate=False)
    else:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "congto.interfaces.project.settings")
    execute_from_command_line(["congto manage", *arguments])
    return 0
