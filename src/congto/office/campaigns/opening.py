"""Windows of plans become campaigns, campaigns become tasks: each once, however often it is tried.

A window is opened by whoever looks first; the key (plan, begin) lets no second campaign be made.
All its tasks are made in the transaction that makes it. Half-hours are asked for where the store
lacks them and nowhere else; a device that still has an open task of a kind gets no second one.
"""

from __future__ import annotations

import json
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import polars as pl
from django.db import connection, transaction

from congto.headend.campaigns.gaps import ranges_of
from congto.office.campaigns import gaps
from congto.office.campaigns.choices import TaskKind
from congto.office.campaigns.models import Campaign, Plan
from congto.office.control.audit import operation
from congto.office.control.findings import keep_findings
from congto.office.storage.bulk import bulk
from congto.vocabulary.findings import Severity
from congto.vocabulary.periods import LOCAL_ZONE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

    from congto.office.campaigns.gaps import Expectation, Found

OPENING_LOCK = 0x4A21
"""One opening at a time: the gaps that it looks for are those after the one before."""
ROWS_AT_ONCE = 100_000
DAYS_BACK = 1
"""A window that began yesterday may go on over midnight."""

PUT = """
INSERT INTO campaigns_task (campaign_id, device_id, kind, args, subject, key, priority, state,
  created_at, due_at, expires_at, attempts, attempts_max, leased_by, fault)
SELECT %(campaign)s, g.device, %(kind)s, g.args::jsonb, '',
  %(campaign)s::text || ':' || g.device || ':' || %(kind)s, %(priority)s, 'waiting',
  %(at)s, %(at)s, %(until)s, 0, %(attempts_max)s, '', ''
FROM unnest(%(devices)s::bigint[], %(args)s::text[]) AS g (device, args)
WHERE NOT EXISTS (SELECT FROM campaigns_task t WHERE t.device_id = g.device
  AND t.kind = %(kind)s AND t.state IN ('waiting', 'leased'))
ON CONFLICT (key) DO NOTHING
"""
EXPIRE = """
UPDATE campaigns_task SET state = 'expired', ended_at = %(at)s
WHERE state = 'waiting' AND expires_at <= %(at)s
"""
CLOSE = """
UPDATE campaigns_campaign c SET state = 'closed'
WHERE c.state = 'open' AND (c.closes_at <= %(at)s OR c.plan_id IS NULL) AND NOT EXISTS (
  SELECT FROM campaigns_task t WHERE t.campaign_id = c.id AND t.state IN ('waiting', 'leased'))
"""


def open_due(expectations: Mapping[str, Expectation], *, at: datetime) -> list[Campaign]:
    """Open the windows of enabled plans in which `at` lies; end what has run out.

    Args:
        expectations: profile -> what its meters keep; devices of other profiles are not asked for
            half-hours.
        at: now.

    Returns:
        Campaigns that are new.
    """
    close_ended(at=at)
    due = [
        (plan, window)
        for plan in Plan.objects.filter(enabled=True).select_related("unit")
        if (window := _window(plan, at)) is not None
    ]
    return [
        made
        for plan, window in due
        if (made := _open(plan, *window, expectations, at=at)) is not None
    ]


