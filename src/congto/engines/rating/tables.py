"""The price book as small frames, made once per book for the fast engine."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import polars as pl

from congto.engines.rating.rounding import WH_PER_KWH
from congto.vocabulary.groups import BAND_CODES, Register, TimeBand
from congto.vocabulary.prices import OnePrice, ThreeRatePrice

if TYPE_CHECKING:
    from collections.abc import Iterator

    from congto.vocabulary.prices import PriceBook, ReactiveRule, Tariff

FAR = 2**62
"""An open end, in Wh: beyond every quantity."""


class Metering(IntEnum):
    """How a customer's prices by time of use are measured (see scalar.three_rate_lines)."""

    ONE_RATE = 0
    THREE_RATES = 1
    REFUSED = 2


DECISIONS = {
    "decision_id": pl.Int16(),
    "effective_from": pl.Date(),
    "effective_to": pl.Date(),  # null: still in force
}
FREE_OF_VOLTAGE = {"decision_id": pl.Int16(), "group": pl.String(), "subgroup": pl.String()}
TARIFFS = {
    "decision_id": pl.Int16(),
    "group": pl.String(),
    "subgroup": pl.String(),
    "voltage": pl.String(),
    "metering": pl.Int8(),  # Metering
    "place": pl.Int16(),  # order of the lines within one decision
    "tier": pl.Int16(),
    "band": pl.Int16(),
    "register": pl.Int16(),  # Register whose quantity is priced
    "quota_wh": pl.Int64(),  # width for one household and month; null: open-ended
    "price_vnd": pl.Int64(),
}
VAT = {"start": pl.Date(), "end": pl.Date(), "vat_rate_bp": pl.Int32()}


@dataclass(frozen=True, slots=True)
class RatingTables:
    """What the fast engine looks up.

    Attributes:
        decisions: one row per price decision.
        tariffs: one row per decision, accepted words of a customer, and line place.
        free_of_voltage: one row per decision and group whose prices do not depend on the voltage.
        vat: one row per VAT rate.
        reactive: the reactive rule, as it is in the book.
    """

    decisions: pl.DataFrame
    tariffs: pl.DataFrame
    free_of_voltage: pl.DataFrame
    vat: pl.DataFrame
    reactive: ReactiveRule


@lru_cache(maxsize=8)
def tables_of(book: PriceBook) -> RatingTables:
    """Return the frames of a book; the same object for the same book."""
    free = [
        (one.id, group, subgroup)
        for one in book.decisions
        for group, subgroups in book.subgroups.items()
        for subgroup in subgroups
        if book.free_of_voltage(one, group, subgroup)
    ]
    return RatingTables(
        decisions=_frame(
            [(one.id, one.effective_from, one.effective_to) for one in book.decisions], DECISIONS
        ),
        tariffs=_frame(list(_tariff_rows(book)), TARIFFS),
        free_of_voltage=_frame(free, FREE_OF_VOLTAGE),
        vat=_frame([(one.start, one.end, one.rate_bp) for one in book.vat_rates], VAT),
        reactive=book.reactive,
    )


def _frame(rows: list[tuple[Any, ...]], schema: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=schema, orient="row")


def _tariff_rows(book: PriceBook) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of TARIFFS for every group, subgroup and voltage word that finds a price."""
    for decision in book.decisions:
        for group, subgroups in book.subgroups.items():
            for subgroup in subgroups:
                for voltage in (None, *book.voltages):
                    tariff = book.tariff(decision, group, subgroup, voltage)
                    if tariff is None:
                        continue
                    for metering in Metering:
                        head = (decision.id, group, subgroup, voltage, metering.value)
                        for place, row in enumerate(_places(tariff, metering)):
                            yield (*head, place, *row)


def _places(
    tariff: Tariff, metering: Metering
) -> list[tuple[int | None, int | None, Register, int | None, int]]:
    """Return (tier, band, register, quota_wh, price) for each line a tariff can give."""
    if isinstance(tariff, OnePrice):
        return [(tariff.tier, None, Register.TOTAL, None, tariff.price_vnd)]
    if isinstance(tariff, ThreeRatePrice):
        normal, peak = BAND_CODES[TimeBand.NORMAL], BAND_CODES[TimeBand.PEAK]
        if metering is Metering.ONE_RATE:
            return [(None, normal, Register.TOTAL, None, tariff.normal_vnd)]
        if metering is Metering.REFUSED:
            return [(None, peak, Register.TOTAL, None, tariff.peak_vnd)]
        prices = (tariff.normal_vnd, tariff.peak_vnd, tariff.off_peak_vnd)
        return [
            (None, band, band, None, price)
            for band, price in zip(BAND_CODES.values(), prices, strict=True)
        ]
    return [
        (
            tier.number,
            None,
            Register.TOTAL,
            None if tier.width_kwh is None else tier.width_kwh * WH_PER_KWH,
            tier.price_vnd,
        )
        for tier in tariff.tiers
    ]
