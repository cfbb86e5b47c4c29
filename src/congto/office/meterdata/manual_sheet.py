"""A book's reading sheet: what is to be read on a day, in the order of the route, and what was."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.db.models import F, Q

from congto.office.customers.models import PriceAssignment
from congto.office.meterdata.choices import OrderState, RegisterKind
from congto.office.meterdata.manual_calendar import reading_day
from congto.office.meterdata.models import (
    ReadingPhoto,
    ReadingVisit,
    RegisterReading,
    RereadOrder,
)
from congto.office.meters.choices import UsagePointKind
from congto.office.meters.models import MeterInstallation, UsagePoint

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from django.db.models import QuerySet

    from congto.office.meterdata.manual_calendar import ReadingDay
    from congto.office.meters.models import ReadingBook

BANDS = (RegisterKind.NORMAL, RegisterKind.PEAK, RegisterKind.OFF_PEAK)


@dataclass(frozen=True, slots=True)
class Dial:
    """One register of the meter that hangs at a point on the reading day.

    Attributes:
        opening_wh / closing_wh: what it showed when the period began / on the reading day, before
            the multiplier; None: not read.
        version: of the closing reading in the books; 0: none.
        before_wh: energy of the cycle before; months_wh: of the three months before, latest first.
            None where this meter was not read at both ends.
    """

    register: int
    opening_wh: int | None
    closing_wh: int | None
    version: int
    source: int | None
    quality: int | None
    before_wh: int | None
    months_wh: tuple[int | None, ...]

    @property
    def kind(self) -> RegisterKind:
        """Return the register by its name."""
        return RegisterKind(self.register)


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One usage point with the meter to be read.

    Attributes:
        opened_on: when this meter's part of the period begins.
        removed_wh: energy of a meter taken down inside the period.
        visit: the newest visit of the reading day; before: of the period's first day.
        order: the open re-read order of this reading.
    """

    point: UsagePoint
    installation: MeterInstallation
    day: ReadingDay
    opened_on: date
    price: PriceAssignment | None
    dials: tuple[Dial, ...]
    removed_wh: int = 0
    visit: ReadingVisit | None = None
    before: ReadingVisit | None = None
    photos: tuple[ReadingPhoto, ...] = ()
    order: RereadOrder | None = None

    @property
    def position(self) -> int | None:
        """Return the place on the route, if the point has one."""
        stop = getattr(self.point, "route_stop", None)
        return stop.position if stop else None

    @property
    def read(self) -> bool:
        """Tell whether every register was read."""
        return all(dial.closing_wh is not None for dial in self.dials)

    @property
    def missed(self) -> bool:
        """Tell whether a reader was there and could not read."""
        return not self.read and self.visit is not None

    @property
    def dial_wh(self) -> int:
        """Return where the dial turns over, in Wh."""
        return dial_of(self.installation)

    def use_wh(self, dial: Dial, closing_wh: int | None) -> int | None:
        """Return the energy to a reading by the rule of the engine: a step back is no energy."""
        return advance_wh(dial.opening_wh, closing_wh, self.dial_wh, self.installation.multiplier)


def dial_of(one: MeterInstallation) -> int:
    """Return where the meter's dial turns over, in Wh."""
    return int(1000 * 10**one.meter.dial_digits)


def advance_wh(old: int | None, new: int | None, dial_wh: int, multiplier: int) -> int | None:
    """Return how much energy passed between two readings (engines.readings.advance, V-07).

    Rollover above 0.9 and below 0.1 of the dial; any other step back has no energy.
    """
    if old is None or new is None:
        return None
    if new >= old:
        return (new - old) * multiplier
    if old * 10 > dial_wh * 9 and new * 10 < dial_wh:
        return (dial_wh - old + new) * multiplier
    return None


@dataclass(slots=True)
class _Books:
    """What the books hold of the sheet's points, each part read once."""

    reads: dict[tuple[int, int, int, date], RegisterReading] = field(default_factory=dict)
    registers: dict[tuple[int, int], set[int]] = field(default_factory=lambda: defaultdict(set))
    prices: dict[int, PriceAssignment] = field(default_factory=dict)
    visits: dict[tuple[int, date], ReadingVisit] = field(default_factory=dict)
    photos: dict[int, list[ReadingPhoto]] = field(default_factory=lambda: defaultdict(list))
    orders: dict[int, RereadOrder] = field(default_factory=dict)


def points_due(book: ReadingBook, day: ReadingDay) -> QuerySet[UsagePoint]:
    """Return the customer points of a book whose agreement is in force on the reading day.

    In the order of the route; points without a place in it come last, by code.
    """
    in_force = Q(agreement__valid_to=None) | Q(agreement__valid_to__gte=day.read_on)
    return (
        UsagePoint.objects.filter(
            in_force,
            reading_book=book,
            kind=UsagePointKind.CUSTOMER,
            agreement__valid_from__lt=day.read_on,
        )
        .select_related("agreement__customer", "element", "unit", "reading_book", "route_stop")
        .order_by(F("route_stop__position").asc(nulls_last=True), "code")
    )


def sheet(
    book: ReadingBook, read_on: date, *, points: Sequence[int] | None = None
) -> list[SheetRow]:
    """Return the sheet of a book on one of its reading days, or of some of its points.

    One row per usage point with a meter; a constant number of queries whatever the size.

    Raises:
        InvalidInputError: the book is not read on that day.
    """
    day = reading_day(book, read_on)
    due = points_due(book, day)
    listed = list(due if points is None else due.filter(pk__in=points))
    ids = [point.pk for point in listed]
    hung = _installations(ids, day)
    books = _books(listed, hung, day)
    rows = []
    for point in listed:
        mine = hung.get(point.pk, [])
        present = next((one for one in mine if _hangs(one, read_on)), None)
        if present is not None:
            rows.append(_row(point, present, [one for one in mine if one != present], day, books))
    return rows


