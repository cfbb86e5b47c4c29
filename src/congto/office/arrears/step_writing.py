"""Writing steps, and into the cases what the next decision needs of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from congto.office.arrears.cases import moment
from congto.office.arrears.choices import CaseState, StepKind

if TYPE_CHECKING:
    from datetime import date, datetime

    from congto.office.storage.bulk import Bulk


def write_steps(books: Bulk, rows: pl.DataFrame, at: datetime) -> None:
    """Write the steps that are due, one row of `cases.judged` each, and change their cases."""
    on = moment(at).on
    steps = rows.select(
        "agreement_id",
        "unit_id",
        pl.col("step").alias("kind"),
        pl.lit(on).alias("day"),
        pl.lit(at).dt.convert_time_zone("UTC").alias("at"),
        pl.col("step_round").alias("round"),
        "due_date",
        pl.when(pl.col("step") == StepKind.REMINDER).then("coming_vnd").otherwise("owed_vnd")
        .fill_null(0).alias("owed_vnd"),
        "cut_on",
    )  # fmt: skip
    books.copy("arrears_dunningstep", steps)
    notices = rows.filter(pl.col("step") == StepKind.NOTICE)
    opened = notices.filter(pl.col("case_id").is_null())
    books.copy("arrears_case", _new_cases(opened, on))
    _update(books, NOTICED, notices.filter(pl.col("case_id").is_not_null()), on)
    _update(books, WARNED, rows.filter(pl.col("step") == StepKind.WARNING), at)
    _update(books, CLOSED, rows.filter(pl.col("step") == StepKind.CLOSE), on)


def _new_cases(rows: pl.DataFrame, on: date) -> pl.DataFrame:
    return rows.select(
        "agreement_id",
        "unit_id",
        pl.lit(CaseState.OPEN.value).alias("state"),
        pl.lit(on).alias("opened_on"),
        "due_date",
        "owed_vnd",
        pl.col("step_round").alias("round"),
        pl.lit(1).alias("notices"),
        pl.lit(on).alias("first_on"),
        pl.lit(on).alias("last_on"),
        pl.col("owes_due").alias("covers_due"),
    )


# A first notice begins a round: earlier warnings are of the round before and stand no more.
NOTICED = """
UPDATE arrears_case c SET due_date = n.due_date, owed_vnd = n.owed_vnd, round = n.step_round,
    last_on = $1,
    notices = CASE WHEN n.step_round > c.round THEN 1 ELSE c.notices + 1 END,
    first_on = CASE WHEN n.step_round > c.round THEN $1 ELSE c.first_on END,
    covers_due = CASE WHEN n.step_round > c.round THEN n.owes_due ELSE c.covers_due END,
    warned_at = CASE WHEN n.step_round > c.round THEN NULL ELSE c.warned_at END,
    cut_on = CASE WHEN n.step_round > c.round THEN NULL ELSE c.cut_on END
FROM unnest($2::bigint[], $3::date[], $4::bigint[], $5::int[], $6::date[])
    AS n (case_id, due_date, owed_vnd, step_round, owes_due)
WHERE c.id = n.case_id
"""
WARNED = """
UPDATE arrears_case c SET warned_at = $1, cut_on = n.cut_on, due_date = n.due_date,
    owed_vnd = n.owed_vnd
FROM unnest($2::bigint[], $3::date[], $4::bigint[], $5::int[], $6::date[])
    AS n (case_id, due_date, owed_vnd, step_round, cut_on)
WHERE c.id = n.case_id
"""
CLOSED = f"""
UPDATE arrears_case c SET state = '{CaseState.CLOSED.value}', closed_on = $1
FROM unnest($2::bigint[], $3::date[], $4::bigint[], $5::int[], $6::date[])
    AS n (case_id, due_date, owed_vnd, step_round, other)
WHERE c.id = n.case_id
"""  # noqa: S608  (constants, no input)


def _update(books: Bulk, sql: str, rows: pl.DataFrame, when: date | datetime) -> None:
    if rows.is_empty():
        return
    last = "cut_on" if sql is WARNED else "owes_due"
    names = ("case_id", "due_date", "owed_vnd", "step_round", last)
    books.execute(sql, (when, *(rows[name].to_list() for name in names)))
