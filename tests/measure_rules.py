"""How well the rules find planted faults in real series: run it to print the table.

    PYTHONPATH=src python tests/measure_rules.py ../shared/data

Days pass one after the other as they would in operation: validated, what is rejected taken from the
true values (so that estimates do not blur the picture), the history carried on.
"""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from congto.engines.intervals.block import DayBlock, PointFacts
from congto.engines.intervals.delivery import Delivery
from congto.engines.intervals.limits import IntervalRules
from congto.engines.intervals.periods import AreaDay, validate_areas
from congto.engines.intervals.statistics import advance, nothing_known
from congto.engines.intervals.validation import validate
from congto.reference.interval_rules import load_interval_rules
from congto.vocabulary.intervals import Channel, CustomerClass, DayType
from congto.vocabulary.quality import Quality
from planted_faults import (
    MEANT_FOR,
    NORMAL,
    WARM_UP,
    Delivered,
    Fault,
    Year,
    deliver,
    meant,
    real_year,
    transformer_areas,
)
from planted_faults import plan as plan_faults

MONDAY = date(2026, 1, 5)  # the series come from other years: only the weekday matters
SEED = 20261125


@dataclass
class Score:
    """Counts of point-days for each rule.

    Attributes:
        planted, found: days with a fault that the rule is meant for, and those it spoke of.
        spoke, right: days it spoke of, and those with a fault that it may rightly speak of.
        homes, buildings: days it spoke of on which nothing was planted, by kind of customer;
            clean_days: how many such days there were of each.
    """

    planted: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    spoke: Counter[str] = field(default_factory=Counter)
    right: Counter[str] = field(default_factory=Counter)
    homes: Counter[str] = field(default_factory=Counter)
    buildings: Counter[str] = field(default_factory=Counter)
    clean_days: Counter[str] = field(default_factory=Counter)

    def recall(self, rule: str) -> float:
        return self.found[rule] / self.planted[rule]

    def precision(self, rule: str) -> float:
        return self.right[rule] / self.spoke[rule]

    def per_thousand(self, rule: str) -> dict[str, float]:
        """Return false alarms of 1,000 days without a fault."""
        return {
            "homes": 1000 * self.homes[rule] / self.clean_days["homes"],
            "buildings": 1000 * self.buildings[rule] / self.clean_days["buildings"],
        }

    def alarms(self, rule: str) -> list[str]:
        if rule == "V-26":  # speaks of transformers, of which planted and right tell all
            return ["-", "-"]
        return [f"{rate:.2f}" for rate in self.per_thousand(rule).values()]

    def table(self) -> str:
        lines = [
            "| rule | planted | found | recall | spoke | right | precision | homes | buildings |",
            "|---|--:|--:|--:|--:|--:|--:|--:|--:|",
        ]
        for rule in sorted(set(self.planted) | set(self.spoke)):
            planted = self.planted[rule]
            recall = f"{self.recall(rule):.1%}" if planted else "-"
            precision = f"{self.precision(rule):.1%}" if self.spoke[rule] else "-"
            lines.append(
                f"| {rule} | {planted:,} | {self.found[rule]:,} | {recall} | {self.spoke[rule]:,} |"
                f" {self.right[rule]:,} | {precision} | " + " | ".join(self.alarms(rule)) + " |"
            )
        return "\n".join(lines)


def measure(shared: Path, seed: int = SEED) -> Score:
    """Plant faults in the real series and count what the rules say of every point-day."""
    draw = np.random.default_rng(seed)
    year = real_year(shared, draw)
    plan_faults(year, draw)
    by_day: dict[int, list[Fault]] = defaultdict(list)
    for one in year.planted:
        for day in range(one.day, one.day + one.days):
            by_day[day].append(one)
    rules = IntervalRules.on(load_interval_rules(), MONDAY)
    history = nothing_known(len(year.values))
    score = Score()
    for day in range(year.days):
        arrives = deliver(year, day, by_day[day], draw)
        block = block_of(year, day, arrives, history)
        checked = validate(block, rules)
        if day >= WARM_UP:
            spoke = defaultdict(set)
            for rule, _, hits in checked.found:
                spoke[rule].update(hits.rows.tolist())
            count(score, year, day, by_day[day], spoke)
        values = np.where(checked.rejected, year.values[:, day], block.values).astype(np.int32)
        weak = checked.rejected.any(axis=1) | block.missing.any(axis=1)
        quality = np.where(weak, Quality.ESTIMATED, Quality.MEASURED)
        history = advance(history, block, values, quality)
    measure_areas(score, year, rules, draw)
    return score


