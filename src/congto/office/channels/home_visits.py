"""The path to no roaming cashier: who still pays at home, where, and the points near them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from congto.engines.nearest import nearest
from congto.office.channels.measures import LAST_PAYMENT
from congto.office.control.queries import unit_ids
from congto.office.storage.bulk import bulk
from congto.reference.payment_channels import channels_on
from congto.vocabulary.channels import Place
from congto.vocabulary.periods import last_day

if TYPE_CHECKING:
    from congto.office.control.queries import Scope
    from congto.vocabulary.money import Dong
    from congto.vocabulary.periods import Period

RADIUS_M = 3000
"""How near a point counts as near, where nobody says otherwise: half an hour on foot."""
RADIUS_MOST_M = 50_000

WHO = f"""
WITH {LAST_PAYMENT}
SELECT DISTINCT ON (c.code) c.code, c.name, c.address, u.code AS unit, u.name AS unit_name,
    coalesce(b.code, '') AS book, coalesce(m.name, '') AS commune, l.kind, l.channel, l.amount_vnd,
    coalesce(s.longitude, e.longitude) AS longitude, coalesce(s.latitude, e.latitude) AS latitude
FROM last_payment l
JOIN unnest($4::text[], $5::text[]) AS home (kind, channel)
    ON home.kind = l.kind AND home.channel = l.channel
JOIN customers_customer c ON c.id = l.customer_id JOIN organisation_unit u ON u.id = c.unit_id
LEFT JOIN customers_agreement a ON a.customer_id = c.id
LEFT JOIN meters_usagepoint p ON p.agreement_id = a.id AND p.kind = 'customer'
LEFT JOIN meters_readingbook b ON b.id = p.reading_book_id
LEFT JOIN network_networkelement e ON e.id = p.element_id
LEFT JOIN channels_pointplace s ON s.usage_point_id = p.id AND s.valid_from < $2
    AND (s.valid_to IS NULL OR $2 <= s.valid_to)
LEFT JOIN channels_commune m ON m.id = s.commune_id
WHERE c.unit_id = ANY($3)
ORDER BY c.code, coalesce(s.longitude, e.longitude) IS NULL, p.code
"""  # noqa: S608  (constants of this file, no input)

POINTS = """
SELECT p.code, p.name, p.address, q.name AS partner, p.longitude, p.latitude
FROM channels_partnerpoint p JOIN payments_partner q ON q.id = p.partner_id
WHERE p.valid_from < $1 AND (p.valid_to IS NULL OR $1 <= p.valid_to) AND NOT q.suspended
ORDER BY p.code
"""

WHERE = ("unit", "unit_name", "commune", "book")


class Area(NamedTuple):
    """A reading book of a unit, with the commune of those in it: who pays at home there.

    `near` have a point within the radius, `far` have none, of `unknown` no place is known.
    """

    unit: str
    unit_name: str
    commune: str
    book: str
    customers: int
    amount_vnd: Dong
    near: int
    far: int
    unknown: int


@dataclass(frozen=True, slots=True)
class HomeVisits:
    """A month's customers who paid at home.

    Attributes:
        customers: one row per customer: code, name, address, unit, unit_name, commune, book,
            amount_vnd (of the last payment), point, point_name, point_address, partner, distance_m
            (of the nearest point; null where none is within the radius), points, placed.
        points: how many points there are in force.
        radius_m: how near is near.
    """

    customers: pl.DataFrame
    points: int
    radius_m: int

    def areas(self) -> list[Area]:
        """Return the areas, those with most customers first."""
        near, placed = pl.col("point").is_not_null(), pl.col("placed")
        groups = self.customers.group_by(WHERE).agg(
            pl.len().alias("customers"),
            pl.col("amount_vnd").sum(),
            near=near.sum(),
            far=(placed & ~near).sum(),
            unknown=(~placed).sum(),
        )
        ordered = groups.sort("customers", *WHERE, descending=[True, *[False] * len(WHERE)])
        return [Area(*row) for row in ordered.select(Area._fields).iter_rows()]


def home_visits(month: Period, scope: Scope, *, radius_m: int = RADIUS_M) -> HomeVisits:
    """Return who paid at home in a month, by the last payment, and the point nearest to each.

    A customer's place is that of its usage point, else of the transformer that feeds it.

    Args:
        month: a calendar month.
        scope: whose customers; points of every unit count, a customer crosses the border.
        radius_m: above 0.
    """
    meanings = channels_on(last_day(month)).values()
    home = [(one.partner, one.channel) for one in meanings if one.place is Place.HOME]
    kinds, words = ([pair[n] for pair in home] for n in (0, 1))
    with bulk() as books:
        who = books.read(WHO, (month.start, month.end, unit_ids(scope), kinds, words))
        points = books.read(POINTS, (month.end,))
    who = who.with_columns(placed=pl.col("longitude").is_not_null())
    place = ["code", "longitude", "latitude"]
    found = nearest(who.filter("placed").select(place), points.select(place), radius_m=radius_m)
    named = points.select(
        point="code", point_name="name", point_address="address", partner="partner"
    )
    customers = who.join(found, on="code", how="left", maintain_order="left").join(
        named, on="point", how="left", maintain_order="left"
    )
    return HomeVisits(customers, points.height, radius_m)
