"""What a person may decide on a held bill: the buttons, their keys, the operation behind each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from congto.office.billing import decisions
from congto.office.billing.choices import Signer
from congto.office.control.permissions import Action, may

if TYPE_CHECKING:
    from datetime import date, datetime

    from django.contrib.auth.models import User
    from django.utils.functional import _StrOrPromise

    from congto.office.overview.held import HeldView


class CarryOut(Protocol):
    """An operation on a held bill; it answers what to say afterwards."""

    def __call__(self, number: int, *, user: User, reason: str, at: datetime, on: date) -> str:
        """Decide at the instant `at`; `on` is the local day of an issue."""


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision: its word in the form, its key, what the button says and what it does."""

    word: str
    key: str
    label: _StrOrPromise
    explained: _StrOrPromise
    usual: tuple[_StrOrPromise, ...]
    """Reasons that people give often, offered while one types."""
    carry_out: CarryOut


def release(number: int, *, user: User, reason: str, at: datetime, on: date) -> str:
    """Release and issue."""
    bill = decisions.release(number, user=user, reason=reason, at=at, issued_on=on)
    return _("Hóa đơn %(bill)s đã phát hành, số %(no)s.") % {
        "bill": number,
        "no": f"{bill.invoice_no:08}",
    }


RELEASE = Decision(
    "release",
    "r",
    gettext_lazy("Duyệt phát hành"),
    gettext_lazy("Số liệu đúng: cấp số hóa đơn và ghi nợ ngay."),
    (
        gettext_lazy("Đã xem ảnh công tơ, chỉ số đúng"),
        gettext_lazy("Khách hàng xác nhận dùng nhiều hơn"),
        gettext_lazy("Đã kiểm tra tại chỗ"),
    ),
    release,
)
DECISIONS = {one.word: one for one in (RELEASE,)}


def actions_for(user: User, view: HeldView) -> list[Decision]:
    """Return the decisions that the person may take on the bill as it stands."""
    unit = view.bill.unit
    if not view.open or not may(user, Action.RESOLVE, unit):
        return []
    return [RELEASE] if view.signer == Signer.CLERK else []
