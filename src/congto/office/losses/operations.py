"""Writes of energy balances."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import polars as pl

from congto.engines import losses, readings
from congto.office.losses.wording import as_findings
from congto.office.meterdata.checks import interval_sums
from congto.office.meterdata.determinants_again import derive_again as derive_dependents
from congto.office.meterdata.findings import keep_findings
from congto.office.meterdata.period_reads import agreements_of, network_of
from congto.office.meterdata.queries import usage_of_period
from congto.office.meterdata.usage import metered_registers
from congto.office.meters.queries import customer_points
from congto.office.network.queries import element_tree
from congto.office.storage import intervals
from congto.office.storage.bulk import bulk, read
from congto.vocabulary.frames.losses import ELEMENTS, NETWORK_POINTS, SOLD
from congto.vocabulary.groups import Register
from congto.vocabulary.periods import Period

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from congto.office.meterdata.determinants_again import DerivedAgain
    from congto.office.storage.bulk import Bulk

RULES = ["LOS-001", "LOS-002", "LOS-003", "LOS-004", "LOS-005"]

FIGURES = [
    "element_id",
    "unit_id",
    "level",
    "received_wh",
    "passed_on_wh",
    "bulk_wh",
    "sold_wh",
    "loss_wh",
    "points",
    "points_measured",
]


def balance(period: Period, at: datetime) -> int:
    """Balance every element of the network in a month, from meters only; return the rows kept.

    Runs again as often as readings are corrected; with the same readings it changes nothing.

    Args:
        period: the month.
        at: when the findings are made.
    """
    limits = losses.Limits()
    with bulk() as books:
        tree = element_tree(books)
        elements = ELEMENTS.check(tree)
        received = losses.received(network_points(books, period))
        balanced = losses.balances(elements, received, sold_by_element(books, period))
        flags = losses.flags(elements, received, balanced, limits)
        keep_findings(
            books,
            as_findings(flags, period, limits),
            rules=RULES,
            period=period,
            subject_kind="network_element",
            units=tree.select("subject", "unit_id"),
            at=at,
        )
        units = tree.select("element", "unit_id")
        _keep(books, period, balanced.join(units, on="element").rename({"element": "element_id"}))
    return balanced.height


def derive_again(*, at: datetime) -> DerivedAgain:
    """Derive again what depends on half-hours that changed, energy balances among it.

    Raises:
        RefusedError: somebody writes validated days now.
    """
    return derive_dependents(at=at, balance=partial(balance_again, at=at))


def balance_again(days: Sequence[date], *, at: datetime) -> int:
    """Balance the months again that have balances and hold one of the days; return how many.

    All elements at once: what a meter measured moves every element above it.
    """
    firsts = {day.replace(day=1) for day in days}
    months = read("SELECT DISTINCT month FROM losses_energybalance ORDER BY 1")["month"].to_list()
    touched = [Period.month(one.year, one.month) for one in months if one in firsts]
    for month in touched:
        balance(month, at)
    return len(touched)


def _keep(books: Bulk, period: Period, balanced: pl.DataFrame) -> None:
    """Replace the month's balances unless they are equal: they are derived, not recorded."""
    counts = pl.col("points", "points_measured").cast(pl.Int32)
    rows = balanced.select(FIGURES).with_columns(counts).sort("element_id")
    held = books.read(
        "SELECT element_id, unit_id, level, received_wh, passed_on_wh, bulk_wh, sold_wh, loss_wh,"
        " points, points_measured FROM losses_energybalance"
        " WHERE month = $1 ORDER BY element_id",
        (period.start,),
    )
    if rows.equals(held):
        return
    books.execute("DELETE FROM losses_energybalance WHERE month = $1", (period.start,))
    books.copy("losses_energybalance", rows.with_columns(month=pl.lit(period.start)))


def network_points(books: Bulk, period: Period) -> pl.DataFrame:
    """Return what each meter of the network measured: frame NETWORK_POINTS."""
    found = network_of(books, period)
    advanced = readings.advances(found.reads)
    judged = readings.judge(advanced, readings.check_registers(advanced))
    registers = (
        readings.metered(judged.filter("accepted"))
        .group_by("usage_point")
        .agg(register_wh=pl.col("energy_wh").sum())
    )
    sums = interval_sums(found.reads, intervals.period_sums(period), period)
    complete = (pl.col("present") == pl.col("expected")) & (pl.col("negative") == 0)
    half_hours = sums.filter(complete).select("usage_point", half_hours_wh="energy_wh")
    points = found.points.select("element", "usage_point")
    for measured in (registers, half_hours):
        points = points.join(measured, on="usage_point", how="left")
    return NETWORK_POINTS.check(points)


def sold_by_element(books: Bulk, period: Period) -> pl.DataFrame:
    """Return the billed usage of the customers that each element feeds directly: frame SOLD.

    An agreement with points at several elements is divided by what each point measured; what
    rounding the agreement to whole kWh added or took stays with its largest point, so that the sum
    over all elements is the sum of all usage.
    """
    points = customer_points(books, period)
    used = usage_of_period(books, period)
    counted = points.join(used, on="agreement", how="left")
    several = pl.col("element").n_unique().over("agreement") > 1
    first = pl.col("usage_point").is_first_distinct() & pl.col("agreement").is_first_distinct()
    spread = counted.filter(several, pl.col("energy_wh").is_not_null())
    shares = _shares(books, period, spread["agreement"].unique().to_list())
    divided = counted.join(shares, on="usage_point", how="left").with_columns(
        share_wh=pl.when(several)
        .then("share_wh")
        .otherwise(pl.when(first).then("energy_wh").otherwise(0))
    )
    divided = divided.with_columns(
        remainder=pl.when(several).then(
            pl.col("energy_wh") - pl.col("share_wh").sum().over("agreement")
        ),
        largest=pl.col("share_wh").rank("ordinal", descending=True).over("agreement") == 1,
    )
    sold = pl.col("share_wh") + pl.when("largest").then("remainder").otherwise(0).fill_null(0)
    return SOLD.check(
        divided.with_columns(sold_wh=sold)
        .group_by("element")
        .agg(
            pl.when(pl.col("energy_wh").is_not_null()).then("sold_wh").sum().alias("sold_wh"),
            points=pl.len().cast(pl.Int64),
            points_measured=pl.col("energy_wh").count().cast(pl.Int64),
        )
    )


def _shares(books: Bulk, period: Period, agreements: list[int]) -> pl.DataFrame:
    """Return what each point of some agreements measured: usage_point, share_wh."""
    if not agreements:
        return pl.DataFrame(schema={"usage_point": pl.Int64(), "share_wh": pl.Int64()})
    found = agreements_of(books, period, agreements)
    rows = metered_registers(books, found, period)
    active = pl.col("register") != Register.REACTIVE.value
    check_only = pl.col("three_rate") & (pl.col("register") == Register.TOTAL.value)
    return (
        rows.filter(active & ~check_only)
        .group_by("usage_point")
        .agg(share_wh=pl.col("energy_wh").sum())
    )
