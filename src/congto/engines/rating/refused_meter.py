"""From which day a buyer who refuses the three-rate meter pays the peak price for all energy."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from congto.vocabulary.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from congto.vocabulary.side_rules import RefusedMeterRule


def first_day_of_peak_price(notices: Sequence[date], rule: RefusedMeterRule) -> date | None:
    """Return the first day at the peak price; None while too few notices were given.

    15 days after the third notice, notices at least 10 days apart: 1, 11 and 21 March -> 5 April.
    Source: TT 16/2014/TT-BCT Art. 5 (recalled). Raises InvalidInputError for notices that stand
    too close: they do not count.
    """
    for earlier, later in pairwise(notices):
        if (later - earlier).days < rule.days_between:
            raise InvalidInputError(
                f"a notice of {later} after the one of {earlier}",
                expected=f"notices in order and at least {rule.days_between} days apart",
            )
    if len(notices) < rule.notices:
        return None
    return notices[rule.notices - 1] + timedelta(days=rule.days_after_last)