def _hangs(one: MeterInstallation, on: date) -> bool:
    """Tell whether the meter is the one read on the day; at an exchange the old one still is."""
    return one.valid_from < on and (one.valid_to is None or one.valid_to >= on)


def _installations(points: list[int], day: ReadingDay) -> dict[int, list[MeterInstallation]]:
    rows = MeterInstallation.objects.filter(
        Q(valid_to=None) | Q(valid_to__gt=day.opened_on),
        usage_point__in=points,
        valid_from__lt=day.read_on,
    ).select_related("meter")
    found: dict[int, list[MeterInstallation]] = defaultdict(list)
    for one in rows.order_by("usage_point_id", "valid_from"):
        found[one.usage_point_id].append(one)
    return found


def _books(
    points: list[UsagePoint], hung: dict[int, list[MeterInstallation]], day: ReadingDay
) -> _Books:
    ids = [point.pk for point in points]
    changes = {
        changed
        for installations in hung.values()
        for one in installations
        for changed in (one.valid_from, one.valid_to)
        if changed and day.opened_on < changed < day.read_on
    }
    begins = {point.agreement.valid_from for point in points if point.agreement}
    needed = (
        day.days_needed | changes | {one for one in begins if day.opened_on < one < day.read_on}
    )
    books = _Books()
    reads = RegisterReading.objects.filter(usage_point__in=ids, read_on__in=needed).order_by(
        "usage_point_id", "meter_id", "register", "read_on", "-version"
    )
    for read in reads.distinct("usage_point_id", "meter_id", "register", "read_on"):
        key = (read.usage_point_id, read.meter_id)
        books.reads[*key, read.register, read.read_on] = read
        books.registers[key].add(read.register)
    for price in _prices(points, day):
        books.prices[price.agreement_id] = price
    for visit in ReadingVisit.objects.filter(
        usage_point__in=ids, read_on__in=[day.opened_on, day.read_on]
    ).order_by("id"):
        books.visits[visit.usage_point_id, visit.read_on] = visit
    for photo in ReadingPhoto.objects.filter(usage_point__in=ids, read_on=day.read_on):
        books.photos[photo.usage_point_id].append(photo)
    for order in RereadOrder.objects.filter(
        usage_point__in=ids, read_on=day.read_on, state=OrderState.OPEN
    ):
        books.orders[order.usage_point_id] = order
    return books


def _prices(points: list[UsagePoint], day: ReadingDay) -> QuerySet[PriceAssignment]:
    """Return the assignments in force at the end of the period."""
    return (
        PriceAssignment.objects.filter(
            Q(valid_to=None) | Q(valid_to__gte=day.read_on),
            agreement__in=[point.agreement_id for point in points],
            valid_from__lt=day.read_on,
        )
        .order_by("valid_from")
        .prefetch_related("segments")
    )


def _row(
    point: UsagePoint,
    present: MeterInstallation,
    removed: list[MeterInstallation],
    day: ReadingDay,
    books: _Books,
) -> SheetRow:
    agreement_from = point.agreement.valid_from if point.agreement else day.opened_on
    opened_on = max(day.opened_on, agreement_from, present.valid_from)
    registers = sorted(_registers(present, books))
    return SheetRow(
        point,
        present,
        day,
        opened_on,
        books.prices.get(point.agreement_id or 0),
        tuple(_dial(present, register, opened_on, day, books) for register in registers),
        removed_wh=sum(_removed(one, max(day.opened_on, agreement_from), books) for one in removed),
        visit=books.visits.get((point.pk, day.read_on)),
        before=books.visits.get((point.pk, day.opened_on)),
        photos=tuple(books.photos[point.pk]),
        order=books.orders.get(point.pk),
    )


def _registers(one: MeterInstallation, books: _Books) -> set[int]:
    """Return the registers to be read: those that bills need and those that were seen."""
    needed = set(BANDS) if one.meter.three_rate else {RegisterKind.TOTAL}
    return {int(kind) for kind in needed} | books.registers[one.usage_point_id, one.meter_id]


def _dial(
    one: MeterInstallation, register: int, opened_on: date, day: ReadingDay, books: _Books
) -> Dial:
    def index(on: date) -> int | None:
        read = books.reads.get((one.usage_point_id, one.meter_id, register, on))
        return read.index_wh if read else None

    def used(begin: date, end: date) -> int | None:
        return advance_wh(index(begin), index(end), dial_of(one), one.multiplier)

    closing = books.reads.get((one.usage_point_id, one.meter_id, register, day.read_on))
    return Dial(
        register,
        index(opened_on),
        closing.index_wh if closing else None,
        closing.version if closing else 0,
        closing.source if closing else None,
        closing.quality if closing else None,
        used(day.before.start, day.before.end),
        tuple(used(month.start, month.end) for month in day.months),
    )


def _removed(one: MeterInstallation, opened_on: date, books: _Books) -> int:
    """Return what a meter measured until it was taken down: bands of a three-rate one, else all."""
    needed = BANDS if one.meter.three_rate else (RegisterKind.TOTAL,)
    begin, end = max(opened_on, one.valid_from), one.valid_to
    energy = 0
    for register in needed:
        old = books.reads.get((one.usage_point_id, one.meter_id, int(register), begin))
        new = end and books.reads.get((one.usage_point_id, one.meter_id, int(register), end))
        if old and new:
            energy += advance_wh(old.index_wh, new.index_wh, dial_of(one), one.multiplier) or 0
    return energy
