"""The two measures of how customers pay, kept apart, with and without difficult communes.

By bank or intermediary: who took the money. Cash at a partner's point counts.
Cashless: what the customer handed over. Cash at a partner's point does not count; a card at the
utility's own counter does.

A customer counts by its last payment of the month that was not taken back, so that each counts
once; money counts payment by payment, less what was taken back. Customers are those with an
agreement in force in the month. A customer is left out of the second figures where every point of
use of its agreements lies in a listed commune; money, where every point of the paying agreement
does. Both are left out above and below the line alike.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from congto.office.channels.models import KpiNaming, ListedCommune
from congto.office.control.queries import unit_ids
from congto.office.organisation.models import Unit
from congto.office.payments.choices import PartnerKind
from congto.office.storage.bulk import read
from congto.reference.payment_channels import channels_on, decisions
from congto.vocabulary.channels import Handing, Place, share_bp
from congto.vocabulary.periods import last_day

if TYPE_CHECKING:
    from datetime import date

    import polars as pl

    from congto.office.control.queries import Scope
    from congto.vocabulary.channels import CommuneDecision
    from congto.vocabulary.money import Dong
    from congto.vocabulary.periods import Period

BY_PARTNER = frozenset({PartnerKind.BANK, PartnerKind.INTERMEDIARY})

SPOTS = """
spots AS (
    SELECT a.id AS agreement_id, a.customer_id,
        coalesce(bool_and(l.id IS NOT NULL), false) AS listed,
        coalesce(bool_or(s.commune_id IS NULL), true) AS unplaced
    FROM customers_agreement a
    LEFT JOIN meters_usagepoint p ON p.agreement_id = a.id AND p.kind = 'customer'
    LEFT JOIN LATERAL ( -- the place on the day of the list, else the earliest that is known
        SELECT commune_id FROM channels_pointplace s WHERE s.usage_point_id = p.id
        ORDER BY (s.valid_from <= $4 AND (s.valid_to IS NULL OR $4 < s.valid_to)) DESC, valid_from
        LIMIT 1
    ) s ON true
    LEFT JOIN channels_listedcommune l ON l.commune_id = s.commune_id AND l.decision = $5
        AND l.valid_from < $2 AND (l.valid_to IS NULL OR $2 <= l.valid_to)
    GROUP BY a.id, a.customer_id
)
"""
LAST_PAYMENT = """
last_payment AS (
    SELECT DISTINCT ON (a.customer_id) a.customer_id, q.kind, p.channel, p.amount_vnd
    FROM payments_payment p JOIN customers_agreement a ON a.id = p.agreement_id
    JOIN payments_partner q ON q.id = p.partner_id
    WHERE p.accounting_date >= $1 AND p.accounting_date < $2 AND p.reverses_id IS NULL
        AND NOT EXISTS (SELECT FROM payments_payment r WHERE r.reverses_id = p.id)
    ORDER BY a.customer_id, p.paid_at DESC, p.id DESC
)
"""
CUSTOMERS = f"""
WITH {SPOTS}, {LAST_PAYMENT}, served AS (
    SELECT a.customer_id, bool_and(s.listed) AS listed, bool_or(s.unplaced) AS unplaced
    FROM customers_agreement a JOIN spots s ON s.agreement_id = a.id
    WHERE a.valid_from < $2 AND (a.valid_to IS NULL OR $1 < a.valid_to) GROUP BY a.customer_id
)
SELECT c.unit_id, v.listed, v.unplaced, l.kind, l.channel, count(*) AS customers
FROM served v JOIN customers_customer c ON c.id = v.customer_id
LEFT JOIN last_payment l ON l.customer_id = v.customer_id
WHERE c.unit_id = ANY($3) GROUP BY c.unit_id, v.listed, v.unplaced, l.kind, l.channel
"""  # noqa: S608  (constants of this file, no input)
MONEY = f"""
WITH {SPOTS}
SELECT p.unit_id, s.listed, s.unplaced, q.kind, p.channel, sum(p.amount_vnd)::bigint AS money_vnd
FROM payments_payment p JOIN payments_partner q ON q.id = p.partner_id
JOIN spots s ON s.agreement_id = p.agreement_id
WHERE p.accounting_date >= $1 AND p.accounting_date < $2 AND p.unit_id = ANY($3)
GROUP BY p.unit_id, s.listed, s.unplaced, q.kind, p.channel
"""  # noqa: S608  (constants of this file, no input)


@dataclass(frozen=True, slots=True)
class Figures:
    """Customers and whole đồng of a unit's month; `unknown` are of channels nobody explains.

    Attributes:
        customers: with an agreement in force in the month. payers: those who paid in it.
        by_partner, cashless, home, unknown: payers by their last payment.
        money_vnd: collected. by_partner_vnd, cashless_vnd, home_vnd, unknown_vnd: parts of it.
    """

    customers: int = 0
    payers: int = 0
    by_partner: int = 0
    cashless: int = 0
    home: int = 0
    unknown: int = 0
    money_vnd: Dong = 0
    by_partner_vnd: Dong = 0
    cashless_vnd: Dong = 0
    home_vnd: Dong = 0
    unknown_vnd: Dong = 0

    def plus(self, other: Figures) -> Figures:
        """Return the sum of both."""
        return Figures(
            *(getattr(self, name) + getattr(other, name) for name in self.__dataclass_fields__)
        )

    @property
    def by_partner_bp(self) -> int | None:
        """Return customers by bank or intermediary of all customers, in hundredths of a percent."""
        return share_bp(self.by_partner, self.customers)

    @property
    def cashless_bp(self) -> int | None:
        """Return cashless customers of all customers, in hundredths of a percent."""
        return share_bp(self.cashless, self.customers)

    @property
    def by_partner_money_bp(self) -> int | None:
        """Return money by bank or intermediary of all money, in hundredths of a percent."""
        return share_bp(self.by_partner_vnd, self.money_vnd)

    @property
    def cashless_money_bp(self) -> int | None:
        """Return cashless money of all money, in hundredths of a percent."""
        return share_bp(self.cashless_vnd, self.money_vnd)


@dataclass(frozen=True, slots=True)
class OfUnit:
    """A unit's figures, of everybody and without listed communes; customers without a commune."""

    unit: Unit
    everybody: Figures = field(default_factory=Figures)
    without: Figures = field(default_factory=Figures)
    unplaced: int = 0


