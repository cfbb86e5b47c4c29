"""What needs a second person in arrears: importing this registers every kind of it."""

from congto.office.arrears import deposits, plans, transfers, write_off

__all__ = ["deposits", "plans", "transfers", "write_off"]
