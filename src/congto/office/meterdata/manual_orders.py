"""Re-read orders: from a held bill, a finding or a sheet; the next reading closes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from congto.office.control.audit import operation
from congto.office.control.permissions import Action, require
from congto.office.meterdata.choices import OrderOutcome, OrderState
from congto.office.meterdata.models import RereadOrder
from congto.vocabulary.errors import InvalidInputError, RefusedError

if TYPE_CHECKING:
    from datetime import date, datetime

    from django.contrib.auth.models import User
    from django.db.models import QuerySet

    from congto.office.control.queries import Scope
    from congto.office.meters.models import UsagePoint
    from congto.office.storage.bulk import Bulk


def order_reading(  # noqa: PLR0913  (where, which reading, why, whence, who and when)
    point: UsagePoint,
    read_on: date,
    *,
    reason: str,
    origin: tuple[str, str] = ("", ""),
    user: User | None,
    at: datetime,
) -> RereadOrder:
    """Ask for a reading to be taken again; an order that is open already is returned as it is.

    `origin` is ("bill", number), ("finding", number) or ("", ""): what the doubt came from.

    Raises:
        RefusedError: no right to deal with readings in the point's unit.
        InvalidInputError: no reason.
    """
    if not reason.strip():
        raise InvalidInputError(_("Thiếu lý do"), action=_("ghi lý do"))
    if user is not None:
        require(user, Action.RESOLVE, point.unit)
    with operation(
        user, "reread.order", "usage_point", point.code, unit=point.unit, reason=reason, at=at
    ) as work:
        order, made = RereadOrder.objects.get_or_create(
            usage_point=point,
            read_on=read_on,
            state=OrderState.OPEN,
            defaults={
                "reason": reason.strip()[:400],
                "origin_kind": origin[0],
                "origin": origin[1],
                "asked_by": user,
                "asked_at": at,
            },
        )
        work.after = {"order": order.pk, "read_on": read_on, "made": made}
    return order


def cancel_order(number: int, *, reason: str, user: User, at: datetime) -> RereadOrder:
    """Take an open order back.

    Raises:
        RefusedError: no right in the unit, or the order is not open any more.
        InvalidInputError: no reason.
    """
    if not reason.strip():
        raise InvalidInputError(_("Thiếu lý do"), action=_("ghi lý do"))
    with operation(user, "reread.cancel", "usage_point", unit=None, reason=reason, at=at) as work:
        order = RereadOrder.objects.select_for_update(of=("self",)).get(pk=number)
        point = order.usage_point
        require(user, Action.RESOLVE, point.unit)
        if order.state != OrderState.OPEN:
            raise RefusedError(
                _("Yêu cầu đọc lại số %(number)s không còn chờ: %(state)s")
                % {"number": number, "state": _(OrderState(order.state).label)}
            )
        work.subject, work.unit = point.code, point.unit
        work.before = {"order": order.pk, "state": order.state}
        _close(order, OrderState.CANCELLED, OrderOutcome.NONE, user=user, at=at)
        work.after = {"order": order.pk, "state": order.state}
    return order


def close_by_reading(order: RereadOrder, *, changed: bool, user: User | None, at: datetime) -> None:
    """Close an order inside the transaction of the reading that answers it."""
    outcome = OrderOutcome.CHANGED if changed else OrderOutcome.SAME
    _close(order, OrderState.DONE, outcome, user=user, at=at)


def _close(
    order: RereadOrder, state: OrderState, outcome: OrderOutcome, *, user: User | None, at: datetime
) -> None:
    order.state, order.outcome, order.closed_by, order.closed_at = state, outcome, user, at
    order.save(update_fields=["state", "outcome", "closed_by", "closed_at"])


ANSWERED = """
UPDATE meterdata_rereadorder o SET state = 'done', outcome = 'changed', closed_at = $1
WHERE o.state = 'open' AND EXISTS (
    SELECT 1 FROM meterdata_registerreading r WHERE r.usage_point_id = o.usage_point_id
    AND r.read_on = o.read_on AND r.known_at > o.asked_at)
"""


def close_answered(books: Bulk, at: datetime) -> None:
    """Close the orders that readings of a delivery answer, in its transaction."""
    books.execute(ANSWERED, (at,))


def orders(scope: Scope, state: str = OrderState.OPEN) -> QuerySet[RereadOrder]:
    """Return the orders of a scope in a state ("" for all), the oldest first."""
    found = scope.filter(RereadOrder.objects.all(), "usage_point__unit")
    found = found.select_related(
        "usage_point__agreement__customer",
        "usage_point__reading_book",
        "usage_point__unit",
        "asked_by",
        "closed_by",
    )
    return (found.filter(state=state) if state else found).order_by("id")
