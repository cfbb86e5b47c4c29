"""Overdue debts in the books: steps of runs, complaints, plans, orders to cut and give back."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction

from congto.office.arrears import running
from congto.office.arrears.choices import OrderKind
from congto.office.arrears.judging import judgement
from congto.office.arrears.models import Case, DunningRun, DunningStep, PaymentPlan
from congto.office.arrears.operations import (
    carried_out,
    close_complaint,
    not_carried_out,
    open_complaint,
    preview,
    run_day,
    withdraw_order,
)
from congto.office.arrears.owed import aging
from congto.office.commands.models import ProtectedPoint
from congto.office.control.choices import Role
from congto.office.control.proposals import approve, propose
from congto.office.ledger import queries as ledger
from congto.office.meters.models import UsagePoint
from congto.vocabulary.errors import RefusedError
from fixtures_collecting import BILL
from world_arrears import (
    agreement,
    at,
    bill,
    case,
    cut,
    ordered,
    pay,
    person,
    prepare,
    run_days,
    steps,
)

pytestmark = pytest.mark.usefixtures("collecting_books")


@pytest.fixture(autouse=True)
def _world(collecting_books: str) -> None:
    prepare()


def test_runs_of_november_take_the_steps_of_the_calendar_and_a_payment_stops_them() -> None:
    """The calendar of tests/engines/arrears; customer 1 pays on the 12th, after one notice."""
    run_days(6, 6)
    pay(1, at(12, 3))
    run_days(12, 7)
    assert steps(1) == [(7, "reminder"), (11, "notice"), (12, "close")]
    assert steps(2) == [(7, "reminder"), (11, "notice"), (14, "notice"), (17, "warning")]
    one = Case.objects.get(agreement=agreement(1))
    assert (one.state, one.closed_on, one.owed_vnd) == ("closed", date(2026, 11, 12), BILL)
    two = case(2)
    assert (two.round, two.notices, two.cut_on) == (1, 2, date(2026, 11, 18))
    assert (two.covers_due, two.owed_vnd) == (date(2026, 11, 10), BILL)


def test_a_run_of_the_same_day_again_writes_nothing() -> None:
    first = run_day(at(11))
    assert (first.steps, first.units, first.done, first.cases) == ({"notice": 3}, 2, 2, 3)
    again = run_day(at(11, 9))
    assert (again.steps, again.done) == ({"notice": 3}, 0)
    assert DunningStep.objects.count() == 3
    assert DunningRun.objects.get().state == "done"


def test_a_preview_tells_what_a_run_would_do_and_writes_nothing() -> None:
    told = preview(at(11))
    assert (told.steps, told.cases, told.owed_vnd) == ({"notice": 3}, 3, 3 * BILL)
    assert preview(at(9)).waits == {}
    assert preview(at(9)).steps == {"reminder": 3}
    assert (DunningRun.objects.count(), DunningStep.objects.count()) == (0, 0)


def test_a_run_that_dies_in_a_unit_is_finished_by_the_next_with_the_same_result(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """After each of the writes of the second unit."""
    whole = running.write_steps

    def dies(books, rows, at) -> None:
        whole(books, rows, at)
        if DunningStep.objects.exists():
            raise ConnectionError("the machine is gone")

    monkeypatch.setattr(running, "write_steps", dies)
    with pytest.raises(ConnectionError):
        run_day(at(11))
    assert DunningStep.objects.count() == 2  # those of PB01
    assert DunningRun.objects.get().state == "open"
    monkeypatch.setattr(running, "write_steps", whole)
    assert run_day(at(11, 7)).steps == {"notice": 3}
    assert DunningStep.objects.count() == Case.objects.count() == 3


def test_who_pays_between_the_reading_and_the_writing_gets_no_notice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole = running._everybody

    def slow(books, at_, units):
        found = whole(books, at_, units)
        pay(3, at(11, 5))
        return found

    monkeypatch.setattr(running, "_everybody", slow)
    assert run_day(at(11)).steps == {"notice": 2}
    assert steps(3) == []


def test_a_day_before_a_later_run_is_over() -> None:
    run_day(at(12))
    with pytest.raises(RefusedError, match="12/11/2026"):
        run_day(at(11))


def test_the_same_step_twice_a_day_is_refused_by_the_database() -> None:
    run_day(at(11))
    one = DunningStep.objects.first()
    assert one is not None
    one.pk = None
    with pytest.raises(IntegrityError, match="step_once_a_day"), transaction.atomic():
        one.save(force_insert=True)
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        DunningStep.objects.update(day=date(2026, 1, 1))


def test_supply_is_cut_on_the_announced_day_and_given_back_when_it_is_paid() -> None:
    inspector = person("thanh", Role.INSPECTOR)
    run_days(10, 8)
    with pytest.raises(RefusedError, match="chờ đến giờ đã báo"):
        cut(1, inspector, at(17, 9))
    [order] = cut(1, inspector, at(18, 7))
    assert (order.way, order.not_before, order.not_after) == ("field", at(18, 8), at(19, 0))
    with pytest.raises(RefusedError, match="18/11/2026 08:00"):
        carried_out(order.pk, at(18, 7), user=inspector, note="", at=at(18, 10))
    carried_out(order.pk, at(18, 9), user=inspector, note="đã niêm phong", at=at(18, 10))
    answer = judgement(agreement(1).pk, at(18, 11))
    assert answer is not None
    assert (answer.step, answer.waits) == (None, "is_cut")
    with pytest.raises(RefusedError, match="đã ngừng cấp điện"):
        ordered(1, OrderKind.RECONNECT, inspector, at(18, 12))
    pay(1, at(19, 8))
    [back] = ordered(1, OrderKind.RECONNECT, inspector, at(19, 9))
    carried_out(back.pk, at(19, 10), user=inspector, note="", at=at(19, 10))
    run_day(at(20))
    assert steps(1)[4:] == [(18, "disconnect"), (19, "reconnect"), (20, "close")]


def test_who_has_paid_is_not_cut() -> None:
    inspector = person("thanh", Role.INSPECTOR)
    run_days(10, 8)
    pay(1, at(18, 7))
    with pytest.raises(RefusedError, match="không còn nợ quá hạn"):
        cut(1, inspector, at(18, 8))


def test_a_complaint_stops_steps_and_cuts_until_the_day_after_its_answer() -> None:
    clerk, inspector = person("hoa", Role.CLERK), person("thanh", Role.INSPECTOR)
    run_days(10, 8)
    made = open_complaint(agreement(1).code, "Chỉ số sai", user=clerk, at=at(17, 15))
    with pytest.raises(RefusedError, match="đang có khiếu nại"):
        cut(1, inspector, at(18, 9))
    with pytest.raises(RefusedError, match="đã có khiếu nại"):
        open_complaint(agreement(1).code, "Chỉ số sai", user=clerk, at=at(18))
    close_complaint(made.pk, "Chỉ số đúng, có ảnh", user=clerk, at=at(18, 10))
    with pytest.raises(RefusedError, match="đang có khiếu nại"):
        cut(1, inspector, at(18, 16))
    run_days(18, 2)
    assert steps(1)[-1] == (19, "warning")
    assert case(1).cut_on == date(2026, 11, 20)


def test_a_protected_point_is_never_cut() -> None:
    inspector = person("thanh", Role.INSPECTOR)
    run_days(10, 8)
    ProtectedPoint.objects.create(
        usage_point=UsagePoint.objects.get(agreement=agreement(1)), reason="Trạm bơm",
        document="QĐ 1", valid_from=date(2026, 11, 18),
    )  # fmt: skip
    with pytest.raises(RefusedError, match="phụ tải không được cắt"):
        cut(1, inspector, at(18, 9))


def test_a_plan_stops_the_steps_as_long_as_it_is_kept() -> None:
    clerk, manager = person("hoa", Role.CLERK), person("minh", Role.MANAGER)
    run_days(10, 5)
    days = {"instalments": {str(bill(1).pk): "2026-11-20"}}
    made = propose(
        "payment_plan", agreement(1).code, days, reason="khó khăn", user=clerk, at=at(15)
    )
    approve(made.pk, user=manager, at=at(15, 9))
    run_days(16, 5)
    assert steps(1)[-1] == (14, "notice")
    assert steps(2)[-1] == (19, "warning")
    run_days(21, 1)  # the 20th is over and nothing was paid
    assert PaymentPlan.objects.get().state == "broken"
    assert steps(1)[-1] == (21, "notice")
    assert case(1).round == 2


def test_a_plan_that_is_paid_in_time_is_kept() -> None:
    clerk, manager = person("hoa", Role.CLERK), person("minh", Role.MANAGER)
    run_days(10, 2)
    days = {"instalments": {str(bill(1).pk): "2026-11-20"}}
    made = propose(
        "payment_plan", agreement(1).code, days, reason="khó khăn", user=clerk, at=at(12)
    )
    approve(made.pk, user=manager, at=at(12, 9))
    pay(1, at(20, 9))
    run_days(21, 1)
    assert PaymentPlan.objects.get().state == "kept"
    assert steps(1)[-1] == (21, "close")


def test_a_plan_that_leaves_an_overdue_bill_out_or_names_a_paid_one_is_refused() -> None:
    clerk = person("hoa", Role.CLERK)
    other = {"instalments": {str(bill(2).pk): "2026-11-20"}}
    with pytest.raises(RefusedError, match="không phải là hóa đơn còn nợ"):
        propose("payment_plan", agreement(1).code, other, reason="x", user=clerk, at=at(12))


def test_orders_that_were_not_carried_out_or_are_taken_back_leave_the_supply_on() -> None:
    inspector = person("thanh", Role.INSPECTOR)
    run_days(10, 8)
    [one] = cut(1, inspector, at(18, 7))
    with pytest.raises(RefusedError, match="chờ thực hiện"):
        cut(1, inspector, at(18, 8))
    not_carried_out(one.pk, user=inspector, note="khách vắng nhà", at=at(18, 10))
    [two] = cut(1, inspector, at(18, 11))
    withdraw_order(two.pk, user=inspector, reason="khách hẹn trả", at=at(18, 12))
    run_days(19, 1)
    assert steps(1)[-1] == (19, "warning")


def test_only_who_may_command_orders_a_cut() -> None:
    clerk = person("hoa", Role.CLERK)
    run_days(10, 8)
    with pytest.raises(RefusedError, match="không có quyền"):
        cut(1, clerk, at(18, 8))


def test_ages_of_debts_by_unit_on_any_day() -> None:
    """Two bills of PB01, one of PB02, due on 10/11; customer 1 pays on 12/12."""
    today = date(2027, 3, 1)
    pay(1, at(12, 9, month=12))
    units = {row["unit_id"]: row for row in aging(None, date(2026, 12, 10), today=today).to_dicts()}
    north, south = bill(1).unit_id, bill(3).unit_id
    assert (units[north]["to_30"], units[north]["bills"]) == (2 * BILL, 2)
    assert (units[south]["to_30"], units[south]["agreements"]) == (BILL, 1)
    later = {row["unit_id"]: row for row in aging(None, date(2026, 12, 12), today=today).to_dicts()}
    assert (later[north]["to_60"], later[north]["to_30"], later[north]["bills"]) == (BILL, 0, 1)
    assert aging([south], date(2026, 11, 2), today=today).is_empty()  # not issued yet
    now = aging([south], today, today=today).row(0, named=True)
    assert (now["over_90"], now["not_due"]) == (BILL, 0)


def test_ages_add_up_to_the_receivables_of_the_ledger() -> None:
    pay(1, at(12, 9, month=12))
    for day in (date(2026, 11, 5), date(2026, 12, 11), date(2026, 12, 12)):
        ages = ("not_due", "to_30", "to_60", "to_90", "over_90")
        found = aging(None, day, today=date(2027, 1, 1)).select(ages).sum_horizontal().sum()
        books = {one.code: owed for one, owed in ledger.trial_balance(day=day)}
        assert found == sum(owed for code, owed in books.items() if code.startswith("131"))
    assert connection.is_usable()
