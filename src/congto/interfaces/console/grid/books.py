"""The lists of the console, each declared once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from congto.interfaces.console.finding_words import finding_text
from congto.interfaces.console.grid.arrears import STEPS
from congto.interfaces.console.grid.channels import CHANNELS
from congto.interfaces.console.grid.columns import Column, Tone
from congto.interfaces.console.grid.filters import (
    ChoiceFilter,
    DateRangeFilter,
    NumberRangeFilter,
    TextFilter,
)
from congto.interfaces.console.grid.head_end import HEAD_END
from congto.interfaces.console.grid.lists import Grid
from congto.interfaces.console.grid.lookups import UNIT, begins, numbered, of, words_in, words_of
from congto.interfaces.console.meter_words import told
from congto.office.billing.choices import BillState
from congto.office.control.choices import FindingSeverity, FindingState, JobState
from congto.office.control.permissions import Action
from congto.office.control.queries import Scope, rows
from congto.office.meters.choices import UsagePointKind

if TYPE_CHECKING:
    from collections.abc import Iterable


def partners() -> Iterable[tuple[object, object]]:
    """Return the payment partners as options."""
    found = rows("payments.Partner", Scope.everything())
    return list(found.order_by("name").values_list("id", "name"))


CUSTOMERS = Grid(
    key="customers",
    page="customers",
    title=_("Khách hàng"),
    model="customers.Customer",
    row_link=("customer", "code"),
    order="code",
    columns=(
        Column("code", _("Mã khách hàng"), "code", "code", sort=True, indexed=True,
               link=("customer", "code")),
        Column("name", _("Tên khách hàng"), "name", sort=True),
        Column("address", _("Địa chỉ"), "address"),
        Column("commune", _("Xã, phường"), "commune", shown=False, sort=True),
        Column("phone", _("Điện thoại"), "phone", "code"),
        UNIT,
    ),
    filters=(
        TextFilter("q", _("Tên, mã, địa chỉ"), words_in("search_text")),
        TextFilter("phone", _("Điện thoại"), begins("phone")),
    ),
)  # fmt: skip

BILLS = Grid(
    key="bills",
    page="bills",
    title=_("Hóa đơn"),
    model="billing.Bill",
    row_link=("bill", "id"),
    order="-id",
    columns=(
        Column("id", _("Số"), "id", "code", sort=True, indexed=True, link=("bill", "id")),
        Column("customer", _("Mã khách hàng"), "agreement__customer__code", "code",
               link=("customer", "agreement__customer__code")),
        Column("name", _("Tên khách hàng"), "agreement__customer__name"),
        Column("from", _("Từ ngày"), "period_from", "day", sort=True),
        Column("to", _("Đến trước ngày"), "period_to", "day", shown=False),
        Column("energy", _("Điện năng"), "energy_wh", "kwh", sort=True),
        Column("net", _("Tiền trước thuế"), "net_vnd", "dong", shown=False, sort=True),
        Column("vat", _("Thuế GTGT"), "vat_vnd", "dong", shown=False),
        Column("gross", _("Tổng tiền"), "gross_vnd", "dong", sort=True),
        Column("due", _("Hạn thanh toán"), "due_date", "day"),
        Column("state", _("Trạng thái"), "state", "choice", labels=words_of(BillState),
               tones={BillState.ERROR: "bad", BillState.HELD: "warn", BillState.ISSUED: "good"}),
        UNIT,
    ),
    filters=(
        TextFilter("q", _("Khách hàng"), words_in("agreement__customer__search_text")),
        TextFilter("id", _("Số hóa đơn"), numbered("id")),
        ChoiceFilter("state", _("Trạng thái"), "state", of(BillState)),
        DateRangeFilter("from", _("Kỳ từ ngày"), "period_from"),
        NumberRangeFilter("gross", _("Tổng tiền (đ)"), "gross_vnd"),
        NumberRangeFilter("energy", _("Điện năng (kWh)"), "energy_wh", scale=1000),
    ),
)  # fmt: skip

PAYMENTS = Grid(
    key="payments",
    page="payments",
    title=_("Thu tiền"),
    model="payments.Payment",
    row_link=("bill", "bill_id"),
    order="-id",
    columns=(
        Column("id", _("Số"), "id", "code", sort=True, indexed=True),
        Column("paid", _("Lúc trả"), "paid_at", "instant", sort=True),
        Column("day", _("Ngày hạch toán"), "accounting_date", "day"),
        Column("customer", _("Mã khách hàng"), "agreement__customer__code", "code",
               link=("customer", "agreement__customer__code")),
        Column("name", _("Tên khách hàng"), "agreement__customer__name"),
        Column("bill", _("Hóa đơn"), "bill_id", "code", link=("bill", "bill_id")),
        Column("amount", _("Số tiền"), "amount_vnd", "dong", sort=True),
        Column("partner", _("Đối tác"), "partner__name"),
        Column("txn", _("Mã giao dịch"), "partner_txn_id", "code", shown=False),
        Column("channel", _("Kênh"), "channel"),
        UNIT,
    ),
    filters=(
        TextFilter("q", _("Khách hàng"), words_in("agreement__customer__search_text")),
        ChoiceFilter("partner", _("Đối tác"), "partner_id", partners),
        DateRangeFilter("day", _("Ngày hạch toán"), "accounting_date"),
        NumberRangeFilter("amount", _("Số tiền (đ)"), "amount_vnd"),
        TextFilter("txn", _("Mã giao dịch"), begins("partner_txn_id")),
    ),
)  # fmt: skip

SEVERITY_TONES: dict[str, Tone] = {
    FindingSeverity.INFO: "info",
    FindingSeverity.WARNING: "warn",
    FindingSeverity.REJECT: "bad",
}

FINDINGS = Grid(
    key="findings",
    page="findings",
    title=_("Phát hiện"),
    model="control.FindingRecord",
    row_link=("finding", "id"),
    order="-id",
    columns=(
        Column("id", _("Số"), "id", "code", sort=True, indexed=True, link=("finding", "id")),
        Column("rule", _("Quy tắc"), "rule", "code", sort=True),
        Column("severity", _("Mức độ"), "severity", "choice", labels=words_of(FindingSeverity),
               tones=SEVERITY_TONES),
        Column("subject", _("Đối tượng"), "subject", "code"),
        Column("text", _("Nội dung"), "text", says=finding_text),
        Column("observed", _("Thấy"), "observed", says=told, shown=False),
        Column("expected", _("Cần"), "expected", says=told, shown=False),
        Column("from", _("Từ ngày"), "period_from", "day"),
        Column("state", _("Trạng thái"), "state", "choice", labels=words_of(FindingState),
               tones={FindingState.OPEN: "warn", FindingState.CLOSED: "good"}),
        Column("found", _("Lúc phát hiện"), "found_at", "instant", shown=False),
        UNIT,
    ),
    filters=(
        ChoiceFilter("state", _("Trạng thái"), "state", of(FindingState), default="open"),
        ChoiceFilter("severity", _("Mức độ"), "severity", of(FindingSeverity)),
        TextFilter("rule", _("Quy tắc"), begins("rule", upper=True)),
        TextFilter("subject", _("Đối tượng"), begins("subject")),
        DateRangeFilter("from", _("Kỳ từ ngày"), "period_from"),
    ),
)  # fmt: skip

POINTS = Grid(
    key="points",
    page="points",
    title=_("Điểm đo"),
    model="meters.UsagePoint",
    row_link=("customer", "agreement__customer__code"),
    order="code",
    columns=(
        Column("code", _("Điểm đo"), "code", "code", sort=True, indexed=True,
               link=("point-data", "code")),
        Column("kind", _("Loại"), "kind", "choice", labels=words_of(UsagePointKind)),
        Column("customer", _("Mã khách hàng"), "agreement__customer__code", "code",
               link=("customer", "agreement__customer__code")),
        Column("name", _("Tên khách hàng"), "agreement__customer__name"),
        Column("element", _("Phần tử lưới"), "element__name"),
        Column("book", _("Sổ ghi chỉ số"), "reading_book__code", "code"),
        UNIT,
    ),
    filters=(
        TextFilter("code", _("Mã điểm đo"), begins("code", upper=True)),
        ChoiceFilter("kind", _("Loại"), "kind", of(UsagePointKind)),
        TextFilter("book", _("Sổ ghi chỉ số"), begins("reading_book__code", upper=True)),
        TextFilter("element", _("Phần tử lưới"), begins("element__code", upper=True)),
    ),
)  # fmt: skip

JOB_TONES: dict[str, Tone] = {
    JobState.RUNNING: "info",
    JobState.PAUSED: "warn",
    JobState.DONE: "good",
    JobState.FAILED: "bad",
}

JOBS = Grid(
    key="jobs",
    page="jobs",
    title=_("Tác vụ nền"),
    model="control.Job",
    row_link=("job", "id"),
    order="-id",
    live_when={"state": frozenset({JobState.QUEUED, JobState.RUNNING})},
    columns=(
        Column("id", _("Số"), "id", "code", sort=True, indexed=True, link=("job", "id")),
        Column("title", _("Tác vụ"), "title"),
        Column("state", _("Trạng thái"), "state", "choice", labels=words_of(JobState),
               tones=JOB_TONES),
        Column("done", _("Đã làm"), "done", "number"),
        Column("total", _("Tổng số"), "total", "number"),
        Column("message", _("Ghi chú"), "message"),
        Column("user", _("Người chạy"), "user__username"),
        Column("created", _("Lúc tạo"), "created_at", "instant"),
        Column("finished", _("Lúc xong"), "finished_at", "instant"),
    ),
    filters=(
        ChoiceFilter("state", _("Trạng thái"), "state", of(JobState)),
        TextFilter("user", _("Người chạy"), begins("user__username")),
        DateRangeFilter("created", _("Ngày tạo"), "created_at", instants=True),
    ),
)  # fmt: skip

AUDIT = Grid(
    key="audit",
    page="audit",
    title=_("Nhật ký"),
    model="control.AuditEntry",
    row_link=("audit-entry", "id"),
    order="-id",
    action=Action.READ_AUDIT,
    columns=(
        Column("id", _("Số"), "id", "code", sort=True, indexed=True, link=("audit-entry", "id")),
        Column("at", _("Lúc"), "at", "instant"),
        Column("user", _("Người làm"), "user__username"),
        Column("operation", _("Thao tác"), "operation", "code"),
        Column("kind", _("Loại đối tượng"), "subject_kind"),
        Column("subject", _("Đối tượng"), "subject", "code"),
        Column("reason", _("Lý do"), "reason"),
        UNIT,
    ),
    filters=(
        TextFilter("kind", _("Loại đối tượng"), lambda text: Q(subject_kind=text)),
        TextFilter("subject", _("Đối tượng"), lambda text: Q(subject=text)),
        TextFilter("user", _("Người làm"), lambda text: Q(user__username=text)),
        TextFilter("operation", _("Thao tác"), begins("operation")),
        DateRangeFilter("at", _("Ngày"), "at", instants=True),
    ),
)  # fmt: skip

GRIDS: dict[str, Grid] = {
    grid.key: grid
    for grid in (
        CUSTOMERS,
        BILLS,
        PAYMENTS,
        FINDINGS,
        POINTS,
        JOBS,
        AUDIT,
        STEPS,
        *HEAD_END,
        *CHANNELS,
    )
}
