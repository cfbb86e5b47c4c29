"""Findings in the books: kept in bulk by runs, closed one by one by people."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
from django.db import transaction
from django.utils.translation import gettext as _

from congto.office.control.audit import operation
from congto.office.control.choices import FindingSeverity, FindingState
from congto.office.control.models import FindingRecord
from congto.office.control.permissions import Action, require
from congto.vocabulary.errors import InvalidInputError, RefusedError

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.auth.models import User

    from congto.office.storage.bulk import Bulk

FINDING_COLUMNS: dict[str, pl.DataType] = {
    "rule": pl.String(),
    "severity": pl.String(),
    "subject_kind": pl.String(),
    "subject": pl.String(),
    "unit_id": pl.Int64(),
    "period_from": pl.Date(),
    "period_to": pl.Date(),
    "observed": pl.String(),
    "expected": pl.String(),
    "text": pl.String(),
}
"""One row per rule, subject and period; unit_id and the period may be null."""

# The rows travel as one JSON parameter: ADBC cannot COPY into a temporary table that exists.
# The texts are cut to their columns, never the key: two subjects must not become one.
KEEP = """
WITH kept AS (
    INSERT INTO control_findingrecord (rule, severity, subject_kind, subject, unit_id,
        period_from, period_to, observed, expected, text, state, found_at)
    SELECT rule, severity, subject_kind, subject, unit_id, period_from, period_to,
        left(coalesce(observed, ''), 240), left(coalesce(expected, ''), 240),
        left(coalesce(text, ''), 400), 'open', $2
    FROM json_to_recordset($1::text::json) AS given (rule text, severity text,
        subject_kind text, subject text, unit_id bigint, period_from date, period_to date,
        observed text, expected text, text text)
    ON CONFLICT DO NOTHING
    RETURNING 1
) SELECT count(*) AS kept FROM kept
"""
BATCH_ROWS = 20_000


def keep_findings(books: Bulk, frame: pl.DataFrame, *, at: datetime) -> int:
    """Keep findings in the caller's transaction; return how many were new.

    A finding already kept (same rule, subject and period) stays as it is, closed or open, so a
    rerun adds nothing. Columns of the frame: FINDING_COLUMNS, in any order.
    """
    if frame.is_empty():
        return 0
    ready = _checked(frame)
    batches = ready.iter_slices(BATCH_ROWS)
    return sum(int(books.read(KEEP, (rows.write_json(), at))["kept"][0]) for rows in batches)


def _checked(frame: pl.DataFrame) -> pl.DataFrame:
    missing = FINDING_COLUMNS.keys() - set(frame.columns)
    if missing:
        raise InvalidInputError(
            f"findings without column {', '.join(sorted(missing))}",
            expected=", ".join(FINDING_COLUMNS),
        )
    ready = frame.select(pl.col(name).cast(dtype) for name, dtype in FINDING_COLUMNS.items())
    wrong = ready.filter(
        ~pl.col("severity").is_in(FindingSeverity.values).fill_null(False)
        | pl.col("rule").is_null()
        | pl.col("subject").is_null()
        | (pl.col("subject").str.len_chars() > 120)
    )
    if not wrong.is_empty():
        raise InvalidInputError(
            f"finding {wrong.row(0)}",
            expected=f"rule, subject of at most 120 characters and a severity of "
            f"{', '.join(FindingSeverity.values)}",
        )
    return ready


def close_finding(finding_id: int, *, reason: str, user: User, at: datetime) -> FindingRecord:
    """Mark a finding as dealt with; the reason stays in the audit row."""
    if not reason.strip():
        raise InvalidInputError(_("Thiếu lý do"), action=_("ghi đã xử lý thế nào"))
    with transaction.atomic():
        finding = FindingRecord.objects.select_for_update(of=("self",)).get(pk=finding_id)
        require(user, Action.RESOLVE, finding.unit)
        if finding.state == FindingState.CLOSED:
            raise RefusedError(_("Phát hiện này đã được xử lý"))
        with operation(
            user,
            "finding.close",
            "finding",
            str(finding.pk),
            unit=finding.unit,
            reason=reason,
            at=at,
        ) as work:
            work.before = {"state": finding.state}
            finding.state = FindingState.CLOSED
            finding.save(update_fields=["state"])
            work.after = {"state": finding.state}
    return finding
