"""A trial as a background job: the base, the rating, a result for the page and a workbook.

A month's base is its own checkpoint: what is written of it stays. A trial that was interrupted
while it rated begins that part again; that takes less time than a checkpoint of sums is worth.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils.translation import gettext as _

from congto.interfaces.files.trial_workbook import write_workbook
from congto.interfaces.jobs.exports import results_folder
from congto.interfaces.jobs.kinds import JobKind, Progress
from congto.office.billing import trial, trial_base
from congto.office.billing.trial_report import report
from congto.office.control.operations import start_job
from congto.office.control.permissions import Action, require
from congto.reference.drafts import in_words
from congto.reference.vn import price_book
from congto.vocabulary.periods import Period

if TYPE_CHECKING:
    from collections.abc import Generator
    from datetime import datetime
    from pathlib import Path

    from django.contrib.auth.models import User

    from congto.office.control.models import Job

KEY = "trial"


def start(months: tuple[Period, ...], words: dict[str, Any], *, user: User, at: datetime) -> Job:
    """Queue a trial of the months, oldest first, under the draft that the words say.

    Needs the right to run jobs everywhere, as the base is everybody. A wrong draft is refused here
    and not in the job.
    """
    require(user, Action.RUN_JOBS, None)
    rules = in_words(**words)
    named = [trial_base.name_of(month) for month in months]
    title = _("Tính thử %(name)s, %(first)s – %(last)s") % {
        "name": rules.name,
        "first": named[0],
        "last": named[-1],
    }
    params = {"months": named, "words": words}
    return start_job(KEY, params, title=title, user=user, unit=None, at=at)


def result_of(job_id: int) -> dict[str, Any] | None:
    """Return the result of a finished trial; None where there is none."""
    place = _place(job_id)
    if not place.is_file():
        return None
    found: dict[str, Any] = json.loads(place.read_text(encoding="utf-8"))
    return found


def _place(job_id: int) -> Path:
    folder: Path = settings.DATA / "trial" / "results"
    return folder / f"{job_id}.json"


def run(job: Job) -> Generator[Progress, None, None]:
    """Make the bases that are missing or stale, rate both sides, write the result."""
    months = tuple(Period.parse_month(name) for name in job.params["months"])
    rules = in_words(**job.params["words"])
    for number, month in enumerate(months):
        for _done, _total in trial_base.build_base(month):
            name = trial_base.name_of(month)
            yield Progress(number, len(months), _("Số liệu nền %(month)s") % {"month": name})
    with trial_base.held(months):
        bases = trial.bases_of(months)
        spans, parts = trial.spans_of(bases), []
        for part in trial.trial_spans(bases, price_book(), rules):
            parts.append(part)
            yield Progress(len(parts), len(spans), _("Đang tính hai phía"))
        result = report(bases, price_book(), rules, trial.summed(parts))
    name = _keep(job.pk, result)
    said = result["total"]["change_net_percent"] or "0"
    message = _("Tiền điện thay đổi %(percent)s %%") % {"percent": said.replace(".", ",")}
    yield Progress(len(spans), len(spans), message, result_file=name)


def _keep(job_id: int, result: dict[str, Any]) -> str:
    """Write the result and its workbook, each whole or not at all; return the workbook's name."""
    place = _place(job_id)
    place.parent.mkdir(parents=True, exist_ok=True)
    draft = place.with_suffix(".draft")
    draft.write_text(json.dumps(result, ensure_ascii=False), encoding="utf-8")
    draft.replace(place)
    name = f"trial-{job_id}.xlsx"
    results_folder().mkdir(parents=True, exist_ok=True)
    workbook = results_folder() / f"{job_id}.draft"
    write_workbook(workbook, result)
    workbook.replace(results_folder() / name)
    return name


def discard(job_id: int) -> None:
    """Remove what a cancelled trial leaves; bases stay, the next trial takes them."""
    _place(job_id).unlink(missing_ok=True)
    (results_folder() / f"{job_id}.draft").unlink(missing_ok=True)


KIND = JobKind(KEY, run, resumable=True, discard=discard)
