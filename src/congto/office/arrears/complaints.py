"""Complaints: as long as one is open, no supply is cut for debt (Law 61/2024/QH15, art. 48(3))."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from congto.office.arrears.models import Complaint
from congto.office.control.audit import operation
from congto.office.control.permissions import Action, require
from congto.office.customers.models import Agreement
from congto.vocabulary.errors import InvalidInputError, RefusedError
from congto.vocabulary.periods import LOCAL_ZONE

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.auth.models import User

TEXT_MAX = 400


def open_complaint(agreement: str, text: str, *, user: User, at: datetime) -> Complaint:
    """Write down that a customer complains; it holds from this day on, also for orders given.

    Args:
        agreement: its code.
        text: what the customer says.
        user: who writes it down.
        at: now.
    """
    said = _checked(text, _("nội dung khiếu nại"))
    with operation(
        user, "complaint.open", "agreement", agreement, unit=None, reason=said, at=at
    ) as work:
        held = Agreement.objects.select_related("customer__unit").filter(code=agreement).first()
        if held is None:
            raise RefusedError(_("Không có hợp đồng %(code)s") % {"code": agreement})
        require(user, Action.PROPOSE, held.customer.unit)
        made = _insert(held, said, at)
        work.unit, work.after = held.customer.unit, {"valid_from": made.valid_from, "text": said}
    return made


def close_complaint(number: int, answer: str, *, user: User, at: datetime) -> Complaint:
    """Write down the answer; from the next day on steps go on."""
    said = _checked(answer, _("nội dung trả lời"))
    with operation(user, "complaint.close", "agreement", "", unit=None, reason=said, at=at) as work:
        rows = Complaint.objects.select_for_update(of=("self",))
        held = rows.select_related("agreement__customer__unit").filter(pk=number).first()
        if held is None or held.valid_to is not None:
            raise RefusedError(_("Không có khiếu nại số %(number)d đang mở") % {"number": number})
        unit = held.agreement.customer.unit
        require(user, Action.PROPOSE, unit)
        # The day of the answer is still a day of the complaint: nothing is cut on it.
        tomorrow = at.astimezone(LOCAL_ZONE).date() + timedelta(days=1)
        held.valid_to, held.answer = tomorrow, said
        held.save(update_fields=["valid_to", "answer"])
        work.subject, work.unit = held.agreement.code, unit
        work.before, work.after = {"valid_to": None}, {"valid_to": held.valid_to, "answer": said}
    return held


def _checked(text: str, what: str) -> str:
    said = text.strip()
    if not 0 < len(said) <= TEXT_MAX:
        raise InvalidInputError(
            _("Thiếu %(what)s, hoặc quá dài") % {"what": what},
            expected=_("từ 1 đến %(most)d ký tự") % {"most": TEXT_MAX},
        )
    return said


def _insert(agreement: Agreement, text: str, at: datetime) -> Complaint:
    day = at.astimezone(LOCAL_ZONE).date()
    try:
        with transaction.atomic():
            return Complaint.objects.create(agreement=agreement, valid_from=day, text=text)
    except IntegrityError as error:
        if "complaint_one_at_a_time" not in str(error):
            raise
        raise RefusedError(
            _("Hợp đồng %(code)s đã có khiếu nại đang mở hoặc mới đóng hôm nay")
            % {"code": agreement.code}
        ) from error
