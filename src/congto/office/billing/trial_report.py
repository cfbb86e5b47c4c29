"""What a trial says: plain figures by group, company, unit, tier, decile and customer.

Whole đồng and Wh throughout; prices and percentages are texts with two decimals, rounded half up
from exact fractions, and only here, where people read them.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

import polars as pl

from congto.engines.trial.classes import CLASSES, deciles
from congto.engines.trial.draft import decision_on, kept_groups
from congto.office.billing.trial import last_day_of
from congto.office.billing.trial_base import name_of
from congto.office.storage.bulk import read
from congto.vocabulary.frames.trial import MONEY, TRIAL_SUMS
from congto.vocabulary.prices import OnePrice, ThreeRatePrice

if TYPE_CHECKING:
    from congto.engines.trial import AccountSums, PieceSums
    from congto.office.billing.trial_base import Base
    from congto.vocabulary.prices import PriceBook, Tariff
    from congto.vocabulary.trials import TrialRules

    Row = dict[str, Any]

SUMS = list(TRIAL_SUMS)
COMPANY = "company"


def report(
    bases: tuple[Base, ...],
    book: PriceBook,
    rules: TrialRules,
    sums: tuple[PieceSums, AccountSums],
) -> Row:
    """Return the result of a trial as plain values, ready for JSON.

    Keys: trial (name, months, what the draft is, what today is), base (what was in it, how the
    baseline agrees with the issued bills), total, groups, companies, units, lines, deciles,
    histogram (by decile and by tier), customers (who pays more, less, the same), top, refused.
    """
    pieces, accounts = sums
    tree = read("SELECT id AS unit_id, code, name, kind, path FROM organisation_unit")
    by_use = deciles(accounts.by_use.filter(pl.col("accounts") > 0))
    return {
        "trial": _described(bases, book, rules),
        "base": _base(bases, pieces),
        "total": compared(_one(pieces.groups)),
        "groups": [
            {"group": row["group"], **compared(row)} for row in _by(pieces.groups, ["group"])
        ],
        "companies": _companies(pieces.units, tree),
        "units": _units(pieces.units, tree),
        "lines": _lines(pieces.lines),
        "deciles": _deciles(by_use),
        "histogram": _histogram(pieces.groups, by_use),
        "customers": _customers(by_use),
        "top": _top(accounts.top),
        "refused": pieces.refused.to_dicts(),
    }


def compared(row: Row) -> Row:
    """Return a row's sums with gross amounts, changes, average prices and percentages.

    `average_price` is net / kWh in đồng: 282,620 đồng and 134 kWh are 2,109.10.
    """
    shown: Row = {name: int(row[name]) for name in SUMS}
    for side in ("baseline", "draft"):
        net, vat = shown[f"{side}_net_vnd"], shown[f"{side}_vat_vnd"]
        shown[f"{side}_gross_vnd"] = net + vat
        shown[f"{side}_average_price"] = hundredths(net * 1000, shown["energy_wh"])
    for kind in ("net", "vat", "gross"):
        before, after = shown[f"baseline_{kind}_vnd"], shown[f"draft_{kind}_vnd"]
        shown[f"change_{kind}_vnd"] = after - before
        shown[f"change_{kind}_percent"] = hundredths(100 * (after - before), before)
    return shown


def hundredths(numerator: int, denominator: int) -> str | None:
    """Return a fraction with two decimals, half away from zero; None of nothing.

    100 x 3 / 8 = 37.5 -> "37.50";  1 / 3 -> "0.33";  -1 / 8 -> "-0.13".
    """
    if denominator == 0:
        return None
    # Half up is worked out in whole numbers: a decimal quotient might already be rounded.
    size = (2 * 100 * abs(numerator) + abs(denominator)) // (2 * abs(denominator))
    sign = -1 if (numerator < 0) != (denominator < 0) else 1
    return str((Decimal(sign * size) / 100).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP))


def _one(frame: pl.DataFrame) -> Row:
    return frame.select(pl.col(SUMS).sum()).row(0, named=True)


def _by(frame: pl.DataFrame, key: list[str]) -> list[Row]:
    return frame.group_by(key).agg(pl.col(SUMS).sum()).sort(key).to_dicts()


def _described(bases: tuple[Base, ...], book: PriceBook, rules: TrialRules) -> Row:
    """Say what is compared with what, in values that screens put into words."""
    on = last_day_of(bases)
    decision = rules.decision
    vat = sorted({rate.rate_bp for rate in rules.vat})
    return {
        "name": rules.name,
        "months": [name_of(base.month) for base in bases],
        "today": decision_on(book, on).code,
        "decision": decision.code if decision else None,
        "decision_from": decision.effective_from.isoformat() if decision else None,
        "decision_confidence": decision.confidence.value if decision else None,
        "structure": rules.tiers.structure if rules.tiers else None,
        "tiers_vnd": _tier_prices(rules.tiers.tiered) if rules.tiers else None,
        "changes": {one.group: hundredths(one.change_bp, 100) for one in rules.changes},
        "vat_percent": [hundredths(rate, 100) for rate in vat],
        "quota": {
            "percent": rules.quota.percent,
            "at_least_quarters": rules.quota.at_least_quarters,
            "at_most_quarters": rules.quota.at_most_quarters,
        }
        if rules.quota
        else None,
        "kept_groups": kept_groups(book, rules, on),
    }


def _tier_prices(tariff: Tariff) -> list[int]:
    assert not isinstance(tariff, OnePrice | ThreeRatePrice)
    return [tier.price_vnd for tier in tariff.tiers]


def _base(bases: tuple[Base, ...], pieces: PieceSums) -> Row:
    issued = {bool(row["agrees"]): row for row in pieces.issued.to_dicts()}
    agree, differ = issued.get(True), issued.get(False)
    return {
        "periods": sum(base.accounts for base in bases),
        "billed": sum(base.billed for base in bases),
        "unpriced": sum(base.unpriced for base in bases),
        "bills_as_issued": agree["bills"] if agree else 0,
        "bills_not_as_issued": differ["bills"] if differ else 0,
        "not_as_issued_net_vnd": differ["baseline_net_vnd"] - differ["issued_net_vnd"]
        if differ
        else 0,
    }


def _units(units: pl.DataFrame, tree: pl.DataFrame) -> list[Row]:
    """One row per unit that has bills, in order of the tree."""
    named = (
        units.group_by("unit_id")
        .agg(pl.col(SUMS).sum())
        .join(tree.with_columns(pl.col("unit_id").cast(pl.Int32())), on="unit_id")
        .sort("path")
    )
    return [{"unit": row["code"], "name": row["name"], **compared(row)} for row in named.to_dicts()]


def _companies(units: pl.DataFrame, tree: pl.DataFrame) -> list[Row]:
    """One row per company and price group; a unit outside any company stands for itself."""
    companies = tree.filter(pl.col("kind") == COMPANY)
    above = (
        tree.with_columns(code=pl.col("path").str.strip_chars("/").str.split("/"))
        .explode("code")
        .join(companies.select("code", company="name", place="path"), on="code")
        .select(pl.col("unit_id").cast(pl.Int32()), "company", "place")
    )
    own = tree.select(pl.col("unit_id").cast(pl.Int32()), own="name", own_place="path")
    named = (
        units.join(above, on="unit_id", how="left")
        .join(own, on="unit_id", how="left")
        .with_columns(
            company=pl.coalesce("company", "own"), place=pl.coalesce("place", "own_place")
        )
    )
    rows = named.group_by("place", "company").agg(pl.col(SUMS).sum()).sort("place")
    return [{"name": row["company"], **compared(row)} for row in rows.to_dicts()]


def _lines(lines: pl.DataFrame) -> list[Row]:
    """One row per group and tier or band: kWh and đồng of both sides, null where a side has none.

    Tiers of two structures with the same number differ in width; they share a row all the same.
    """
    key = ["group", "charge", "tier", "band"]
    sides = [
        lines.filter(pl.col("side") == side).select(
            *key,
            pl.col("energy_wh").alias(f"{side}_energy_wh"),
            pl.col("amount_vnd").alias(f"{side}_amount_vnd"),
        )
        for side in ("baseline", "draft")
    ]
    both = sides[0].join(sides[1], on=key, how="full", coalesce=True, nulls_equal=True)
    return both.sort(key, nulls_last=True).to_dicts()


def _deciles(by_use: pl.DataFrame) -> list[Row]:
    """One row per group and decile of use: customers, energy, money, who pays more and less."""
    change = pl.col("change")
    rows = (
        by_use.with_columns(energy_wh=pl.col("energy_wh") * pl.col("accounts"))
        .group_by("group", "decile")
        .agg(
            pl.col("accounts").sum(),
            pl.col("accounts").filter(change > 0).sum().alias("pay_more"),
            pl.col("accounts").filter(change < 0).sum().alias("pay_less"),
            pl.col(SUMS).sum(),
        )
        .sort("group", "decile")
    )
    names = ("group", "decile", "accounts", "pay_more", "pay_less")
    return [{**{name: row[name] for name in names}, **compared(row)} for row in rows.to_dicts()]


def _histogram(groups: pl.DataFrame, by_use: pl.DataFrame) -> Row:
    """How many change by how much (classes -4 to 4): customers by decile, bills by tier."""
    return {
        "classes": list(CLASSES),
        "deciles": _spread(by_use, ["group", "decile"], "accounts"),
        "tiers": _spread(groups.filter(pl.col("tier") > 0), ["tier"], "bills"),
        "groups": _spread(groups, ["group"], "bills"),
    }


def _spread(frame: pl.DataFrame, key: list[str], counted: str) -> list[Row]:
    """Return one row per key with `counts`, one number per class in order."""
    rows = (
        frame.group_by(key)
        .agg(
            pl.col(counted).filter(pl.col("change") == one).sum().alias(str(one)) for one in CLASSES
        )
        .sort(key)
    )
    return [
        {**{name: row[name] for name in key}, "counts": [row[str(one)] for one in CLASSES]}
        for row in rows.to_dicts()
    ]


def _customers(by_use: pl.DataFrame) -> Row:
    """Count customers who pay more, less and the same, and by how much in all."""
    change_vnd = pl.sum_horizontal(MONEY[2:]) - pl.sum_horizontal(MONEY[:2])
    change = pl.col("change")
    return by_use.select(
        accounts=pl.col("accounts").sum(),
        pay_more=pl.col("accounts").filter(change > 0).sum(),
        pay_less=pl.col("accounts").filter(change < 0).sum(),
        pay_the_same=pl.col("accounts").filter(change == 0).sum(),
        more_vnd=change_vnd.filter(change > 0).sum(),
        less_vnd=change_vnd.filter(change < 0).sum(),
    ).row(0, named=True)


NAMES = """
SELECT a.id AS agreement_id, a.code AS agreement, c.code AS customer, u.name AS unit
FROM customers_agreement a JOIN customers_customer c ON c.id = a.customer_id
JOIN organisation_unit u ON u.id = c.unit_id WHERE a.id = ANY($1)
"""


def _top(top: pl.DataFrame) -> list[Row]:
    """One row per customer of the largest changes, the largest first."""
    if top.is_empty():
        return []
    names = read(NAMES, (top["agreement_id"].to_list(),))
    rows = top.join(names, on="agreement_id", how="left", maintain_order="left").to_dicts()
    heads = ("agreement", "customer", "unit", "group")
    return [{**{name: row[name] for name in heads}, **compared(row)} for row in rows]
