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
    levels = (
        rows.order_by()
        .values_list("level")
        .annotate(
            Sum("received_wh"),
            Sum("bulk_wh"),
            Sum("sold_wh"),
            Sum("loss_wh"),
            Sum("points"),
            Sum("points_measured"),
        )
    )
    sums = {BalanceLevel(level): [int(figure) for figure in sums] for level, *sums in levels}
    received, bulk, sold, loss, points, measured = range(6)
    return UnitBalance(
        received_wh=sums.get(BalanceLevel.SUBSTATION, [0])[received],
        bulk_wh=sum(figures[bulk] for figures in sums.values()),
        sold_wh=sum(figures[sold] for figures in sums.values()),
        loss_wh={level: figures[loss] for level, figures in sums.items()},
        points=sum(figures[points] for figures in sums.values()),
        points_measured=sum(figures[measured] for figures in sums.values()),
    )
