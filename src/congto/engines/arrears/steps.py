"""What is done about each debt at one moment, or why nothing is.

Order of questions: is supply cut, is anything overdue, is there a complaint, is there a payment
plan, have the notices gone out, has the warning. Nothing here writes; a step that is answered is
due now, and answers the same until somebody has written it down.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl

from congto.vocabulary.dunning import Step, Waits
from congto.vocabulary.frames import Frame

if TYPE_CHECKING:
    from datetime import date

    from congto.engines.arrears.rules import RulesOfDay

CASES = Frame(
    "cases",
    "one row per agreement that owes, or has a case",
    {
        "agreement_id": pl.Int64(),
        "due_date": pl.Date(),  # of the oldest bill on which something is owed; null: none
        "owed_vnd": pl.Int64(),  # of bills that are overdue
        "reminded": pl.Boolean(),  # of the bill that is due next
        "round": pl.Int32(),  # of notices; 0 before the first
        "notices": pl.Int32(),  # in the round
        "first_on": pl.Date(),
        "last_on": pl.Date(),
        "covers_due": pl.Date(),  # the latest due date of the bills that the first notice named
        "warned_at": pl.Datetime("us"),  # local wall time
        "cut_on": pl.Date(),  # day that the warning announced
        "is_cut": pl.Boolean(),
        "complaint": pl.Boolean(),  # open now
        "plan": pl.Boolean(),  # agreed and kept
        "protected": pl.Boolean(),
    },
)

STEPS = Frame(
    "steps",
    "one row per case, in the order of the cases",
    {
        "agreement_id": pl.Int64(),
        "step": pl.String(),  # due now; null: nothing is
        "round": pl.Int32(),  # that the step belongs to
        "cut_on": pl.Date(),  # of a warning: the day it announces
        "waits": pl.String(),  # why nothing is done; null beside a step
        "next_step": pl.String(),  # what comes next when nothing intervenes
        "next_on": pl.Date(),
    },
)


_DAYS = {
    "first_on": pl.Date(),
    "needed": pl.Int32(),  # notices
    "apart": pl.Int32(),  # days between them
    "hours": pl.Int32(),  # of warning
    "cut_from": pl.Date(),  # first day on which law and plan let supply be cut
    "until": pl.Date(),  # last day; null: no end
    "earliest": pl.Date(),  # first day that a warning given now can announce
    "target": pl.Date(),  # day that is meant to be announced
    "warn_on": pl.Date(),  # day on which it will be
}
"""What follows from the day of a first notice: one row per such day."""


def decide(cases: pl.DataFrame, moment: RulesOfDay) -> pl.DataFrame:
    """Answer for every case the step that is due now, or why nothing is done: STEPS.

    Args:
        cases: CASES.
        moment: the day's rules.
    """
    known = _judged(_with_days(CASES.check(cases), moment), moment)
    decided = known.with_columns(step=_step(moment), announced=pl.col("cut_on")).with_columns(
        cut_on=pl.when(pl.col("step") == Step.WARNING).then("target"),
        waits=pl.when(pl.col("step").is_null()).then(_waits()),
        round=pl.col("round")
        + ((pl.col("step") == Step.NOTICE) & pl.col("begins")).fill_null(value=False),
    )
    return STEPS.check(decided.with_columns(_next(moment)))


def _with_days(cases: pl.DataFrame, moment: RulesOfDay) -> pl.DataFrame:
    """Add what law and plan make of the day of each round's first notice; null before one."""
    firsts = cases["first_on"].drop_nulls().unique().sort().to_list()
    rows = [_days_of(first, moment) for first in firsts]
    days = pl.DataFrame(rows, schema=_DAYS, orient="row")
    return cases.join(days, on="first_on", how="left", maintain_order="left")


def _days_of(first: date, moment: RulesOfDay) -> tuple[object, ...]:
    law = moment.law_of(first)
    cut_from = first + timedelta(days=max(law.cut_from_days, moment.plan.cut_after_days))
    until = None
    if law.cut_until_days is not None:
        until = first + timedelta(days=law.cut_until_days)
    earliest = moment.working_from(moment.earliest_cut(law))
    target = moment.working_from(max(cut_from, earliest))
    return (
        first, law.notices, law.apart_days, law.warning_hours, cut_from, until, earliest, target,
        moment.working_before(target),
    )  # fmt: skip


def _judged(cases: pl.DataFrame, moment: RulesOfDay) -> pl.DataFrame:
    """Add what is true of a case now; each is never null.

    overdue: something is. enough: all notices went out, far enough apart. stands: a warning was
    given long enough before, for this day or a later one within the law's days. begins: the next
    notice is the first of a round, as there was none, the bills that it named are paid, or its days
    are over (of a point that is never cut they do not matter).
    """
    cut_moment = pl.col("cut_on").cast(pl.Datetime("us")) + pl.duration(hours=moment.plan.cut_hour)
    in_days = (pl.col("cut_on") >= pl.col("cut_from")) & (
        pl.col("until").is_null() | (pl.col("cut_on") <= pl.col("until"))
    )
    spread = (pl.col("last_on") - pl.col("first_on")).dt.total_days()
    known = cases.with_columns(
        overdue=pl.col("due_date") < moment.on,
        enough=(pl.col("notices") >= pl.col("needed"))
        & (spread >= pl.col("apart") * (pl.col("needed") - 1)),
        stands=(pl.col("cut_on") >= moment.on)
        & (cut_moment - pl.col("warned_at") >= pl.duration(hours=pl.col("hours")))
        & in_days,
    ).with_columns(pl.col("overdue", "enough", "stands").fill_null(value=False))
    over = (pl.col("due_date") > pl.col("covers_due")) | (
        (pl.col("earliest") > pl.col("until"))
        & ~(pl.col("enough") & (pl.col("stands") | pl.col("protected")))
    )
    return known.with_columns(begins=(pl.col("round") == 0) | over.fill_null(value=False))


