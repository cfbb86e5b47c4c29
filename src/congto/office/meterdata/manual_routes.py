"""The way through a book: which point comes after which, and who walks it on which day."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from django.db.models import F
from django.utils.translation import gettext as _

from congto.office.control.audit import operation
from congto.office.control.permissions import Action, require
from congto.office.meterdata.manual_words import found_and_needed
from congto.office.meterdata.models import ReadingRound, RouteStop
from congto.office.meters.choices import UsagePointKind
from congto.office.meters.models import UsagePoint
from congto.vocabulary.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime

    from django.contrib.auth.models import User

    from congto.office.meters.models import ReadingBook


def set_route(book: ReadingBook, positions: Mapping[int, int], *, user: User, at: datetime) -> int:
    """Give points of a book their places on the route; return how many changed.

    `positions` is number of the usage point -> place; other points keep theirs.

    Raises:
        RefusedError: no right to enter readings in the book's unit.
        InvalidInputError: a point is not in the book, or a place is below 1.
    """
    require(user, Action.ENTER_READINGS, book.unit)
    own = set(UsagePoint.objects.filter(reading_book=book).values_list("pk", flat=True))
    strange = [point for point in positions if point not in own]
    if strange or any(place < 1 for place in positions.values()):
        raise InvalidInputError(
            found_and_needed(
                _("Lộ trình sổ %(book)s: điểm đo không thuộc sổ hoặc thứ tự nhỏ hơn 1")
                % {"book": book.code},
                _("điểm đo của sổ và thứ tự từ 1"),
            )
        )
    held = {
        stop.usage_point_id: stop for stop in RouteStop.objects.filter(usage_point__in=positions)
    }
    moved = [stop for point, stop in held.items() if stop.position != positions[point]]
    new = [
        RouteStop(usage_point_id=point, position=place)
        for point, place in positions.items()
        if point not in held
    ]
    if not moved and not new:
        return 0
    with operation(user, "route.set", "reading_book", book.code, unit=book.unit, at=at) as work:
        work.before = {str(stop.usage_point_id): stop.position for stop in moved}
        for stop in moved:
            stop.position = positions[stop.usage_point_id]
        RouteStop.objects.bulk_update(moved, ["position"])
        RouteStop.objects.bulk_create(new)
        work.after = {str(stop.usage_point_id): stop.position for stop in [*moved, *new]}
    return len(moved) + len(new)


def stops_of(book: ReadingBook) -> list[UsagePoint]:
    """Return the points of a book in the order of its route; those without a place come last.

    One row a point, with its `route_stop` (where it has one) and its customer.
    """
    points = UsagePoint.objects.filter(reading_book=book, kind=UsagePointKind.CUSTOMER)
    points = points.select_related("route_stop", "agreement__customer")
    return list(points.order_by(F("route_stop__position").asc(nulls_last=True), "code"))


def renumbered(book: ReadingBook) -> dict[int, int]:
    """Return places 1, 2, 3 .. in the present order, without gaps or doubles."""
    return {point.pk: number for number, point in enumerate(stops_of(book), 1)}


def with_moved(book: ReadingBook, point: int, place: int) -> dict[int, int]:
    """Return the places of all points when one goes to a place of the list, counted from 1."""
    order = [one.pk for one in stops_of(book)]
    if point not in order:
        raise InvalidInputError(
            _("Điểm đo số %(point)s không thuộc sổ %(book)s") % {"point": point, "book": book.code}
        )
    order.remove(point)
    order.insert(min(max(place, 1), len(order) + 1) - 1, point)
    return {one: number for number, one in enumerate(order, 1)}


def ordered(book: ReadingBook, codes: Sequence[str]) -> dict[int, int]:
    """Return the places of points listed in a new order; points not listed follow as they stand.

    Raises:
        InvalidInputError: a code is not in the book, or stands twice.
    """
    own = {one.code: one.pk for one in stops_of(book)}
    strange = next((code for code in codes if code not in own), None)
    twice = next((code for code, count in Counter(codes).items() if count > 1), None)
    if strange is not None or twice is not None:
        raise InvalidInputError(
            _("Lộ trình sổ %(book)s: dòng “%(code)s”")
            % {"book": book.code, "code": (strange or twice or "")[:48]},
            expected=_("mã điểm đo của sổ, mỗi mã một lần"),
            action=_("sửa tệp; chưa có gì thay đổi"),
        )
    listed = [own[code] for code in codes]
    taken = set(listed)
    rest = [point for point in own.values() if point not in taken]
    return {point: number for number, point in enumerate([*listed, *rest], 1)}


def round_of(book: ReadingBook, read_on: date) -> ReadingRound | None:
    """Return who walks the book for the day, if that was said."""
    return ReadingRound.objects.filter(book=book, read_on=read_on).first()


def assign_reader(
    book: ReadingBook, read_on: date, reader: str, *, user: User, at: datetime
) -> ReadingRound:
    """Say which reader walks a book for a reading day.

    Raises:
        RefusedError: no right to enter readings in the book's unit.
    """
    require(user, Action.ENTER_READINGS, book.unit)
    code, held = reader.strip()[:40], round_of(book, read_on)
    if held is not None and held.reader == code:
        return held
    with operation(user, "round.assign", "reading_book", book.code, unit=book.unit, at=at) as work:
        work.before = {"reader": held.reader} if held else None
        walk, _made = ReadingRound.objects.update_or_create(
            book=book,
            read_on=read_on,
            defaults={"reader": code},
            create_defaults={"reader": code, "opened_at": at},
        )
        work.after = {"reader": code, "read_on": read_on}
    return walk
