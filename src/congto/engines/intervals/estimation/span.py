"""Days in a row of one channel, with what the registers say of them as a whole."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from congto.engines.intervals.block import ABSENT_WH
from congto.engines.intervals.registers import advance_wh, read_step_wh
from congto.vocabulary.intervals import HALF_HOURS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from congto.engines.intervals.block import DayBlock
    from congto.vocabulary.intervals import DayType


@dataclass(frozen=True, slots=True)
class Span:
    """Consecutive local days of one channel at many points; a single day is the common case.

    A meter that was silent for five days and whose registers are known before and after them is
    one span of five days. Row i of every array speaks of the same point.

    Attributes:
        day_types: one for each day.
        values: Wh or varh on the primary side; (n, days x 48).
        usable: True where the value was measured and not rejected; (n, days x 48).
        total_wh: what the registers advanced over the whole span, on the primary side
            (registers.advance_wh; the sum of two meters where one was exchanged); ABSENT_WH where
            it is not known; (n,).
        step_wh: the step in which the registers were read (registers.read_step_wh), or None where
            they are exact; (n,).
        customer_class: as in PointFacts; (n,).
        relay_open: confirmed open for the whole day; (n, days).
        outage: True where a power-down event covers the half-hour, or None without any.
    """

    day_types: tuple[DayType, ...]
    values: NDArray[np.int32]
    usable: NDArray[np.bool_]
    total_wh: NDArray[np.int64]
    customer_class: NDArray[np.int8]
    relay_open: NDArray[np.bool_]
    outage: NDArray[np.bool_] | None = None
    step_wh: NDArray[np.int64] | None = None

    @classmethod
    def of_day(
        cls,
        block: DayBlock,
        rejected: NDArray[np.bool_],
        rows: NDArray[np.intp],
        unfit: NDArray[np.bool_] | None = None,
    ) -> Span:
        """Return the rows of a block's day as a span of one day.

        Args:
            block: the day.
            rejected: values that validation does not let pass; (n, 48).
            rows: the rows that `incomplete` names.
            unfit: days whose registers are not to be used (Checked.register_unfit); (n,).
        """
        facts = block.facts
        total = advance_wh(facts)[rows]
        if unfit is not None:
            total = np.where(unfit[rows], ABSENT_WH, total)
        return cls(
            day_types=(block.day_type,),
            values=block.values[rows],
            usable=~(block.missing[rows] | rejected[rows]),
            total_wh=total,
            customer_class=facts.customer_class[rows],
            relay_open=facts.relay_open[rows][:, None],
            outage=None if block.outage is None else block.outage[rows],
            step_wh=read_step_wh(facts, facts.opening_wh, facts.closing_wh)[rows],
        )

    def part(self, rows: slice) -> Span:
        """Return some of the rows, as views."""
        return replace(
            self,
            values=self.values[rows],
            usable=self.usable[rows],
            total_wh=self.total_wh[rows],
            customer_class=self.customer_class[rows],
            relay_open=self.relay_open[rows],
            outage=None if self.outage is None else self.outage[rows],
            step_wh=None if self.step_wh is None else self.step_wh[rows],
        )

    def unsupplied(self) -> NDArray[np.bool_]:
        """Return where no energy can have flowed: outage or relay open; (n, days x 48)."""
        dark: NDArray[np.bool_] = np.repeat(self.relay_open, HALF_HOURS, axis=1)
        return dark if self.outage is None else dark | self.outage

    def measured_wh(self) -> NDArray[np.int64]:
        """Return the sum of the usable values; (n,)."""
        sums: NDArray[np.int64] = self.values.sum(axis=1, dtype=np.int64, where=self.usable)
        return sums

    def over_register_wh(self) -> NDArray[np.int64]:
        """Return by how much the usable values exceed the register; without meaning without one."""
        over: NDArray[np.int64] = self.measured_wh() - self.total_wh
        return over

    def contradicted(self) -> NDArray[np.bool_]:
        """Return where they exceed it by more than the dial's last step can hide (E-13); (n,).

        A dial shows whole steps, cut: between two reads up to one step more may have flowed than
        they differ by.
        """
        step = 1 if self.step_wh is None else self.step_wh
        told = self.total_wh != ABSENT_WH
        contradicted: NDArray[np.bool_] = told & (self.over_register_wh() >= step)
        return contradicted