def _step(moment: RulesOfDay) -> pl.Expr:
    """Return the step that is due now; null where nothing is."""
    on, plan = moment.on, moment.plan
    settled = ~pl.col("overdue")
    days_to_due = (pl.col("due_date") - pl.lit(on)).dt.total_days()
    remind = ~pl.col("reminded") & days_to_due.is_between(0, plan.reminder_days)
    if not plan.reminder_days:
        remind = pl.lit(value=False)
    first_due = -days_to_due >= plan.notice_after_days
    next_due = (pl.lit(on) - pl.col("last_on")).dt.total_days() >= pl.col("apart")
    return (
        pl.when(pl.col("is_cut"))
        .then(pl.when(settled | pl.col("plan")).then(pl.lit(Step.RECONNECT.value)))
        .when(settled & (pl.col("round") > 0))
        .then(pl.lit(Step.CLOSE.value))
        .when(pl.col("complaint") | pl.col("plan"))
        .then(None)
        .when(settled)
        .then(pl.when(remind).then(pl.lit(Step.REMINDER.value)))
        .when(pl.col("begins"))
        .then(pl.when(first_due).then(pl.lit(Step.NOTICE.value)))
        .when(~pl.col("enough"))
        .then(pl.when(next_due).then(pl.lit(Step.NOTICE.value)))
        .when(pl.col("protected"))
        .then(None)
        .when(pl.col("stands"))
        .then(pl.when(pl.col("cut_on") == on).then(pl.lit(Step.DISCONNECT.value)))
        .when(_warn_now())
        .then(pl.lit(Step.WARNING.value))
    )


def _warn_now() -> pl.Expr:
    """Tell whether a warning given now announces the day that is meant, and one the law allows."""
    allowed = pl.col("until").is_null() | (pl.col("target") <= pl.col("until"))
    return (pl.col("earliest") >= pl.col("cut_from")) & allowed


def _waits() -> pl.Expr:
    """Return why nothing is done."""
    settled = ~pl.col("overdue")
    return (
        pl.when(pl.col("is_cut"))
        .then(pl.lit(Waits.IS_CUT.value))
        .when(pl.col("complaint"))
        .then(pl.lit(Waits.COMPLAINT.value))
        .when(pl.col("plan"))
        .then(pl.lit(Waits.PLAN.value))
        .when(settled)
        .then(pl.lit(Waits.DUE.value))
        .when(~pl.col("begins") & pl.col("enough") & pl.col("protected"))
        .then(pl.lit(Waits.PROTECTED.value))
        .when(~pl.col("begins") & pl.col("enough") & pl.col("stands"))
        .then(pl.lit(Waits.CUT_DAY.value))
        .otherwise(pl.lit(Waits.DAYS.value))
    )


def _next(moment: RulesOfDay) -> tuple[pl.Expr, pl.Expr]:
    """Return what comes next and on which day, when nothing intervenes and nothing is due now."""
    plan = moment.plan
    idle = pl.col("step").is_null() & pl.col("waits").is_in(
        [Waits.DUE.value, Waits.DAYS.value, Waits.CUT_DAY.value]
    )
    first_on = pl.col("due_date").dt.offset_by(f"{plan.notice_after_days}d")
    remind = ~pl.col("reminded") & (plan.reminder_days > 0)
    lapsed = (pl.col("target") > pl.col("until")).fill_null(value=False)
    ways = [
        (~pl.col("overdue") & remind, Step.REMINDER,
         pl.col("due_date").dt.offset_by(f"-{plan.reminder_days}d")),
        (~pl.col("overdue") | pl.col("begins"), Step.NOTICE, first_on),
        (~pl.col("enough"), Step.NOTICE, pl.col("last_on") + pl.duration(days=pl.col("apart"))),
        (pl.col("stands"), Step.DISCONNECT, pl.col("announced")),
        (lapsed, Step.NOTICE, pl.col("until")),
    ]  # fmt: skip
    step = pl.lit(Step.WARNING.value)
    day = pl.col("warn_on")
    for condition, name, on in reversed(ways):
        step = pl.when(condition).then(pl.lit(name.value)).otherwise(step)
        day = pl.when(condition).then(on).otherwise(day)
    known = idle & pl.col("due_date").is_not_null()
    return (
        pl.when(known).then(step).alias("next_step"),
        pl.when(known).then(day).alias("next_on"),
    )
