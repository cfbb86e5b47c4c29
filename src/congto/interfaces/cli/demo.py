"""`congto demo`: the sample utility through one month, then the console.

Everything is made once and reused: a second run finds the files, the books and the closed month.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from datetime import UTC, datetime

from congto.interfaces.cli.boot import boot, data_folder
from congto.interfaces.cli.sample import DEFAULT_MONTH, sample_folder
from congto.interfaces.cli.serve import ADDRESS, PORT, check_port_free, serve
from congto.interfaces.cli.steps import console, step
from congto.vocabulary.periods import Period


def main(arguments: list[str]) -> int:
    """Build, run, print; then serve unless told not to. Exit 1 when a check of the month fails."""
    parser = argparse.ArgumentParser(prog="congto demo", description=__doc__)
    parser.add_argument("--no-serve", action="store_true", help="stop after the summary")
    parser.add_argument("--expand", action="store_true", help="207,631 customers, not 32,725")
    parser.add_argument("--month", default=DEFAULT_MONTH)
    parser.add_argument("--port", type=int, default=PORT)
    given = parser.parse_args(arguments)
    if not given.no_serve:
        check_port_free(ADDRESS, given.port)
    try:
        return run(given)
    finally:
        stop_embedded_database()


def run(given: argparse.Namespace) -> int:
    """Do the demo's steps in order."""
    month = Period.parse_month(given.month)
    folder = sample_folder(given.month, expand=given.expand)
    with step("sample utility") as report:
        from congto.sample import build

        build(folder, month=month, expand=given.expand, progress=report)
    with step("database"):
        boot()
    from congto.interfaces.cli.month import print_summary, run_month
    from congto.office.scorecard.queries import checks_agree, month_checks

    closed = data_folder() / f"closed-{given.month}"
    delivered = hashlib.sha256((folder / "manifest.json").read_bytes()).hexdigest()
    if month_checks(month) and closed.exists() and closed.read_text("ascii") == delivered:
        console.print("the month is in the books and closed; nothing to run")
    else:
        run_month(month, folder)
        closed.write_text(delivered, encoding="ascii")
    with step("meters that can be called"):
        from congto.interfaces.cli.demo_devices import add_simulated_devices

        add_simulated_devices(data_folder(), at=datetime.now(UTC))  # noqa: TID251  (a door reads the clock)
    print_summary(month)
    agree = checks_agree(month)
    if not given.no_serve:
        print_login(given.port)
        serve(ADDRESS, given.port)
    return 0 if agree else 1


def print_login(port: int) -> None:
    """Print where the console is and who may sign in, with passwords made just now."""
    from congto.office.control.operations import create_demo_users

    now = datetime.now(UTC)  # noqa: TID251  (a door reads the clock)
    users = create_demo_users(at=now, reset=True)
    console.print(f"\n[bold]http://{ADDRESS}:{port}/[/bold]  (Ctrl-C stops everything)\n")
    for user in users:
        console.print(f"  {user.username:<16} {user.password:<24} {user.role}")
    sys.stderr.flush()


def stop_embedded_database() -> None:
    """Stop the embedded server; a server that DATABASE_URL named is left alone."""
    from congto.interfaces.project.database import stop

    stop(data_folder())
