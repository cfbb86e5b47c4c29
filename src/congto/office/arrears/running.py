"""The steps of a day, unit by unit: each unit is one transaction, so a rerun does what is left.

Who may get a step is read once for everybody; what is written is judged again from the ledger in
the transaction that writes it, so that nobody who has paid meanwhile gets a notice.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl
from django.db import transaction
from django.utils.translation import gettext as _

from congto.office.arrears.cases import judged, moment
from congto.office.arrears.choices import PlanState, RunState, StepKind
from congto.office.arrears.models import DunningPart, DunningRun
from congto.office.arrears.owed import open_bills, open_bills_of
from congto.office.arrears.step_writing import write_steps
from congto.office.control.audit import record
from congto.office.ledger.choices import AccountKind
from congto.office.storage.bulk import bulk
from congto.vocabulary.errors import RefusedError
from congto.vocabulary.format_vi import day as shown_day
from congto.vocabulary.periods import LOCAL_ZONE

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date, datetime

    from django.contrib.auth.models import User

    from congto.office.storage.bulk import Bulk

    Progress = Callable[[str, int, int], None]
    """progress(what, done, total)"""

WRITTEN = (StepKind.REMINDER, StepKind.NOTICE, StepKind.WARNING, StepKind.CLOSE)
"""Steps that a run writes; cuts and reconnections are orders, which people give."""


@dataclass(frozen=True, slots=True)
class RunReport:
    """What a run did, or would do.

    Attributes:
        day: local.
        units: of the run; done: of which this call did.
        steps: step -> how many, of the whole run.
        cases: agreements judged; owed_vnd: overdue, of these.
        waits: reason -> how many have no step now; of a preview only.
        by_unit: unit -> step -> how many; of a preview only.
    """

    day: date
    units: int = 0
    done: int = 0
    steps: dict[str, int] = field(default_factory=dict)
    cases: int = 0
    owed_vnd: int = 0
    waits: dict[str, int] = field(default_factory=dict)
    by_unit: dict[int, dict[str, int]] = field(default_factory=dict)


def preview(at: datetime, *, units: list[int] | None = None) -> RunReport:
    """Tell what a run at this moment would do in some units, or in all; nothing is written."""
    with bulk() as books:
        found = _everybody(books, at, units)
    stepped = found.filter(pl.col("step").is_not_null())
    return RunReport(
        day=moment(at).on,
        units=found["unit_id"].n_unique(),
        steps=_counts(stepped["step"]),
        cases=found.height,
        owed_vnd=int(found["owed_vnd"].sum()),
        waits=_counts(found["waits"].drop_nulls()),
        by_unit={
            unit: _counts(rows["step"])
            for (unit,), rows in stepped.group_by("unit_id", maintain_order=True)
        },
    )


def run_day(
    at: datetime, *, user: User | None = None, progress: Progress | None = None
) -> RunReport:
    """Take the steps that are due now, in every unit that this day's run has not done yet.

    Raises:
        RefusedError: a run of a later day was begun: the day is over.
    """
    run = _begin(at, user)
    left = list(run.parts.filter(state=RunState.OPEN).order_by("unit"))
    if left:
        with bulk() as books:
            found = _everybody(books, at, [part.unit_id for part in left])
        for number, part in enumerate(left, 1):
            rows = found.filter(pl.col("unit_id") == part.unit_id)
            _do(part, rows, at)
            if progress:
                progress(str(part.unit_id), number, len(left))
        _finish(run, at, user)
    return _report(run, done=len(left))


@transaction.atomic
def _begin(at: datetime, user: User | None) -> DunningRun:
    """Return the run of the day, with a part for every unit that has receivables."""
    on = at.astimezone(LOCAL_ZONE).date()
    later = DunningRun.objects.filter(day__gt=on).order_by("day").first()
    if later is not None:
        raise RefusedError(
            _("Đã chạy xử lý nợ của ngày %(later)s, sau ngày %(day)s")
            % {"later": shown_day(later.day), "day": shown_day(on)},
            action=_("chạy cho ngày hiện tại"),
        )
    run, made = DunningRun.objects.get_or_create(day=on, defaults={"started_at": at, "user": user})
    if made:
        with bulk() as books:
            units = books.read(
                "SELECT DISTINCT unit_id FROM ledger_account WHERE kind = $1 AND unit_id IS NOT"
                " NULL ORDER BY unit_id",
                (AccountKind.RECEIVABLE.value,),
            )["unit_id"]
        DunningPart.objects.bulk_create(DunningPart(run=run, unit_id=unit) for unit in units)
    return run


def _everybody(books: Bulk, at: datetime, units: list[int] | None) -> pl.DataFrame:
    """Judge everybody of the units from one pass over the ledger."""
    now = moment(at)
    horizon = now.on + timedelta(days=now.plan.reminder_days)
    bills = open_bills(books, units=units, due_to=horizon)
    return judged(books, bills, at, units=units)


def _do(part: DunningPart, rows: pl.DataFrame, at: datetime) -> None:
    """Write a unit's steps and that they are written, in one transaction."""
    to_do = rows.filter(pl.col("step").is_in(list(WRITTEN)))
    with bulk() as books:
        locked = books.read(
            "SELECT state FROM arrears_dunningpart WHERE id = $1 FOR UPDATE", (part.pk,)
        )
        if locked.item() == RunState.DONE.value:
            return
        _break_plans(books, part.unit_id, moment(at).on)
        agreements = to_do["agreement_id"].to_list()
        if agreements:
            bills = open_bills_of(books, agreements)
            again = judged(books, bills, at, agreements=agreements)
            to_do = again.filter(pl.col("step").is_in(list(WRITTEN)))
            write_steps(books, to_do, at)
        books.execute(
            "UPDATE arrears_dunningpart SET state = $2, cases = $3, owed_vnd = $4,"
            " steps = $5::jsonb WHERE id = $1",
            (
                part.pk, RunState.DONE.value, rows.height, int(rows["owed_vnd"].sum()),
                json.dumps(_counts(to_do["step"])),
            ),
        )  # fmt: skip


