"""Reading what people typed into proposals of arrears: amounts, days, numbers, documents."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext as _

from congto.vocabulary.errors import InvalidInputError

DOCUMENT_MAX = 120


def amount(value: object) -> int:
    """Return a positive number of whole đồng."""
    if isinstance(value, bool) or not isinstance(value, int) or value <= 0:
        raise InvalidInputError(
            _("Số tiền: nhận “%(found)s”") % {"found": str(value)[:20]},
            expected=_("số nguyên đồng lớn hơn 0"),
        )
    return value


def number(value: object, what: str) -> int:
    """Return the number of a row of the books."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise InvalidInputError(
            _("%(what)s: nhận “%(found)s”") % {"what": what, "found": str(value)[:20]},
            expected=_("một số"),
        )
    return value


def day(value: object, what: str) -> date:
    """Return a local day."""
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError as error:
        raise InvalidInputError(
            _("%(what)s: nhận “%(found)s”") % {"what": what, "found": str(value)[:20]},
            expected=_("một ngày"),
        ) from error


def document(value: object) -> str:
    """Return the number of the paper that says so."""
    text = str(value or "").strip()
    if not 0 < len(text) <= DOCUMENT_MAX:
        raise InvalidInputError(
            _("Thiếu số văn bản, hoặc quá dài"),
            expected=_("từ 1 đến %(most)d ký tự") % {"most": DOCUMENT_MAX},
        )
    return text


def refuse_unknown(after: dict[str, object], known: set[str]) -> None:
    """Refuse fields that the kind of proposal does not have."""
    unknown = after.keys() - known
    if unknown:
        raise InvalidInputError(_("Trường lạ: %(names)s") % {"names": ", ".join(sorted(unknown))})
