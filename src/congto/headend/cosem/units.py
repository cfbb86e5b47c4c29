"""Units of registers by their number (Blue Book, clause 4.3.2, Table 4)."""

from __future__ import annotations

UNITS: dict[int, str] = {
    1: "năm",
    2: "tháng",
    3: "tuần",
    4: "ngày",
    5: "giờ",
    6: "phút",
    7: "s",
    8: "°",
    9: "°C",
    13: "m³",
    14: "m³",
    27: "W",
    28: "VA",
    29: "var",
    30: "Wh",
    31: "VAh",
    32: "varh",
    33: "A",
    34: "C",
    35: "V",
    44: "Hz",
    56: "%",
    255: "",
}


def unit_text(unit: int) -> str:
    """Return a unit's sign, or its number where it is not one of a meter's."""
    return UNITS.get(unit, f"unit {unit}")