@dataclass(frozen=True, slots=True)
class Naming:
    """Which list the month's target names.

    Attributes:
        decision: its number; "" where nobody has named one. document: that sets the target.
        known: what is published of the decision. loaded: communes of it in the books.
        day: on which the commune of a point is looked up. asked: last day of the month.
    """

    decision: str
    document: str
    known: CommuneDecision | None
    loaded: int
    day: date
    asked: date

    @property
    def current(self) -> bool:
        """Tell whether the list is neither replaced nor past its time."""
        return self.known is not None and self.known.current_on(self.asked)


@dataclass(frozen=True, slots=True)
class Report:
    """A month's measures: units in the order of the tree, and their total."""

    month: Period
    naming: Naming
    units: list[OfUnit]
    everybody: Figures
    without: Figures
    unplaced: int
    unknown: list[tuple[str, str]]
    """Kind of partner and word of channels that nobody explains."""


def naming_on(month: Period) -> Naming:
    """Return the list that the target of a month names, and the day on which places are looked up.

    A list names communes as they were while it was in force: after it was replaced or its time was
    over, a point's commune is the one of its last day.
    """
    end = last_day(month)
    named = KpiNaming.objects.filter(valid_from__lte=end).first()
    decision = named.decision if named else ""
    known = decisions().get(decision)
    limits = [known.until, known.replaced_from] if known else []
    day = min([end, *(limit - timedelta(days=1) for limit in limits if limit)])
    loaded = ListedCommune.objects.filter(decision=decision).count()
    document = named.document if named else ""
    return Naming(decision, document, known, loaded, day, end)


def measures(month: Period, scope: Scope) -> Report:
    """Return the two measures of a month in a scope, unit by unit."""
    naming = naming_on(month)
    values = (month.start, month.end, unit_ids(scope), naming.day, naming.decision)
    found: dict[int, OfUnit] = {}
    meanings = _Meanings(last_day(month))
    units = {unit.pk: unit for unit in Unit.objects.filter(pk__in=values[2])}
    for frame in (read(CUSTOMERS, values), read(MONEY, values)):
        _add(frame, units, found, meanings)
    rows = sorted(found.values(), key=lambda one: one.unit.path)
    everybody = without = Figures()
    for row in rows:
        everybody, without = everybody.plus(row.everybody), without.plus(row.without)
    unplaced = sum(row.unplaced for row in rows)
    unknown = sorted(meanings.unknown)
    return Report(month, naming, rows, everybody, without, unplaced, unknown)


class _Meanings:
    """What channels mean on a day; remembers the words that it did not find."""

    def __init__(self, day: date) -> None:
        self._known = channels_on(day)
        self.unknown: set[tuple[str, str]] = set()

    def parts(self, kind: str, channel: str) -> tuple[bool, bool, bool, bool]:
        """Return by partner, cashless, at home, unknown."""
        found = self._known.get((kind, channel))
        if found is None:
            self.unknown.add((kind, channel))
            return kind in BY_PARTNER, False, False, True
        cashless, home = found.handing is Handing.CASHLESS, found.place is Place.HOME
        return kind in BY_PARTNER, cashless, home, False


def _add(
    frame: pl.DataFrame, units: dict[int, Unit], found: dict[int, OfUnit], meanings: _Meanings
) -> None:
    """Add the groups of one query, of customers or of money, to the figures of their units."""
    for row in frame.iter_rows(named=True):
        unit = found.get(row["unit_id"]) or OfUnit(units[row["unit_id"]])
        if "customers" in row:
            figures = _customers(row, meanings)
            unit = replace(unit, unplaced=unit.unplaced + row["customers"] * row["unplaced"])
        else:
            figures = _money(row, meanings)
        unit = replace(unit, everybody=unit.everybody.plus(figures))
        if not row["listed"]:
            unit = replace(unit, without=unit.without.plus(figures))
        found[row["unit_id"]] = unit


def _customers(row: dict[str, object], meanings: _Meanings) -> Figures:
    count = int(str(row["customers"]))
    if row["kind"] is None:
        return Figures(customers=count)
    partner, cashless, home, unknown = meanings.parts(str(row["kind"]), str(row["channel"]))
    return Figures(
        customers=count,
        payers=count,
        by_partner=count * partner,
        cashless=count * cashless,
        home=count * home,
        unknown=count * unknown,
    )


def _money(row: dict[str, object], meanings: _Meanings) -> Figures:
    amount = int(str(row["money_vnd"]))
    partner, cashless, home, unknown = meanings.parts(str(row["kind"]), str(row["channel"]))
    return Figures(
        money_vnd=amount,
        by_partner_vnd=amount * partner,
        cashless_vnd=amount * cashless,
        home_vnd=amount * home,
        unknown_vnd=amount * unknown,
    )
