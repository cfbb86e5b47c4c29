"""Tables of channels: what utilities load, and the CSV files that the console hands out."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from congto.interfaces.files.layout import Column, Kind, Layout

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from congto.office.channels.home_visits import HomeVisits
    from congto.office.channels.measures import Figures, Report

FROM = Column("valid_from", Kind.DATE)
TO = Column("valid_to", Kind.DATE, required=False)
LONGITUDE = Column("longitude", Kind.NUMBER, least=-180, most=180)
LATITUDE = Column("latitude", Kind.NUMBER, least=-90, most=90)
DOCUMENT = Column("document", longest=120)

LAYOUTS: dict[str, Layout] = {
    "communes": Layout(
        (Column("code", longest=8), Column("name", longest=120), Column("province", longest=120)),
        ("code",),
    ),
    "places": Layout(
        (
            Column("usage_point"),
            Column("commune"),
            Column("longitude", Kind.NUMBER, required=False, least=-180, most=180),
            Column("latitude", Kind.NUMBER, required=False, least=-90, most=90),
            FROM,
            TO,
        ),
        ("usage_point", "valid_from"),
    ),
    "listed_communes": Layout(
        (Column("decision", longest=24), Column("commune"), FROM, TO), ("decision", "commune")
    ),
    "points": Layout(
        (
            Column("code", longest=32),
            Column("partner"),
            Column("name", longest=160),
            Column("address", required=False, longest=240),
            LONGITUDE,
            LATITUDE,
            FROM,
            TO,
        ),
        ("code",),
    ),
    "mandates": Layout(
        (
            Column("number", longest=32),
            Column("customer"),
            Column("unit"),
            Column("bank"),
            Column("account", longest=32),
            Column("holder", longest=120),
            Column("limit_vnd", Kind.INTEGER, required=False, least=1, most=10**15),
            FROM,
            TO,
            DOCUMENT,
        ),
        ("number",),
    ),
    "agents": Layout(
        (
            Column("partner"),
            Column("unit"),
            Column("phone", required=False, longest=20),
            Column("visits_homes", Kind.BOOLEAN),
            FROM,
            TO,
            DOCUMENT,
        ),
        ("partner",),
    ),
    "agent_books": Layout((Column("book"), Column("agent"), FROM, TO), ("book", "valid_from")),
}
"""Name of a table of office.channels -> how its file looks."""

FIGURES = (
    "customers", "payers", "by_partner", "by_partner_bp", "cashless", "cashless_bp", "home",
    "unknown", "money_vnd", "by_partner_vnd", "by_partner_money_bp", "cashless_vnd",
    "cashless_money_bp", "home_vnd", "unknown_vnd",
)  # fmt: skip
HOME = (
    "unit", "commune", "book", "code", "name", "address", "amount_vnd", "partner", "point",
    "point_name", "point_address", "distance_m", "points",
)  # fmt: skip


def measures_csv(report: Report) -> bytes:
    """Write one row per unit and kind of figures (all; without listed communes).

    Columns: month, unit, name, figures, list (decision that is left out), customers without a
    commune, FIGURES. A share is in hundredths of a percent, empty where there is nothing to divide.
    """
    listed = report.naming.decision if report.naming.loaded else ""
    month = f"{report.month.start:%Y-%m}"

    def row(code: str, name: str, kind: str, unplaced: int, of: Figures) -> list[object]:
        left_out = listed if kind == "without" else ""
        return [month, code, name, kind, left_out, unplaced, *(getattr(of, one) for one in FIGURES)]

    rows = []
    for one in report.units:
        rows.append(row(one.unit.code, one.unit.name, "all", one.unplaced, one.everybody))
        if listed:
            rows.append(row(one.unit.code, one.unit.name, "without", one.unplaced, one.without))
    rows.append(row("", "", "all", report.unplaced, report.everybody))
    if listed:
        rows.append(row("", "", "without", report.unplaced, report.without))
    heads = ("month", "unit", "name", "figures", "list", "unplaced", *FIGURES)
    return _csv(heads, rows)


def home_csv(found: HomeVisits) -> bytes:
    """Write one row per customer who paid at home: HOME, amounts in đồng, distances in metres."""
    return _csv(HOME, found.customers.select(HOME).iter_rows())


def _csv(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(heads)
    for row in rows:
        writer.writerow(["" if value is None else _neutral(value) for value in row])
    return text.getvalue().encode("utf-8-sig")


def _neutral(value: object) -> object:
    """Return a text so that no spreadsheet runs it as a formula; figures stay as they are."""
    signs = ("=", "+", "-", "@", "\t", "\r")
    return f"'{value}" if isinstance(value, str) and value.startswith(signs) else value
