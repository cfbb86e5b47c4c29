"""A worker that kills itself, as `kill -9` would, at a named place: forked by the `nursery`."""

from __future__ import annotations

import importlib
import os
import signal
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import connection

import world_campaigns
from congto.interfaces.project.urls_of_database import django_database

if TYPE_CHECKING:
    from nursery import Death

SURVIVED = 3


def die_at(point: str, when: str, count: int) -> None:
    """Put the killer around a function."""
    module_name, _, name = point.partition(":")
    module = importlib.import_module(module_name)
    wrapped = getattr(module, name)
    calls = 0

    def killer(*given, **named):
        nonlocal calls
        calls += 1
        if when == "before" and calls == count:
            os.kill(os.getpid(), signal.SIGKILL)
        answer = wrapped(*given, **named)
        if when == "after" and calls == count:
            os.kill(os.getpid(), signal.SIGKILL)
        return answer

    setattr(module, name, killer)


def live(death: Death) -> int:
    """Be a worker; it returns only if it did not die."""
    os.environ.update(death.environ)
    os.environ |= {"DATABASE_URL": death.books, "CONGTO_DATA": death.data}
    settings.DATA = Path(death.data)
    connection.settings_dict.update(django_database())
    die_at(death.point, death.when, death.count)
    start = datetime.fromisoformat(death.start) if death.start else world_campaigns.NOW
    world_campaigns.work(world_campaigns.running_clock(start))
    return SURVIVED
