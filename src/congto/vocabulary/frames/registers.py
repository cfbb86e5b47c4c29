"""Registers of meters as a file states them, before the books know its points and meters."""

from __future__ import annotations

import polars as pl

from congto.vocabulary.frames import Frame

DELIVERED_REGISTERS = Frame(
    "delivered_registers",
    "one row per meter, register and day of a delivered file",
    {
        "line": pl.Int64(),  # where it stands in the file; 1 is the first
        "meter": pl.String(),  # serial number
        "register": pl.String(),  # name of vocabulary.groups.Register in lower case
        "read_on": pl.Date(),  # the day at whose 00:00 the register showed this
        "index_wh": pl.Int64(),  # what the dial shows, before the multiplier; varh of "reactive"
    },
)
