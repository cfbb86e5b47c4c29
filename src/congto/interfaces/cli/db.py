"""`congto db start|stop|url`: the embedded database."""

from __future__ import annotations

import argparse
import sys

from congto.interfaces.cli.boot import data_folder
from congto.interfaces.project.database import ensure_running, stop


def main(arguments: list[str]) -> int:
    """Start it and print its address, stop it, or print the address of the running one."""
    parser = argparse.ArgumentParser(prog="congto db", description=__doc__)
    parser.add_argument("action", choices=["start", "stop", "url"])
    action = parser.parse_args(arguments).action
    if action == "stop":
        stop(data_folder())
    else:
        sys.stdout.write(ensure_running(data_folder()) + "\n")
    return 0
