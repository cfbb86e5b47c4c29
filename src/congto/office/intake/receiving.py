"""A delivery from the door to the store: received once, previewed at will, loaded once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import polars as pl
from django.db import transaction

from congto.office.control.audit import operation
from congto.office.intake.choices import DeliveryState, Way
from congto.office.intake.models import Delivery, DeliveryLoad
from congto.office.intake.taking import DAY, take
from congto.office.meterdata.delivered_registers import (
    LoadedRegisters,
    load_registers,
    preview_registers,
)
from congto.office.meterdata.entry_findings import keep_entry_findings
from congto.office.meterdata.events import LoadedEvents, load_events, preview_events
from congto.office.meterdata.loading import load_intervals
from congto.office.meterdata.vee_dirty import PART_POINTS, marked_late
from congto.office.storage import intervals
from congto.office.storage.bulk import bulk, read
from congto.vocabulary.errors import RefusedError
from congto.vocabulary.intervals import CHANNEL_CODES

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from django.contrib.auth.models import User

    from congto.office.organisation.loading import Loaded

MESSAGE_LENGTH = 400
MICROSECOND = timedelta(microseconds=1)

EXPECT = """
INSERT INTO intake_sourcepoint (source, channel, usage_point_id, first_day)
SELECT $1, channel, usage_point, first_day::date
FROM unnest($2::smallint[], $3::bigint[], $4::text[]) AS given (channel, usage_point, first_day)
ON CONFLICT ON CONSTRAINT source_point_key DO NOTHING
"""


@dataclass(frozen=True, slots=True)
class Content:
    """A file as it was received.

    Attributes:
        name: as errors give it. format, options: how it is read.
        sha256, size_bytes: of its bytes.
    """

    name: str
    format: str
    options: dict[str, Any]
    sha256: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Counts:
    """Points' days of a piece of a delivery: read, not known before, with other values, late.

    Of a delivery of events: reports of meters, those not known before, events known before whose
    end is another one now, and points' days that are validated again for them. Of registers: those
    read, not known before, with other values.
    """

    days: int
    new: int
    changed: int
    late: int

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.days + other.days,
            self.new + other.new,
            self.changed + other.changed,
            self.late + other.late,
        )


NOTHING = Counts(0, 0, 0, 0)

if TYPE_CHECKING:
    Note = Callable[[Counts], Counts]


def receive(  # noqa: PLR0913  (who, what, from where and when)
    source: str,
    delivery_id: str,
    content: Content,
    *,
    way: Way,
    user: User | None,
    at: datetime,
) -> tuple[Delivery, bool]:
    """Enter a delivery; the same id with the same content again gives the one there is.

    Returns:
        The delivery and whether it is new.

    Raises:
        RefusedError: the id was used for another content.
    """
    with operation(
        user, "intake.receive", "delivery", unit=None, at=at, key=f"intake:{source}:{delivery_id}"
    ) as work:
        if work.earlier is not None:
            held = Delivery.objects.get(source=source, delivery_id=delivery_id)
            if held.sha256 != content.sha256:
                raise RefusedError(
                    f"delivery {delivery_id} of {source} was received with another content",
                    action="give another content another delivery id",
                )
            return held, False
        delivery = Delivery.objects.create(
            source=source,
            delivery_id=delivery_id,
            name=content.name[-200:],
            format=content.format,
            options=content.options,
            sha256=content.sha256,
            size_bytes=content.size_bytes,
            way=way,
            user=user,
            received_at=at,
            changed_at=at,
        )
        work.subject = str(delivery.pk)
        work.after = {"source": source, "delivery_id": delivery_id, "sha256": content.sha256}
    return delivery, True


def begin_load(delivery_id: int, *, at: datetime) -> datetime:
    """Enter a run that loads a delivery; return the instant at which its rows enter the books.

    It is `at`, or the first microsecond after it that no other load has.
    """
    while True:
        with transaction.atomic():
            load, new = DeliveryLoad.objects.get_or_create(
                known_at=at, defaults={"delivery_id": delivery_id}
            )
        if new or load.delivery_id == delivery_id:
            return at
        at += MICROSECOND


def preview_days(
    delivered: pl.DataFrame, file: str, *, of_meters: bool = False
) -> tuple[Counts, pl.DataFrame]:
    """Return what loading these days would change, and the rows that cannot be taken."""
    taken = take(delivered, file, of_meters=of_meters)
    changes = intervals.changes(taken.layers) if taken.layers.height else None
    return _counts(taken.days, changes), taken.errors


def load_days(  # noqa: PLR0913  (what, of whom, how and when)
    delivered: pl.DataFrame,
    file: str,
    source: str,
    *,
    note: Note,
    at: datetime,
    of_meters: bool = False,
) -> tuple[Counts, pl.DataFrame]:
    """Store these days; what is there already is left as it is, so a load may be repeated.

    Days that were validated are marked before they change (V-23), days whose identity is refused
    become findings (V-01, V-20), and the source is expected to
    deliver the points from then on.

    Args:
        delivered: frame DELIVERED_DAYS.
        file: the name that errors give.
        source: who delivers.
        note: told what this changes before it does; answers what an earlier try was told.
        at: when the rows enter the books.
        of_meters: values are what meters measured, before the transformers' ratio.
    """
    taken = take(delivered, file, of_meters=of_meters)
    with bulk() as books:
        keep_entry_findings(books, taken.refused, taken.layers.select(DAY), at=at)
    if taken.layers.is_empty():
        return note(NOTHING), taken.errors
    _expect(taken.layers, source)
    with marked_late(taken.layers, at=at):
        counts = note(_counts(taken.days, intervals.changes(taken.layers)))
        intervals.append(taken.layers, at=at)
    return counts, taken.errors


def load_half_hours(frame: pl.DataFrame, source: str, *, at: datetime, file: str) -> Loaded:
    """Store the half-hours of a month's folder, which its source is expected to deliver from then.

    Args:
        frame: as `meterdata.load_intervals` takes it.
        source: who delivers.
        at: when the rows enter the books.
        file: the name that errors give.
    """
    loaded = load_intervals(frame, at=at, file=file)
    known = read("SELECT code, id FROM meters_usagepoint")
    named = frame.select("local_day", "channel", code="usage_point").join(known, on="code")
    codes = {code: channel.value for code, channel in CHANNEL_CODES.items()}
    channel = pl.col("channel").replace_strict(codes, default=None, return_dtype=pl.Int8)
    seen = named.select("local_day", channel=channel, usage_point="id")
    _expect(seen.drop_nulls("channel"), source)
    return loaded


def preview_delivered_events(
    delivered: pl.DataFrame, file: str, *, at: datetime
) -> tuple[Counts, pl.DataFrame]:
    """Return what loading these events (DELIVERED_EVENTS) would add, and the rows refused."""
    return _of_events(preview_events(delivered, file, at=at))


def load_delivered_events(
    delivered: pl.DataFrame, file: str, source: str, *, note: Note, at: datetime
) -> tuple[Counts, pl.DataFrame]:
    """Add these events (DELIVERED_EVENTS); those there already are passed over.

    Args as of `load_days`.
    """
    counts = note(_of_events(preview_events(delivered, file, at=at))[0])
    return counts, load_events(delivered, file, source, at=at).errors


def preview_delivered_registers(
    delivered: pl.DataFrame, file: str, *, at: datetime
) -> tuple[Counts, pl.DataFrame]:
    """Return what loading these registers (DELIVERED_REGISTERS) would add, and rows refused."""
    return _of_registers(preview_registers(delivered, file, at=at))


def load_delivered_registers(
    delivered: pl.DataFrame, file: str, _source: str, *, note: Note, at: datetime
) -> tuple[Counts, pl.DataFrame]:
    """Add these registers (DELIVERED_REGISTERS); equal ones are passed over, others are versions.

    Args as of `load_days`.
    """
    counts = note(_of_registers(preview_registers(delivered, file, at=at))[0])
    return counts, load_registers(delivered, file, at=at).errors


def _of_registers(done: LoadedRegisters) -> tuple[Counts, pl.DataFrame]:
    return Counts(done.read, done.new, done.changed, 0), done.errors


def _of_events(done: LoadedEvents) -> tuple[Counts, pl.DataFrame]:
    return Counts(done.read, done.new, done.ended, done.marked), done.errors


def _counts(days: int, changes: pl.DataFrame | None) -> Counts:
    if changes is None or changes.is_empty():
        return Counts(days, 0, 0, 0)
    first = changes.group_by("usage_point", "channel", "local_day").agg(pl.col("version").min())
    changed = first.filter(pl.col("version") > 1)
    return Counts(days, first.height - changed.height, changed.height, _late(changed))


def _late(changed: pl.DataFrame) -> int:
    """Count the days whose part of the day is validated already: they are validated again."""
    if changed.is_empty():
        return 0
    begun = read(
        "SELECT local_day, part FROM meterdata_validatedpart"
        " WHERE local_day = ANY($1::text[]::date[])",
        (changed["local_day"].unique().cast(pl.String).to_list(),),
    )
    part = (pl.col("usage_point") // PART_POINTS).cast(pl.Int32)
    late = changed.with_columns(part=part).join(begun, on=["local_day", "part"], how="semi")
    return late.height


def _expect(layers: pl.DataFrame, source: str) -> None:
    """Remember which points and channels a source delivers."""
    seen = (
        layers.group_by("channel", "usage_point")
        .agg(pl.col("local_day").min())
        .sort("channel", "usage_point")
    )
    with bulk() as books:
        books.execute(
            EXPECT,
            (
                source,
                seen["channel"].to_list(),
                seen["usage_point"].to_list(),
                seen["local_day"].cast(pl.String).to_list(),
            ),
        )


def settle(  # noqa: PLR0913  (what became of it and when)
    delivery_id: int,
    state: DeliveryState,
    *,
    counts: Counts = NOTHING,
    refused_rows: int = 0,
    message: str = "",
    user: User | None = None,
    at: datetime,
) -> Delivery:
    """Note what became of a delivery; one that is loaded or refused stays so."""
    with transaction.atomic():
        delivery = Delivery.objects.select_for_update().get(pk=delivery_id)
        if delivery.state in {DeliveryState.LOADED, DeliveryState.REFUSED}:
            return delivery
        with operation(
            user, "intake.settle", "delivery", str(delivery.pk), unit=None, at=at
        ) as work:
            work.before = {"state": delivery.state}
            delivery.state, delivery.changed_at = state, at
            delivery.days, delivery.new_days = counts.days, counts.new
            delivery.changed_days, delivery.late_days = counts.changed, counts.late
            delivery.refused_rows, delivery.message = refused_rows, message[:MESSAGE_LENGTH]
            delivery.save()
            work.after = {"state": state, "days": counts.days, "refused_rows": refused_rows}
    return delivery
