"""What a person may decide on a held bill: the buttons, their keys, the operation behind each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from congto.office.billing import decisions, held_decisions
from congto.office.billing.choices import BillState, Signer
from congto.office.control import operations
from congto.office.control.permissions import Action, may
from congto.vocabulary import format_vi

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


def reread(number: int, *, user: User, reason: str, at: datetime, on: date) -> str:
    """Ask for a reading; nothing is issued, so the day does not matter."""
    del on
    held_decisions.ask_for_reading(number, user=user, reason=reason, at=at)
    return _("Đã yêu cầu đọc lại cho hóa đơn %(bill)s.") % {"bill": number}


def estimate(number: int, *, user: User, reason: str, at: datetime, on: date) -> str:
    """Bill an estimate and issue it."""
    bill = held_decisions.estimate_held(number, user=user, reason=reason, at=at, issued_on=on)
    return _("Hóa đơn %(bill)s được tạm tính %(kwh)s, phát hành thành hóa đơn %(new)s.") % {
        "bill": number,
        "kwh": format_vi.kwh(bill.energy_wh),
        "new": bill.pk,
    }


def cancel(number: int, *, user: User, reason: str, at: datetime, on: date) -> str:
    """Cancel the bill before it was ever issued."""
    del on
    held_decisions.cancel_held(number, user=user, reason=reason, at=at)
    return _("Hóa đơn %(bill)s đã hủy.") % {"bill": number}


def _proposes(state: BillState) -> CarryOut:
    """Return the operation that proposes to bring the bill into a state."""

    def propose(number: int, *, user: User, reason: str, at: datetime, on: date) -> str:
        del on
        made = operations.propose(
            "bill_release", str(number), {"state": state.name}, reason=reason, user=user, at=at
        )
        return _("Đề nghị %(proposal)s cho hóa đơn %(bill)s chờ người thứ hai duyệt.") % {
            "proposal": made.pk,
            "bill": number,
        }

    return propose


RIGHT_FIGURES = (
    gettext_lazy("Đã xem ảnh công tơ, chỉ số đúng"),
    gettext_lazy("Khách hàng xác nhận dùng nhiều hơn"),
    gettext_lazy("Đã kiểm tra tại chỗ"),
)
WRONG_FIGURES = (
    gettext_lazy("Chỉ số ghi sai"),
    gettext_lazy("Công tơ dừng hoặc hỏng"),
    gettext_lazy("Không vào được nhà để đọc"),
)
CANCEL_REASONS = (
    gettext_lazy("Áp giá sai, sẽ lập lại"),
    gettext_lazy("Hợp đồng đã chấm dứt"),
)

RELEASE = Decision(
    "release",
    "r",
    gettext_lazy("Duyệt phát hành"),
    gettext_lazy("Số liệu đúng: cấp số hóa đơn và ghi nợ ngay."),
    RIGHT_FIGURES,
    release,
)
PROPOSE_RELEASE = Decision(
    "propose-release",
    "r",
    gettext_lazy("Đề nghị phát hành"),
    gettext_lazy("Người thứ hai phải ký; hóa đơn treo cho đến lúc đó."),
    RIGHT_FIGURES,
    _proposes(BillState.ISSUED),
)
REREAD = Decision(
    "reread",
    "d",
    gettext_lazy("Đọc lại"),
    gettext_lazy("Hóa đơn vẫn treo và chờ chỉ số mới."),
    WRONG_FIGURES,
    reread,
)
ESTIMATE = Decision(
    "estimate",
    "e",
    gettext_lazy("Tạm tính"),
    gettext_lazy(
        "Bình quân ngày của ba kỳ trước nhân số ngày của kỳ (NĐ 137/2013 Điều 20, một nguồn);"
        " hóa đơn tạm tính phát hành ngay thay cho hóa đơn này."
    ),
    WRONG_FIGURES,
    estimate,
)
CANCEL = Decision(
    "cancel",
    "x",
    gettext_lazy("Hủy hóa đơn"),
    gettext_lazy("Hóa đơn chưa có số, chưa ghi nợ: hủy không để lại gì trong sổ cái."),
    CANCEL_REASONS,
    cancel,
)
PROPOSE_CANCEL = Decision(
    "propose-cancel",
    "x",
    gettext_lazy("Đề nghị hủy"),
    gettext_lazy("Người thứ hai phải ký; hóa đơn treo cho đến lúc đó."),
    CANCEL_REASONS,
    _proposes(BillState.CANCELLED),
)
DECISIONS = {
    one.word: one for one in (RELEASE, PROPOSE_RELEASE, REREAD, ESTIMATE, CANCEL, PROPOSE_CANCEL)
}


def actions_for(user: User, view: HeldView) -> list[Decision]:
    """Return the decisions that the person may take on the bill as it stands.

    A bill above a clerk's signature is proposed by who may propose; while a proposal waits, or
    when a reading is asked for already, that button is not offered again.
    """
    unit = view.bill.unit
    if not view.open or not may(user, Action.RESOLVE, unit):
        return []
    alone = view.signer == Signer.CLERK
    asked = all(one.state != "open" for one in view.holds)
    reading = [] if asked else [REREAD]
    if alone:
        return [RELEASE, *reading, ESTIMATE, CANCEL]
    proposes = view.proposal is None and may(user, Action.PROPOSE, unit)
    return [PROPOSE_RELEASE, *reading, PROPOSE_CANCEL] if proposes else reading
