"""`congto worker`: runs background jobs until it is told to stop."""

from __future__ import annotations

import argparse

from congto.interfaces.cli.boot import boot


def main(arguments: list[str]) -> int:
    """Run the worker; SIGTERM or Ctrl-C lets the job in hand reach its next safe point."""
    argparse.ArgumentParser(prog="congto worker", description=__doc__).parse_args(arguments)
    boot()
    from congto.interfaces.jobs.worker import run_worker

    run_worker()
    return 0
