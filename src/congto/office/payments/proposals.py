"""Terms and suspension of partners: proposed by one person, decided by another."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from congto.office.control.proposals import ProposalKind, register
from congto.office.organisation.models import Unit
from congto.office.payments.choices import Exactness
from congto.office.payments.models import Partner
from congto.office.payments.terms import Terms, agree, refuse_impossible, suspend, terms_on
from congto.vocabulary import format_vi
from congto.vocabulary.errors import InvalidInputError, RefusedError
from congto.vocabulary.money import format_dong
from congto.vocabulary.periods import LOCAL_ZONE

if TYPE_CHECKING:
    from datetime import datetime

TERMS, SUSPENSION = "partner_terms", "partner_suspension"
FAR = date(9999, 12, 31)
WHOLE = ("limit_vnd", "cutoff_minute", "credit_days")


class TermsChange(ProposalKind):
    """Agrees new terms with a partner, its limit among them; the subject is the partner's code."""

    key = TERMS
    title = "Điều khoản thu hộ"
    subject_kind = "partner"
    labels = {  # noqa: RUF012  (the registry's protocol; nobody writes to it)
        "valid_from": "Từ ngày",
        "document": "Văn bản",
        "limit_vnd": "Hạn mức thu",
        "exactness": "Cách gạch nợ",
        "cutoff_minute": "Phút chốt ngày",
        "credit_days": "Số ngày báo có",
        "netting": "Được trừ phí",
    }

    def unit(self, subject: str) -> Unit:
        """Return the corporation, which signs contracts with partners."""
        return _corporation(subject)

    def current(self, subject: str) -> dict[str, Any]:
        """Return the terms that begin last."""
        last = terms_on(_partner(subject).code, _last_day(subject))
        return last._asdict() if last else dict.fromkeys(self.labels)

    def validate(self, subject: str, after: dict[str, Any]) -> dict[str, Any]:
        """Return the new terms, or say what is wrong with them."""
        partner = _partner(subject)
        terms = _terms(after)
        refuse_impossible(terms)
        if partner.terms.filter(valid_from__gte=terms.valid_from).exists():
            raise InvalidInputError(
                _("Đối tác %(code)s đã có điều khoản từ ngày đó hoặc sau đó") % {"code": subject}
            )
        return terms._asdict()

    def apply(self, subject: str, after: dict[str, Any], *, reason: str, at: datetime) -> None:
        """Let the terms hold.

        Raises:
            RefusedError: their first day is past, when payments have been taken on other terms.
        """
        del reason
        terms = _terms(after)
        if terms.valid_from < at.astimezone(LOCAL_ZONE).date():
            raise RefusedError(
                _("Ngày hiệu lực %(day)s đã qua") % {"day": format_vi.day(terms.valid_from)},
                action=_("từ chối và lập đề nghị mới"),
            )
        agree(subject, terms, user=None, at=at)

    def shown(self, field: str, value: object) -> str:
        """Return a value as a screen shows it."""
        if value is None:
            return ""
        if field == "valid_from":
            return format_vi.day(date.fromisoformat(str(value)))
        if field == "limit_vnd":
            return format_dong(int(str(value)))
        if field == "exactness" and value in Exactness.values:
            return _(str(Exactness(str(value)).label))
        if field == "netting":
            return _("có") if value else _("không")
        return str(value)


class Suspension(ProposalKind):
    """Stops a partner's new payments or takes them again; the subject is the partner's code."""

    key = SUSPENSION
    title = "Tạm dừng đối tác thu"
    subject_kind = "partner"
    labels = {"suspended": "Tạm dừng"}  # noqa: RUF012  (the registry's protocol; nobody writes to it)

    def unit(self, subject: str) -> Unit:
        """Return the corporation."""
        return _corporation(subject)

    def current(self, subject: str) -> dict[str, Any]:
        """Return whether the partner is suspended."""
        return {"suspended": _partner(subject).suspended}

    def validate(self, subject: str, after: dict[str, Any]) -> dict[str, Any]:
        """Return the new state."""
        _partner(subject)
        if after.keys() != {"suspended"} or not isinstance(after["suspended"], bool):
            raise InvalidInputError(_("Tạm dừng: cần có hoặc không"))
        return after

    def apply(self, subject: str, after: dict[str, Any], *, reason: str, at: datetime) -> None:
        """Put the state into the books; processes that serve look at it with each payment."""
        del reason
        suspend(subject, suspended=bool(after["suspended"]), user=None, at=at)

    def shown(self, field: str, value: object) -> str:
        """Return a value as a screen shows it."""
        del field
        return _("có") if value else _("không")


def _partner(subject: str) -> Partner:
    found = Partner.objects.filter(code=subject).first()
    if found is None:
        raise RefusedError(_("Không có đối tác %(code)s") % {"code": subject[:20]})
    return found


def _last_day(subject: str) -> date:
    last = _partner(subject).terms.order_by("-valid_from").first()
    return last.valid_from if last else FAR


def _corporation(subject: str) -> Unit:
    _partner(subject)
    root = Unit.objects.filter(parent=None).order_by("pk").first()
    if root is None:
        raise RefusedError(_("Chưa có đơn vị nào trong sổ"))
    return root


def _terms(after: dict[str, Any]) -> Terms:
    """Read terms from what a form or the JSON of a proposal holds."""
    if after.keys() != set(Terms._fields):
        raise InvalidInputError(
            _("Điều khoản: cần đúng các mục %(names)s")
            % {"names": ", ".join(_(label) for label in TermsChange.labels.values())}
        )
    try:
        first = date.fromisoformat(str(after["valid_from"]))
    except ValueError as error:
        raise InvalidInputError(
            _("Từ ngày: nhận “%(found)s”, cần một ngày") % {"found": str(after["valid_from"])[:20]}
        ) from error
    for name in WHOLE:
        if not isinstance(after[name], int) or isinstance(after[name], bool):
            raise InvalidInputError(
                _("%(label)s: nhận “%(found)s”, cần số nguyên")
                % {"label": _(TermsChange.labels[name]), "found": str(after[name])[:20]}
            )
    if not isinstance(after["netting"], bool):
        raise InvalidInputError(_("Được trừ phí: cần có hoặc không"))
    return Terms(**{**after, "valid_from": first, "document": str(after["document"]).strip()})


register(TermsChange())
register(Suspension())
