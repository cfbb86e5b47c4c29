"""Half-hours as background jobs: validate days, derive marked days again, keep the store in shape.

Every step is safe to repeat: a day's parts that are done are skipped, marks that are worked off are
gone, and a compacted day has few files.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext as _

from congto.interfaces.jobs.kinds import JobKind, Progress, nothing_to_discard
from congto.office.control.operations import start_job
from congto.office.control.permissions import Action, require
from congto.office.meterdata import vee, vee_late
from congto.office.meterdata.rule_book import rule_rows
from congto.office.storage import interval_upkeep
from congto.office.storage.interval_tables import HISTORY, RAW, VALIDATED
from congto.vocabulary import format_vi
from congto.vocabulary.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Generator
    from datetime import datetime

    from django.contrib.auth.models import User

    from congto.office.control.models import Job

VALIDATE, UPKEEP = "validate_days", "interval_upkeep"

KEPT_DAYS = {"raw": 5 * 366, "validated": 10 * 366, "history": 62}
"""Days kept by default. Ten years are the longest that accounting law asks of what money rests on
(Law on Accounting 88/2015, art. 41; recalled); raw days five, a choice. What is remembered after a
day serves only deliveries later than that day; 62 days are two months of them."""

LEFTOVER_HOURS = 48
"""Files of killed runs and replaced ones are removed after two days, when no reader has them."""

TABLES = {table.name: table for table in (RAW, VALIDATED, HISTORY)}


def start_validation(first: date, last: date, *, user: User | None, at: datetime) -> Job:
    """Queue the validation of days, both included, and of what is marked; refused backwards.

    Needs the right to run jobs everywhere; None starts it for the system.
    """
    if last < first:
        raise InvalidInputError(
            _("Từ %(first)s đến %(last)s") % {"first": first, "last": last},
            expected=_("ngày cuối không trước ngày đầu"),
        )
    if user is not None:
        require(user, Action.RUN_JOBS, None)
    title = _("Kiểm tra số liệu nửa giờ %(first)s – %(last)s") % {
        "first": format_vi.day(first),
        "last": format_vi.day(last),
    }
    params = {"first": first, "last": last}
    return start_job(VALIDATE, params, title=title, user=user, unit=None, at=at)


def start_upkeep(kept_days: dict[str, int], *, user: User | None, at: datetime) -> Job:
    """Queue compaction and retention; `kept_days` by name of the table, KEPT_DAYS for the others.

    Needs the right to run jobs everywhere; None starts it for the system.
    """
    wrong = [name for name, days in kept_days.items() if name not in TABLES or days < 1]
    if wrong:
        raise InvalidInputError(
            _("Bảng hoặc số ngày lạ: %(names)s") % {"names": ", ".join(wrong)},
            expected=", ".join(TABLES),
        )
    if user is not None:
        require(user, Action.RUN_JOBS, None)
    title = _("Dọn kho số liệu nửa giờ")
    params = {**KEPT_DAYS, **kept_days}
    return start_job(UPKEEP, params, title=title, user=user, unit=None, at=at)


def run_validation(job: Job) -> Generator[Progress, None, None]:
    """Validate day by day, then derive marked days again."""
    first, last = (date.fromisoformat(job.params[name]) for name in ("first", "last"))
    rules, count = rule_rows(), (last - first).days + 1
    findings = 0
    for number in range(count):
        day = first + timedelta(days=number)
        yield Progress(number, count, _("Ngày %(day)s") % {"day": format_vi.day(day)})
        findings += vee.run_day(day, rules, at=_now()).findings
    yield Progress(count, count, _("Số liệu về muộn"))
    late = vee_late.run_late(rules, at=_now())
    done = _("%(found)s phát hiện, %(changed)s ngày thay đổi, %(cases)s hóa đơn cần xét lại")
    told = {"found": findings, "changed": late.changed, "cases": late.cases}
    shown = {name: format_vi.number(value) for name, value in told.items()}
    yield Progress(count, count, done % shown)


def run_upkeep(job: Job) -> Generator[Progress, None, None]:
    """Forget old days, rewrite days of many files, remove leftovers."""
    today = timezone.localdate(_now())
    forgotten = compacted = removed = 0
    for number, (name, table) in enumerate(TABLES.items()):
        yield Progress(number, len(TABLES), name)
        before = today - timedelta(days=int(job.params[name]))
        forgotten += len(interval_upkeep.forget(table, before=before))
        for day in table.days():
            compacted += interval_upkeep.compact_day(table, day, at=_now())
            yield Progress(number, len(TABLES), f"{name} {day}")
        removed += interval_upkeep.clear(table, hours=LEFTOVER_HOURS)
    done = _("%(forgotten)s ngày cũ bỏ đi, %(compacted)s ngày dồn lại, %(removed)s tệp thừa xóa")
    told = {"forgotten": forgotten, "compacted": compacted, "removed": removed}
    yield Progress(len(TABLES), len(TABLES), done % told)


def _now() -> datetime:
    return timezone.now()  # noqa: TID251  (a door reads the clock)


VALIDATION_KIND = JobKind(
    VALIDATE, run_validation, resumable=True, discard=nothing_to_discard, alone=True
)
UPKEEP_KIND = JobKind(UPKEEP, run_upkeep, resumable=True, discard=nothing_to_discard, alone=True)
