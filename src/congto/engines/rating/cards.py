"""Rate cards: what all accounts with the same group, quota and dates have in common.

Millions of accounts share some hundred cards. A card says, line place by line place, which register
is priced, from which to which Wh, at which price and by which decision; the mass of accounts then
only looks its card up.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from congto.engines.rating import households
from congto.engines.rating.quota import width_wh
from congto.engines.rating.refusals import MAX_QUARTERS, Refusal
from congto.engines.rating.tables import FAR, Metering
from congto.vocabulary.groups import Charge, Register

if TYPE_CHECKING:
    from congto.engines.rating.rounding import TierRounding
    from congto.engines.rating.tables import RatingTables

KEY = (
    "group",
    "subgroup",
    "voltage",
    "time_of_use",
    "peak_for_all",
    "household_quarters",
    "schedule",
    "cycle_from",
    "period_from",
    "period_to",
    "reading_date",
)
"""Columns of RATING_INPUT that make a card, and the schedule of its household changes; with
`reactive`, whether a reactive line may come."""

MAY_LACK = ("subgroup", "voltage", "schedule")
"""Columns of KEY that may be null."""

ALWAYS = -1
"""Level of a line place that is worked out whatever the energy."""


@dataclass(frozen=True, slots=True)
class Cards:
    """Cards and their line places.

    Attributes:
        cards: one row per card: KEY, reactive, `card` (row number), `reason` (Refusal or null),
            vat_rate_bp, place_from and place_to (half-open rows of `places`).
        places: one row per card and line place, in order of the lines.
        levels: per n-th line place, the Wh by card above which an account needs it.
        price_changes: whether any card has more than one decision.
    """

    cards: pl.DataFrame
    places: pl.DataFrame
    levels: list[pl.Series]
    price_changes: bool


def make_cards(
    keys: pl.DataFrame, spans: pl.DataFrame, tables: RatingTables, rounding: TierRounding
) -> Cards:
    """Return the cards for distinct rows of KEY and `reactive`, without nulls where required.

    `spans` are the household schedules (engines.rating.households.SPANS).
    """
    cards = keys.with_row_index("card").with_columns(
        days=(pl.col("period_to") - pl.col("period_from")).dt.total_days(),
        month_days=pl.col("cycle_from").dt.days_in_month().cast(pl.Int64()),
        metering=_metering(),
    )
    parts = households.with_quarter_days(_parts(cards, tables), spans)
    places = _places(parts, tables, rounding)
    cards = _judged(cards, spans, parts, places, tables)
    places = places.filter(
        pl.col("card").is_in(cards.filter(pl.col("reason").is_null())["card"].implode())
    )
    places = pl.concat([places, _reactive_places(cards, places)]).sort(
        "card", "charge", "first_day", "place", maintain_order=True
    )
    count = places.group_by("card").agg(pl.len().cast(pl.Int64()).alias("count"))
    cards = (
        cards.join(count, on="card", how="left", maintain_order="left")
        .with_columns(pl.col("count").fill_null(0))
        .with_columns(place_to=pl.col("count").cum_sum())
        .with_columns(place_from=pl.col("place_to") - pl.col("count"))
    )
    changes = bool((places["first_day"] > 0).any())
    return Cards(cards, places, _levels(cards, places), changes)


def _metering() -> pl.Expr:
    """Return Metering: a refused meter counts before one that is there."""
    return (
        pl.when("peak_for_all")
        .then(pl.lit(Metering.REFUSED.value))
        .when("time_of_use")
        .then(pl.lit(Metering.THREE_RATES.value))
        .otherwise(pl.lit(Metering.ONE_RATE.value))
        .cast(pl.Int8())
    )


def _parts(cards: pl.DataFrame, tables: RatingTables) -> pl.DataFrame:
    """Cut each card's period at the dates of the decisions; days count from its start."""
    start = pl.max_horizontal("period_from", "effective_from")
    end = pl.min_horizontal("period_to", pl.col("effective_to").fill_null(pl.col("period_to")))
    return (
        cards.join(tables.decisions, how="cross")
        .filter(start < end)
        .with_columns(
            part_from=start,
            part_to=end,
            first_day=(start - pl.col("period_from")).dt.total_days(),
            last_day=(end - pl.col("period_from")).dt.total_days(),
        )
        .with_columns(part_days=pl.col("last_day") - pl.col("first_day"))
    )


