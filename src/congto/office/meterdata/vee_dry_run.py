"""Dry run of a rule of half-hours over a past day: what it would have found. Nothing is written.

A day is judged as it was delivered, with what was remembered of each point before it, by all rules
in force on it, so that a rule that waits for another one does so here too.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import polars as pl

from congto.engines.intervals.findings import day_findings, explain
from congto.engines.intervals.limits import IntervalRules
from congto.engines.intervals.validation import validate
from congto.office.meterdata.rule_book import rule_rows
from congto.office.meterdata.vee import base_of
from congto.office.meterdata.vee_block import block_of, history_of
from congto.office.meterdata.vee_dirty import PART_POINTS
from congto.office.meterdata.vee_facts import BookFacts
from congto.office.meterdata.vee_part import expected_points, raw_of_check_points, remembered_rows
from congto.office.storage.bulk import bulk
from congto.office.storage.intervals import raw_channels
from congto.vocabulary.frames.intervals import DAY_FINDINGS
from congto.vocabulary.intervals import Channel

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from congto.engines.intervals.block import DayBlock
    from congto.office.meterdata.vee_part import DayBase
    from congto.vocabulary.interval_rules import DatedIntervalRule

POINTS_MAX = 50_000
"""Points that one dry run judges; of more, the first so many by their number."""

SAMPLE = 12
CODES = (
    "SELECT id AS usage_point, code AS subject FROM meters_usagepoint WHERE id = ANY($1::bigint[])"
)


@dataclass(frozen=True, slots=True)
class RuleRun:
    """What a rule finds of a day.

    Attributes:
        judged: points judged. points: of them those that it speaks of. findings: runs it names.
        sample: frame DAY_FINDINGS with `subject` and `text`, a few of them.
    """

    judged: int
    points: int
    findings: int
    sample: pl.DataFrame

    @property
    def told(self) -> list[tuple[str, str]]:
        """Return (code of the point, sentence) of the sample."""
        return list(self.sample.select("subject", "text").iter_rows())


def dry_run(
    rule: str, day: date, units: Sequence[int], *, instead: DatedIntervalRule | None = None
) -> RuleRun:
    """Judge a past day by the rules in force on it, or with one row instead; count one rule's hits.

    Args:
        rule: the rule that is counted.
        day: local day.
        units: only points of these units.
        instead: a row to put in force on the day, whatever day it is dated from.
    """
    rows = rule_rows()
    if instead is not None:
        rows = [*rows, replace(instead, valid_from=day)]
    in_force = IntervalRules.on(rows, day)
    found, judged = [DAY_FINDINGS.empty()], 0
    for block in _blocks(day, units):
        findings = day_findings(block, validate(block, in_force))
        found.append(findings.filter(pl.col("rule") == rule))
        if block.channel is Channel.ACTIVE_IMPORT:
            judged += len(block.points)
    hits = pl.concat(found)
    return RuleRun(judged, hits["usage_point"].n_unique(), hits.height, _told(hits.head(SAMPLE)))


def _blocks(day: date, units: Sequence[int]) -> Iterator[DayBlock]:
    """Yield the blocks of a day, part by part and channel by channel, up to the most points."""
    source, base, left = BookFacts(), base_of(day), POINTS_MAX
    for part in source.parts(day, PART_POINTS):
        first, last = part * PART_POINTS, (part + 1) * PART_POINTS - 1
        facts = _of_units(source.of_points(day, first, last), units).head(left)
        left -= facts.height
        if facts.is_empty():
            continue
        yield from _of_part(day, base, facts, source.outages(day, first, last))


def _of_part(
    day: date, base: DayBase, facts: pl.DataFrame, outages: pl.DataFrame
) -> Iterator[DayBlock]:
    keys = facts["usage_point"].to_numpy()
    raw = raw_channels(base.raw, int(keys[0]), int(keys[-1]), keys)
    check = raw_of_check_points(base.raw, facts)
    for channel in Channel:
        own = expected_points(facts, channel, raw[channel])
        if own.is_empty():
            continue
        siblings = {
            one: days for one, days in raw.items() if one is not channel and len(days.points)
        }
        points = own["usage_point"].to_numpy()
        history = history_of(points, remembered_rows(base.before, channel, points))
        checks = check[channel] if check else None
        yield block_of(day, channel, raw[channel], own, outages, history, siblings, checks)


def _of_units(facts: pl.DataFrame, units: Sequence[int]) -> pl.DataFrame:
    """Keep the points of some units, by number."""
    if facts.is_empty() or not units:
        return facts.head(0)
    with bulk() as books:
        own = books.read(
            "SELECT id AS usage_point FROM meters_usagepoint WHERE unit_id = ANY($1::bigint[])"
            " AND id BETWEEN $2 AND $3",
            (list(units), facts["usage_point"].min(), facts["usage_point"].max()),
        )
    return facts.join(own, on="usage_point", how="semi").sort("usage_point")


def _told(hits: pl.DataFrame) -> pl.DataFrame:
    """Add the point's code and the sentence."""
    if hits.is_empty():
        return explain(hits.with_columns(subject=pl.lit("")))
    with bulk() as books:
        codes = books.read(CODES, (hits["usage_point"].unique().to_list(),))
    return explain(hits.join(codes, on="usage_point", how="left", maintain_order="left"))
