"""Usage that changed after issue: a list of candidates, and no silent change."""

from __future__ import annotations

import pytest

from congto.office.billing.queries import rebill_candidates
from congto.office.control.queries import Scope
from world_months import OCTOBER, months_of, use

pytestmark = pytest.mark.usefixtures("books")


def test_late_usage_makes_a_candidate_and_changes_nothing() -> None:
    bill = months_of(100, 120)
    everything = Scope.everything()
    assert rebill_candidates(everything, OCTOBER) == []
    use(1, OCTOBER, 121)  # 1 kWh of 120 is 0.83 %: below one percent
    assert rebill_candidates(everything, OCTOBER) == []
    use(1, OCTOBER, 110)
    (one,) = rebill_candidates(everything, OCTOBER)
    assert (one.bill_id, one.billed_wh, one.usage_wh, one.difference_wh, one.version) == (
        bill.pk, 120_000, 110_000, -10_000, 3,
    )  # fmt: skip
    assert rebill_candidates(everything, OCTOBER, least_wh=10_001) == []
    assert rebill_candidates(Scope.nothing(), OCTOBER) == []
