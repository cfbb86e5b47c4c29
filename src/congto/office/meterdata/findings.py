"""Findings into the books: new ones are added, changed ones opened again, vanished ones closed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from congto.office.control.choices import FindingState

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from congto.office.storage.bulk import Bulk
    from congto.vocabulary.periods import Period

KEY = ["rule", "subject", "period_from", "period_to"]
WORDS = ["severity", "observed", "expected", "text"]
GONE = "không còn: số liệu đã được sửa"


def keep_findings(  # noqa: PLR0913  (what was found, where it was looked for, whose it is)
    books: Bulk,
    findings: pl.DataFrame,
    *,
    rules: Sequence[str],
    period: Period,
    subject_kind: str,
    units: pl.DataFrame,
    at: datetime,
) -> int:
    """Make the books hold exactly these findings of some rules and period; return the changes.

    A finding that is there already, equal, is left alone, also when a person has closed it: so a
    closed finding of RDG-004 is a value that a person has confirmed. One whose figures changed is
    opened again. An open one that is no longer found is closed and says so.

    Args:
        books: the transaction.
        findings: frame FINDINGS.
        rules: the rules that ran; findings of others are not touched.
        period: the period they ran on.
        subject_kind: what the subjects are, such as "usage_point".
        units: subject (code) and unit_id: whose finding it is.
        at: when they were found.
    """
    held = books.read(
        "SELECT id, rule, subject, period_from, period_to, severity, observed, expected, text,"
        " state FROM control_findingrecord WHERE rule = ANY($1) AND subject_kind = $2"
        " AND period_from >= $3 AND period_to <= $4",
        (list(rules), subject_kind, period.start, period.end),
    )
    joined = findings.join(
        held.select(*KEY, "id", *(pl.col(name).alias(f"__{name}") for name in WORDS)),
        on=KEY,
        how="left",
    )
    new = joined.filter(pl.col("id").is_null())
    differs = pl.any_horizontal(pl.col(name) != pl.col(f"__{name}") for name in WORDS)
    changed = joined.filter(pl.col("id").is_not_null(), differs)
    gone = held.join(findings, on=KEY, how="anti").filter(
        pl.col("state") == FindingState.OPEN.value
    )
    _add(books, new, subject_kind, units, at)
    _open_again(books, changed, at)
    if not gone.is_empty():
        books.execute(
            "UPDATE control_findingrecord SET state = 'closed', observed = $2 WHERE id = ANY($1)",
            (gone["id"].to_list(), GONE),
        )
    return new.height + changed.height + gone.height


def _add(
    books: Bulk, new: pl.DataFrame, subject_kind: str, units: pl.DataFrame, at: datetime
) -> None:
    """COPY the findings that the books lack."""
    rows = new.join(units.unique("subject"), on="subject", how="left", maintain_order="left")
    books.copy(
        "control_findingrecord",
        rows.select(
            *KEY,
            *WORDS,
            "unit_id",
            pl.lit(subject_kind).alias("subject_kind"),
            pl.lit(FindingState.OPEN.value).alias("state"),
            pl.lit(at).dt.convert_time_zone("UTC").alias("found_at"),
        ),
    )


def _open_again(books: Bulk, changed: pl.DataFrame, at: datetime) -> None:
    """Give changed findings their new figures."""
    if changed.is_empty():
        return
    books.execute(
        "UPDATE control_findingrecord f SET severity = n.severity, observed = n.observed,"
        " expected = n.expected, text = n.text, state = 'open', found_at = $6"
        " FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[])"
        " AS n(id, severity, observed, expected, text) WHERE f.id = n.id",
        (changed["id"].to_list(), *(changed[name].to_list() for name in WORDS), at),
    )


def confirmed(books: Bulk, rule: str, period: Period) -> pl.DataFrame:
    """Return the findings of a rule in a period that a person has closed: KEY and observed."""
    return books.read(
        "SELECT rule, subject, period_from, period_to, observed FROM control_findingrecord"
        " WHERE rule = $1 AND state = 'closed' AND period_from >= $2 AND period_to <= $3",
        (rule, period.start, period.end),
    )
