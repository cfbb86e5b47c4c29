"""Cases as the rules judge them: what is owed, what was done, and what stands in the way."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

import polars as pl

from congto.engines.arrears import CASES, RulesOfDay, decide
from congto.office.arrears.choices import (
    CaseState,
    OrderKind,
    OrderState,
    PlanState,
    StepKind,
)
from congto.office.commands.choices import CommandState
from congto.reference.arrears import load_arrears
from congto.reference.calendar import day_type
from congto.vocabulary.intervals import DayType
from congto.vocabulary.periods import LOCAL_ZONE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from congto.office.storage.bulk import Bulk
    from congto.vocabulary.dunning import ArrearsRules

AHEAD = 120
"""Days ahead whose working days are known: longer than any law lets a cut wait."""
KEYS = ("agreement_id", "unit_id", "case_id", "owes_due", "owed_vnd")
"""What a writer needs beside CASES and STEPS; owes_due: the latest due date of what is overdue."""


@cache
def rules() -> ArrearsRules:
    """Return the rules of arrears that are shipped, read once a process."""
    return load_arrears()


def moment(at: datetime) -> RulesOfDay:
    """Return the rules of an instant, with the working days that come."""
    local = at.astimezone(LOCAL_ZONE).replace(tzinfo=None)
    return RulesOfDay(rules(), local, _working_days(local.date()))


@cache
def _working_days(first: date) -> tuple[date, ...]:
    days = (first + timedelta(days=number) for number in range(AHEAD))
    return tuple(day for day in days if day_type(day) is DayType.WORKING)


# A point is cut when the last order that was carried out cut it. A command that nobody saw the end
# of may have cut it, and is not believed to have given supply back.
IS_CUT = f"""EXISTS (
    SELECT FROM (
        SELECT DISTINCT ON (s.usage_point_id) s.kind FROM arrears_supplyorder s
        LEFT JOIN commands_command k ON k.order_id = s.command_order_id
        WHERE s.case_id = c.id AND (s.state = '{OrderState.DONE.value}'
            OR k.state = '{CommandState.CONFIRMED.value}'
            OR (s.kind = '{OrderKind.DISCONNECT.value}'
                AND k.state = '{CommandState.UNCERTAIN.value}'))
        ORDER BY s.usage_point_id, s.id DESC
    ) last WHERE last.kind = '{OrderKind.DISCONNECT.value}')"""  # noqa: S608  (constants, no input)
OPEN_CASES = f"""
SELECT c.id AS case_id, c.agreement_id, c.unit_id AS case_unit, c.round, c.notices, c.first_on,
    c.last_on, c.covers_due, c.warned_at AT TIME ZONE 'Asia/Ho_Chi_Minh' AS warned_at, c.cut_on,
    {IS_CUT} AS is_cut
FROM arrears_case c WHERE c.state = '{CaseState.OPEN.value}'
"""  # noqa: S608  (constants, no input)
COMPLAINTS = """
SELECT DISTINCT agreement_id FROM arrears_complaint
WHERE valid_from <= $1 AND (valid_to IS NULL OR valid_to > $1)
"""
# A plan is kept while no bill of it that was to be paid before today is owed.
PLANS = f"""
SELECT p.agreement_id, i.bill_id FROM arrears_paymentplan p
JOIN arrears_instalment i ON i.plan_id = p.id
WHERE p.state = '{PlanState.ACTIVE.value}' AND NOT EXISTS (
    SELECT FROM arrears_instalment l CROSS JOIN LATERAL payments_owed(ARRAY[l.bill_id]) o
    WHERE l.plan_id = p.id AND l.due_on < $1 AND o.net + o.vat > 0)
