"""The export of a list: all its rows under the present filter, as CSV or XLSX, in batches.

The batches go to a draft file; its length and the last row's key are the checkpoint, so a paused
or killed export goes on where it was. XLSX is made from the draft at the end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils.translation import gettext as _

from congto.interfaces.console.grid import files
from congto.interfaces.console.grid.books import GRIDS
from congto.interfaces.console.grid.lists import Question, read_address
from congto.interfaces.jobs.kinds import JobKind, Progress
from congto.office.control.permissions import Action
from congto.office.control.queries import Scope, scope_of
from congto.office.organisation.queries import unit_with
from congto.vocabulary.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from congto.office.control.models import Job

BATCH_ROWS = 2000


def results_folder() -> Path:
    """Return the folder of finished files, made when it is absent."""
    folder: Path = settings.DATA / "results"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def draft_of(job_id: int) -> Path:
    """Return where a running export collects its rows."""
    return results_folder() / f"{job_id}.draft"


def discard(job_id: int) -> None:
    """Remove the draft of an export that will not be finished."""
    draft_of(job_id).unlink(missing_ok=True)


def question_of(job: Job) -> Question:
    """Return the list and filter of an export inside what its person may export today."""
    grid = GRIDS[job.params["grid"]]
    if job.user is None:
        raise RefusedError(_("Tác vụ xuất không có người chạy"))
    scope = scope_of(job.user, Action.EXPORT).within(scope_of(job.user, grid.action))
    unit = job.params.get("unit")
    if unit:
        scope = scope.narrowed(unit_with(code=unit))
    if scope == Scope.nothing():
        raise RefusedError(_("Người chạy không còn quyền xuất dữ liệu ở đơn vị này"))
    return Question(grid, read_address(job.params["query"]), scope)


def run(job: Job) -> Generator[Progress, None, None]:
    """Write the rows batch by batch, then the file in the format asked for."""
    question = question_of(job)
    selected = job.params.get("selected") or []
    total = len(selected) or question.size.rows
    if question.errors:
        raise RefusedError(" ".join(question.errors))
    draft = draft_of(job.pk)
    at = _where_left(job, draft)
    with files.reopened(draft, at["bytes"]) as file:
        count = at["rows"]
        for batch, after in question.batches(BATCH_ROWS, after=at["after"], selected=selected):
            files.append(file, question.columns, batch)
            count += len(batch)
            kept = {"after": after, "bytes": file.tell(), "rows": count}
            yield Progress(count, max(total, count), _("Đang đọc"), kept)
    name = f"{job.params['grid']}-{job.pk}.{job.params['format']}"
    target = results_folder() / name
    if job.params["format"] == "xlsx":
        for written in files.finish_xlsx(draft, target, question.columns):
            yield Progress(written, max(count, 1), _("Đang ghi bảng tính"))
    else:
        files.finish_csv(draft, target, question.columns)
    discard(job.pk)
    yield Progress(count, count, result_file=name)


def _where_left(job: Job, draft: Path) -> dict[str, Any]:
    """Return the checkpoint when the draft still holds what it says, else the beginning."""
    at: dict[str, Any] | None = job.checkpoint
    if at is not None and draft.exists() and draft.stat().st_size >= at["bytes"]:
        return at
    return {"after": "", "bytes": 0, "rows": 0}


KIND = JobKind("export", run, resumable=True, discard=discard)
