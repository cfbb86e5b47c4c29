"""A worker in a process of its own that kills itself, as `kill -9` would, at a named place.

python killed_worker.py START POINT WHEN COUNT: START is an instant, POINT names a function as
module:name, WHEN is before or after its call of number COUNT.
"""

from __future__ import annotations

import importlib
import os
import signal
import sys
from datetime import datetime

from congto.interfaces.cli.boot import boot


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


if __name__ == "__main__":
    boot(migrate=False)
    import world_campaigns

    die_at(sys.argv[2], sys.argv[3], int(sys.argv[4]))
    world_campaigns.work(world_campaigns.running_clock(datetime.fromisoformat(sys.argv[1])))
    sys.exit(3)  # it should have died
