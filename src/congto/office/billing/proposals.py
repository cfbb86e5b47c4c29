"""What needs a second person in billing: importing this registers every kind of it."""

from congto.office.billing import correction_proposals, held_decisions, rule_changes

__all__ = ["correction_proposals", "held_decisions", "rule_changes"]
