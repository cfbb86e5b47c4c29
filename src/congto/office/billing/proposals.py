"""What needs a second person in billing: importing this registers every kind of it."""

from congto.office.billing import held_decisions, rule_changes

__all__ = ["held_decisions", "rule_changes"]
