"""How far a reading may go before a check speaks."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of the checks, whole numbers so that every comparison is exact.

    Attributes:
        over_registered_percent: energy of the period against registered power all day long
            (Itron's high limit, k = 1.5).
        household_wh_per_day: what one household can draw in a day: 80 A x 220 V x 24 h, the full
            load of the largest single-phase meter that is connected directly (the meter limit of
            the physical maximum check; the choice of meter is an assumption of this project).
        sum_multipliers: half-hours against the register, in resolutions of the dial x multiplier
            (California's "2 x meter multiplier").
        sum_residential_permille / sum_other_permille: the same, relative to the register.
        past_over_percent / past_under_percent: a day's use against the mean day of the three
            months before (readers' devices of EVN ask above 200 %, single source; V-13).
        past_floor_wh: differences below it are not asked about (this project's own).
    """

    over_registered_percent: int = 150
    household_wh_per_day: int = 422_400
    sum_multipliers: int = 2
    sum_residential_permille: int = 10
    sum_other_permille: int = 5
    past_over_percent: int = 200
    past_under_percent: int = 50
    past_floor_wh: int = 20_000


DEFAULTS = Limits()
