"""Whatever the order of deliveries, the days end the same: the whole run, drawn by hypothesis.

A customer has three days of half-hours, cut into pieces with gaps between them, and what the dial
showed at some midnights, be it past its last number. Pieces come twice, are corrected, or estimated
by their sender. Each customer is two usage points: everything of the one is there before the first
run, the other's arrives in a drawn order before, between and after the runs of the days. In the end
both have the same validated days, histories, findings and determinants.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl
import pytest
from django.conf import settings as django_settings
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import world_meters as world
import world_vee
from congto.office.meterdata import determinants, vee_late
from congto.office.meterdata.choices import DirtyStage
from congto.office.meterdata.operations import load_intervals, load_register_reads
from congto.office.meterdata.vee_dirty import marked
from congto.office.storage import intervals
from congto.office.storage.bulk import bulk, connection_kept, read
from congto.office.storage.interval_tables import HISTORY, VALIDATED, DayTable, frame_of
from congto.reference.interval_rules import load_interval_rules
from congto.vocabulary.intervals import HALF_HOURS, SourceRank, Status
from congto.vocabulary.periods import Period
from world_meters import Point

if TYPE_CHECKING:
    from collections.abc import Sequence

FIRST = date(2026, 10, 6)  # a Tuesday: three working days
DAYS = tuple(FIRST + timedelta(days=number) for number in range(3))
MIDNIGHTS = (*DAYS, DAYS[-1] + timedelta(days=1))
PERIOD = Period(FIRST, MIDNIGHTS[-1])
PHASES = len(DAYS) + 1
"""Before the first run, and after each."""
CUSTOMERS = 8
TWINS = "SM"  # straight, mixed
DIAL_WH = 100_000_000  # five digits of kWh
AT = datetime(2026, 10, 12, tzinfo=UTC)


class Piece(NamedTuple):
    """Half-hours low to high of a day in one delivery, or what the dial shows at its midnight."""

    day: int
    low: int = 0
    high: int = 0
    values: tuple[int, ...] = ()
    source: SourceRank = SourceRank.DELIVERED
    dark: bool = False
    dial_wh: int | None = None

    def row(self) -> list[int | None]:
        day: list[int | None] = [None] * HALF_HOURS
        day[self.low : self.high] = self.values
        return day

    def status(self) -> list[int] | None:
        bits = int(Status.POWER_DOWN)
        return (
            [bits * (self.low <= k < self.high) for k in range(HALF_HOURS)] if self.dark else None
        )


@dataclass(frozen=True)
class Customer:
    """Pieces in their order, and for each the phase in which the mixed twin gets it."""

    pieces: tuple[Piece, ...]
    phases: tuple[int, ...]
    order: tuple[int, ...]

    def of_phase(self, phase: int) -> list[Piece]:
        """Return the pieces of a phase, in the drawn order."""
        return [self.pieces[at] for at in self.order if self.phases[at] == phase]


@st.composite
def customers(draw: st.DrawFn) -> Customer:
    """Draw a customer; what is measured adds up to the dial but for a drawn difference."""
    level = draw(st.sampled_from([0, 3, 250, 1000]))
    chance = np.random.default_rng(draw(st.integers(0, 2**16)))
    true = level + chance.integers(0, level // 4 + 3, (len(DAYS), HALF_HOURS))
    pieces: list[Piece] = []
    for day, values in enumerate(true.tolist()):
        cuts = sorted({0, HALF_HOURS, *draw(st.lists(st.integers(1, 47), max_size=3))})
        for low, high in itertools.pairwise(cuts):
            kind = draw(st.sampled_from(["", "", "lost", "again", "guess", "dark", "twice"]))
            part = tuple(values[low:high])
            other = tuple(value + 7 for value in part)
            if kind == "guess":
                pieces.append(Piece(day, low, high, other, SourceRank.SUBSTITUTED))
            elif kind != "lost":
                pieces.append(Piece(day, low, high, part, dark=kind == "dark"))
            if kind == "again":
                pieces.append(Piece(day, low, high, other, SourceRank.READ_AGAIN))
            if kind == "twice":
                pieces.append(pieces[-1])
    opening = draw(st.sampled_from([5_000, DIAL_WH - 9_000]))
    off = draw(st.sampled_from([0, 0, 0, -5, -50_000, 700]))
    shown = opening + np.append([0], true.sum(axis=1).cumsum())
    shown[-1] = max(shown[-1] + off, 0)
    seen = draw(st.lists(st.sampled_from(range(len(MIDNIGHTS))), unique=True))
    pieces += [Piece(at, dial_wh=int(shown[at]) % DIAL_WH) for at in seen]
    phases = draw(st.lists(st.integers(0, PHASES - 1), min_size=len(pieces), max_size=len(pieces)))
    order = draw(st.permutations(range(len(pieces))))
    return Customer(tuple(pieces), tuple(phases), tuple(order))


@pytest.fixture
def utility(books: str, settings: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Build twins T0S, T0M, T1S, ... that are read remotely."""
    del books
    settings.DATA = tmp_path
    world.build()
    world.add_customers(*(code.removeprefix("R") for code in codes()))
    world.add_points(
        *(Point(one, f"M{one}", one.replace("R", "A"), remote=True) for one in codes())
    )
    return ""


def codes(twins: str = TWINS) -> list[str]:
    return [f"R9{number}{twin}" for number in range(CUSTOMERS) for twin in twins]


