"""Sheets, reading days, orders and runs of manual reading in the books; figures by hand."""

from datetime import UTC, date, datetime

import pytest

import world_meters
from congto.office.billing.held_decisions import ask_for_reading
from congto.office.control.models import AuditEntry
from congto.office.control.queries import Scope
from congto.office.meterdata import manual_entry
from congto.office.meterdata.manual_calendar import reading_day
from congto.office.meterdata.manual_entry import Typed, enter, enter_many
from congto.office.meterdata.manual_orders import order_reading
from congto.office.meterdata.manual_progress import missed_reads, progress
from congto.office.meterdata.manual_routes import assign_reader, set_route
from congto.office.meterdata.manual_sheet import advance_wh, sheet
from congto.office.meterdata.models import ReadingVisit, RegisterReading, RereadOrder
from congto.office.meters.models import (
    Meter,
    MeterInstallation,
    ReadingBook,
    ReadingSession,
    UsagePoint,
)
from congto.vocabulary.errors import InvalidInputError, RefusedError
from congto.vocabulary.periods import Period
from world_billing import held_world
from world_console import END, START, make_world, read

AT = datetime(2026, 11, 2, 1, 0, tzinfo=UTC)


@pytest.fixture
def world(db):
    return make_world()


@pytest.fixture
def book(world):
    RegisterReading.objects.filter(read_on=END).delete()
    return ReadingBook.objects.select_related("unit", "session").get(code="A0101")


@pytest.fixture
def clerk(world):
    return world.person("clerk", "clerk", world.district)


def point(number=1):
    return UsagePoint.objects.get(code=f"PB0001000000{number}001")


# ---- reading days -----------------------------------------------------------------------------


def test_a_book_read_once_a_month():
    day = reading_day(ReadingBook(code="A", reading_day=1), date(2026, 11, 1))
    assert day.opened_on == date(2026, 10, 1)
    assert day.months == tuple(Period.month(2026, month) for month in (9, 8, 7))
    assert day.before == day.months[0]
    assert (day.month, day.number) == (date(2026, 10, 1), 1)


def test_a_book_of_three_cycles():
    session = ReadingSession(code="S3", days=[6, 15, 25])
    day = reading_day(ReadingBook(code="A", reading_day=6, session=session), date(2026, 10, 15))
    # the period began on the 6th; the cycle before on 25 September; months go back cycle by cycle
    assert day.opened_on == date(2026, 10, 6)
    assert day.before == Period(date(2026, 9, 25), date(2026, 10, 6))
    assert day.months[0] == Period(date(2026, 9, 6), date(2026, 10, 6))
    assert (day.month, day.number) == (date(2026, 10, 1), 2)


def test_a_day_without_reading_names_the_nearest_ones():
    with pytest.raises(InvalidInputError, match=r"không ghi vào ngày 02/11/2026, cần .*01/11/2026"):
        reading_day(ReadingBook(code="A", reading_day=1), date(2026, 11, 2))


def test_the_last_day_of_a_short_month():
    day = reading_day(ReadingBook(code="A", reading_day=31), date(2026, 2, 28))
    assert day.opened_on == date(2026, 1, 31)


# ---- the sheet --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "energy"),
    [
        (4_120_000, 4_254_000, 134_000),
        (99_800_000, 220_000, 420_000),  # tariffs 4.4: 10^5 - 99,800 + 220 = 420
        (50_000_000, 220_000, None),  # a step back that is no rollover
        (None, 1, None),
        (1, None, None),
    ],
)
def test_an_advance_follows_the_rule_of_the_engine(old, new, energy):
    assert advance_wh(old, new, 100_000_000, 1) == energy


def test_an_exchanged_meter_is_read_from_its_first_day(world, book):
    changed = date(2026, 10, 20)
    old = MeterInstallation.objects.get(usage_point=point())
    old.valid_to = changed
    old.save()
    meter = Meter.objects.create(serial="SIM9", dial_digits=5, decimals=0)
    MeterInstallation.objects.create(usage_point=point(), meter=meter, valid_from=changed)
    read(point(), old.meter, 0, changed, 4_200_000)
    read(point(), meter, 0, changed, 7_000)
    row = sheet(book, END)[0]
    assert row.installation.meter == meter
    assert (row.opened_on, row.dials[0].opening_wh) == (changed, 7_000)
    assert row.removed_wh == 80_000  # 4,200 - 4,120


def test_a_point_whose_agreement_ended_before_is_not_read(world, book):
    agreement = point().agreement
    agreement.valid_to = date(2026, 10, 20)
    agreement.save()
    assert [row.point.code[-6:] for row in sheet(book, END)] == ["003001"]


def test_the_sheet_takes_as_many_queries_for_one_point_as_for_all(
    world, book, django_assert_num_queries
):
    one = point().pk
    with django_assert_num_queries(8):
        assert len(sheet(book, END)) == 2
    with django_assert_num_queries(8):
        assert len(sheet(book, END, points=[one])) == 1


