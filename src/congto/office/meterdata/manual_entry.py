"""Readings typed at a desk or read from a handheld file, kept point by point.

A reading is never overwritten: another value for the same day is the next version. What the rules
doubt is kept only when the reader says that the dial was looked at again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from congto.office.control.audit import operation
from congto.office.control.permissions import Action, require
from congto.office.control.telling import sentence_of
from congto.office.meterdata.choices import ReadingSource, VisitState
from congto.office.meterdata.manual_checks import Doubt, doubts, refuse_wrong
from congto.office.meterdata.manual_orders import close_by_reading
from congto.office.meterdata.manual_sheet import SheetRow, sheet
from congto.office.meterdata.models import ReadingVisit, RegisterReading
from congto.office.meters.models import ReadingBook
from congto.vocabulary.errors import InvalidInputError
from congto.vocabulary.findings import Severity
from congto.vocabulary.quality import Quality

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime

    from django.contrib.auth.models import User


@dataclass(frozen=True, slots=True)
class Typed:
    """What a reader brought from one point.

    Attributes:
        point: number of the usage point.
        dials: register -> Wh on the dial; empty: not read, and `state` says why.
        demands: register -> highest power and its time, as JSON keeps it.
        confirmed: the reader has looked again; what the rules doubt is kept.
    """

    point: int
    dials: Mapping[int, int] = field(default_factory=dict)
    state: str = VisitState.NORMAL
    note: str = ""
    reader: str = ""
    demands: Mapping[str, Mapping[str, int | str]] = field(default_factory=dict)
    confirmed: bool = False


@dataclass(frozen=True, slots=True)
class Judged:
    """A typed row beside the sheet's row: refused with a sentence, doubted, or good.

    `changes` tells whether the books would differ afterwards.
    """

    row: SheetRow
    typed: Typed
    refused: str = ""
    doubts: tuple[Doubt, ...] = ()
    changes: bool = True

    @property
    def asks(self) -> list[Doubt]:
        """Return the doubts that keep the row out until the reader confirms."""
        if self.typed.confirmed or not self.changes:
            return []
        return [one for one in self.doubts if one.asks]

    @property
    def kept(self) -> bool:
        """Tell whether the row enters the books."""
        return not self.refused and not self.asks


def judge(rows: Sequence[SheetRow], typed: Sequence[Typed]) -> list[Judged]:
    """Judge typed rows against the sheet, in their order; nothing is written.

    Raises:
        InvalidInputError: a typed point is not on the sheet.
    """
    by_point = {row.point.pk: row for row in rows}
    found = []
    for one in typed:
        row = by_point.get(one.point)
        if row is None:
            raise InvalidInputError(
                _("Điểm đo số %(point)s không có trong sổ này ngày này") % {"point": one.point}
            )
        found.append(Judged(row, one, refused=_refused(row, one), changes=_changes(row, one)))
    judgeable = [(one.row, one.typed.dials) for one in found if not one.refused and one.typed.dials]
    said = doubts(judgeable) if judgeable else {}
    return [
        one if one.refused else Judged(one.row, one.typed, "", _of(said, one), one.changes)
        for one in found
    ]


def _of(said: Mapping[int, list[Doubt]], one: Judged) -> tuple[Doubt, ...]:
    return tuple(said.get(one.row.point.pk, ())) if one.typed.dials else ()


def _refused(row: SheetRow, one: Typed) -> str:
    """Say why the typed row can never be kept; empty when it can."""
    try:
        refuse_wrong(row, one.dials, one.state)
    except InvalidInputError as error:
        return sentence_of(error)
    return ""


def _changes(row: SheetRow, one: Typed) -> bool:
    """Tell whether the books would differ: another dial, another state, note or demand."""
    held = {dial.register: dial.closing_wh for dial in row.dials}
    same_dials = all(held.get(register) == value for register, value in one.dials.items())
    if row.order is not None and one.dials:
        return True  # the same value once more answers the order
    if row.visit is None:
        untouched = one.state == VisitState.NORMAL and not one.note and not one.demands
        return not (same_dials and untouched and bool(one.dials))
    visit = row.visit
    said = (visit.state, visit.note, visit.demands)
    reader = one.reader or visit.reader
    return not (
        same_dials and said == (one.state, one.note, dict(one.demands)) and reader == visit.reader
    )


def enter(book: ReadingBook, read_on: date, typed: Typed, *, user: User, at: datetime) -> Judged:
    """Keep one typed row if it is good; the answer says what became of it.

    Raises:
        RefusedError: no right to enter readings in the book's unit.
        InvalidInputError: the book is not read on that day, or the point is not in it.
    """
    require(user, Action.ENTER_READINGS, book.unit)
    with transaction.atomic():
        _lock(book)
        (one,) = judge(sheet(book, read_on, points=[typed.point]), [typed])
        if not (one.kept and one.changes):
            return one
        code = one.row.point.code
        with operation(
            user, "reading.enter", "usage_point", code, unit=book.unit, at=at, reason=typed.note
        ) as work:
            work.before = _state(one.row)
            _keep([one], user=user, at=at)
            (after,) = sheet(book, read_on, points=[typed.point])
            work.after = _state(after)
    return Judged(after, one.typed, one.refused, one.doubts, one.changes)


def _lock(book: ReadingBook) -> None:
    """Let one writer at a time into a book, until the end of the transaction."""
    ReadingBook.objects.select_for_update(of=("self",)).get(pk=book.pk)


def enter_many(  # noqa: PLR0913  (whose book, which day, what, who and when)
    book: ReadingBook,
    read_on: date,
    typed: Sequence[Typed],
    *,
    source: str,
    user: User,
    at: datetime,
    key: str | None = None,
) -> dict[str, int]:
    """Keep the good rows of a file in one transaction; the same key again does nothing.

    Returns:
        changed, unchanged, doubted and refused rows. Doubted and refused ones are left out.

    Raises:
        RefusedError: no right to enter readings in the book's unit.
        InvalidInputError: the book is not read on that day, or a point is not in it.
    """
    require(user, Action.ENTER_READINGS, book.unit)
    with operation(
        user, "reading.import", "reading_book", book.code, unit=book.unit, at=at, key=key
    ) as work:
        if work.earlier:
            return dict((work.earlier.after or {})["rows"])
        _lock(book)
        judged = judge(sheet(book, read_on), typed)
        kept = [one for one in judged if one.kept and one.changes]
        _keep(kept, user=user, at=at)
        counts = counted(judged)
        work.after = {"source": source, "read_on": read_on, "rows": counts}
    return counts


def counted(judged: Sequence[Judged]) -> dict[str, int]:
    """Count judged rows by what becomes of them."""
    return {
        "changed": sum(one.kept and one.changes for one in judged),
        "unchanged": sum(not one.refused and not one.changes for one in judged),
        "doubted": sum(not one.refused and bool(one.asks) for one in judged),
        "refused": sum(bool(one.refused) for one in judged),
    }


def _keep(kept: Sequence[Judged], *, user: User, at: datetime) -> None:
    """Write visits and new versions of readings, and close the orders they answer."""
    readings, visits = [], []
    for one in kept:
        visits.append(_visit(one, user=user, at=at))
        readings += _readings(one, at=at)
    RegisterReading.objects.bulk_create(readings)
    ReadingVisit.objects.bulk_create(visits)
    changed = {reading.usage_point_id for reading in readings}
    for one in kept:
        if one.row.order is not None and one.typed.dials:
            close_by_reading(one.row.order, changed=one.row.point.pk in changed, user=user, at=at)


def _visit(one: Judged, *, user: User, at: datetime) -> ReadingVisit:
    asked = [doubt.rule for doubt in one.doubts if doubt.asks]
    return ReadingVisit(
        usage_point=one.row.point,
        read_on=one.row.day.read_on,
        state=one.typed.state,
        note=one.typed.note,
        reader=one.typed.reader or (one.row.visit.reader if one.row.visit else ""),
        confirmed=" ".join(asked),
        demands=dict(one.typed.demands),
        user=user,
        known_at=at,
    )


def _readings(one: Judged, *, at: datetime) -> list[RegisterReading]:
    """Return the next version of each register whose value is new.

    What was confirmed against a rejecting rule is measured, and suspect.
    """
    rejected = any(doubt.severity == Severity.REJECT for doubt in one.doubts)
    quality = Quality.MEASURED_SUSPECT if rejected else Quality.MEASURED
    return [
        RegisterReading(
            usage_point=one.row.point,
            meter=one.row.installation.meter,
            register=dial.register,
            read_on=one.row.day.read_on,
            version=dial.version + 1,
            index_wh=one.typed.dials[dial.register],
            quality=quality.value,
            source=ReadingSource.MANUAL,
            known_at=at,
        )
        for dial in one.row.dials
        if dial.register in one.typed.dials and one.typed.dials[dial.register] != dial.closing_wh
    ]


def _state(row: SheetRow) -> dict[str, object]:
    """Return what the audit row keeps of a point's reading day."""
    visit = row.visit
    return {
        "read_on": row.day.read_on,
        **{dial.kind.name.lower(): dial.closing_wh for dial in row.dials},
        "state": visit.state if visit else "",
        "visit": visit.pk if visit else None,
    }
