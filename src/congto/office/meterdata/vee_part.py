"""One part of a day, in one process: read, derive, compare with what is stored, write files.

Nothing here is seen by anybody: the files become part of the tables, and the findings of the books,
when the run keeps the answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from congto.engines.intervals.block import ABSENT_WH
from congto.office.meterdata.vee_block import block_of, history_columns, history_of
from congto.office.meterdata.vee_class import LEANING, leaning_of, sums_held, sums_of
from congto.office.meterdata.vee_derive import NO_POINT, Leaning, derive
from congto.office.meterdata.vee_dirty import PART_POINTS
from congto.office.meterdata.vee_edits import edits_in_force
from congto.office.meterdata.vee_stored import StoredDay, places, stored_day
from congto.office.meterdata.vee_stretch import AROUND
from congto.office.storage.interval_arrays import lists, sparse_lists
from congto.office.storage.interval_tables import HISTORY, VALIDATED
from congto.office.storage.intervals import raw_channels
from congto.vocabulary.frames.intervals import DAY_FINDINGS
from congto.vocabulary.intervals import ABSENT, HALF_HOURS, Channel, Method
from congto.vocabulary.quality import Quality

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from numpy.typing import NDArray

    from congto.engines.intervals.limits import IntervalRules
    from congto.office.meterdata.vee_class import Sums
    from congto.office.meterdata.vee_derive import Derived
    from congto.office.meterdata.vee_facts import Facts
    from congto.office.storage.interval_layers import RawDays
    from congto.office.storage.interval_tables import NewFile, Snapshot


@dataclass(frozen=True, slots=True)
class DayBase:
    """What a run of a day sees of the tables, fixed at its start.

    Attributes:
        raw: deliveries. validated: what is validated of the day already.
        before: what is remembered after the day before. after: after the day, from earlier runs.
        stored: validated days before, to lean on.
        mean_customers: by channel, as `Sources.class_days`.
    """

    day: date
    raw: Snapshot
    validated: Snapshot
    before: Snapshot
    after: Snapshot
    stored: Mapping[date, Snapshot]
    mean_customers: Mapping[Channel, NDArray[np.int32]]


@dataclass(frozen=True, slots=True)
class PartOrder:
    """A part to work on.

    Attributes:
        points: only these usage points, rising; None: all that are read remotely.
        at: when the rows are to enter the books.
    """

    base: DayBase
    part: int
    facts: Facts
    rules: IntervalRules
    at: datetime
    points: NDArray[np.int64] | None = None

    @property
    def first(self) -> int:
        """Return the lowest key to work on."""
        return self.part * PART_POINTS if self.points is None else int(self.points[0])

    @property
    def last(self) -> int:
        """Return the highest key to work on."""
        return (self.part + 1) * PART_POINTS - 1 if self.points is None else int(self.points[-1])


@dataclass(frozen=True, slots=True)
class PartDone:
    """What came of a part.

    Attributes:
        looked_at: usage points, rising. changed: those with a new validated version; moved: those
            of which something else is remembered than before.
        others: usage_point, local_day: days that were completed together with a changed one.
        days: validated days, all channels.
        validated, history: files to commit.
        findings: frame DAY_FINDINGS of all points looked at.
        sums: clean days of the part by class; of some points only: how they changed.
        leaning: frame LEANING of all points looked at.
    """

    part: int
    looked_at: NDArray[np.int64]
    changed: NDArray[np.int64]
    moved: NDArray[np.int64]
    others: pl.DataFrame
    days: int
    validated: list[NewFile]
    history: list[NewFile]
    findings: pl.DataFrame
    sums: dict[Channel, Sums]
    leaning: pl.DataFrame


def work(order: PartOrder) -> PartDone:
    """Derive one part of a day, all channels."""
    base, first, last = order.base, order.first, order.last
    facts = order.facts.of_points(base.day, first, last)
    if order.points is not None:
        facts = facts.filter(pl.col("usage_point").is_in(pl.Series(order.points).implode()))
    outages = order.facts.outages(base.day, first, last)
    edited = order.facts.edits(base.day, first, last)
    raw = raw_channels(base.raw, first, last, order.points)
    check = raw_of_check_points(base.raw, facts)
    found = [DAY_FINDINGS.empty()]
    rows: list[pa.Table] = []
    remembered: list[pa.Table] = []
    others = [_no_days()]
    sums: dict[Channel, Sums] = {}
    leaning = [pl.DataFrame(schema=LEANING)]
    days = 0
    for channel in Channel:
        own = expected_points(facts, channel, raw[channel])
        if own.is_empty():
            continue
        siblings = {
            one: other for one, other in raw.items() if one is not channel and len(other.points)
        }
        points = own["usage_point"].to_numpy()
        history = history_of(points, remembered_rows(base.before, channel, points))
        checks = check[channel] if check else None
        block = block_of(base.day, channel, raw[channel], own, outages, history, siblings, checks)
        kept = edits_in_force(block, edited, base.raw)
        derived = derive(block, raw[channel], order.rules, _leaning(order, channel, own), kept)
        held = _held(order, channel)
        classes = block.facts.customer_class
        sums[channel] = _sums(order, derived, classes, held)
        leaning.append(leaning_of(derived, channel, classes))
        rows.append(_validated_rows(derived, raw[channel], held, channel, order.at))
        remembered.append(_history_rows(derived, channel, base.after))
        found.append(derived.findings)
        others.append(derived.others)
        days += len(points)
    changed = _points(rows)
    together = pl.concat(others)
    return PartDone(
        part=order.part,
        looked_at=facts["usage_point"].to_numpy(),
        changed=changed,
        others=together.filter(pl.col("usage_point").is_in(pl.Series(changed).implode())),
        moved=_points(remembered),
        days=days,
        validated=_written(VALIDATED, base.day, rows),
        history=_written(HISTORY, base.day, remembered),
        findings=pl.concat(found),
        sums=sums,
        leaning=pl.concat(leaning),
    )


def raw_of_check_points(raw: Snapshot, facts: pl.DataFrame) -> dict[Channel, RawDays] | None:
    """Return what was delivered by the check points of some points, whichever part they lie in."""
    keys = facts["check_point"].drop_nulls().sort().to_numpy()
    return raw_channels(raw, int(keys[0]), int(keys[-1]), keys) if len(keys) else None


def _leaning(order: PartOrder, channel: Channel, own: pl.DataFrame) -> Leaning:
    """Return what estimation may ask for; registers only of energy taken."""
    base = order.base
    registers = order.facts if channel is Channel.ACTIVE_IMPORT else None
    return Leaning(
        base.stored,
        partial(_around, order, channel),
        base.mean_customers.get(channel),
        None if registers is None else partial(registers.daily, base.day),
        own["check_point"].fill_null(NO_POINT).to_numpy(),
    )


def _sums(
    order: PartOrder, derived: Derived, classes: NDArray[np.int8], held: StoredDay | None
) -> Sums:
    """Return the clean days of a whole part, or by how much those of some points changed."""
    now = sums_of(derived, classes)
    if order.points is None or held is None:
        return now
    return now.without(sums_held(held, derived.points, classes))


def _around(order: PartOrder, channel: Channel, points: NDArray[np.int64]) -> pl.DataFrame:
    """Return the registers around the day; only of energy taken, other channels have none."""
    if channel is not Channel.ACTIVE_IMPORT or not len(points):
        return pl.DataFrame(schema=AROUND)
    return order.facts.around(order.base.day, points.tolist())


def _no_days() -> pl.DataFrame:
    return pl.DataFrame(schema={"usage_point": pl.Int64(), "local_day": pl.Date()})


def expected_points(facts: pl.DataFrame, channel: Channel, raw: RawDays) -> pl.DataFrame:
    """Return the points whose day of a channel is due: A+ of all, others of those that deliver."""
    if channel is Channel.ACTIVE_IMPORT:
        return facts
    return facts.filter(pl.col("usage_point").is_in(pl.Series(raw.points).implode()))


def _held(order: PartOrder, channel: Channel) -> StoredDay | None:
    """Return what is validated of the part's day already; None in a first run."""
    snapshot = order.base.validated
    if not any(file.last >= order.first and file.first <= order.last for file in snapshot.files):
        return None
    return stored_day(snapshot, channel, order.first, order.last, points=order.points)


