"""Reads of energy balances."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Sum

from congto.office.losses.choices import BalanceLevel
from congto.office.losses.models import EnergyBalance

if TYPE_CHECKING:
    from datetime import date

    from congto.office.control.queries import Scope


@dataclass(frozen=True, slots=True)
class UnitBalance:
    """The energy of the units of a scope in a month, Wh, from meters only.

    Attributes:
        received_wh: what the substations received.
        bulk_wh / sold_wh: handed over at bulk stations / sold to customers.
        loss_wh: what is lost on each level; where every element is balanced, received = bulk + sold
            + the losses of all levels, to the Wh.
        points / points_measured: customer points, and those with a measured usage.
    """

    received_wh: int
    bulk_wh: int
    sold_wh: int
    loss_wh: dict[BalanceLevel, int]
    points: int
    points_measured: int

    @property
    def lost_wh(self) -> int:
        """Return the loss of all levels."""
        return sum(self.loss_wh.values())


def unit_balance(month: date, scope: Scope) -> UnitBalance:
    """Add up the balances of a scope's elements in the month that begins on `month`."""
    rows = scope.filter(EnergyBalance.objects.filter(month=month))
    levels = {row["level"]: row for row in rows.order_by().values("level").annotate(**SUMS)}
    top = levels.get(BalanceLevel.SUBSTATION.value, {})
    return UnitBalance(
        received_wh=int(top.get("received", 0)),
        bulk_wh=sum(int(row["bulk"]) for row in levels.values()),
        sold_wh=sum(int(row["sold"]) for row in levels.values()),
        loss_wh={BalanceLevel(level): int(row["loss"]) for level, row in levels.items()},
        points=sum(row["count"] for row in levels.values()),
        points_measured=sum(row["measured"] for row in levels.values()),
    )


SUMS = {
    "received": Sum("received_wh"),
    "bulk": Sum("bulk_wh"),
    "sold": Sum("sold_wh"),
    "loss": Sum("loss_wh"),
    "count": Sum("points"),
    "measured": Sum("points_measured"),
}
