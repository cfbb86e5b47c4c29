"""Sums of a piece of the base (some accounts, one month), and of pieces put together.

Two grains: the bill (profile x count of its accounts) for groups, tiers and units; the customer
over all months, for who wins, who loses and by how much.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import polars as pl

from congto.engines.trial.classes import change_class
from congto.vocabulary.frames.trial import MONEY, TRIAL_SUMS

if TYPE_CHECKING:
    from collections.abc import Iterable

    Rated = tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]

KEYS = {
    "groups": ("group", "tier", "change"),
    "units": ("unit_id", "group"),
    "lines": ("side", "group", "charge", "tier", "band"),
    "refused": ("refusal",),
    "issued": ("agrees",),
}
"""Grain of each table of PieceSums: one row per these."""

TOP = 100
"""Customers named one by one: those whose bill changes most."""


@dataclass(frozen=True, slots=True)
class PieceSums:
    """Sums over bills; the grain of each table is in KEYS.

    Attributes:
        groups: TRIAL_SUMS by price group, highest tier reached today and class of change.
        units: TRIAL_SUMS by unit and price group.
        lines: energy_wh and amount_vnd by side, group, charge, tier and band.
        refused: bills and energy_wh that a side cannot rate; they are in no other table.
        issued: bills, and net and VAT as issued and as the baseline rates them, by whether they
            agree; bills not issued are in no row.
    """

    groups: pl.DataFrame
    units: pl.DataFrame
    lines: pl.DataFrame
    refused: pl.DataFrame
    issued: pl.DataFrame


@dataclass(frozen=True, slots=True)
class AccountSums:
    """Sums over customers and all their months.

    Attributes:
        by_use: accounts, bills and money by group, energy_wh of all months and class of change.
        top: one row per account, the TOP largest changes of the gross amount.
    """

    by_use: pl.DataFrame
    top: pl.DataFrame


def piece_sums(
    accounts: pl.DataFrame, rated: pl.DataFrame, lines: tuple[pl.DataFrame, pl.DataFrame]
) -> tuple[PieceSums, pl.DataFrame]:
    """Return the sums of TRIAL_ACCOUNTS, and per account what account_sums needs.

    Args:
        accounts: TRIAL_ACCOUNTS of the piece.
        rated: RATED_PROFILES of all its profiles.
        lines: BILL_LINES of the profiles, baseline and draft; account_id is the profile.
    """
    weights = _weights(accounts, rated.height)
    weighed = rated.with_columns(bills=weights)
    compared = weighed.filter(pl.col("refusal").is_null() & (pl.col("bills") > 0))
    per_account = _per_account(accounts, rated)
    sums = PieceSums(
        groups=_by_group(compared),
        units=per_account.group_by("unit_id", "group").agg(_summed()),
        lines=_by_line(lines, weighed),
        refused=weighed.filter(pl.col("refusal").is_not_null() & (pl.col("bills") > 0))
        .group_by("refusal")
        .agg(pl.col("bills").sum(), (pl.col("energy_wh") * pl.col("bills")).sum()),
        issued=_issued(per_account),
    )
    return sums, per_account.select("agreement_id", "unit_id", "group", "energy_wh", *MONEY)


def _weights(accounts: pl.DataFrame, profiles: int) -> pl.Series:
    """Return how many accounts have each profile, in order of the profiles."""
    counted = accounts["profile"].value_counts(name="bills")
    every = pl.DataFrame({"profile": pl.int_range(profiles, dtype=pl.UInt32(), eager=True)})
    joined = every.join(counted, on="profile", how="left", maintain_order="left")
    return joined["bills"].fill_null(0).cast(pl.Int64())


def _per_account(accounts: pl.DataFrame, rated: pl.DataFrame) -> pl.DataFrame:
    """Look up what each account pays on both sides; leave out what a side cannot rate."""

    def of(name: str) -> pl.Expr:
        return pl.lit(rated[name]).gather(pl.col("profile")).alias(name)

    found = accounts.with_columns(of(name) for name in ("group", "energy_wh", *MONEY))
    if rated["refusal"].null_count() == rated.height:
        return found
    return found.filter(of("refusal").is_null())


def _summed() -> list[pl.Expr]:
    sums = [pl.col(name).sum() for name in TRIAL_SUMS if name != "bills"]
    return [pl.len().cast(pl.Int64()).alias("bills"), *sums]


def _by_group(compared: pl.DataFrame) -> pl.DataFrame:
    before = pl.col("baseline_net_vnd") + pl.col("baseline_vat_vnd")
    after = pl.col("draft_net_vnd") + pl.col("draft_vat_vnd")
    times = [(pl.col(name) * pl.col("bills")).sum() for name in TRIAL_SUMS if name != "bills"]
    return (
        compared.with_columns(change=change_class(before, after))
        .group_by(KEYS["groups"])
        .agg(pl.col("bills").sum(), *times)
    )


def _by_line(lines: tuple[pl.DataFrame, pl.DataFrame], weighed: pl.DataFrame) -> pl.DataFrame:
    """Sum energy and amount of the lines of both sides, times the accounts that have them."""
    weights = pl.lit(weighed["bills"]).gather(pl.col("account_id"))
    counts = pl.lit(weighed["refusal"].is_null()).gather(pl.col("account_id"))
    group = pl.lit(weighed["group"]).gather(pl.col("account_id"))
    return pl.concat(
        side_lines.with_columns(bills=weights, group=group)
        .filter(counts & (pl.col("bills") > 0))
        .group_by(pl.lit(side).alias("side"), "group", "charge", "tier", "band")
        .agg(
            (pl.col("energy_wh").fill_null(0) * pl.col("bills")).sum(),
            (pl.col("amount_vnd") * pl.col("bills")).sum(),
        )
        for side, side_lines in zip(("baseline", "draft"), lines, strict=True)
    )


def _issued(per_account: pl.DataFrame) -> pl.DataFrame:
    """Hold what was issued against what the baseline rates: a check of the base itself."""
    known = per_account.filter(pl.col("issued_net_vnd").is_not_null())
    same = (pl.col("issued_net_vnd") == pl.col("baseline_net_vnd")) & (
        pl.col("issued_vat_vnd") == pl.col("baseline_vat_vnd")
    )
    return known.group_by(same.alias("agrees")).agg(
        pl.len().cast(pl.Int64()).alias("bills"),
        pl.col("issued_net_vnd", "issued_vat_vnd", "baseline_net_vnd", "baseline_vat_vnd").sum(),
    )


def merged(parts: Iterable[PieceSums]) -> PieceSums:
    """Put the sums of pieces together; their order does not matter."""
    every = list(parts)
    return PieceSums(
        **{
            field.name: _merged([getattr(part, field.name) for part in every], KEYS[field.name])
            for field in fields(PieceSums)
        }
    )


def _merged(frames: list[pl.DataFrame], key: tuple[str, ...]) -> pl.DataFrame:
    stacked = pl.concat(frames)
    sums = [name for name in stacked.columns if name not in key]
    return stacked.group_by(key).agg(pl.col(sums).sum()).sort(key, nulls_last=True)


def account_sums(months: Iterable[pl.DataFrame]) -> AccountSums:
    """Add up each account's months and return the customers by use and change, and the TOP.

    Args:
        months: second result of piece_sums for the same accounts, month by month. An account of
            two groups within the time counts in the group of its last month.
    """
    stacked = pl.concat(months)
    accounts = stacked.group_by("agreement_id").agg(
        pl.len().cast(pl.Int64()).alias("bills"),
        pl.col("unit_id", "group").last(),
        pl.col("energy_wh", *MONEY).sum(),
    )
    before = pl.col("baseline_net_vnd") + pl.col("baseline_vat_vnd")
    after = pl.col("draft_net_vnd") + pl.col("draft_vat_vnd")
    judged = accounts.with_columns(change=change_class(before, after), change_vnd=after - before)
    by_use = judged.group_by("group", "energy_wh", "change").agg(
        pl.len().cast(pl.Int64()).alias("accounts"), pl.col("bills", *MONEY).sum()
    )
    return AccountSums(by_use, top_of([judged]))


def top_of(frames: list[pl.DataFrame]) -> pl.DataFrame:
    """Return the TOP rows by size of `change_vnd`, equal ones by number of the agreement."""
    ranked = pl.concat(frames).with_columns(size=pl.col("change_vnd").abs())
    best = ranked.filter(pl.col("size") > 0).top_k(TOP, by=["size", -pl.col("agreement_id")])
    return best.sort(["size", "agreement_id"], descending=[True, False]).drop("size")


def merged_accounts(parts: Iterable[AccountSums]) -> AccountSums:
    """Put the sums of different accounts together."""
    every = list(parts)
    by_use = _merged([part.by_use for part in every], ("group", "energy_wh", "change"))
    return AccountSums(by_use, top_of([part.top for part in every]))