def remembered_rows(snapshot: Snapshot, channel: Channel, points: NDArray[np.int64]) -> pa.Table:
    """Return the newest rows of POINT_HISTORY of some points, rising."""
    if not len(points):
        return snapshot.rows(points=points)
    rows = snapshot.rows(int(points[0]), int(points[-1]))
    own = rows.filter(pc.equal(rows.column("channel"), int(channel)))
    keys, version = own.column("usage_point").to_numpy(), own.column("version").to_numpy()
    if not len(keys) or bool(np.all(keys[1:] > keys[:-1])):
        return own
    order = np.lexsort((version, keys))
    newest = np.append(keys[order][1:] != keys[order][:-1], [True])
    return own.take(pa.array(order[newest]))


def _validated_rows(
    derived: Derived, raw: RawDays, held: StoredDay | None, channel: Channel, at: datetime
) -> pa.Table:
    """Return the rows that differ from those held, as new versions."""
    count = len(derived.points)
    raw_version, version = np.zeros(count, np.int16), np.ones(count, np.int16)
    rows, where = places(derived.points, raw.points)
    raw_version[rows] = raw.versions[where]
    raw_version[derived.rows[(derived.methods == Method.EDITED).any(axis=1)]] = 0
    table = pa.table(
        {
            "usage_point": derived.points,
            "channel": np.full(count, int(channel), np.int8),
            "values": lists(derived.values, absent=ABSENT),
            "qualities": _where(derived, derived.qualities, derived.qualities != Quality.MEASURED),
            "methods": _where(derived, derived.methods, derived.methods != Method.NONE),
            "reasons": _where(derived, derived.reasons.astype(np.int32), derived.reasons != 0),
            "quality": derived.quality,
            "day_wh": pa.array(derived.day_wh, mask=derived.day_wh == ABSENT_WH),
            "raw_version": raw_version,
            "version": version,
            "known_at": pa.array(np.full(count, int(at.timestamp() * 1e6)), pa.int64()).cast(
                pa.timestamp("us", "UTC")
            ),
        }
    )
    if held is None:
        return table
    same, version = _compared(derived, raw_version, held)
    numbered = table.set_column(table.column_names.index("version"), "version", pa.array(version))
    return numbered.filter(pa.array(~same))


