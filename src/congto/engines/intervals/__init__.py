"""Trust in half-hours: which values of a day may be used, and what stands for the others.

Arrays in, arrays out: a day of many usage points at once (see block). Validation runs every rule of
the published specifications in a fixed order; estimation fills what is missing or rejected and
keeps the register's sum to the last Wh.
"""
