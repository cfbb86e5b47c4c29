"""Bank statements: CAMT.053, MT940, and tables of internet banking by a profile of the bank."""
