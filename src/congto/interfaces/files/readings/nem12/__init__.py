"""NEM12: a row per meter-day, quality by ranges of intervals (AEMO's meter data file format).

Record 100 opens the file, 200 names point, channel, meter, unit and interval length, 300 is a day,
400 the quality of a range of its intervals, 900 ends the file; 500 is passed over. Days carry no
time zone: they are local days.

Suffix E is energy taken (A+), B given back (A-), Q and K reactive; a number above 1 behind it is a
second stream of the point, which becomes a point of its own: NMI:2.
"""

from __future__ import annotations

from congto.interfaces.files.readings.nem12.reader import read
from congto.interfaces.files.readings.nem12.writer import write

__all__ = ["read", "write"]
