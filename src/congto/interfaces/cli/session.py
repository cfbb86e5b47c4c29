"""`congto session define|list|bill`: reading sessions (phiên) and billing one of them.

congto session define A08 --days 8 --books A0801,A0802
congto session bill A08 --month 2026-10
"""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime

from congto.interfaces.cli.boot import boot
from congto.vocabulary.errors import InvalidInputError
from congto.vocabulary.periods import LOCAL_ZONE, Period


def main(arguments: list[str]) -> int:
    """Define, list or bill sessions."""
    parser = argparse.ArgumentParser(prog="congto session", description=__doc__)
    parser.add_argument("action", choices=["define", "list", "bill"])
    parser.add_argument("code", nargs="?", help="code of the session")
    parser.add_argument("--days", help="reading days of the month, as 6,15,25")
    parser.add_argument("--books", default="", help="codes of reading books, as A0801,A0802")
    parser.add_argument("--month", help="month in which the cycles close, as 2026-10")
    parser.add_argument("--hold-all", action="store_true", help="leave what passes the gates ready")
    given = parser.parse_args(arguments)
    if given.action != "list" and not given.code:
        parser.error(f"{given.action} needs the code of a session")
    boot()
    actions = {"define": define, "list": listed, "bill": bill}
    actions[given.action](given)
    return 0


def define(given: argparse.Namespace) -> None:
    """Make or change a session."""
    from congto.office.billing.sessions import define_session

    days = [int(day) if day.isdecimal() else 0 for day in (given.days or "").split(",") if day]
    books = [code.strip() for code in given.books.split(",") if code.strip()]
    at = datetime.now(UTC)  # noqa: TID251  (a door reads the clock)
    session = define_session(given.code, days, books, user=None, at=at)
    sys.stdout.write(
        f"{session.code}: days {session.days}, {session.readingbook_set.count()} books\n"
    )


def listed(given: argparse.Namespace) -> None:
    """Print every session."""
    del given
    from congto.office.billing.sessions import sessions

    for session in sessions():
        days = ", ".join(map(str, session.days))
        sys.stdout.write(f"{session.code:<12} {days:<12} {session.readingbook_set.count()} books\n")


def bill(given: argparse.Namespace) -> None:
    """Bill the cycles of a session that close in a month."""
    from congto.office.billing.operations import sync_price_decisions
    from congto.office.billing.sessions import bill_session
    from congto.reference import load_price_book

    if not given.month:
        raise InvalidInputError("no month", expected="--month YYYY-MM")
    at = datetime.now(UTC)  # noqa: TID251  (a door reads the clock)
    sync_price_decisions(load_price_book())
    reports = bill_session(
        given.code,
        Period.parse_month(given.month),
        at=at,
        issued_on=at.astimezone(LOCAL_ZONE).date(),
        issue=not given.hold_all,
    )
    for cycle, report in reports:
        sys.stdout.write(
            f"{cycle.start} to {cycle.end}: {report.bills} bills, {report.issued} issued,"
            f" {report.held} held, {report.parked} parked\n"
        )
