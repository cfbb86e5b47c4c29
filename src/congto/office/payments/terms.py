"""Contracts with partners: what is agreed from a day on, and who may collect at all."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db.models import Q
from django.utils.translation import gettext as _

from congto.office.control.audit import operation
from congto.office.payments import quota
from congto.office.payments.choices import Exactness, QuotaMove
from congto.office.payments.models import Partner, PartnerTerms, QuotaEntry
from congto.vocabulary.errors import InvalidInputError, RefusedError
from congto.vocabulary.periods import LOCAL_ZONE

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.auth.models import User

    from congto.vocabulary.money import Dong

LIMIT_MAX = 10**15
CREDIT_DAYS_MAX = 60
DAY_MINUTES = 1440
DOCUMENT_LENGTH_MAX = 120


class Terms(NamedTuple):
    """What a contract says from a day on.

    Attributes:
        valid_from: first local day.
        document: contract or annex that says so.
        limit_vnd: credit limit of the collection quota, whole đồng.
        exactness: which open bills one payment has to clear.
        cutoff_minute: local minutes of the day; later payments count on the next day.
        credit_days: days until the bank credit is due.
        netting: the fee may be kept from the credit.
    """

    valid_from: date
    document: str
    limit_vnd: Dong
    exactness: str = Exactness.OLDEST_FIRST.value
    cutoff_minute: int = DAY_MINUTES
    credit_days: int = 1
    netting: bool = False


def terms_on(code: str, day: date) -> Terms | None:
    """Return what is agreed with a partner on a day; None where nothing is."""
    rows = PartnerTerms.objects.filter(partner__code=code, valid_from__lte=day)
    row = rows.order_by("-valid_from").first()
    if row is None or (row.valid_to is not None and row.valid_to <= day):
        return None
    return Terms(**{name: getattr(row, name) for name in Terms._fields})


def agree(code: str, terms: Terms, *, user: User | None, at: datetime) -> None:
    """Let terms hold from their first day; those before end there. The limit counts from that day.

    Raises:
        InvalidInputError: a value that cannot be.
        RefusedError: no such partner, or terms begin on that day or later already.
    """
    refuse_impossible(terms)
    with operation(user, "partner.terms", "partner", code, unit=None, at=at) as work:
        partner = Partner.objects.select_for_update().filter(code=code).first()
        if partner is None:
            raise RefusedError(_("Không có đối tác %(code)s") % {"code": code[:20]})
        if partner.terms.filter(valid_from__gte=terms.valid_from).exists():
            raise RefusedError(
                _("Đối tác %(code)s đã có điều khoản từ ngày đó hoặc sau đó") % {"code": code}
            )
        before = terms_on(code, terms.valid_from - timedelta(days=1))
        work.before, work.after = before._asdict() if before else None, terms._asdict()
        open_ended = partner.terms.filter(valid_to__isnull=True)
        open_ended.update(valid_to=terms.valid_from)
        PartnerTerms.objects.create(partner=partner, **terms._asdict())
        quota.grant(partner.pk, on=at.astimezone(LOCAL_ZONE).date(), at=at)


def grants_due(*, at: datetime) -> bool:
    """Say whether a limit that holds today does not count yet."""
    today = at.astimezone(LOCAL_ZONE).date()
    begun = PartnerTerms.objects.filter(valid_from__lte=today)
    now = begun.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=today)).values_list("pk")
    granted = QuotaEntry.objects.filter(move=QuotaMove.GRANT).values_list("source")
    return bool(now.difference(granted))


def grant_due(*, at: datetime) -> int:
    """Let the limits of terms that hold today count; return how many quotas changed."""
    today = at.astimezone(LOCAL_ZONE).date()
    numbers = Partner.objects.order_by("pk").values_list("pk", flat=True)
    return sum(quota.grant(number, on=today, at=at) for number in numbers)


def suspend(code: str, *, suspended: bool, user: User | None, at: datetime) -> None:
    """Refuse new payments of a partner, or take them again; status, reversal and quota go on.

    Raises:
        RefusedError: no such partner.
    """
    with operation(user, "partner.suspended", "partner", code, unit=None, at=at) as work:
        partner = Partner.objects.select_for_update().filter(code=code).first()
        if partner is None:
            raise RefusedError(_("Không có đối tác %(code)s") % {"code": code[:20]})
        work.before, work.after = {"suspended": partner.suspended}, {"suspended": suspended}
        partner.suspended = suspended
        partner.save(update_fields=["suspended"])


def refuse_impossible(terms: Terms) -> None:
    """Raise InvalidInputError with one sentence where a value of terms cannot be."""
    wrong: list[tuple[str, Any, str]] = [
        (_("Hạn mức thu"), terms.limit_vnd, _("số đồng từ 0 đến %(most)d") % {"most": LIMIT_MAX}),
        (_("Giờ chốt ngày"), terms.cutoff_minute, _("số phút từ 1 đến 1440")),
        (_("Hạn báo có"), terms.credit_days, _("số ngày từ 0 đến 60")),
        (_("Cách gạch nợ"), terms.exactness, ", ".join(Exactness.values)),
        (_("Văn bản"), terms.document, _("tên hợp đồng hoặc phụ lục, nhiều nhất 120 ký tự")),
    ]
    right = (
        0 <= terms.limit_vnd <= LIMIT_MAX,
        1 <= terms.cutoff_minute <= DAY_MINUTES,
        0 <= terms.credit_days <= CREDIT_DAYS_MAX,
        terms.exactness in Exactness.values,
        0 < len(terms.document.strip()) <= DOCUMENT_LENGTH_MAX,
    )
    for (label, found, expected), good in zip(wrong, right, strict=True):
        if not good:
            raise InvalidInputError(
                _("%(label)s: nhận “%(found)s”, cần %(expected)s")
                % {"label": label, "found": str(found)[:20], "expected": expected}
            )
