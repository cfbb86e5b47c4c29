"""The fast rating engine: frames of accounts in, frames of bill lines and totals out.

Whole numbers only: Wh, đồng, hundredths of a percent. The same bills as `scalar`, line by line.
"""

from __future__ import annotations

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import polars as pl

from congto.engines.rating import reactive
from congto.engines.rating.accounts import accounts_of, slices, together
from congto.engines.rating.cards import KEY, MAY_LACK, make_cards
from congto.engines.rating.households import with_schedule
from congto.engines.rating.price_change import share_wh
from congto.engines.rating.refusals import MAX_QUANTITY_WH, Refusal
from congto.engines.rating.rounding import WH_PER_KWH, TierRounding
from congto.engines.rating.tables import tables_of
from congto.engines.rating.vat import percent_of
from congto.vocabulary.frames.rating import (
    BILL_LINES,
    BILL_TOTALS,
    HOUSEHOLD_CHANGES,
    RATING_INPUT,
    RATING_REFUSALS,
)
from congto.vocabulary.groups import Charge

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Future

    from congto.engines.rating.accounts import Accounts
    from congto.engines.rating.cards import Cards
    from congto.engines.rating.tables import RatingTables
    from congto.vocabulary.prices import PriceBook

CHUNK_ROWS = 500_000
"""Accounts in one piece of work: some 300 MB of working memory."""

PIECES_AT_ONCE = 2

REGISTERS = ("energy_wh", "normal_wh", "peak_wh", "off_peak_wh")
"""Quantities in the order of vocabulary.groups.Register."""

REQUIRED = tuple(
    name
    for name in RATING_INPUT.columns
    if name not in {"subgroup", "voltage", "normal_wh", "peak_wh", "off_peak_wh"}
)