def _places(parts: pl.DataFrame, tables: RatingTables, rounding: TierRounding) -> pl.DataFrame:
    """Return the line places of each part with their limits in Wh of the part's energy."""
    free = tables.free_of_voltage.with_columns(free=pl.lit(True))
    # Tiers price one register one after the other; each band has a register of its own.
    filled = pl.col("width").cum_sum().over("card", "decision_id", "register", order_by="place")
    return (
        parts.join(free, on=["decision_id", "group", "subgroup"], how="left", nulls_equal=True)
        .with_columns(voltage=pl.when(pl.col("free").is_null()).then("voltage"))
        .join(
            tables.tariffs,
            on=["decision_id", "group", "subgroup", "voltage", "metering"],
            how="inner",
            nulls_equal=True,
        )
        .with_columns(width=width_wh(rounding))
        .with_columns(lower_wh=filled - pl.col("width"))
        .select(
            "card",
            "part_from",
            "part_to",
            "first_day",
            "last_day",
            "days",
            "place",
            "decision_id",
            "tier",
            "band",
            "register",
            "price_vnd",
            "lower_wh",
            width_wh=pl.when(pl.col("width") < FAR).then("width"),
            upper_wh=pl.min_horizontal(pl.col("lower_wh") + pl.col("width"), FAR),
            charge=pl.lit(Charge.ENERGY, dtype=pl.Int16()),
        )
    )


def _judged(
    cards: pl.DataFrame,
    spans: pl.DataFrame,
    parts: pl.DataFrame,
    places: pl.DataFrame,
    tables: RatingTables,
) -> pl.DataFrame:
    """Add vat_rate_bp and the reason why a card cannot be rated."""
    covered = parts.group_by("card").agg(
        pl.col("part_days").sum().alias("covered"), pl.len().alias("parts")
    )
    priced = places.group_by("card").agg(pl.col("decision_id").n_unique().alias("priced"))
    reading = pl.col("reading_date")
    rates = (
        cards.select("card", "reading_date")
        .join(tables.vat, how="cross")
        .filter((pl.col("start") <= reading) & (reading < pl.col("end")).fill_null(True))
        .select("card", "vat_rate_bp")
    )
    reason = (
        pl.when(pl.col("days") <= 0)
        .then(pl.lit(Refusal.PERIOD_EMPTY.value))
        .when(
            ~pl.col("household_quarters").is_between(1, MAX_QUARTERS)
            | pl.col("schedule")
            .is_in(households.out_of_range(spans, MAX_QUARTERS).implode())
            .fill_null(value=False)
        )
        .then(pl.lit(Refusal.QUOTA_OUT_OF_RANGE.value))
        .when(pl.col("covered").fill_null(0) < pl.col("days"))
        .then(pl.lit(Refusal.NO_DECISION.value))
        .when(pl.col("priced").fill_null(0) < pl.col("parts"))
        .then(pl.lit(Refusal.NO_PRICE.value))
        .when(pl.col("vat_rate_bp").is_null())
        .then(pl.lit(Refusal.NO_VAT.value))
    )
    judged = cards
    for facts in (covered, priced, rates):
        judged = judged.join(facts, on="card", how="left", maintain_order="left")
    return judged.with_columns(reason=reason).drop("covered", "parts", "priced")


def _reactive_places(cards: pl.DataFrame, places: pl.DataFrame) -> pl.DataFrame:
    """Return one more place, without energy, for each good card with a reactive line.

    It names the decision that prices the end of the period.
    """
    wanted = cards.filter(pl.col("reactive") & pl.col("reason").is_null())
    nothing = pl.lit(None, dtype=pl.Int16())
    return (
        places.group_by("card", maintain_order=True)
        .agg(pl.all().sort_by("first_day", "place").last())
        .join(wanted.select("card", "cycle_from"), on="card", how="inner", maintain_order="left")
        .with_columns(
            charge=pl.lit(Charge.REACTIVE, dtype=pl.Int16()),
            register=pl.lit(Register.TOTAL, dtype=pl.Int16()),
            tier=nothing,
            band=nothing,
            price_vnd=pl.lit(None, dtype=pl.Int64()),
            width_wh=pl.lit(None, dtype=pl.Int64()),
            part_from="cycle_from",
            lower_wh=pl.lit(FAR, dtype=pl.Int64()),
            upper_wh=pl.lit(FAR, dtype=pl.Int64()),
        )
        .select(places.columns)
    )


def _levels(cards: pl.DataFrame, places: pl.DataFrame) -> list[pl.Series]:
    """Return, for the 1st, 2nd, ... line place, the Wh above which an account of a card needs it.

    With one price for the whole total the tiers fill in order, so only those reached are worked
    out. Several decisions, three registers or a reactive line: all are.
    """
    ordered = places.with_columns(
        nth=pl.int_range(pl.len()).over("card"),
        plain=((pl.col("register") == Register.TOTAL) & (pl.col("charge") == Charge.ENERGY))
        .all()
        .over("card")
        & (pl.col("first_day").max().over("card") == 0),
    ).with_columns(level=pl.when("plain").then("lower_wh").otherwise(ALWAYS))
    deepest = int(cards["count"].max() or 0)  # type: ignore[arg-type]  # Int64 column: an int
    return [
        cards.select("card")
        .join(
            ordered.filter(pl.col("nth") == nth).select("card", "level"),
            on="card",
            how="left",
            maintain_order="left",
        )["level"]
        .fill_null(FAR)
        for nth in range(deepest)
    ]
