"""Orders of commands for people: who asked for what and why, and what each meter came to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Count

from congto.office.commands.caps import caps_over, given_on
from congto.office.commands.choices import ENDED, CommandState
from congto.office.commands.models import Command, CommandOrder
from congto.office.commands.protection import protections
from congto.office.commands.rules import CUTTING
from congto.office.overview.devices import hanging_points
from congto.vocabulary.periods import LOCAL_ZONE

if TYPE_CHECKING:
    from datetime import date, datetime

    from congto.office.control.queries import Scope
    from congto.office.meters.models import UsagePoint

COMMANDS_SHOWN = 200


@dataclass(frozen=True, slots=True)
class MeterLine:
    """One meter of an order, with where it hangs."""

    command: Command
    point: UsagePoint | None


@dataclass(frozen=True, slots=True)
class OrderView:
    """An order with its commands; `lines` are the first COMMANDS_SHOWN of them.

    Attributes:
        states: (state, its word, commands) of the states that occur.
    """

    order: CommandOrder
    states: list[tuple[str, str, int]]
    lines: list[MeterLine]

    @property
    def total(self) -> int:
        """Return all commands."""
        return sum(found for _state, _word, found in self.states)

    @property
    def ended(self) -> int:
        """Return the commands that change no more."""
        return sum(found for state, _word, found in self.states if state in ENDED)

    @property
    def is_live(self) -> bool:
        """Tell whether a command is on its way, so that the page reads itself again."""
        moving = {CommandState.QUEUED, CommandState.SENDING}
        return any(state in moving for state, _word, _found in self.states)

    @property
    def is_unsent(self) -> bool:
        """Tell whether something can still be withdrawn."""
        unsent = {CommandState.PROPOSED, CommandState.QUEUED}
        return any(state in unsent for state, _word, _found in self.states)


def find_order(number: int, scope: Scope) -> CommandOrder | None:
    """Return an order of the scope."""
    orders = CommandOrder.objects.select_related("unit", "maker", "proposal__checker")
    return scope.filter(orders.filter(pk=number)).first()


def view_order(order: CommandOrder) -> OrderView:
    """Read an order's commands: three queries however many there are."""
    counts: dict[str, Any] = dict(
        Command.objects.filter(order=order)
        .order_by()
        .values_list("state")
        .annotate(found=Count("pk"))
    )
    commands = list(
        Command.objects.filter(order=order)
        .select_related("device__meter", "device__unit")
        .order_by("pk")[:COMMANDS_SHOWN]
    )
    points = hanging_points(one.device.meter_id for one in commands)
    return OrderView(
        order,
        [(one.value, str(one.label), counts[one]) for one in CommandState if one in counts],
        [MeterLine(one, points.get(one.device.meter_id)) for one in commands],
    )


@dataclass(frozen=True, slots=True)
class CapUse:
    """How much of a cap is given on the day an order begins, the order's own included."""

    unit: str
    per_day: int
    given: int

    @property
    def is_over(self) -> bool:
        """Tell whether the order does not fit."""
        return self.given > self.per_day


@dataclass(frozen=True, slots=True)
class Warnings:
    """What a second person looks at before the decision.

    Attributes:
        clashes: (meter's serial, point's code, why) of points that are protected.
        day: on which the window begins. caps: over the units of the order's meters.
    """

    clashes: list[tuple[str, str, str]]
    day: date
    caps: list[CapUse]


def warnings_of(view: OrderView, at: datetime) -> Warnings:
    """Return what stands against an order at an instant, of the lines that are shown."""
    order = view.order
    first = max(at, order.not_before).astimezone(LOCAL_ZONE).date()
    clashes = []
    if order.kind in CUTTING:
        points = {line.point.pk for line in view.lines if line.point}
        held = protections(points, first, order.not_after.astimezone(LOCAL_ZONE).date())
        clashes = [
            (line.command.device.meter.serial, line.point.code, held[line.point.pk].reason)
            for line in view.lines
            if line.point and line.point.pk in held
        ]
    units = {line.command.device.unit for line in view.lines}
    caps = [
        CapUse(over.unit.name, over.cap.per_day, given_on(order.kind, over.unit, first))
        for over in caps_over(order.kind, units)
    ]
    return Warnings(clashes, first, caps)