def close_ended(*, at: datetime) -> int:
    """End the tasks whose time is over and close campaigns without open ones; count the tasks."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(EXPIRE, {"at": at})
        expired = int(cursor.rowcount)
        cursor.execute(CLOSE, {"at": at})
    return expired


def _window(plan: Plan, at: datetime) -> tuple[datetime, datetime] | None:
    """Return begin and end of the window of a plan in which an instant lies; the latest of them."""
    today = at.astimezone(LOCAL_ZONE).date()
    found = [
        (begin, end)
        for day in (today - timedelta(days=DAYS_BACK), today)
        for begin, end in _windows(plan, day)
        if begin <= at < end
    ]
    return max(found, default=None)


def _windows(plan: Plan, day: date) -> Iterator[tuple[datetime, datetime]]:
    midnight = datetime.combine(day, time(0), LOCAL_ZONE)
    for minutes in plan.begins:
        begin = midnight + timedelta(minutes=minutes)
        yield begin, begin + timedelta(minutes=plan.window_minutes)


def _open(
    plan: Plan,
    begin: datetime,
    end: datetime,
    expectations: Mapping[str, Expectation],
    *,
    at: datetime,
) -> Campaign | None:
    """Make the campaign of a window with its tasks; None where it is there."""
    if Campaign.objects.filter(plan=plan, opens_at=begin).exists():
        return None
    with operation(
        None, "campaign.open", "campaign", unit=plan.unit, at=at, key=f"campaign:{plan.pk}:{begin}"
    ) as work:
        if work.earlier is not None:
            return None
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [OPENING_LOCK])
        local = begin.astimezone(LOCAL_ZONE)
        made = Campaign.objects.create(
            plan=plan,
            name=f"{plan.name} {local:%d/%m/%Y %H:%M}"[:120],
            unit=plan.unit,
            opens_at=begin,
            closes_at=end,
        )
        found = _put_all(made, plan, expectations, at)
        Campaign.objects.filter(pk=made.pk).update(total=made.total)
        work.subject = str(made.pk)
        work.after = {"plan": plan.code, "opens_at": begin, "tasks": made.total}
    if found is not None:
        _tell(found, at)
    return made


def _put_all(
    made: Campaign, plan: Plan, expectations: Mapping[str, Expectation], at: datetime
) -> Found | None:
    """Put the tasks of a campaign, all kinds of its plan; return the gaps looked at."""
    depth = max((one.depth_days for one in expectations.values()), default=0)
    today = at.astimezone(LOCAL_ZONE).date()
    devices = gaps.devices_expected(
        plan.unit.path, plan.profiles, plan.path, today, depth_days=depth
    )
    callable_ones = _reachable(devices)
    found = None
    for kind in plan.kinds:
        if kind == TaskKind.HALF_HOURS:
            none = gaps.without_row(plan.answers_max, since=today - timedelta(days=depth))
            found = gaps.lacking(callable_ones, expectations, at=at, without=none)
            made.total += _put(made, plan, kind, _asked(found.gaps), at)
        else:
            hung = callable_ones.filter(pl.col("valid_to").is_null() | (pl.col("valid_to") > today))
            rows = hung.select(pl.col("device").unique(), args=pl.lit("{}"))
            made.total += _put(made, plan, kind, rows, at)
    return found


def _reachable(devices: pl.DataFrame) -> pl.DataFrame:
    """Leave out devices that only their concentrator's files speak of."""
    return devices.filter("reachable")


def _asked(missing: pl.DataFrame) -> pl.DataFrame:
    """Return device and args: the ranges to ask of it, as JSON."""
    stamp = "%Y-%m-%dT%H:%M:%SZ"
    pair = pl.concat_list(pl.col("begins").dt.strftime(stamp), pl.col("ends").dt.strftime(stamp))
    listed = ranges_of(missing).group_by("device", maintain_order=True).agg(ranges=pair)
    args = [json.dumps({"ranges": ranges}) for ranges in listed["ranges"].to_list()]
    return listed.select("device", args=pl.Series(args, dtype=pl.String))


def _put(made: Campaign, plan: Plan, kind: str, rows: pl.DataFrame, at: datetime) -> int:
    given: dict[str, Any] = {
        "campaign": made.pk,
        "kind": kind,
        "priority": plan.priority,
        "at": at,
        "until": made.closes_at,
        "attempts_max": plan.attempts_max,
    }
    count = 0
    with connection.cursor() as cursor:
        for part in rows.iter_slices(ROWS_AT_ONCE):
            columns = {"devices": part["device"].to_list(), "args": part["args"].to_list()}
            cursor.execute(PUT, given | columns)
            count += cursor.rowcount
    return count


def _tell(found: Found, at: datetime) -> None:
    """Keep a finding for each device that lost half-hours for good; then how far all are complete.

    A crash between the two finds the same days again, and the same findings.
    """
    with bulk() as books:
        keep_findings(books, given_up(found.given_up), at=at)
    gaps.keep_through(found.through)


def given_up(days: pl.DataFrame) -> pl.DataFrame:
    """Return one finding (HES-003) a device and day that its meter does not have any more."""
    lost = pl.format(
        "Công tơ {}: {} nửa giờ ngày {} chưa đọc được và công tơ không còn giữ.",
        "serial",
        "lacking",
        pl.col("local_day").dt.strftime("%d/%m/%Y"),
    )
    return days.select(
        rule=pl.lit("HES-003"),
        severity=pl.lit(Severity.WARNING.value),
        subject_kind=pl.lit("meter"),
        subject="serial",
        unit_id="unit_id",
        period_from="local_day",
        period_to=pl.col("local_day").dt.offset_by("1d"),
        observed=pl.format("thiếu {} nửa giờ", "lacking"),
        expected=pl.lit("48 nửa giờ"),
        text=lost,
    )