def rate(
    usage: pl.DataFrame,
    book: PriceBook,
    rounding: TierRounding = TierRounding.WHOLE_KWH,
    *,
    household_changes: pl.DataFrame | None = None,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rate RATING_INPUT; return BILL_LINES and BILL_TOTALS in the order of the input's accounts.

    Accounts that cannot be rated are in neither frame; `unrated` tells why. `household_changes` are
    HOUSEHOLD_CHANGES of some of the accounts.
    """
    parts = list(rate_chunks(usage, book, rounding, household_changes=household_changes))
    if len(parts) == 1:
        return parts[0]
    return pl.concat([lines for lines, _ in parts]), pl.concat([totals for _, totals in parts])


def rate_chunks(
    usage: pl.DataFrame,
    book: PriceBook,
    rounding: TierRounding = TierRounding.WHOLE_KWH,
    *,
    household_changes: pl.DataFrame | None = None,
) -> Iterator[tuple[pl.DataFrame, pl.DataFrame]]:
    """Rate RATING_INPUT piece by piece, in order, so that memory does not grow with the lines.

    Two pieces are worked on at once: much of a piece's work keeps only one core busy.
    """
    checked, tables = together(RATING_INPUT.check(usage)), tables_of(book)
    changes = _checked(household_changes)
    pieces = slices(checked, CHUNK_ROWS)
    if len(pieces) == 1:
        yield _rate_chunk(checked, changes, tables, rounding)
        return
    with ThreadPoolExecutor(PIECES_AT_ONCE) as pool:
        working: deque[Future[tuple[pl.DataFrame, pl.DataFrame]]] = deque()
        for piece in pieces:
            working.append(pool.submit(_rate_chunk, piece, changes, tables, rounding))
            if len(working) > PIECES_AT_ONCE:
                yield working.popleft().result()
        while working:
            yield working.popleft().result()


def unrated(
    usage: pl.DataFrame,
    book: PriceBook,
    rounding: TierRounding = TierRounding.WHOLE_KWH,
    *,
    household_changes: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Return RATING_REFUSALS for the accounts of RATING_INPUT that `rate` leaves out.

    Of several rows of an account the first reason in the order of Refusal counts.
    """
    checked, tables = together(RATING_INPUT.check(usage)), tables_of(book)
    keyed, cards = _with_cards(checked, _checked(household_changes), tables, rounding)
    by_card = pl.lit(cards.cards["reason"]).gather(pl.col("card"))
    own = (
        pl.when(pl.any_horizontal(pl.col(REQUIRED).is_null()) | _band_missing())
        .then(pl.lit(Refusal.VALUE_MISSING.value))
        .when(pl.col("period_from") >= pl.col("period_to"))
        .then(pl.lit(Refusal.PERIOD_EMPTY.value))
        .when(~_not_negative())
        .then(pl.lit(Refusal.QUANTITY_NEGATIVE.value))
        .when(~_not_too_large())
        .then(pl.lit(Refusal.QUANTITY_TOO_LARGE.value))
        .when(~_bands_agree())
        .then(pl.lit(Refusal.BANDS_DIFFER.value))
    )
    judged = keyed.select("account_id", reason=pl.coalesce(own, by_card))
    refused = judged.filter(pl.col("reason").is_not_null())
    order = {reason.value: place for place, reason in enumerate(Refusal)}
    first = pl.col("reason").sort_by(pl.col("reason").replace_strict(order, return_dtype=pl.Int8()))
    return RATING_REFUSALS.check(
        refused.group_by("account_id", maintain_order=True).agg(first.first())
    )


def _checked(changes: pl.DataFrame | None) -> pl.DataFrame | None:
    return None if changes is None else HOUSEHOLD_CHANGES.check(changes)


def _band_missing() -> pl.Expr:
    return pl.col("time_of_use") & pl.any_horizontal(pl.col(REGISTERS[1:]).is_null())


def _not_negative() -> pl.Expr:
    """Return whether no quantity that counts is negative; bands count with a three-rate meter."""
    bands = pl.min_horizontal(REGISTERS[1:]) >= 0
    totals = pl.min_horizontal("energy_wh", "reactive_varh", "registered_kw") >= 0
    return totals & (~pl.col("time_of_use") | bands)


def _not_too_large() -> pl.Expr:
    """Return whether every quantity is within MAX_QUANTITY_WH."""
    bands = pl.max_horizontal(REGISTERS[1:]) <= MAX_QUANTITY_WH
    totals = pl.max_horizontal("energy_wh", "reactive_varh") <= MAX_QUANTITY_WH
    return totals & (~pl.col("time_of_use") | bands)


def _bands_agree() -> pl.Expr:
    """Return whether the bands of a three-rate meter add up to its total."""
    bands = pl.col("normal_wh") + pl.col("peak_wh") + pl.col("off_peak_wh")
    return ~pl.col("time_of_use") | (bands == pl.col("energy_wh"))


def _with_cards(
    usage: pl.DataFrame,
    changes: pl.DataFrame | None,
    tables: RatingTables,
    rounding: TierRounding,
) -> tuple[pl.DataFrame, Cards]:
    """Give each row the number of its rate card; rows with a null in the key get none."""
    scheduled, spans = with_schedule(usage, changes)
    marked = scheduled.with_columns(
        reactive.marks(usage, accounts_of(usage), tables.reactive).alias("reactive")
    )
    key = [*KEY, "reactive"]
    required = [name for name in key if name not in MAY_LACK]
    keys = marked.select(key).unique(maintain_order=True).drop_nulls(required)
    cards = make_cards(keys, spans, tables, rounding)
    keyed = marked.join(
        cards.cards.select("card", *key),
        on=key,
        how="left",
        nulls_equal=True,
        maintain_order="left",
    )
    return keyed, cards


def _rate_chunk(
    usage: pl.DataFrame,
    changes: pl.DataFrame | None,
    tables: RatingTables,
    rounding: TierRounding,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    keyed, cards = _with_cards(usage, changes, tables, rounding)
    rated = _good(keyed, cards)
    accounts = accounts_of(rated)
    lines, ends = _worked_out(rated, cards, rounding)
    if accounts:
        ends = ends.gather(accounts.last)
    net = _sums(lines["amount_vnd"], ends)
    lines, net = _with_reactive(rated, accounts, lines, net, tables)
    heads = rated.select("account_id", "card")
    if accounts:
        heads = heads.select(pl.all().gather(pl.lit(accounts.first)))
    totals = heads.select(
        "account_id",
        net_vnd=net,
        vat_rate_bp=pl.lit(cards.cards["vat_rate_bp"]).gather(pl.col("card")),
    ).with_columns(vat_vnd=percent_of(pl.col("net_vnd"), pl.col("vat_rate_bp")))
    totals = totals.with_columns(gross_vnd=pl.col("net_vnd") + pl.col("vat_vnd"))
    return _bill_lines(rated, accounts, lines, ends, cards), BILL_TOTALS.check(totals)


def _good(keyed: pl.DataFrame, cards: Cards) -> pl.DataFrame:
    """Leave out accounts with a row that cannot be rated: all rows of an account or none."""
    good_card = pl.lit(cards.cards["reason"].is_null()).gather(pl.col("card"))
    good = keyed.select(
        (
            good_card
            & pl.all_horizontal(pl.col(REQUIRED).is_not_null())
            & ~_band_missing()
            & _not_negative()
            & _not_too_large()
            & _bands_agree()
        ).fill_null(value=False)
    ).to_series()
    if good.all():
        return keyed
    accounts = accounts_of(keyed)
    if accounts is None:
        return keyed.filter(good)
    return keyed.filter((accounts.sums(~good) == 0).gather(accounts.of_row))


def _worked_out(
    rated: pl.DataFrame, cards: Cards, rounding: TierRounding
) -> tuple[pl.DataFrame, pl.Series]:
    """Return one row per account and line place it needs, with energy and amount; and row ends.

    The n-th end is the number of line rows of the first n accounts.
    """
    needed = pl.sum_horizontal(
        pl.lit(0, dtype=pl.Int64()),
        *(
            (pl.col("energy_wh") > pl.lit(level).gather(pl.col("card"))).cast(pl.Int64())
            for level in cards.levels
        ),
    )
    first = pl.lit(cards.cards["place_from"]).gather(pl.col("card"))
    counted = rated.select("card", first=first, needed=needed)
    lines = (
        counted.select(
            row=pl.int_range(pl.len(), dtype=pl.UInt32()),
            at=pl.int_ranges(
                pl.col("first"), pl.col("first") + pl.col("needed"), dtype=pl.UInt32()
            ),
        )
        .filter(counted["needed"] > 0)
        .explode("at")
    )
    # All registers one below the other: register r of row i stands at r x rows + i.
    quantities = pl.concat([rated[name].alias("quantity") for name in REGISTERS], rechunk=True)

    def of(name: str) -> pl.Expr:
        return pl.lit(cards.places[name]).gather(pl.col("at"))

    at = of("register").cast(pl.UInt32()) * rated.height + pl.col("row")
    lines = lines.with_columns(quantity_wh=pl.lit(quantities).gather(at))
    if cards.price_changes:
        lines = lines.with_columns(
            first_day=of("first_day"), last_day=of("last_day"), days=of("days")
        ).with_columns(quantity_wh=share_wh(rounding))
    within = pl.max_horizontal(pl.min_horizontal("quantity_wh", of("upper_wh")), of("lower_wh"))
    # A reactive place has no energy and no price: nothing until _with_reactive.
    lines = lines.select("row", "at", charge=of("charge"), energy_wh=within - of("lower_wh"))
    amount = amount_of(pl.col("energy_wh"), of("price_vnd")).fill_null(0)
    lines = lines.with_columns(amount_vnd=amount)
    return lines, counted["needed"].cum_sum()


def amount_of(energy_wh: pl.Expr, price_vnd: pl.Expr) -> pl.Expr:
    """Return Wh x đồng per kWh in whole đồng, half up: 12,500 Wh x 1,985 -> 24,812.5 -> 24,813."""
    return (energy_wh * price_vnd + WH_PER_KWH // 2) // WH_PER_KWH


def _sums(amounts: pl.Series, ends: pl.Series) -> pl.Series:
    """Return the sum of each account's rows; `ends` are the cumulated numbers of rows."""
    running = pl.concat([pl.Series([0], dtype=pl.Int64()), amounts.cum_sum()])
    at_end = running.gather(ends)
    return at_end - at_end.shift(1, fill_value=0)


def _with_reactive(
    rated: pl.DataFrame,
    accounts: Accounts | None,
    lines: pl.DataFrame,
    net: pl.Series,
    tables: RatingTables,
) -> tuple[pl.DataFrame, pl.Series]:
    """Work out the reactive lines, which stand in the order of their accounts; add them to net."""
    rows = rated["reactive"].arg_true()
    if rows.is_empty():
        return lines, net
    energy, kvarh, owners = rated["energy_wh"], rated["reactive_varh"], rows
    if accounts:
        energy, kvarh = accounts.sums(energy), accounts.sums(kvarh)
        owners = accounts.of_row.gather(rows)
    amounts = (
        pl.DataFrame({"energy_wh": energy, "reactive_varh": kvarh, "net": net})
        .select(pl.all().gather(pl.lit(owners)))
        .select(percent_of(pl.col("net"), reactive.k_bp(tables.reactive)))
        .to_series()
    )
    places = (lines["charge"] == Charge.REACTIVE).arg_true()
    return (
        lines.with_columns(lines["amount_vnd"].scatter(places, amounts)),
        net.scatter(owners, net.gather(owners) + amounts),
    )


def _bill_lines(
    rated: pl.DataFrame,
    accounts: Accounts | None,
    lines: pl.DataFrame,
    ends: pl.Series,
    cards: Cards,
) -> pl.DataFrame:
    """Leave out empty lines, number the others within their account, look the rest up."""
    kept = (lines["energy_wh"] > 0) | (lines["amount_vnd"] > 0)
    running = pl.concat([pl.Series([0], dtype=pl.Int64()), kept.cast(pl.Int64()).cum_sum()])
    before = running.gather(ends).shift(1, fill_value=0)
    owner = pl.col("row") if accounts is None else pl.lit(accounts.of_row).gather(pl.col("row"))
    number = pl.lit(running.slice(1)) - pl.lit(before).gather(owner)

    def of(name: str) -> pl.Expr:
        return pl.lit(cards.places[name]).gather(pl.col("at"))

    numbered = lines.with_columns(line_no=number.cast(pl.Int16())).filter(kept)
    return BILL_LINES.check(
        numbered.select(
            "line_no",
            "charge",
            "amount_vnd",
            account_id=pl.lit(rated["account_id"]).gather(pl.col("row")),
            segment=pl.lit(rated["segment"]).gather(pl.col("row")),
            part_from=of("part_from"),
            part_to=of("part_to"),
            tier=of("tier"),
            band=of("band"),
            width_wh=of("width_wh"),
            energy_wh=pl.when(pl.col("charge") == Charge.ENERGY).then("energy_wh"),
            price_vnd=of("price_vnd"),
            decision_id=of("decision_id"),
        )
    )
