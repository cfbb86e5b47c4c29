"""Jobs whose result is an archive: a folder to work in, kept between runs, zipped at the end."""

from __future__ import annotations

import shutil
import zipfile
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from congto.interfaces.jobs.exports import results_folder
from congto.office.control.permissions import Action
from congto.office.control.queries import Scope, scope_of
from congto.vocabulary.errors import RefusedError

if TYPE_CHECKING:
    from pathlib import Path

    from congto.office.control.models import Job

DAY_ONE = (1980, 1, 1, 0, 0, 0)
"""Time of every member: equal contents make an equal archive."""


def scope_of_job(job: Job) -> Scope:
    """Return where the job's person may export today, within the job's unit."""
    if job.user is None:
        raise RefusedError(_("Tác vụ xuất không có người chạy"))
    scope = scope_of(job.user, Action.EXPORT)
    if job.unit is not None:
        scope = scope.narrowed(job.unit)
    if scope == Scope.nothing():
        raise RefusedError(_("Người chạy không còn quyền xuất dữ liệu ở đơn vị này"))
    return scope


def workshop(job_id: int) -> Path:
    """Return the folder where a running job collects its files, made when it is absent."""
    folder = results_folder() / f"{job_id}.files"
    folder.mkdir(exist_ok=True, mode=0o700)
    return folder


def discard(job_id: int) -> None:
    """Remove what a job that will not be finished has collected."""
    shutil.rmtree(results_folder() / f"{job_id}.files", ignore_errors=True)


def archive(job_id: int, name: str) -> str:
    """Zip the workshop, put the archive among the results, remove the workshop; return the name.

    Contents are packed already or signed; the archive only holds them together.
    """
    folder = workshop(job_id)
    draft = results_folder() / f"{job_id}.draft"
    with zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as file:
        for path in sorted(folder.rglob("*")):
            within = path.relative_to(folder)
            if path.is_file() and not any(part.startswith(".") for part in within.parts):
                member = zipfile.ZipInfo(str(within), DAY_ONE)
                member.compress_type = zipfile.ZIP_DEFLATED
                file.writestr(member, path.read_bytes())
    draft.replace(results_folder() / name)
    discard(job_id)
    return name
