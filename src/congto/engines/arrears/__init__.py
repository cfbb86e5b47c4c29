"""ARREARS: what is done about a debt on a day, interest on late money, and the age of debts."""

from congto.engines.arrears.aging import AGES, age_of
from congto.engines.arrears.interest import PRINCIPAL, late_interest
from congto.engines.arrears.rules import RulesOfDay, in_force
from congto.engines.arrears.steps import CASES, STEPS, decide

__all__ = [
    "AGES",
    "CASES",
    "PRINCIPAL",
    "STEPS",
    "RulesOfDay",
    "age_of",
    "decide",
    "in_force",
    "late_interest",
]
