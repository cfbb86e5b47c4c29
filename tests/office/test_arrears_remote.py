"""Cuts for debt by command: ordered like any other, judged once more before the first byte."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from congto.office.arrears.choices import OrderKind
from congto.office.arrears.judging import judgement
from congto.office.arrears.operations import follow_commands, open_complaint, withdraw_order
from congto.office.arrears.ordering import Asked, give_order
from congto.office.commands import operations as commands
from congto.office.commands.choices import CommandKind, CommandState
from congto.office.commands.operations import Deed
from congto.office.control.choices import Role
from congto.office.control.operations import approve
from congto.office.devices.models import Device
from congto.office.meters.models import Meter, MeterInstallation, UsagePoint
from congto.office.organisation.models import Unit
from world_arrears import agreement, at, case, pay, person, prepare, run_days

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from congto.office.arrears.models import SupplyOrder
    from congto.office.commands.models import Command

pytestmark = pytest.mark.usefixtures("collecting_books")
ALL = frozenset(CommandKind.values)


@pytest.fixture
def inspector(collecting_books: str) -> User:
    """Customer 1 has a meter that takes commands; the warning names the 18th."""
    prepare()
    meter = Meter.objects.create(serial="M1", dial_digits=6, decimals=2, remote=True)
    point = UsagePoint.objects.get(agreement=agreement(1))
    MeterInstallation.objects.create(usage_point=point, meter=meter, valid_from=date(2026, 1, 1))
    Device.objects.create(
        meter=meter, unit=Unit.objects.get(code="PB01"), added_at=at(1), host="127.0.0.1",
        profile="congto-simulator", port=4059,
    )  # fmt: skip
    run_days(10, 8)
    return person("thanh", Role.INSPECTOR)


def queued(inspector: User) -> tuple[SupplyOrder, Command]:
    """Order the cut on the morning of the 18th and have it approved."""
    asked = Asked(OrderKind.DISCONNECT, inspector, "nợ", at(18, 7), lambda _: ALL)
    [order] = give_order(case(1).pk, asked)
    assert order.command_order is not None
    approve(order.command_order.proposal_id, user=person("minh", Role.MANAGER), at=at(18, 8))
    return order, order.command_order.commands.get()


def test_a_cut_goes_as_a_command_in_its_window_and_ends_with_it(inspector: User) -> None:
    order, command = queued(inspector)
    assert (order.way, order.not_before, order.not_after) == ("remote", at(18, 8), at(19, 0))
    assert commands.begin(command.pk, at=at(18, 9)).deed is Deed.SEND
    commands.ended(command.pk, CommandState.CONFIRMED, {}, at=at(18, 10))
    answer = judgement(agreement(1).pk, at(18, 11))
    assert answer is not None
    assert answer.waits == "is_cut"  # before anybody has written the end down
    assert follow_commands(at=at(18, 12)) == 1
    order.refresh_from_db()
    assert (order.state, order.ended_at) == ("done", at(18, 12))
    assert follow_commands(at=at(18, 13)) == 0


def test_a_payment_a_minute_before_stops_the_command(inspector: User) -> None:
    order, command = queued(inspector)
    pay(1, at(18, 9))
    turn = commands.begin(command.pk, at=at(18, 9))
    assert turn.deed is Deed.NOTHING
    assert turn.message == "không cắt nữa: không còn nợ quá hạn"
    command.refresh_from_db()
    assert command.state == CommandState.NOT_DONE
    follow_commands(at=at(18, 10))
    order.refresh_from_db()
    assert order.state == "not_done"


def test_a_complaint_stops_the_command(inspector: User) -> None:
    _order, command = queued(inspector)
    clerk = person("hoa", Role.CLERK)
    open_complaint(agreement(1).code, "Chỉ số sai", user=clerk, at=at(18, 8))
    assert commands.begin(command.pk, at=at(18, 9)).deed is Deed.NOTHING


def test_a_command_that_is_no_cut_for_debt_is_none_of_ours(inspector: User) -> None:
    device = Device.objects.get()
    wanted = commands.Wanted("disconnect", (device.pk,), "sửa chữa")
    made = commands.order(wanted, user=inspector, at=at(17), able=lambda _: ALL).order
    approve(made.proposal_id, user=person("minh", Role.MANAGER), at=at(17))
    assert commands.begin(made.commands.get().pk, at=at(17, 7)).deed is Deed.SEND


def test_a_cut_that_nobody_saw_the_end_of_is_given_back_when_it_is_paid(inspector: User) -> None:
    _order, command = queued(inspector)
    commands.begin(command.pk, at=at(18, 9))
    commands.ended(command.pk, CommandState.UNCERTAIN, {}, at=at(18, 10))
    pay(1, at(18, 11))
    answer = judgement(agreement(1).pk, at(18, 12))
    assert answer is not None
    assert answer.step == "reconnect"
    asked = Asked(OrderKind.RECONNECT, inspector, "đã trả", at(18, 12), lambda _: ALL)
    [back] = give_order(case(1).pk, asked)
    assert (back.kind, back.way) == ("reconnect", "remote")


def test_withdrawing_an_order_withdraws_its_command(inspector: User) -> None:
    order, command = queued(inspector)
    withdraw_order(order.pk, user=inspector, reason="khách hẹn trả", at=at(18, 9))
    command.refresh_from_db()
    assert command.state == CommandState.WITHDRAWN
    assert commands.begin(command.pk, at=at(18, 9)).deed is Deed.NOTHING
