"""Known faults in real half-hours: the generator that rules are measured against.

It knows nothing of the rules' code or limits: it takes real series, damages some days in one way
each, and says which of the published tests is meant for such damage. Sizes are drawn from ranges
that begin below what a rule can see, so that recall shows what the limits cost.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NOTHING = -(2**31)  # a value that did not come
NOT_READ = -(2**63)  # a register that was not read
WEEKS = 51
WARM_UP = 56  # days without planted faults: eight weeks of history
SHARE = 0.06  # of days with a planted fault
APART = 3  # days between two faults of a point
NORMAL = np.array([0, 0, 0, 0, 0, 1, 2])  # day types from Monday on


class Fault(NamedTuple):
    kind: str
    row: int
    day: int
    days: int


@dataclass
class Year:
    """Half-hours of many points over 51 weeks from a Monday, and what is delivered of them."""

    household: np.ndarray  # (n,)
    values: np.ndarray  # (n, days, 48), Wh
    register: np.ndarray  # has a register that is read each midnight (n,)
    multiplier: np.ndarray  # (n,)
    contract_w: np.ndarray
    limit_wh: np.ndarray
    planted: list[Fault] = field(default_factory=list)

    @property
    def days(self) -> int:
        return int(self.values.shape[1])


@dataclass
class Delivered:
    """One day as it arrives: everything plain arrays, (n,) or (n, 48)."""

    values: np.ndarray
    opening_wh: np.ndarray
    closing_wh: np.ndarray
    earlier_wh: np.ndarray
    status: np.ndarray
    reactive: np.ndarray
    check_meter: np.ndarray
    bands_wh: np.ndarray
    active: np.ndarray
    meter: np.ndarray
    multiplier: np.ndarray
    offset_seconds: np.ndarray
    clock_seconds: np.ndarray
    current: np.ndarray
    rank: np.ndarray
    current_rank: np.ndarray


# ------------------------------------------------------------------ the real series


def real_year(shared: Path, draw: np.random.Generator) -> Year:
    """Return the panel's 320 buildings and the households that are complete over 51 weeks.

    The sources are hourly. A household's hour is divided by a share drawn from the real half-hours
    of four quarter-hourly exports; a building's, which vary less, into halves. So steps and spikes
    inside an hour are those of four homes for households and absent for buildings.
    """
    homes, buildings = _homes(shared), _buildings(shared)
    shares = _half_hour_shares(shared)
    first = (homes * draw.choice(shares, homes.shape)).astype(np.int64)
    split = np.stack([first, homes - first], axis=-1).reshape(len(homes), -1, 48)
    halves = np.stack([buildings // 2, buildings - buildings // 2], axis=-1)
    values = np.concatenate([split, halves.reshape(len(buildings), -1, 48)]).astype(np.int32)
    count = len(values)
    household = np.arange(count) < len(homes)
    highest = values.max(axis=(1, 2)).astype(np.int64)
    return Year(
        household=household,
        values=values,
        register=draw.random(count) < 2 / 3,
        multiplier=np.where(household, 1, 20),
        contract_w=highest * 2,  # the highest half-hour as power: contracts are not published
        limit_wh=highest * 4,
    )


def _homes(shared: Path) -> np.ndarray:
    frame = pl.read_parquet(shared / "intervals" / "households_hourly.parquet")
    found = []
    for _, one in frame.group_by("series", maintain_order=True):
        hours = one.unique("ts", keep="first").sort("ts")
        start = hours["ts"][0]
        whole_day = start.date().toordinal() + (start.hour > 0)
        monday = whole_day + (1 - whole_day) % 7  # ordinal 1 is a Monday
        place = (hours["ts"].dt.epoch("s") // 3600 - _epoch_hours(monday)).to_numpy()
        inside = (place >= 0) & (place < WEEKS * 168)
        series = np.full(WEEKS * 168, -1, np.int64)
        series[place[inside]] = hours["wh"].fill_null(-1).to_numpy()[inside]
        if (series >= 0).all():
            found.append(series)
    return np.stack(found)


def _epoch_hours(ordinal: int) -> int:
    return (ordinal - 719_163) * 24  # 719163 is 1970-01-01


def _buildings(shared: Path) -> np.ndarray:
    folder = shared / "intervals"
    frame = pl.read_parquet(folder / "panel_320_customer_years_hourly.parquet")
    years = dict(pl.read_csv(folder / "panel_320_customers.csv").select("customer", "year").rows())
    found = []
    for (name,), one in frame.group_by("customer", maintain_order=True):
        first = np.datetime64(f"{years[str(name)]}-01-01").astype(int)  # days since a Thursday
        to_monday = int((4 - first) % 7) * 24
        hours = one.sort("hour")["kwh_x10"].to_numpy().astype(np.int64) * 100
        found.append(hours[to_monday : to_monday + WEEKS * 168])
    return np.stack(found)


def _half_hour_shares(shared: Path) -> np.ndarray:
    """Return the share of the first half in hours of homes measured by the quarter or finer."""
    frame = pl.read_parquet(shared / "intervals" / "utility_exports.parquet")
    homes = {
        "ameren_us_15min": "import",
        "eredes_pt_15min": "import_kW",
        "enel_it": "import",
        "nem12_au_5min": "E1",
    }
    shares = []
    for source, register in homes.items():
        one = frame.filter(pl.col("source") == source, pl.col("register") == register)
        halves = (
            one.group_by(hour=pl.col("ts").dt.truncate("1h"), first=pl.col("ts").dt.minute() < 30)
            .agg(pl.col("value").sum())
            .group_by("hour")
            .agg(
                share=pl.col("value").filter("first").sum() / pl.col("value").sum(),
                halves=pl.len(),
            )
            .filter(pl.col("halves") == 2, pl.col("share").is_finite())
        )
        shares.append(halves.sort("hour")["share"].to_numpy())
    return np.concatenate(shares)


# ------------------------------------------------------------------ the faults


def plan(year: Year, draw: np.random.Generator) -> None:
    """Choose which point has which fault on which day, some days apart, and change what is true."""
    kinds = list(MEANT_FOR)
    for row in range(len(year.values)):
        day = WARM_UP
        while day < year.days:
            if draw.random() < SHARE:
                kind = kinds[draw.integers(len(kinds))]
                days = int(draw.integers(4, 8)) if kind == "silent_meter" else 1
                days = int(draw.integers(7, 11)) if kind == "no_use_for_days" else days
                days = min(days, year.days - day)
                year.planted.append(Fault(kind, row, day, days))
                day += days + APART
            day += 1
    for one in year.planted:
        if one.kind in TRUE_CHANGES:
            for day in range(one.day, one.day + one.days):
                TRUE_CHANGES[one.kind](year.values[one.row, day], draw)


def _unusual_day(values: np.ndarray, draw: np.random.Generator) -> None:
    high, low = draw.uniform(2, 8), draw.uniform(0.02, 0.4)
    values[:] = (values * (high if draw.random() < 0.5 else low)).astype(np.int32)


def _no_use(values: np.ndarray, draw: np.random.Generator) -> None:
    values[:] = 0


def _bypassed(values: np.ndarray, draw: np.random.Generator) -> None:
    values[_stretch(draw, 8, 40)] = 0


TRUE_CHANGES: dict[str, Callable[[np.ndarray, np.random.Generator], None]] = {
    "unusual_day": _unusual_day,
    "no_use_for_days": _no_use,
    "bypassed_for_hours": _bypassed,
}
"""What really happened at the point: its register follows."""


def _stretch(draw: np.random.Generator, least: int, most: int) -> slice:
    length = int(draw.integers(least, most + 1))
    start = int(draw.integers(0, 48 - length + 1))
    return slice(start, start + length)


def _gap(day: Delivered, row: int, draw: np.random.Generator) -> None:
    day.values[row, _stretch(draw, 1, 48)] = NOTHING


def _silent(day: Delivered, row: int, draw: np.random.Generator) -> None:
    day.values[row] = NOTHING


def _negative(day: Delivered, row: int, draw: np.random.Generator) -> None:
    at = _stretch(draw, 1, 6)
    day.values[row, at] = -np.maximum(day.values[row, at], 1)


def _spike(day: Delivered, row: int, draw: np.random.Generator) -> None:
    at = int(draw.integers(48))
    day.values[row, at] = int(day.values[row].max() * draw.uniform(1.5, 30)) + 1


def _step(day: Delivered, row: int, draw: np.random.Generator) -> None:
    at = _stretch(draw, 3, 10)
    before = int(day.values[row, max(at.start - 1, 0)])
    day.values[row, at] = int(before * draw.uniform(3, 40)) + 1


def _stuck(day: Delivered, row: int, draw: np.random.Generator) -> None:
    at = _stretch(draw, 6, 36)
    day.values[row, at] = max(int(day.values[row, at.start]), 1)


def _scaled(day: Delivered, row: int, draw: np.random.Generator) -> None:
    """Lose or add a share of the profile while the register counts on."""
    share = draw.choice([-1, 1]) * draw.uniform(0.005, 0.3)
    day.values[row] = (day.values[row] * (1 + share)).astype(np.int32)


def _beyond_the_meter(day: Delivered, row: int, draw: np.random.Generator) -> None:
    at = _stretch(draw, 1, 4)
    day.values[row, at] = (day.values[row].max() * draw.uniform(10, 100)).astype(np.int32) + 1


def _data_invalid(day: Delivered, row: int, draw: np.random.Generator) -> None:
    at = _stretch(draw, 1, 12)
    day.status[row, at] |= 2
    day.values[row, at] = 0


def _clock(day: Delivered, row: int, draw: np.random.Generator) -> None:
    day.clock_seconds[row] = int(draw.choice([-1, 1]) * draw.uniform(100, 3_600))


def _other_meter(day: Delivered, row: int, draw: np.random.Generator) -> None:
    day.meter[row] += 1_000


def _again(day: Delivered, row: int, draw: np.random.Generator) -> None:
    day.current[row] = day.values[row]
    day.current_rank[row] = day.rank[row]


def _lower_rank(day: Delivered, row: int, draw: np.random.Generator) -> None:
    day.current[row] = day.values[row] + 1
    day.current_rank[row] = day.rank[row] + 1


def _beside_the_grid(day: Delivered, row: int, draw: np.random.Generator) -> None:
    day.offset_seconds[row] = int(draw.integers(1, 1_800))


def _other_multiplier(day: Delivered, row: int, draw: np.random.Generator) -> None:
    day.multiplier[row] *= int(draw.choice([2, 10, 100]))


def _register_back(day: Delivered, row: int, draw: np.random.Generator) -> None:
    if day.closing_wh[row] != NOT_READ:
        day.closing_wh[row] = day.opening_wh[row] - int(draw.integers(1, 50)) * 10


def _register_before(day: Delivered, row: int, draw: np.random.Generator) -> None:
    if day.opening_wh[row] != NOT_READ:
        day.earlier_wh[row] = day.opening_wh[row] + int(draw.integers(1, 500)) * 10


def _bands(day: Delivered, row: int, draw: np.random.Generator) -> None:
    if day.bands_wh[row] != NOT_READ:
        day.bands_wh[row] += int(draw.choice([-1, 1]) * draw.integers(1, 100)) * 10


def _wiring(day: Delivered, row: int, draw: np.random.Generator) -> None:
    at = _stretch(draw, 4, 48)
    day.reactive[row, at] = (day.values[row, at] * draw.uniform(2, 10)).astype(np.int32)


def _sibling_gone(day: Delivered, row: int, draw: np.random.Generator) -> None:
    day.reactive[row, _stretch(draw, 1, 47)] = NOTHING


def _check_meter(day: Delivered, row: int, draw: np.random.Generator) -> None:
    share = draw.choice([-1, 1]) * draw.uniform(0.005, 0.08)
    day.check_meter[row] = (day.check_meter[row] * (1 + share)).astype(np.int32)


def _ended(day: Delivered, row: int, draw: np.random.Generator) -> None:
    day.active[row] = False


FAULTS: dict[str, Callable[[Delivered, int, np.random.Generator], None]] = {
    "another_meter": _other_meter,
    "sent_again": _again,
    "beside_the_grid": _beside_the_grid,
    "gap": _gap,
    "wrong_clock": _clock,
    "marked_invalid": _data_invalid,
    "below_zero": _negative,
    "register_backwards": _register_back,
    "beyond_the_meter": _beyond_the_meter,
    "spike": _spike,
    "profile_scaled": _scaled,
    "bands_apart": _bands,
    "use_after_the_end": _ended,
    "stuck": _stuck,
    "wrong_wiring": _wiring,
    "step": _step,
    "another_multiplier": _other_multiplier,
    "sibling_gone": _sibling_gone,
    "silent_meter": _silent,
    "lower_rank": _lower_rank,
    "check_meter_apart": _check_meter,
    "register_before_higher": _register_before,
}
"""What goes wrong on the way; the register tells what is true."""

LOOKS = {"V-08", "V-09", "V-10", "V-12", "V-14", "V-17", "V-19", "V-24"}
"""Tests that may rightly speak of values that are not the true or not the usual ones."""

MEANT_FOR: dict[str, tuple[str, set[str]]] = {
    "another_meter": ("V-01", set()),
    "sent_again": ("V-02", set()),
    "beside_the_grid": ("V-03", set()),
    "gap": ("V-04", {"V-22"}),
    "wrong_clock": ("V-05", {"V-22"}),
    "marked_invalid": ("V-06", {"V-22"}),
    "below_zero": ("V-07", {"V-22"}),
    "register_backwards": ("V-07", set()),
    "beyond_the_meter": ("V-08", LOOKS),
    "spike": ("V-09", LOOKS),
    "profile_scaled": ("V-10", LOOKS),
    "bands_apart": ("V-11", set()),
    "unusual_day": ("V-12", LOOKS),
    "bypassed_for_hours": ("V-14", LOOKS),
    "no_use_for_days": ("V-15", LOOKS),
    "use_after_the_end": ("V-16", set()),
    "stuck": ("V-17", LOOKS),
    "wrong_wiring": ("V-18", set()),
    "step": ("V-19", LOOKS),
    "another_multiplier": ("V-20", set()),
    "sibling_gone": ("V-21", set()),
    "silent_meter": ("V-22", {"V-04"}),
    "lower_rank": ("V-23", set()),
    "check_meter_apart": ("V-24", set()),
    "register_before_higher": ("V-25", set()),
}
"""For each kind the published test that is meant for it, and those that may rightly speak too."""


def meant(year: Year, fault: Fault, day: int) -> str | None:
    """Return the test that has to speak of a fault on a day, None where none can know.

    A spike or step at a point with a register shows in the sum (V-10), which keeps the tests of
    shape for points without; steps are a test of customers other than households; a register that
    is not read cannot be wrong; a week without use is told from its 7th day on, a silent meter from
    its 4th.
    """
    rule, _ = MEANT_FOR[fault.kind]
    register = bool(year.register[fault.row])
    if fault.kind in {"spike", "step"} and register:
        return "V-10"
    if rule in {"V-10", "V-11", "V-25"} or fault.kind == "register_backwards":
        return rule if register else None
    if fault.kind == "step" and year.household[fault.row]:
        return None
    first = {"no_use_for_days": 6, "silent_meter": 3}.get(fault.kind, 0)
    return rule if day - fault.day >= first else None


def deliver(year: Year, day: int, faults: list[Fault], draw: np.random.Generator) -> Delivered:
    """Return a day as it arrives, with the faults planted on it."""
    true = year.values[:, day]
    count = len(true)
    # The register counts from the first Monday on, in steps of 10 Wh before the multiplier.
    before, after = (
        year.values[:, :to].sum(axis=(1, 2), dtype=np.int64) // (year.multiplier * 10) * 10
        for to in (day, day + 1)
    )
    opening = np.where(year.register, before, NOT_READ)
    closing = np.where(year.register, after, NOT_READ)
    arrives = Delivered(
        values=true.copy(),
        opening_wh=opening,
        closing_wh=closing,
        earlier_wh=opening.copy(),
        status=np.zeros((count, 48), np.uint8),
        reactive=(true * 0.4).astype(np.int32),
        check_meter=true.copy(),
        bands_wh=np.where(year.register, closing - opening, NOT_READ),
        active=np.ones(count, np.bool_),
        meter=np.arange(1, count + 1, dtype=np.int64),
        multiplier=year.multiplier.astype(np.int64),
        offset_seconds=np.zeros(count, np.int32),
        clock_seconds=np.zeros(count, np.int32),
        current=np.full((count, 48), NOTHING, np.int32),
        rank=np.ones(count, np.int8),
        current_rank=np.full(count, -1, np.int8),
    )
    for one in faults:
        if one.kind in FAULTS:
            FAULTS[one.kind](arrives, one.row, draw)
    return arrives


# ------------------------------------------------------------------ transformers


@dataclass
class Areas:
    """Days of transformers, (areas, days): their meters and the sums of their customers, Wh."""

    transformer_wh: np.ndarray
    customers_wh: np.ndarray
    planted: np.ndarray


def transformer_areas(year: Year, draw: np.random.Generator) -> Areas:
    """Put homes by 8 and buildings by 8 behind transformers that lose 1 to 4 %.

    Planted: a neighbour's customer in the books of the area, or a transformer meter that counts 2
    to 30 % too little (a lost phase of a current transformer loses a third).
    """
    day_wh = year.values.sum(axis=2, dtype=np.int64)
    sums, others = [], []
    for of_kind in (year.household, ~year.household):
        members = draw.permutation(np.flatnonzero(of_kind))
        for at in range(0, len(members) - 8, 8):
            sums.append(day_wh[members[at : at + 8]].sum(axis=0))
            others.append(day_wh[members[at + 8]])
    customers, neighbour = np.stack(sums), np.stack(others)
    lost = draw.uniform(0.01, 0.04, (len(customers), 1))
    transformer = (customers * (1 + lost)).astype(np.int64)
    chance = draw.random(customers.shape)
    linked, slow = chance < SHARE / 2, (chance >= SHARE / 2) & (chance < SHARE)
    under = draw.uniform(0.02, 0.3, customers.shape)
    return Areas(
        transformer_wh=np.where(slow, (transformer * (1 - under)).astype(np.int64), transformer),
        customers_wh=customers + np.where(linked, neighbour, 0),
        planted=linked | slow,
    )
