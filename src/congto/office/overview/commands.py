"""Orders of commands for people: who asked for what and why, and what each meter came to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Count

from congto.office.commands.choices import ENDED, CommandState
from congto.office.commands.models import Command, CommandOrder
from congto.office.meters.models import MeterInstallation

if TYPE_CHECKING:
    from collections.abc import Sequence

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
    points = points_of(commands)
    return OrderView(
        order,
        [(one.value, str(one.label), counts[one]) for one in CommandState if one in counts],
        [MeterLine(one, points.get(one.device.meter_id)) for one in commands],
    )


def points_of(commands: Sequence[Command]) -> dict[int, UsagePoint]:
    """Return meter -> the point at which it hangs now, with its customer."""
    hanging = MeterInstallation.objects.filter(
        meter__in=[one.device.meter_id for one in commands], valid_to=None
    ).select_related("usage_point__agreement__customer")
    return {one.meter_id: one.usage_point for one in hanging}
