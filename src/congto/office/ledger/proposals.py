"""Closing of an accounting period (khóa kỳ kế toán): proposed by one person, decided by another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import connection
from django.utils.translation import gettext as _

from congto.office.control.proposals import ProposalKind, register
from congto.office.ledger.models import ClosedPeriod, Journal
from congto.office.ledger.sealing import last_seal, seal
from congto.office.ledger.writing import EXCLUSIVE
from congto.office.organisation.models import Unit
from congto.vocabulary.errors import InvalidInputError, RefusedError
from congto.vocabulary.periods import LOCAL_ZONE, Period

if TYPE_CHECKING:
    from datetime import date, datetime

KEY = "ledger_period"
WAIT = "SET LOCAL lock_timeout = '10s'"


class PeriodClosing(ProposalKind):
    """Closes a month: no journal counts in it from then on, and what it holds is sealed."""

    key = KEY
    title = "Khóa kỳ kế toán"
    subject_kind = "ledger_period"
    labels = {"closed": "Đã khóa"}  # noqa: RUF012  (the registry's protocol; nobody writes to it)

    def unit(self, subject: str) -> Unit:
        """Return the corporation, whose ledger it is."""
        month_of(subject)
        root = Unit.objects.filter(parent=None).order_by("pk").first()
        if root is None:
            raise RefusedError(_("Chưa có đơn vị nào trong sổ"))
        return root

    def current(self, subject: str) -> dict[str, Any]:
        """Return whether the month is closed."""
        return {"closed": ClosedPeriod.objects.filter(month=month_of(subject)).exists()}

    def validate(self, subject: str, after: dict[str, Any]) -> dict[str, Any]:
        """Return the new state; a month closes after the one before it and never opens again."""
        if after != {"closed": True}:
            raise InvalidInputError(_("Kỳ đã khóa không mở lại; ghi bút toán vào kỳ đang mở"))
        month = month_of(subject)
        due = next_to_close()
        if due is not None and month != due:
            raise RefusedError(
                _("Kỳ %(month)s chưa khóa được: kỳ kế tiếp phải khóa là %(due)s")
                % {"month": f"{month:%m/%Y}", "due": f"{due:%m/%Y}"}
            )
        return after

    def apply(self, subject: str, after: dict[str, Any], *, reason: str, at: datetime) -> None:
        """Wait for those who write, seal what there is, and close; nobody writes meanwhile."""
        del after, reason
        month = month_of(subject)
        if Period.month(month.year, month.month).end > at.astimezone(LOCAL_ZONE).date():
            raise RefusedError(_("Kỳ %(month)s chưa kết thúc") % {"month": f"{month:%m/%Y}"})
        with connection.cursor() as cursor:
            cursor.execute(WAIT)
            cursor.execute(EXCLUSIVE)
        seal(at=at)
        ClosedPeriod.objects.create(month=month, closed_at=at, seal=last_seal())

    def shown(self, field: str, value: object) -> str:
        """Return a value as a screen shows it."""
        del field
        return _("Có") if value else _("Không")


def month_of(subject: str) -> date:
    """Return the first day of a month named as 2026-07."""
    return Period.parse_month(subject).start


def next_to_close() -> date | None:
    """Return the month that closes next; None while nothing has been written."""
    last = ClosedPeriod.objects.order_by("-month").first()
    if last is not None:
        return Period.month(last.month.year, last.month.month).end
    first = Journal.objects.order_by("accounting_date").first()
    return None if first is None else first.accounting_date.replace(day=1)


register(PeriodClosing())