def _where(derived: Derived, words: NDArray[Any], said: NDArray[np.bool_]) -> pa.ListArray:
    """Return lists for the rows in which something is said, null for all others."""
    some = said.any(axis=1)
    kind = np.int8 if words.dtype == np.uint8 else words.dtype
    return sparse_lists(len(derived.points), derived.rows[some], words[some].astype(kind))


def _compared(
    derived: Derived, raw_version: NDArray[np.int16], held: StoredDay
) -> tuple[NDArray[np.bool_], NDArray[np.int16]]:
    """Return which rows are as held, and the version each would be."""
    count = len(derived.points)
    whole: dict[str, NDArray[Any]] = {
        "qualities": np.full((count, HALF_HOURS), Quality.MEASURED, np.uint8),
        "methods": np.zeros((count, HALF_HOURS), np.uint8),
        "reasons": np.zeros((count, HALF_HOURS), np.uint32),
    }
    for name, array in whole.items():
        array[derived.rows] = getattr(derived, name)
    version, same = np.ones(count, np.int16), np.zeros(count, np.bool_)
    rows, at = places(derived.points, held.points)
    version[rows] = held.version[at] + 1
    equal = (derived.values[rows] == held.values[at]).all(axis=1)
    for name, array in whole.items():
        equal &= (array[rows] == getattr(held, name)[at]).all(axis=1)
    same[rows] = equal & (raw_version[rows] == held.raw_version[at])
    return same, version


def _history_rows(derived: Derived, channel: Channel, after: Snapshot) -> pa.Table:
    """Return what is remembered now, of the points of which something else was."""
    columns = history_columns(derived.history)
    count = len(derived.points)
    key = {"usage_point": derived.points, "channel": np.full(count, int(channel), np.int8)}
    version = np.ones(count, np.int16)
    held = remembered_rows(after, channel, derived.points) if after.files else None
    if held is None or not held.num_rows:
        return pa.table({**key, **columns, "version": version})
    rows, at = places(derived.points, held.column("usage_point").to_numpy())
    version[rows] = held.column("version").to_numpy()[at] + 1
    same = np.zeros(count, np.bool_)
    same[rows] = True
    for name, column in columns.items():
        same[rows] &= column[rows] == held.column(name).to_numpy()[at]
    return pa.table({**key, **columns, "version": version}).filter(pa.array(~same))


def _points(tables: list[pa.Table]) -> NDArray[np.int64]:
    """Return the usage points of some rows, rising, each once."""
    keys = [table.column("usage_point").to_numpy() for table in tables if table.num_rows]
    if len(keys) == 1:  # sorted and each once already
        only: NDArray[np.int64] = keys[0]
        return only
    return np.unique(np.concatenate(keys)) if keys else np.zeros(0, np.int64)


def _written(table: Any, day: date, rows: list[pa.Table]) -> list[NewFile]:  # noqa: ANN401  (a DayTable)
    """Write the rows of all channels, in their order, to one file."""
    some = [one for one in rows if one.num_rows]
    return [table.write(day, pa.concat_tables(some))] if some else []
