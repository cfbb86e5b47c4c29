"""Reads of orders, commands, caps and the protected list; each takes the scope."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Count, F, Q
from django.db.models.functions import Coalesce, Greatest
from django.utils.translation import gettext as _

from congto.office.commands.choices import CommandKind, CommandState
from congto.office.commands.models import Command, CommandCap, CommandOrder, ProtectedPoint
from congto.office.commands.rules import CONFIRMED_WITHIN, DEFAULTS, RELAY, Cap
from congto.office.commands.sending import WAITS, Deed, Turn, turn_for
from congto.office.control.choices import ProposalState
from congto.vocabulary.errors import InvalidInputError
from congto.vocabulary.periods import LOCAL_ZONE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from django.db.models import QuerySet

    from congto.office.control.models import Proposal
    from congto.office.control.queries import Scope

RELEASED = (
    CommandState.QUEUED,
    CommandState.SENDING,
    CommandState.CONFIRMED,
    CommandState.NOT_DONE,
    CommandState.UNCERTAIN,
    CommandState.EXPIRED,
)


@dataclass(frozen=True, slots=True)
class Promptness:
    """Commands to relays that were released in a period, and those confirmed in time."""

    released: int
    confirmed: int
    in_time: int

    @property
    def share_bp(self) -> int | None:
        """Return the share in time in hundredths of a percent, rounded down; None of none."""
        return self.in_time * 10_000 // self.released if self.released else None


def orders(scope: Scope) -> QuerySet[CommandOrder]:
    """Return the orders of the scope, the newest first."""
    rows = CommandOrder.objects.select_related("unit", "maker", "proposal__checker")
    return scope.filter(rows).order_by("-id")


def order_of(number: int, scope: Scope) -> CommandOrder | None:
    """Return an order of the scope."""
    return orders(scope).filter(pk=number).first()


def order_of_command(number: int) -> int | None:
    """Return the number of the order that a command belongs to; None where there is none."""
    return Command.objects.filter(pk=number).values_list("order_id", flat=True).first()


def order_of_key(key: str, scope: Scope) -> CommandOrder | None:
    """Return the order that was given under the caller's key."""
    return orders(scope).filter(key=key).first()


def order_of_proposal(proposal: Proposal, scope: Scope) -> CommandOrder | None:
    """Return the order that waits, or waited, for this decision."""
    return orders(scope).filter(proposal=proposal).first()


def counts_of(numbers: Sequence[int]) -> dict[int, dict[str, int]]:
    """Return order -> state -> how many of its commands are in it."""
    rows = Command.objects.filter(order__in=numbers).values_list("order", "state")
    counts: dict[int, dict[str, int]] = {number: {} for number in numbers}
    for number, state, count in rows.annotate(count=Count("pk")).order_by("order", "state"):
        counts[number][state] = count
    return counts


def commands(scope: Scope) -> QuerySet[Command]:
    """Return the commands of the scope's devices, the newest first."""
    rows = Command.objects.select_related("order__maker", "device__meter", "device__unit", "task")
    return scope.filter(rows, "device__unit").order_by("-id")


def commands_of(made: CommandOrder, scope: Scope) -> QuerySet[Command]:
    """Return the commands of an order, in the order of its meters."""
    return commands(scope).filter(order=made).order_by("pk")


def commands_of_device(device: int, scope: Scope) -> QuerySet[Command]:
    """Return what a device was told, the newest first."""
    return commands(scope).filter(device=device)


def turn_of(number: int) -> Turn:
    """Return what a carrier does with a command now; nothing is written down by this.

    Raises:
        InvalidInputError: no such command.
    """
    found = Command.objects.select_related("order").filter(pk=number).first()
    if found is None:
        raise InvalidInputError(f"no command {number}", expected="the number of a command")
    deeds = {CommandState.QUEUED: Deed.SEND, CommandState.SENDING: Deed.LOOK}
    deed = deeds.get(CommandState(found.state), Deed.NOTHING)
    label = "" if deed is not Deed.NOTHING else _(str(CommandState(found.state).label))
    return turn_for(deed, found, label)


def interrupted(scope: Scope) -> QuerySet[Command]:
    """Return what is being sent, or was when its sender died, the oldest first."""
    return commands(scope).filter(state=CommandState.SENDING).order_by("sent_at")


def promptness(first: datetime, end: datetime, scope: Scope) -> Promptness:
    """Return how many commands to relays were confirmed within five minutes of their release.

    A command is released when it was approved, else when it was ordered, and never before its
    window begins. What was withdrawn does not count; what expired or failed counts as late.
    """
    approved = Q(order__proposal=None) | Q(order__proposal__state=ProposalState.APPROVED)
    rows = Command.objects.filter(approved, kind__in=RELAY, state__in=RELEASED)
    released = Greatest(
        Coalesce(F("order__proposal__decided_at"), F("order__made_at")), F("order__not_before")
    )
    rows = scope.filter(rows, "device__unit").annotate(released=released)
    rows = rows.filter(released__gte=first, released__lt=end)
    confirmed = Q(state=CommandState.CONFIRMED)
    found = rows.aggregate(
        released_count=Count("pk"),
        confirmed=Count("pk", filter=confirmed),
        in_time=Count("pk", filter=confirmed & Q(changed_at__lte=F("released") + CONFIRMED_WITHIN)),
    )
    return Promptness(found["released_count"], found["confirmed"], found["in_time"])


def protected_list(scope: Scope, on: date | None = None) -> QuerySet[ProtectedPoint]:
    """Return the protections of the scope's points; with a day those in force on it."""
    rows = ProtectedPoint.objects.select_related("usage_point__unit")
    if on is not None:
        rows = rows.filter(Q(valid_to=None) | Q(valid_to__gt=on), valid_from__lte=on)
    return scope.filter(rows, "usage_point__unit").order_by("usage_point__code", "valid_from")


def caps(scope: Scope) -> QuerySet[CommandCap]:
    """Return the caps that units of the scope have set; others have the default of the kind."""
    return scope.filter(CommandCap.objects.select_related("unit")).order_by("unit__path", "kind")


def default_cap(kind: str) -> Cap:
    """Return what holds for a kind where a unit has set nothing."""
    return DEFAULTS[CommandKind(kind)]


def programmed_three_rate(serial: str) -> date | None:
    """Return the day on which a meter was proved to count in three rates; None: by no command."""
    rows = Command.objects.filter(
        device__meter__serial=serial, kind=CommandKind.CALENDAR, state=CommandState.CONFIRMED
    )
    for seen, at in rows.order_by("-changed_at").values_list("seen", "changed_at"):
        if (seen or {}).get("why") != WAITS:
            return at.astimezone(LOCAL_ZONE).date()
    return None