@given(drawn=st.lists(customers(), min_size=CUSTOMERS, max_size=CUSTOMERS))
@settings(
    max_examples=3,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_any_order_of_deliveries_ends_in_the_same_days(utility, tmp_path, drawn):
    with TemporaryDirectory(dir=tmp_path) as folder, connection_kept():
        fresh(Path(folder))
        deliver(dict(zip(codes("S"), [one.pieces for one in drawn], strict=True)))
        for phase in range(PHASES):
            pieces = [one.of_phase(phase) for one in drawn]
            deliver(dict(zip(codes("M"), pieces, strict=True)))
            late()
            if phase < len(DAYS):
                world_vee.run(DAYS[phase], at=AT)
        late()
        determinants.determine_points(PERIOD)
        assert marked_days() == 0
        found = ends()
        for number, customer in enumerate(drawn):
            straight, mixed = found[f"R9{number}S"], found[f"R9{number}M"]
            assert mixed == straight, f"customer {number}"
            holds(mixed, customer)


def marked_days() -> int:
    with bulk() as books:
        return marked(books, DirtyStage.VALIDATION).height


def fresh(folder: Path) -> None:
    """Begin with nothing delivered."""
    django_settings.DATA = folder
    with bulk() as books:
        books.execute(
            "TRUNCATE meterdata_validatedpart, meterdata_dayfinding, meterdata_dirtyday,"
            " meterdata_registerreading"
        )


def late() -> None:
    vee_late.run_late(load_interval_rules(), at=AT)


def deliver(pieces: dict[str, Sequence[Piece]]) -> None:
    """Load pieces of several points, each point's in their order, and what dials show."""
    every = [(code, piece) for code, own in pieces.items() for piece in own]
    rows = [
        {
            "usage_point": code,
            "channel": "A+",
            "local_day": DAYS[piece.day],
            "values": piece.row(),
            "status": piece.status(),
            "source": piece.source.value,
        }
        for code, piece in every
        if piece.dial_wh is None
    ]
    if rows:
        kinds = {"values": pl.List(pl.Int64), "status": pl.List(pl.UInt8), "source": pl.Int8}
        assert load_intervals(pl.DataFrame(rows, schema_overrides=kinds), at=AT).errors.is_empty()
    dials = [
        {
            "usage_point": code,
            "meter": f"M{code}",
            "read_on": MIDNIGHTS[piece.day],
            "index_wh": piece.dial_wh,
            "register": "total",
            "source": "remote",
        }
        for code, piece in every
        if piece.dial_wh is not None
    ]
    if dials:
        assert load_register_reads(pl.DataFrame(dials), at=AT).errors.is_empty()


KEPT = ["values", "qualities", "methods", "reasons", "quality", "day_wh"]


class End(NamedTuple):
    """All that is kept of a point in the end, without keys, versions and instants."""

    days: list[dict[str, object]]
    remembered: list[tuple[object, ...]]
    findings: list[tuple[object, ...]]
    determinants: list[tuple[object, ...]]


def ends() -> dict[str, End]:
    """Return the end of every point, by code."""
    days = [of_points(VALIDATED, day).select("usage_point", *KEPT) for day in DAYS]
    remembered = [of_points(HISTORY, day).drop("version") for day in DAYS]
    findings = read(
        "SELECT usage_point_id AS usage_point, local_day, rule, first, last, action, observed,"
        " expected FROM meterdata_dayfinding WHERE state <> 'gone' ORDER BY 1, 2, 3, 4"
    )
    determined = determinants.determinants_of(PERIOD)

    def own(rows: pl.DataFrame, key: int) -> pl.DataFrame:
        return rows.filter(pl.col("usage_point") == key).drop("usage_point")

    return {
        code: End(
            [own(rows, key).row(0, named=True) for rows in days],
            [own(rows, key).row(0) for rows in remembered],
            own(findings, key).rows(),
            own(determined, key).rows(),
        )
        for code, key in read("SELECT code, id FROM meters_usagepoint").rows()
        if code in codes()
    }


def of_points(table: DayTable, day: date) -> pl.DataFrame:
    return intervals.newest(frame_of(table.snapshot(day).rows(), table, day))


def measured_days(customer: Customer) -> list[list[int | None]]:
    """Return what meters measured in the end: the highest rank, of equal ones the later piece."""
    days: list[list[int | None]] = [[None] * HALF_HOURS for _ in DAYS]
    ranked = sorted(
        (piece for piece in customer.pieces if piece.dial_wh is None),
        key=lambda piece: piece.source,
    )
    for piece in ranked:
        days[piece.day][piece.low : piece.high] = piece.values
    return days


def advances(customer: Customer) -> list[tuple[int, int, int]]:
    """Return (day it begins, day it ends before, Wh) between neighbouring dials that go forward."""
    shown = sorted((one.day, one.dial_wh) for one in customer.pieces if one.dial_wh is not None)
    steps = []
    for (first, old), (last, new) in itertools.pairwise(shown):
        rolled = old > DIAL_WH * 0.9 and new < DIAL_WH * 0.1
        if new >= old or rolled:
            steps.append((first, last, (new - old) % DIAL_WH))
    return steps


def holds(end: End, customer: Customer) -> None:
    """Sums between dials are exact where anything is estimated; measured values are untouched."""
    values = [day["values"] for day in end.days]
    methods = [day["methods"] or [0] * HALF_HOURS for day in end.days]
    measured = measured_days(customer)
    contradicted = {finding[0] for finding in end.findings if finding[4] == "reject"}
    for first, last, wh in advances(customer):
        span = range(first, last)
        known = sum(v for day in span for v in measured[day] if v is not None)
        if known > wh:  # V-10 and E-13
            contradicted |= {DAYS[day] for day in span}
        elif any(any(methods[day]) for day in span):
            assert sum(sum(values[day]) for day in span) == wh
    for day, (delivered, kept, made) in enumerate(zip(measured, values, methods, strict=True)):
        if DAYS[day] not in contradicted:
            for half_hour, wh in enumerate(delivered):
                assert wh is None or (kept[half_hour], made[half_hour]) == (wh, 0)
