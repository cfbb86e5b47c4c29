"""Reads of deliveries and of what is measured of their sources."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from congto.office.intake.choices import DeliveryState
from congto.office.intake.models import Delivery, DeliveryLoad, SourceDay
from congto.office.storage import intervals
from congto.office.storage.bulk import read
from congto.office.storage.interval_tables import VALIDATED
from congto.vocabulary.frames.delivered import DELIVERED_DAYS
from congto.vocabulary.intervals import HALF_HOURS, Channel
from congto.vocabulary.quality import Quality

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import date, datetime

    import numpy as np
    from numpy.typing import NDArray

    from congto.office.control.queries import Scope

LISTS = pl.List(pl.UInt8)
MEASURED = Quality.MEASURED.value


def delivery_with(number: int) -> Delivery | None:
    """Return a delivery by its number."""
    return Delivery.objects.filter(pk=number).first()


def delivery_of(source: str, delivery_id: str) -> Delivery | None:
    """Return a delivery by the source's own number."""
    return Delivery.objects.filter(source=source, delivery_id=delivery_id).first()


def deliveries_by_instant(instants: Collection[datetime]) -> dict[datetime, Delivery]:
    """Return the deliveries whose rows entered the books at these instants (`known_at`)."""
    loads = DeliveryLoad.objects.filter(known_at__in=instants).select_related("delivery")
    return {load.known_at: load.delivery for load in loads}


def latest_deliveries(count: int = 50) -> list[Delivery]:
    """Return the latest deliveries, the newest first."""
    return list(Delivery.objects.select_related("user")[:count])


def waiting_of(source: str) -> list[Delivery]:
    """Return the deliveries of a source that are received and not settled, the oldest first."""
    rows = Delivery.objects.filter(state=DeliveryState.RECEIVED, source=source)
    return list(rows.order_by("id"))


def waiting_to_load(source: str | None = None) -> int:
    """Count the deliveries that are received and not settled; of one source or of all."""
    rows = Delivery.objects.filter(state=DeliveryState.RECEIVED)
    return rows.filter(source=source).count() if source else rows.count()


def is_waiting(source: str, beginnings: Collection[str]) -> bool:
    """Tell whether a delivery of a source is not settled whose number begins so."""
    rows = Delivery.objects.filter(state=DeliveryState.RECEIVED, source=source)
    return any(rows.filter(delivery_id__startswith=one).exists() for one in beginnings)


def source_days(first: date, last: date) -> list[SourceDay]:
    """Return what is measured of the sources' days, by source, the newest day first."""
    days = SourceDay.objects.filter(local_day__range=(first, last))
    return list(days.order_by("source", "-local_day"))


def shares(day: SourceDay) -> dict[str, str | None]:
    """Return a source's day in percent with two decimals, cut; None where it is not known yet."""

    def percent(part: int | None, whole: int | None) -> str | None:
        if part is None or not whole:
            return None
        return f"{part * 100 // whole}.{part * 10_000 // whole % 100:02}"

    return {
        "at_seven": percent(day.at_seven, day.expected),
        "after_five_days": percent(day.after_five_days, day.expected),
        "changed_since": percent(day.changed_since, day.after_five_days),
    }


def sources() -> list[str]:
    """Return the codes of all sources that have delivered or are measured, in order."""
    delivered = Delivery.objects.values_list("source", flat=True)
    return sorted(delivered.union(SourceDay.objects.values_list("source", flat=True)))


POINTS = (
    "SELECT p.id AS usage_point, p.code, u.path FROM meters_usagepoint p"
    " JOIN organisation_unit u ON u.id = p.unit_id"
    " WHERE cardinality($1::text[]) = 0 OR p.code = ANY($1) ORDER BY p.id"
)
HUNG = (
    "SELECT i.usage_point_id AS usage_point, m.serial AS meter, i.valid_from, i.valid_to"
    " FROM meters_meterinstallation i JOIN meters_meter m ON m.id = i.meter_id"
    " WHERE i.usage_point_id = ANY($1)"
)


def days_to_export(codes: Sequence[str], day: date, scope: Scope) -> pl.DataFrame:
    """Return a day's half-hours of usage points as they stand: frame DELIVERED_DAYS.

    The validated day where there is one, with qualities and methods; else as delivered. Points
    outside the scope are left out.

    Args:
        codes: usage points; none: all within the scope.
        day: local day.
        scope: units whose points may be seen.
    """
    points = read(POINTS, (list(codes),))
    if not scope.whole:
        own = [pl.col("path").str.starts_with(path) for path in scope.paths]
        points = points.filter(pl.any_horizontal(pl.lit(value=False), *own))
    if points.is_empty():
        return DELIVERED_DAYS.empty()
    keys = points["usage_point"].to_numpy()
    rows = pl.concat([_channel_day(day, channel, keys) for channel in Channel])
    hung = read(HUNG, (points["usage_point"].to_list(),)).filter(
        pl.col("valid_from") <= day, pl.col("valid_to").is_null() | (pl.col("valid_to") > day)
    )
    active = pl.col("channel").is_in([Channel.ACTIVE_IMPORT, Channel.ACTIVE_EXPORT])
    named = (
        rows.join(points.select("usage_point", "code"), on="usage_point", how="left")
        .join(hung.select("usage_point", "meter"), on="usage_point", how="left")
        .with_columns(
            usage_point="code",
            line=pl.int_range(1, pl.len() + 1),
            local_day=pl.lit(day),
            unit=pl.when(active).then(pl.lit("Wh")).otherwise(pl.lit("varh")),
            multiplier=pl.lit(None, pl.Int64),
            reasons=pl.lit(None, pl.List(pl.UInt8)),
            status=pl.lit(None, pl.List(pl.UInt8)),
        )
    )
    columns = DELIVERED_DAYS.columns.items()
    return named.select(pl.col(name).cast(dtype) for name, dtype in columns)


def _channel_day(day: date, channel: Channel, keys: NDArray[np.int64]) -> pl.DataFrame:
    """Return a channel's day: validated where it is, as delivered where not."""
    done = intervals.validated_rows(VALIDATED.snapshot(day), day, channel, points=keys)
    told = done.select(
        "usage_point",
        "values",
        pl.coalesce(
            "qualities", pl.col("quality").cast(pl.UInt8).repeat_by(HALF_HOURS).cast(LISTS)
        ).alias("qualities"),
        "methods",
    )
    raw = intervals.read_day(day, channel, points=keys).filter(~pl.col("validated"))
    missing = pl.col("values").list.eval(
        pl.when(pl.element().is_null()).then(Quality.MISSING.value).otherwise(MEASURED)
    )
    plain = raw.select(
        "usage_point",
        "values",
        missing.cast(LISTS).alias("qualities"),
        pl.lit(None, LISTS).alias("methods"),
    )
    rows = pl.concat([told.cast(plain.schema), plain])
    all_measured = pl.col("qualities").list.min() == MEASURED
    return rows.with_columns(
        pl.when(~all_measured).then("qualities"), channel=pl.lit(channel.value, pl.Int8)
    )