BREAK_PLANS = f"""
UPDATE arrears_paymentplan p SET state = CASE WHEN broken THEN '{PlanState.BROKEN.value}'
    ELSE '{PlanState.KEPT.value}' END, ended_on = $2
FROM (
    SELECT i.plan_id, bool_or(i.due_on < $2 AND o.net + o.vat > 0) AS broken,
        bool_and(o.net + o.vat <= 0) AS paid
    FROM arrears_instalment i
    JOIN arrears_paymentplan q ON q.id = i.plan_id AND q.state = '{PlanState.ACTIVE.value}'
    JOIN customers_agreement a ON a.id = q.agreement_id
    JOIN customers_customer c ON c.id = a.customer_id AND c.unit_id = $1
    CROSS JOIN LATERAL payments_owed(ARRAY[i.bill_id]) o GROUP BY i.plan_id
) now WHERE now.plan_id = p.id AND (now.broken OR now.paid)
"""  # noqa: S608  (constants, no input)


def _break_plans(books: Bulk, unit: int, on: date) -> None:
    """End the plans of a unit's customers that were not kept, or are paid."""
    books.execute(BREAK_PLANS, (unit, on))


def _finish(run: DunningRun, at: datetime, user: User | None) -> None:
    with transaction.atomic():
        held = DunningRun.objects.select_for_update().get(pk=run.pk)
        if held.state == RunState.DONE or held.parts.filter(state=RunState.OPEN).exists():
            return
        held.state, held.finished_at = RunState.DONE, at
        held.save(update_fields=["state", "finished_at"])
        report = _report(held, done=0)
        record(
            user, "arrears.run", "dunning_run", str(held.pk), unit=None, at=at,
            after={"day": held.day, "steps": report.steps, "cases": report.cases},
        )  # fmt: skip


def _report(run: DunningRun, *, done: int) -> RunReport:
    parts = list(run.parts.all())
    steps: dict[str, int] = {}
    for part in parts:
        for name, count in part.steps.items():
            steps[name] = steps.get(name, 0) + count
    return RunReport(
        day=run.day,
        units=len(parts),
        done=done,
        steps=steps,
        cases=sum(part.cases for part in parts),
        owed_vnd=sum(part.owed_vnd for part in parts),
    )


def _counts(column: pl.Series) -> dict[str, int]:
    return dict(sorted(column.value_counts().iter_rows()))
