"""How far the reading of a day is, book by book, and who could not be read and why."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import connection
from django.db.models import Exists, OuterRef

from congto.office.control.queries import unit_ids
from congto.office.meterdata.choices import VisitState
from congto.office.meterdata.manual_calendar import days_of, reading_days
from congto.office.meterdata.models import ReadingVisit, RegisterReading
from congto.office.meters.models import ReadingBook
from congto.vocabulary.periods import Period
from congto.vocabulary.reading_cycles import cycles_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from django.db.models import QuerySet

    from congto.office.control.queries import Scope

BOOKS_MAX = 600
"""Books counted on one page; a wider scope shows its reading days and asks for a unit."""

# Counted point by point: a book is read when its points are, whatever door the reading came by.
PROGRESS = """
WITH p AS MATERIALIZED (
    SELECT p.id, p.reading_book_id AS book FROM meters_usagepoint p
    JOIN customers_agreement a ON a.id = p.agreement_id
    WHERE p.reading_book_id = ANY(%(books)s) AND p.kind = 'customer'
        AND a.valid_from < %(day)s AND (a.valid_to IS NULL OR a.valid_to >= %(day)s)
), m AS MATERIALIZED (
    SELECT p.id, p.book, i.meter_id, m.remote FROM p
    JOIN meters_meterinstallation i ON i.usage_point_id = p.id AND i.valid_from < %(day)s
        AND (i.valid_to IS NULL OR i.valid_to >= %(day)s)
    JOIN meters_meter m ON m.id = i.meter_id
), r AS MATERIALIZED (
    SELECT m.id, min(r.source) AS source FROM m
    JOIN meterdata_registerreading r ON r.usage_point_id = m.id AND r.meter_id = m.meter_id
        AND r.read_on = %(day)s
    GROUP BY 1
), v AS MATERIALIZED (
    SELECT DISTINCT usage_point_id AS id FROM meterdata_readingvisit WHERE read_on = %(day)s
), o AS MATERIALIZED (
    SELECT usage_point_id AS id FROM meterdata_rereadorder
    WHERE read_on = %(day)s AND state = 'open'
)
SELECT m.book, count(*) AS due, count(r.id) AS read, count(r.id) FILTER (WHERE m.remote) AS remote,
    count(v.id) FILTER (WHERE r.id IS NULL) AS missed, count(o.id) AS orders
FROM m LEFT JOIN r ON r.id = m.id LEFT JOIN v ON v.id = m.id LEFT JOIN o ON o.id = m.id
GROUP BY 1
"""


@dataclass(frozen=True, slots=True)
class Progress:
    """A book on a reading day.

    Attributes:
        due: points with a meter; read: of them those with a reading of the day.
        remote: read, from meters that are read remotely.
        missed: visited and not read; orders: to be read again.
    """

    book: ReadingBook
    due: int = 0
    read: int = 0
    remote: int = 0
    missed: int = 0
    orders: int = 0

    @property
    def left(self) -> int:
        """Return the points nobody has been at."""
        return self.due - self.read - self.missed

    @property
    def read_permille(self) -> int:
        """Return the share read in thousandths, cut: 1000 only when all are."""
        return self.read * 1000 // self.due if self.due else 0


def books_of(scope: Scope) -> QuerySet[ReadingBook]:
    """Return the reading books of the scope, by code."""
    books = ReadingBook.objects.filter(unit__in=unit_ids(scope))
    return books.select_related("session", "unit").order_by("code")


def find_book(code: str, scope: Scope) -> ReadingBook | None:
    """Return a book of the scope."""
    return books_of(scope).filter(code=code).first()


def days_of_month(scope: Scope, month: Period) -> dict[date, int]:
    """Return the reading days of a month and how many books are read on each, in their order."""
    counts: dict[date, int] = defaultdict(int)
    for book in books_of(scope):
        for cycle in cycles_of(days_of(book), month):
            counts[cycle.end] += 1
    return dict(sorted(counts.items()))


def latest_day(scope: Scope, today: date) -> date:
    """Return the latest reading day of the scope's books up to today; today without any."""
    kinds = {days_of(book): book for book in books_of(scope)}
    days = [reading_days(book, today)[-1] for book in kinds.values()]
    return max(days, default=today)


def books_on(scope: Scope, day: date) -> list[ReadingBook]:
    """Return the books that are read on a day."""
    first = day.replace(day=1)
    month = Period.month(first.year, first.month)
    return [
        book
        for book in books_of(scope)
        if any(cycle.end == day for cycle in cycles_of(days_of(book), month))
    ]


def progress(books: Sequence[ReadingBook], day: date) -> list[Progress]:
    """Return how far each book is on its reading day: one query, in the order of the books."""
    with connection.cursor() as cursor:
        cursor.execute(PROGRESS, {"books": [book.pk for book in books], "day": day})
        counted = {row[0]: row[1:] for row in cursor.fetchall()}
    return [Progress(book, *counted.get(book.pk, ())) for book in books]


def missed_reads(scope: Scope, day: date, *, book: str = "") -> QuerySet[ReadingVisit]:
    """Return the newest visit of each point that was visited for a day and has no reading of it."""
    read = RegisterReading.objects.filter(usage_point=OuterRef("usage_point"), read_on=day)
    later = ReadingVisit.objects.filter(
        usage_point=OuterRef("usage_point"), read_on=day, pk__gt=OuterRef("pk")
    )
    found = ReadingVisit.objects.filter(
        ~Exists(read), ~Exists(later), read_on=day, usage_point__unit__in=unit_ids(scope)
    )
    found = found.exclude(state=VisitState.NORMAL)
    found = found.select_related(
        "usage_point__agreement__customer", "usage_point__reading_book", "user"
    )
    return found.filter(usage_point__reading_book__code=book) if book else found


def not_visited(books: Sequence[ReadingBook], day: date) -> int:
    """Return how many points of some books nobody has been at."""
    return sum(one.left for one in progress(books, day))


def month_before(day: date) -> date:
    """Return the first day of the month before that of a day."""
    return (day.replace(day=1) - timedelta(days=1)).replace(day=1)
