"""Reading sessions (phiên): who is read on which days, and billing a session's month.

A session's month is its cycles one after the other: usage of its books, then their bills. A bill's
key is the agreement and the first day of the period, so each cycle is a bill of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from congto.office.billing.operations import mark_incomplete, run_billing
from congto.office.control.audit import operation
from congto.office.meterdata.operations import determine_usage
from congto.office.meters.models import ReadingBook, ReadingSession
from congto.vocabulary.errors import InvalidInputError
from congto.vocabulary.reading_cycles import checked_days, cycles_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from django.contrib.auth.models import User

    from congto.office.billing.queries import RunReport
    from congto.vocabulary.periods import Period


def define_session(
    code: str, days: Sequence[int], books: Sequence[str], *, user: User | None, at: datetime
) -> ReadingSession:
    """Make a session, or change its days, and put reading books (codes) into it.

    Raises:
        InvalidInputError: the days are not reading days, or a book is not known; nothing is done.
    """
    fixed = checked_days(days)
    with operation(user, "session.define", "reading_session", code, unit=None, at=at) as work:
        known = {book.code: book for book in ReadingBook.objects.filter(code__in=books)}
        missing = sorted(set(books) - set(known))
        if missing:
            raise InvalidInputError(
                f"reading books {', '.join(missing[:5])} are not known",
                expected="codes of reading_books.csv",
            )
        earlier = ReadingSession.objects.filter(code=code).first()
        session, _created = ReadingSession.objects.update_or_create(
            code=code, defaults={"name": f"Phiên {code}", "days": list(fixed)}
        )
        ReadingBook.objects.filter(pk__in=[book.pk for book in known.values()]).update(
            session=session
        )
        work.before = {"days": earlier.days} if earlier else None
        work.after = {"days": list(fixed), "books": sorted(known)}
    return session


def sessions() -> list[ReadingSession]:
    """Return every session in the order of its first day."""
    return sorted(ReadingSession.objects.all(), key=lambda one: (one.days, one.code))


def bill_session(
    code: str, month: Period, *, at: datetime, issued_on: date, issue: bool = True
) -> list[tuple[Period, RunReport]]:
    """Determine usage and bill each cycle of a session that closes in a month.

    Safe to repeat: a cycle that is billed is left alone.

    Raises:
        InvalidInputError: no such session.
    """
    session = ReadingSession.objects.filter(code=code).first()
    if session is None:
        raise InvalidInputError(
            f"reading session {code!r}",
            expected=", ".join(one.code for one in sessions()) or "a session that was defined",
        )
    done = []
    for cycle in cycles_of(session.days, month):
        determine_usage(cycle, at=at, session=session.pk)
        report = run_billing(cycle, at=at, issued_on=issued_on, session=session.pk, issue=issue)
        mark_incomplete(report.run_id)
        done.append((cycle, report))
    return done
