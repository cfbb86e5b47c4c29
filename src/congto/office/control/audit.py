"""Audit: one row per operation, written in the operation's own transaction.

An operation that carries a key runs once: a second call with the same key waits for the first,
finds its row and does nothing.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction
from django.utils.translation import gettext as _

from congto.office.control.models import AuditEntry
from congto.vocabulary.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from django.contrib.auth.models import User

    from congto.office.organisation.models import Unit

REASON_LENGTH_MAX = 400
ROWS_AT_ONCE = 5_000


def record(  # noqa: PLR0913  (who, what, why and when)
    user: User | None,
    operation: str,
    subject_kind: str,
    subject: str,
    *,
    unit: Unit | None,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    reason: str = "",
    at: datetime,
    key: str | None = None,
) -> AuditEntry:
    """Write the audit row of an operation; call it inside the operation's transaction."""
    return AuditEntry.objects.create(
        at=at,
        user=user,
        operation=operation,
        unit=unit,
        subject_kind=subject_kind,
        subject=subject,
        before=as_json(before),
        after=as_json(after),
        reason=checked_reason(reason),
        key=key,
    )


def record_each(  # noqa: PLR0913  (who, what and when)
    user: User | None,
    operation: str,
    subject_kind: str,
    subjects: Mapping[str, Unit],
    *,
    before: dict[str, Any],
    after: dict[str, Any],
    at: datetime,
) -> None:
    """Write an audit row for each of many subjects that went from one state to another alike.

    Call it inside the operation's transaction.
    """
    AuditEntry.objects.bulk_create(
        (
            AuditEntry(
                at=at,
                user=user,
                operation=operation,
                unit=unit,
                subject_kind=subject_kind,
                subject=subject,
                before=as_json(before),
                after=as_json(after),
            )
            for subject, unit in subjects.items()
        ),
        batch_size=ROWS_AT_ONCE,
    )


def as_json(state: dict[str, Any] | None) -> dict[str, Any] | None:
    """Return the state as JSON keeps it: dates as ISO text, decimals as text."""
    if state is None:
        return None
    plain: dict[str, Any] = json.loads(json.dumps(state, cls=DjangoJSONEncoder))
    return plain


def checked_reason(reason: str) -> str:
    """Return the reason without outer blanks; raise a sentence when it is too long to keep."""
    text = reason.strip()
    if len(text) > REASON_LENGTH_MAX:
        raise InvalidInputError(
            _("Lý do dài %(length)d ký tự, nhiều nhất %(most)d")
            % {"length": len(text), "most": REASON_LENGTH_MAX}
        )
    return text


@dataclass
class Operation:
    """What a running operation tells its audit row.

    Attributes:
        earlier: the row of the same key, when the operation has run before: do nothing then.
        before / after: the state of the subject, set by the body.
    """

    subject: str
    unit: Unit | None
    reason: str
    earlier: AuditEntry | None = None
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None


@contextmanager
def operation(  # noqa: PLR0913  (who, what, why and when)
    user: User | None,
    name: str,
    subject_kind: str,
    subject: str = "",
    *,
    unit: Unit | None,
    at: datetime,
    reason: str = "",
    key: str | None = None,
) -> Iterator[Operation]:
    """Run the block in one transaction and write its audit row at the end.

    The block looks at `earlier` first and returns when it is set; it fills `before` and `after`,
    and may set `subject` and `unit` when they are known only after the work.
    """
    with transaction.atomic():
        work = Operation(subject, unit, reason)
        if key is not None:
            work.earlier = _earlier(key, name)
        yield work
        if work.earlier is None:
            record(
                user,
                name,
                subject_kind,
                work.subject,
                unit=work.unit,
                before=work.before,
                after=work.after,
                reason=work.reason,
                at=at,
                key=key,
            )


def _earlier(key: str, name: str) -> AuditEntry | None:
    """Return the row of this key after waiting for whoever runs the same key at this moment."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [key])
    found = AuditEntry.objects.filter(key=key).first()
    if found and found.operation != name:
        raise InvalidInputError(
            _("Khóa %(key)s đã dùng cho thao tác %(other)s")
            % {"key": key, "other": found.operation},
            expected=_("một khóa riêng cho mỗi thao tác"),
        )
    return found
