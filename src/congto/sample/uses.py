"""What each measured profile stands for in Vietnam: price group, subgroup, kind of organisation.

A table written by hand, by the shape of the profile; no source gives it. Farms are in the
production group, as agriculture is in the price decisions.
"""

from __future__ import annotations

import polars as pl

from congto.vocabulary.groups import CustomerGroup

HOUSEHOLD, PRODUCTION, BUSINESS, ADMINISTRATIVE = (
    CustomerGroup.RESIDENTIAL,
    CustomerGroup.PRODUCTION,
    CustomerGroup.BUSINESS,
    CustomerGroup.ADMINISTRATIVE,
)
TIERED = "tiered"
SCHOOLS = "hospital_kindergarten_school"
OFFICES = "public_lighting_admin_office"

Uses = list[tuple[float, CustomerGroup, str | None, str]]

_LOW_VOLTAGE: dict[str, Uses] = {
    # profile: (share of its points, group, subgroup, kind of name)
    "H0-A": [(1.0, HOUSEHOLD, TIERED, "person")],
    "H0-B": [(1.0, HOUSEHOLD, TIERED, "person")],
    "H0-C": [(1.0, HOUSEHOLD, TIERED, "person")],
    "H0-G": [(1.0, HOUSEHOLD, TIERED, "person")],
    "H0-L": [(1.0, HOUSEHOLD, TIERED, "person")],
    # G1: weekdays in office hours
    "G1-A": [
        (0.35, ADMINISTRATIVE, SCHOOLS, "school"),
        (0.25, ADMINISTRATIVE, OFFICES, "authority"),
        (0.40, BUSINESS, None, "office_firm"),
    ],
    "G1-B": [
        (0.30, ADMINISTRATIVE, SCHOOLS, "school"),
        (0.25, ADMINISTRATIVE, OFFICES, "authority"),
        (0.45, BUSINESS, None, "office_firm"),
    ],
    "G1-C": [
        (0.25, ADMINISTRATIVE, SCHOOLS, "school"),
        (0.25, ADMINISTRATIVE, OFFICES, "authority"),
        (0.50, BUSINESS, None, "office_firm"),
    ],
    "G2-A": [(1.0, BUSINESS, None, "evening")],      # heavy evening use
    "G3-A": [(1.0, PRODUCTION, None, "workshop")],   # day and night
    "G4-A": [(1.0, BUSINESS, None, "shop")],         # shop, barber
    "G4-B": [(1.0, BUSINESS, None, "shop")],
    "G5-A": [(1.0, PRODUCTION, None, "bakery")],     # bakery, from two in the morning
    "G6-A": [(1.0, BUSINESS, None, "weekend")],      # weekends
    "L1-A": [(1.0, PRODUCTION, None, "farm")],       # farm with dairy cows
    "L2-A": [(1.0, PRODUCTION, None, "farm")],       # other farm
}  # fmt: skip

_MEDIUM_VOLTAGE: dict[str, Uses] = {
    # In Viet Nam most of what is sold at medium voltage goes to industry: the large weekday
    # profiles stand for factories, the shop, evening and weekend ones for centres.
    "G0-A": [(1.0, PRODUCTION, None, "factory")],
    "G0-M": [(1.0, PRODUCTION, None, "factory")],
    "G1-A": [(1.0, BUSINESS, None, "centre")],
    "G1-B": [(1.0, PRODUCTION, None, "factory")],
    "G1-C": [(1.0, PRODUCTION, None, "factory")],
    "G2-A": [(1.0, BUSINESS, None, "centre")],
    "G3-A": [(1.0, PRODUCTION, None, "factory")],
    "G3-M": [(1.0, PRODUCTION, None, "factory")],
    "G3-H": [(1.0, PRODUCTION, None, "factory")],
    "G4-A": [(1.0, BUSINESS, None, "centre")],
    "G4-B": [(1.0, BUSINESS, None, "centre")],
    "G4-M": [(1.0, PRODUCTION, None, "factory")],
    "G4-H": [(1.0, PRODUCTION, None, "factory")],
    "G5-A": [(1.0, PRODUCTION, None, "factory")],
    "G6-A": [(1.0, BUSINESS, None, "centre")],
    "L0-A": [(1.0, PRODUCTION, None, "farm")],
    "L2-M": [(1.0, PRODUCTION, None, "farm")],
    "BL-H": [(1.0, PRODUCTION, None, "factory")],    # band load of an industry
    "WB-H": [(1.0, PRODUCTION, None, "factory")],    # industry on working days
}  # fmt: skip


def use_table() -> pl.DataFrame:
    """Return one row per level, profile and use, with its slice [lower, upper) of the unit range.

    Columns: is_lv, profile, group, subgroup, naming, lower, upper.
    """
    rows = []
    for is_lv, table in ((True, _LOW_VOLTAGE), (False, _MEDIUM_VOLTAGE)):
        for profile, uses in table.items():
            lower = 0.0
            for share, group, subgroup, naming in uses:
                upper = lower + share
                rows.append((is_lv, profile, group.value, subgroup, naming, lower, upper))
                lower = upper
    names = ["is_lv", "profile", "group", "subgroup", "naming", "lower", "upper"]
    return pl.DataFrame(rows, schema=names, orient="row", infer_schema_length=None)


def voltage_class(is_lv: pl.Expr, nominal_kv: pl.Expr) -> pl.Expr:
    """Voltage class of the point: 400 V, 10 kV or 20 kV.

    Bought at 20 kV is priced as 22 kV (EVN SPC's customer page).
    """
    return (
        pl.when(is_lv)
        .then(pl.lit("<6kV"))
        .when(nominal_kv < 15)
        .then(pl.lit("6-<22kV"))
        .otherwise(pl.lit("22-<110kV"))
    )
