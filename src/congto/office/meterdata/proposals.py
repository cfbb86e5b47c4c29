"""What needs a second person in meter data: importing this registers every kind of it."""

from congto.office.meterdata import editing, gate_book_changes, rule_book_changes

__all__ = ["editing", "gate_book_changes", "rule_book_changes"]
