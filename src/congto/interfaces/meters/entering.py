"""Ended visits into the books: frames and readings on the disk, then one transaction, then load.

Each step may be the last before a kill. What is on the disk and not in the books is entered by
whoever starts next; what is in the books and not in the store is loaded by whoever looks next, one
process at a time.
"""

from __future__ import annotations

import io
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import polars as pl

from congto.interfaces.intake.contents import keep
from congto.interfaces.intake.running import load
from congto.interfaces.jobs.locks import only_one
from congto.interfaces.meters import frames, spool
from congto.interfaces.meters.gathering import Read, days_of
from congto.interfaces.meters.gathering_registers import of_midnight, registers_of
from congto.office.campaigns.operations import (
    HALF_HOURS_FORMAT,
    REGISTERS_FORMAT,
    SOURCE,
    Delivered,
    VisitEnd,
    finish,
)
from congto.office.campaigns.queries import multipliers
from congto.office.intake.queries import waiting_of
from congto.vocabulary.errors import CongtoError
from congto.vocabulary.frames.delivered import DELIVERED_DAYS
from congto.vocabulary.periods import LOCAL_ZONE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from pathlib import Path

    from congto.interfaces.meters.visiting import Ended

EVENTS_FORMAT = "events"
EVENTS = {
    "meter": pl.String(),
    "event": pl.String(),
    "began_at": pl.Datetime("us", "UTC"),
    "seconds": pl.Int32(),
    "detail": pl.String(),
}
LOADING = "headend_load"
"""One process loads at a time: two would only wait for each other at the store."""


@dataclass(slots=True)
class Entering:
    """Enters the batches of one worker.

    Attributes:
        worker: its name. folder: its spool. number: of the last batch.
        misplaced, beyond: half-hours left out, see gathering.
    """

    worker: str
    folder: Path
    number: int = 0
    misplaced: int = 0
    beyond: int = 0
    told: set[str] = field(default_factory=set)

    def enter(self, ended: Sequence[Ended], at: datetime) -> None:
        """Enter ended visits."""
        self.number += 1
        day = at.astimezone(LOCAL_ZONE).date()
        places = frames.append(self.worker, day, [one.frames.packed() for one in ended])
        delivered = self._delivered(ended)
        ends = [
            _visit_end(one, self.worker, place) for one, place in zip(ended, places, strict=True)
        ]
        batch = spool.put(self.folder, self.number, ends, delivered)
        finish(batch.ends, batch.delivered, at=at)
        spool.forget(batch)

    def _delivered(self, ended: Sequence[Ended]) -> list[Delivered]:
        """Keep what visits read as files to be received: half-hours, registers, events."""
        number = f"{self.worker}-{self.number}"
        delivered = []
        days = self._days(ended)
        if not days.is_empty():
            content = keep([_bytes(days)], f"{number}.parquet", HALF_HOURS_FORMAT)
            delivered.append(Delivered(number, content))
        registers = registers_of(ended)
        if not registers.is_empty():
            content = keep([_bytes(registers)], f"{number}-registers.parquet", REGISTERS_FORMAT)
            delivered.append(Delivered(f"{number}-registers", content))
        events = _events(ended)
        if not events.is_empty():
            content = keep([_bytes(events)], f"{number}-events.parquet", EVENTS_FORMAT)
            delivered.append(Delivered(f"{number}-events", content))
        return delivered

    def _days(self, ended: Sequence[Ended]) -> pl.DataFrame:
        reads = [
            Read(one.leased.serial, one.period_seconds, one.gathered.half_hours)
            for one in ended
            if one.gathered.half_hours
        ]
        if not reads:
            return DELIVERED_DAYS.empty()
        found = days_of(reads, multipliers([one.serial for one in reads]))
        self.misplaced += found.misplaced
        self.beyond += found.beyond
        return found.frame


def enter_left_behind(at: datetime) -> int:
    """Enter what dead workers have left on the disk; return how many batches."""
    with spool.left_behind() as batches:
        for batch in batches:
            finish(batch.ends, batch.delivered, at=at)
            spool.forget(batch)
        return len(batches)


def load_received(now: Callable[[], datetime], told: set[str]) -> bool:
    """Load what sessions have delivered, in order; return whether nothing more can be done now.

    Nothing where another process loads. A delivery that cannot be loaded now is named once on
    stderr and tried again the next time.

    Args:
        now: the clock of the door.
        told: sentences that were said already.
    """
    with only_one(LOADING) as mine:
        for delivery in waiting_of(SOURCE) if mine else []:
            try:
                for _counts in load(delivery, at=now()):
                    pass
            except CongtoError as error:
                sentence = f"delivery {delivery.delivery_id}: {error.sentence()}"
                if sentence not in told:
                    told.add(sentence)
                    sys.stderr.write(f"{sentence}\n")
    return mine


def _events(ended: Sequence[Ended]) -> pl.DataFrame:
    """Return the events that visits read, as a table of events."""
    rows = [
        (one.leased.serial, report.event, report.at, report.seconds, report.detail)
        for one in ended
        for report in one.gathered.events
    ]
    return pl.DataFrame(rows, schema=EVENTS, orient="row")


def _visit_end(one: Ended, worker: str, place: frames.Place) -> VisitEnd:
    begins = [begin for told in one.gathered.half_hours for begin in told.begins]
    return VisitEnd(
        visit=one.leased.id,
        device=one.leased.device,
        worker=worker,
        began_at=one.began_at,
        ended_at=one.ended_at,
        outcome=one.outcome,
        fault=one.fault,
        sentence=one.sentence,
        tasks=one.tasks,
        answered=one.answered,
        drift_s=one.gathered.drift_s,
        proved=one.proved,
        first_at=min(begins, default=None),
        last_at=max(begins, default=None),
        half_hours=len(begins),
        registers=len(of_midnight(one)),
        frames_file=place.file,
        frames_offset=place.offset,
        frames_bytes=place.size,
    )


def _bytes(frame: pl.DataFrame) -> bytes:
    buffer = io.BytesIO()
    frame.write_parquet(buffer)
    return buffer.getvalue()
