"""Frames of trial billing: who has which rating, what it costs today and under a draft."""

from __future__ import annotations

import polars as pl

from congto.vocabulary.frames import Frame
from congto.vocabulary.groups import CustomerGroup

GROUPS = pl.Enum([group.value for group in CustomerGroup])
"""Price groups as small numbers: sums over a hundred million rows compare no texts."""

TRIAL_ACCOUNTS = Frame(
    "trial_accounts",
    "one row per agreement and billing period",
    {
        "agreement_id": pl.Int64(),
        "unit_id": pl.Int32(),
        "profile": pl.UInt32(),  # row of the profiles: RATING_INPUT rows that many accounts share
        "issued_net_vnd": pl.Int64(),  # of the issued bill; null: none is issued
        "issued_vat_vnd": pl.Int64(),
    },
)

RATED_PROFILES = Frame(
    "rated_profiles",
    "one row per profile, in order of its number; money is null where a side cannot rate it",
    {
        "group": GROUPS,
        "energy_wh": pl.Int64(),
        "tier": pl.Int16(),  # highest tier reached today; 0: not priced by tiers
        "baseline_net_vnd": pl.Int64(),
        "baseline_vat_vnd": pl.Int64(),
        "draft_net_vnd": pl.Int64(),
        "draft_vat_vnd": pl.Int64(),
        "refusal": pl.String(),  # why a side cannot rate it: "baseline no_price"; null: both can
    },
)

MONEY = ("baseline_net_vnd", "baseline_vat_vnd", "draft_net_vnd", "draft_vat_vnd")
"""The four amounts that a trial compares, in đồng."""

TRIAL_SUMS = {
    "bills": pl.Int64(),
    "energy_wh": pl.Int64(),
    **{name: pl.Int64() for name in MONEY},
}
"""What is added up in every breakdown of a trial."""