def measure_areas(
    score: Score, year: Year, rules: IntervalRules, draw: np.random.Generator
) -> None:
    """Count what V-26 says of days of transformers; none of them is a home's or a building's."""
    areas = transformer_areas(year, draw)
    one = AreaDay(areas.transformer_wh.ravel(), areas.customers_wh.ravel())
    planted, spoke = areas.planted.ravel(), np.zeros(areas.planted.size, np.bool_)
    for _, _, hits in validate_areas(one, rules):
        spoke[hits.rows] = True
    score.planted["V-26"], score.spoke["V-26"] = int(planted.sum()), int(spoke.sum())
    score.found["V-26"] = score.right["V-26"] = int((planted & spoke).sum())


def count(
    score: Score, year: Year, day: int, faults: list[Fault], spoke: dict[str, set[int]]
) -> None:
    planted = {one.row: one for one in faults}
    clean = np.ones(len(year.values), np.bool_)
    clean[list(planted)] = False
    score.clean_days["homes"] += int((clean & year.household).sum())
    score.clean_days["buildings"] += int((clean & ~year.household).sum())
    for row, one in planted.items():
        rule = meant(year, one, day)
        if rule is not None:
            score.planted[rule] += 1
            score.found[rule] += row in spoke[rule]
    for rule, rows in spoke.items():
        for row in rows:
            score.spoke[rule] += 1
            if row in planted:
                first, others = MEANT_FOR[planted[row].kind]
                score.right[rule] += rule == first or rule in others
            else:
                (score.homes if year.household[row] else score.buildings)[rule] += 1


def block_of(year: Year, day: int, arrives: Delivered, history) -> DayBlock:
    """Put a day's plain arrays into the form that rules take."""
    count = len(year.values)
    classes = np.where(year.household, CustomerClass.RESIDENTIAL, CustomerClass.OWN_TRANSFORMER)
    return DayBlock(
        day=MONDAY + timedelta(days=day),
        day_type=DayType(int(NORMAL[day % 7])),
        channel=Channel.ACTIVE_IMPORT,
        points=np.arange(1, count + 1, dtype=np.int64),
        values=arrives.values,
        facts=PointFacts(
            customer_class=classes.astype(np.int8),
            multiplier=year.multiplier.astype(np.int64),
            dial_digits=np.full(count, 7, np.int8),
            decimals=np.full(count, 2, np.int8),
            opening_wh=arrives.opening_wh,
            closing_wh=arrives.closing_wh,
            contract_w=year.contract_w,
            limit_wh=year.limit_wh,
            single_phase=year.household,
            active=arrives.active,
            relay_open=np.zeros(count, np.bool_),
            meter=np.arange(1, count + 1, dtype=np.int64),
            earlier_wh=arrives.earlier_wh,
        ),
        history=history,
        status=arrives.status,
        siblings={Channel.REACTIVE_IMPORT: arrives.reactive},
        delivery=Delivery(
            meter=arrives.meter,
            multiplier=arrives.multiplier,
            interval_seconds=np.full(count, 1800, np.int32),
            offset_seconds=arrives.offset_seconds,
            clock_seconds=arrives.clock_seconds,
            current=arrives.current,
            rank=arrives.rank,
            current_rank=arrives.current_rank,
            bands_wh=arrives.bands_wh,
            band_registers=np.full(count, 3, np.int8),
            check_meter=arrives.check_meter,
        ),
    )


if __name__ == "__main__":
    result = measure(Path(sys.argv[1]))
    days = ", ".join(f"{count:,} of {kind}" for kind, count in result.clean_days.items())
    sys.stdout.write(f"Days without a planted fault: {days}. Seed {SEED}.\n\n")
    sys.stdout.write(result.table() + "\n")
