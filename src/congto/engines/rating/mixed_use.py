"""When a residential contract with partly other use is residential as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from congto.engines.rating.rounding import WH_PER_KWH
from congto.vocabulary.groups import CustomerGroup

if TYPE_CHECKING:
    from congto.vocabulary.side_rules import MixedUseRule


def all_residential(contract_group: str, average_wh: int, rule: MixedUseRule) -> bool:
    """Return whether the average of three consecutive months keeps the whole meter residential.

    Below 200 kWh a month: 199.9 yes, 200 no. Source: TT 16/2014/TT-BCT Art. 3(2)(a) as amended by
    TT 25/2018/TT-BCT (recalled; that the rule exists is confirmed).
    """
    residential = contract_group == CustomerGroup.RESIDENTIAL
    return residential and average_wh < rule.kwh_below * WH_PER_KWH