"""  # noqa: S608  (constants, no input)
PROTECTED = """
SELECT DISTINCT u.agreement_id FROM commands_protectedpoint p
JOIN meters_usagepoint u ON u.id = p.usage_point_id AND u.agreement_id IS NOT NULL
WHERE p.valid_from <= $1 AND (p.valid_to IS NULL OR p.valid_to > $1)
"""
REMINDED = f"""
SELECT DISTINCT agreement_id, due_date FROM arrears_dunningstep
WHERE kind = '{StepKind.REMINDER.value}' AND day >= $1
"""  # noqa: S608  (constants, no input)


def judged(
    books: Bulk,
    bills: pl.DataFrame,
    at: datetime,
    *,
    units: Sequence[int] | None = None,
    agreements: Sequence[int] | None = None,
) -> pl.DataFrame:
    """Judge every agreement that has an open bill or an open case at a moment.

    One row per agreement: KEYS, the columns of CASES (the announced day as `announced`), and those
    of STEPS.

    Args:
        books: the transaction of the caller.
        bills: their open bills, as owed.open_bills answers them.
        at: the moment.
        units: whose open cases are looked at; None: everybody's.
        agreements: the same, by agreement.
    """
    now = moment(at)
    cases = _cases(books, units, agreements)
    owing = _owing(bills, now.on)
    both = owing.join(cases, on="agreement_id", how="full", coalesce=True)
    on_day = (now.on,)
    marks = {
        "complaint": books.read(COMPLAINTS, on_day),
        "plan": _kept_plans(books.read(PLANS, on_day), bills, now.on),
        "protected": books.read(PROTECTED, on_day),
    }
    marked = both
    for name, rows in marks.items():
        marked = marked.join(
            rows.with_columns(pl.lit(value=True).alias(name)), on="agreement_id", how="left"
        )
    since = now.on - timedelta(days=now.plan.reminder_days)
    reminded = books.read(REMINDED, (since,)).with_columns(reminded=pl.lit(value=True))
    marked = marked.join(reminded, on=["agreement_id", "due_date"], how="left")
    whole = marked.with_columns(
        pl.col("unit_id").fill_null(pl.col("case_unit")),
        pl.col("round", "notices").fill_null(0).cast(pl.Int32()),
        pl.col("owed_vnd").fill_null(0),
        pl.col("warned_at").cast(pl.Datetime("us")),
        *(pl.col(name).fill_null(value=False) for name in ("is_cut", "reminded", *marks)),
    ).sort("agreement_id")
    steps = decide(CASES.check(whole), now).drop("agreement_id").rename({"round": "step_round"})
    return pl.concat(
        [whole.rename({"cut_on": "announced"}), steps.rename({"cut_on": "cut_on"})],
        how="horizontal",
    )


def _kept_plans(plans: pl.DataFrame, bills: pl.DataFrame, on: date) -> pl.DataFrame:
    """Return the agreements whose plan is kept and that owe nothing overdue beside it."""
    overdue = bills.filter(pl.col("due_date") < on).select("agreement_id", "bill_id")
    beside = overdue.join(plans, on=["agreement_id", "bill_id"], how="anti")
    kept = plans.join(beside, on="agreement_id", how="anti")
    return kept.select("agreement_id").unique()


def _cases(
    books: Bulk, units: Sequence[int] | None, agreements: Sequence[int] | None
) -> pl.DataFrame:
    if agreements is not None:
        return books.read(f"{OPEN_CASES} AND c.agreement_id = ANY($1)", (list(agreements),))
    if units is not None:
        return books.read(f"{OPEN_CASES} AND c.unit_id = ANY($1)", (list(units),))
    return books.read(OPEN_CASES)


def _owing(bills: pl.DataFrame, on: date) -> pl.DataFrame:
    """One row per agreement: the oldest due date of what it owes, and what of it is overdue."""
    overdue = pl.col("due_date") < on
    return bills.group_by("agreement_id").agg(
        pl.col("unit_id").first(),
        pl.col("due_date").min(),
        pl.col("due_date").filter(overdue).max().alias("owes_due"),
        pl.col("owed_vnd").filter(overdue).sum(),
        pl.col("owed_vnd").filter(~overdue).sum().alias("coming_vnd"),
    )
