"""Overdue debts: notices, complaints, plans, cuts, interest, deposits, write-off."""
