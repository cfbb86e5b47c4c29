"""A cut for debt is judged once more in the moment before its command is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from congto.office.arrears.choices import OrderKind
from congto.office.arrears.judging import judgement, why_not
from congto.office.arrears.models import SupplyOrder
from congto.office.commands import lookouts

if TYPE_CHECKING:
    from datetime import datetime

    from congto.office.commands.models import Command


def stand() -> None:
    """Stand at the door of commands."""
    lookouts.stand(why_stopped)


def why_stopped(command: Command, at: datetime) -> str | None:
    """Return why supply may not be cut for debt now; None for commands that are not of arrears."""
    orders = SupplyOrder.objects.filter(
        command_order=command.order_id, kind=OrderKind.DISCONNECT
    ).select_related("case")
    order = orders.first()
    if order is None:
        return None
    answer = judgement(order.case.agreement_id, at)
    refusal = why_not(OrderKind.DISCONNECT, answer)
    return None if refusal is None else _("không cắt nữa: %(why)s") % {"why": refusal}