# ---- entering ---------------------------------------------------------------------------------


def test_a_kept_reading_has_one_audit_row_and_a_refused_one_none(world, book, clerk):
    enter(book, END, Typed(point().pk, {0: 123_456_000}), user=clerk, at=AT)
    assert not AuditEntry.objects.exists()
    enter(book, END, Typed(point().pk, {0: 4_254_000}), user=clerk, at=AT)
    (row,) = AuditEntry.objects.all()
    assert (row.operation, row.subject) == ("reading.enter", point().code)
    assert (row.before["total"], row.after["total"]) == (None, 4_254_000)


def test_a_file_with_its_key_is_loaded_once(world, book, clerk):
    typed = [Typed(point().pk, {0: 4_254_000})]
    counts = [
        enter_many(book, END, typed, source="f", user=clerk, at=AT, key="k") for _time in range(2)
    ]
    assert counts[0] == counts[1] == {"changed": 1, "unchanged": 0, "doubted": 0, "refused": 0}
    assert AuditEntry.objects.count() == 1


def test_a_load_that_breaks_leaves_nothing_behind(world, book, clerk, monkeypatch):
    typed = [Typed(point().pk, {0: 4_254_000})]
    with monkeypatch.context() as broken:
        broken.setattr(manual_entry, "_visit", lambda *_a, **_k: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            enter_many(book, END, typed, source="f", user=clerk, at=AT)
    assert not ReadingVisit.objects.exists()
    assert not RegisterReading.objects.filter(read_on=END).exists()
    enter_many(book, END, typed, source="f", user=clerk, at=AT)
    assert RegisterReading.objects.get(read_on=END).index_wh == 4_254_000


def test_who_may_not_enter_readings_is_refused(world, book):
    agent = world.person("agent", "care_agent", world.district)
    with pytest.raises(RefusedError, match="không có quyền nhập chỉ số"):
        enter(book, END, Typed(point().pk, {0: 4_254_000}), user=agent, at=AT)
    with pytest.raises(RefusedError, match="không có quyền nhập chỉ số"):
        set_route(book, {point().pk: 1}, user=agent, at=AT)
    with pytest.raises(RefusedError, match="không có quyền nhập chỉ số"):
        assign_reader(book, END, "NV07", user=agent, at=AT)


def test_a_route_takes_only_points_of_its_book(world, book, clerk):
    assert set_route(book, {point(1).pk: 2, point(3).pk: 1}, user=clerk, at=AT) == 2
    assert set_route(book, {point(1).pk: 2, point(3).pk: 1}, user=clerk, at=AT) == 0
    with pytest.raises(InvalidInputError, match="không thuộc sổ"):
        set_route(book, {10**9: 1}, user=clerk, at=AT)


def test_a_missed_point_is_listed_until_it_is_read(world, book, clerk):
    enter(book, END, Typed(point().pk, state="KV", note="chó dữ"), user=clerk, at=AT)
    (visit,) = missed_reads(Scope.everything(), END)
    assert (visit.state, visit.note) == ("KV", "chó dữ")
    (one,) = progress([book], END)
    assert (one.due, one.read, one.missed, one.left) == (2, 0, 1, 1)
    enter(book, END, Typed(point().pk, {0: 4_254_000}), user=clerk, at=AT)
    assert list(missed_reads(Scope.everything(), END)) == []


# ---- orders -----------------------------------------------------------------------------------


def test_a_held_bill_that_is_asked_again_sends_the_reader(db):
    world = held_world()
    clerk = world.person("clerk", "clerk", world.district)
    ask_for_reading(world.household_bill.pk, user=clerk, reason="Chỉ số ghi sai", at=AT)
    order = RereadOrder.objects.get()
    assert (order.usage_point.code, order.read_on) == ("PB00010000001001", END)
    assert (order.origin_kind, order.origin) == ("bill", str(world.household_bill.pk))


def test_a_delivered_reading_closes_the_order(books):
    world_meters.build()
    world_meters.deliver(world_meters.month_of("1", 100, 250))
    order_reading(
        UsagePoint.objects.get(code="P1"), world_meters.END, reason="nghi ngờ", user=None,
        at=world_meters.AT,
    )  # fmt: skip
    world_meters.deliver(world_meters.month_of("2", 100, 250), at=world_meters.LATER)
    assert RereadOrder.objects.get().state == "open"
    world_meters.deliver(world_meters.month_of("1", 100, 240), at=world_meters.LATER)
    order = RereadOrder.objects.get()
    assert (order.state, order.outcome) == ("done", "changed")


def test_the_period_of_the_world_begins_on_the_first(world, book):
    assert sheet(book, END)[0].opened_on == START
