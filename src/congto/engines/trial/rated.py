"""Profiles with their money on both sides: today and under the draft."""

from __future__ import annotations

import polars as pl

from congto.vocabulary.frames.trial import GROUPS, RATED_PROFILES

SIDES = ("baseline", "draft")


def rated_profiles(
    profiles: pl.DataFrame,
    baseline: tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame],
    draft: tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame],
) -> pl.DataFrame:
    """Return RATED_PROFILES.

    Args:
        profiles: RATING_INPUT; account_id is the profile's number 0.. in order.
        baseline: BILL_LINES, BILL_TOTALS and RATING_REFUSALS of these profiles, as today.
        draft: the same under the draft.

    The group is that of a profile's first row; its energy is the sum over its rows.
    """
    rated = profiles.group_by("account_id", maintain_order=True).agg(
        pl.col("group").first().cast(GROUPS), pl.col("energy_wh").sum()
    )
    tiers = baseline[0].group_by("account_id").agg(pl.col("tier").max())
    rated = rated.join(tiers, on="account_id", how="left", maintain_order="left")
    reasons = []
    for side, (_lines, totals, refusals) in zip(SIDES, (baseline, draft), strict=True):
        money = totals.select(
            "account_id",
            pl.col("net_vnd").alias(f"{side}_net_vnd"),
            pl.col("vat_vnd").alias(f"{side}_vat_vnd"),
        )
        named = refusals.select(
            "account_id", pl.format("{} {}", pl.lit(side), "reason").alias(side)
        )
        reasons.append(side)
        for facts in (money, named.unique("account_id")):
            rated = rated.join(facts, on="account_id", how="left", maintain_order="left")
    rated = rated.with_columns(tier=pl.col("tier").fill_null(0), refusal=pl.coalesce(reasons))
    return RATED_PROFILES.check(rated)
