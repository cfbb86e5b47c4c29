"""The lists of the head end: devices, concentrators, sessions, campaigns, tasks, commands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from congto.interfaces.console.fault_words import FAULT_WORDS
from congto.interfaces.console.grid.columns import Column, Tone
from congto.interfaces.console.grid.filters import (
    ChoiceFilter,
    ConditionFilter,
    DateRangeFilter,
    NumberRangeFilter,
    TextFilter,
)
from congto.interfaces.console.grid.lists import Grid
from congto.interfaces.console.grid.lookups import UNIT, begins, numbered, of, words_of
from congto.interfaces.console.meter_words import told
from congto.office.campaigns.choices import (
    CampaignState,
    Priority,
    SessionOutcome,
    TaskKind,
    TaskState,
)
from congto.office.commands.choices import CommandKind, CommandState
from congto.office.control.choices import ProposalState
from congto.office.devices.choices import DeviceState, Path
from congto.office.overview.devices import hanging_at, point_code
from congto.office.overview.head_end import midnight, near_the_end, silent

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.utils.functional import _StrOrPromise

DRIFT_SHOWN_S = 30
"""A clock further off is worth a look (own choice; the rules of half-hours have theirs)."""

DEVICE_TONES: dict[str, Tone] = {DeviceState.ACTIVE: "good", DeviceState.SUSPENDED: "warn"}


def watched() -> Iterable[tuple[str, _StrOrPromise, Q]]:
    """Return what of devices is worth a look at this moment."""
    now = timezone.now()  # noqa: TID251  (a door reads the clock)
    today = midnight(timezone.localdate(now))
    active = Q(state=DeviceState.ACTIVE)
    drifts = Q(clock_drift_s__gt=DRIFT_SHOWN_S) | Q(clock_drift_s__lt=-DRIFT_SHOWN_S)
    return (
        ("seen_today", _("đã đọc được hôm nay"), active & Q(last_seen_at__gte=today)),
        ("silent", _("im lặng quá 3 ngày"), silent(now)),
        ("failing", _("lần gần nhất lỗi"), Q(failures__gt=0)),
        ("drift", _("đồng hồ lệch quá 30 giây"), drifts),
        ("counter", _("bộ đếm khóa sắp hết"), near_the_end()),
    )


DEVICES = Grid(
    key="devices",
    page="devices",
    address="headend/devices",
    title=_("Thiết bị đo xa"),
    model="devices.Device",
    row_link=("device", "meter__serial"),
    order="id",
    extra={"point_code": point_code},
    columns=(
        Column("id", _("Số"), "id", "code", sort=True, indexed=True, shown=False),
        Column("serial", _("Số công tơ"), "meter__serial", "code", sort=True,
               link=("device", "meter__serial")),
        Column("point", _("Điểm đo"), "point_code", "code", link=("point-data", "point_code")),
        UNIT,
        Column("profile", _("Mẫu thiết bị"), "profile", sort=True, shown=False),
        Column("path", _("Đường đọc"), "path", "choice", labels=words_of(Path), shown=False),
        Column("concentrator", _("Bộ tập trung"), "concentrator__code", "code"),
        Column("cell", _("Trạm sóng"), "cell", "code", shown=False),
        Column("state", _("Trạng thái"), "state", "choice", labels=words_of(DeviceState),
               tones=DEVICE_TONES, shown=False),
        Column("seen", _("Đọc được lúc"), "last_seen_at", "instant"),
        Column("failures", _("Lần lỗi liên tiếp"), "failures", "number", sort=True),
        Column("fault", _("Lỗi gần nhất"), "last_fault", "choice", labels=FAULT_WORDS),
        Column("drift", _("Lệch giờ (giây)"), "clock_drift_s", "number"),
        Column("firmware", _("Phần mềm"), "firmware", shown=False),
        Column("host", _("Địa chỉ"), "host", "code", shown=False),
        Column("port", _("Cổng"), "port", "code", shown=False),
        Column("added", _("Thêm lúc"), "added_at", "instant", shown=False),
    ),
    filters=(
        TextFilter("serial", _("Số công tơ"), begins("meter__serial")),
        TextFilter("point", _("Điểm đo"), lambda text: hanging_at(text.upper())),
        TextFilter("profile", _("Mẫu thiết bị"), begins("profile")),
        TextFilter("concentrator", _("Bộ tập trung"), begins("concentrator__code")),
        TextFilter("cell", _("Trạm sóng"), begins("cell")),
        ChoiceFilter("path", _("Đường đọc"), "path", of(Path)),
        ChoiceFilter("state", _("Trạng thái"), "state", of(DeviceState)),
        ConditionFilter("watch", _("Đáng chú ý"), watched),
        DateRangeFilter("seen", _("Đọc được ngày"), "last_seen_at", instants=True),
        NumberRangeFilter("failures", _("Lần lỗi liên tiếp"), "failures"),
    ),
)  # fmt: skip

CONCENTRATORS = Grid(
    key="concentrators",
    page="concentrators",
    address="headend/concentrators",
    title=pgettext_lazy("many", "Bộ tập trung"),
    model="devices.Concentrator",
    order="code",
    columns=(
        Column("code", _("Mã"), "code", "code", sort=True, indexed=True),
        Column("name", _("Tên"), "name"),
        UNIT,
        Column("adapter", _("Định dạng tệp"), "adapter"),
        Column("host", _("Địa chỉ"), "host", "code"),
        Column("port", _("Cổng"), "port", "code"),
        Column("cell", _("Trạm sóng"), "cell", "code"),
        Column("state", _("Trạng thái"), "state", "choice", labels=words_of(DeviceState),
               tones=DEVICE_TONES),
        Column("heard", _("Gửi gần nhất"), "last_heard_at", "instant"),
    ),
    filters=(
        TextFilter("code", _("Mã"), begins("code")),
        TextFilter("cell", _("Trạm sóng"), begins("cell")),
        ChoiceFilter("state", _("Trạng thái"), "state", of(DeviceState)),
    ),
)  # fmt: skip

OUTCOME_TONES: dict[str, Tone] = {
    SessionOutcome.GOOD: "good",
    SessionOutcome.PARTIAL: "warn",
    SessionOutcome.FAILED: "bad",
}


def of_delivery(text: str) -> Q:
    """Return the restriction of sessions to those of a delivery, by its number."""
    return numbered("delivery_id")(text) | numbered("register_delivery_id")(text)


SESSIONS = Grid(
    key="sessions",
    page="sessions",
    address="headend/sessions",
    title=pgettext_lazy("many", "Phiên"),
    model="campaigns.Session",
    unit_field="device__unit",
    row_link=("session", "id"),
    order="-id",
    columns=(
        Column("id", _("Số"), "id", "code", sort=True, indexed=True, link=("session", "id")),
        Column("serial", _("Số công tơ"), "device__meter__serial", "code",
               link=("device", "device__meter__serial")),
        Column("began", _("Bắt đầu"), "began_at", "instant"),
        Column("ended", _("Kết thúc"), "ended_at", "instant", shown=False),
        Column("outcome", _("Kết quả"), "outcome", "choice", labels=words_of(SessionOutcome),
               tones=OUTCOME_TONES),
        Column("fault", _("Lỗi"), "fault", "choice", labels=FAULT_WORDS),
        Column("half_hours", _("Nửa giờ đọc được"), "half_hours", "number", sort=True),
        Column("sentence", _("Diễn giải"), "sentence", says=told),
        Column("worker", _("Tiến trình"), "worker", "code", shown=False),
        Column("unit", _("Đơn vị"), "device__unit__name"),
    ),
    filters=(
        TextFilter("serial", _("Số công tơ"), begins("device__meter__serial")),
        ChoiceFilter("outcome", _("Kết quả"), "outcome", of(SessionOutcome)),
        ChoiceFilter("fault", _("Lỗi"), "fault", FAULT_WORDS.items),
        DateRangeFilter("began", _("Ngày"), "began_at", instants=True),
        TextFilter("delivery", _("Lần giao số liệu"), of_delivery),
    ),
)  # fmt: skip

CAMPAIGNS = Grid(
    key="campaigns",
    page="campaigns",
    address="headend/campaigns",
    title=pgettext_lazy("many", "Đợt đọc"),
    model="campaigns.Campaign",
    row_link=("campaign", "id"),
    order="-id",
    columns=(
        Column("id", _("Số"), "id", "code", sort=True, indexed=True, link=("campaign", "id")),
        Column("name", _("Đợt đọc"), "name"),
        Column("plan", _("Kế hoạch"), "plan__code", "code", link=("plan", "plan__code")),
        Column("opens", _("Mở lúc"), "opens_at", "instant", sort=True),
        Column("closes", _("Đóng lúc"), "closes_at", "instant"),
        Column("state", _("Trạng thái"), "state", "choice", labels=words_of(CampaignState),
               tones={CampaignState.OPEN: "info"}),
        Column("total", _("Số việc"), "total", "number", sort=True),
        Column("user", _("Người yêu cầu"), "user__username"),
        UNIT,
    ),
    filters=(
        ChoiceFilter("state", _("Trạng thái"), "state", of(CampaignState)),
        TextFilter("plan", _("Kế hoạch"), begins("plan__code")),
        DateRangeFilter("opens", _("Ngày"), "opens_at", instants=True),
    ),
)  # fmt: skip

TASK_TONES: dict[str, Tone] = {
    TaskState.LEASED: "info",
    TaskState.DONE: "good",
    TaskState.FAILED: "bad",
    TaskState.EXPIRED: "warn",
}

TASKS = Grid(
    key="tasks",
    page="tasks",
    address="headend/tasks",
    title=pgettext_lazy("many", "Việc"),
    model="campaigns.Task",
    unit_field="device__unit",
    row_link=("device", "device__meter__serial"),
    order="-id",
    columns=(
        Column("id", _("Số"), "id", "code", sort=True, indexed=True),
        Column("serial", _("Số công tơ"), "device__meter__serial", "code",
               link=("device", "device__meter__serial")),
        Column("kind", _("Việc"), "kind", "choice", labels=words_of(TaskKind)),
        Column("priority", _("Ưu tiên"), "priority", "choice", labels=words_of(Priority)),
        Column("state", _("Trạng thái"), "state", "choice", labels=words_of(TaskState),
               tones=TASK_TONES),
        Column("fault", _("Lỗi"), "fault", "choice", labels=FAULT_WORDS),
        Column("attempts", _("Lần thử"), "attempts", "number", sort=True),
        Column("due", _("Từ lúc"), "due_at", "instant", sort=True),
        Column("expires", _("Hết hạn"), "expires_at", "instant"),
        Column("ended", _("Xong lúc"), "ended_at", "instant"),
        Column("campaign", _("Đợt đọc"), "campaign_id", "code", link=("campaign", "campaign_id")),
        Column("session", _("Phiên"), "session_id", "code", link=("session", "session_id")),
        Column("unit", _("Đơn vị"), "device__unit__name", shown=False),
    ),
    filters=(
        TextFilter("serial", _("Số công tơ"), begins("device__meter__serial")),
        ChoiceFilter("state", _("Trạng thái"), "state", of(TaskState)),
        ChoiceFilter("kind", _("Việc"), "kind", of(TaskKind)),
        ChoiceFilter("priority", _("Ưu tiên"), "priority", of(Priority)),
        TextFilter("campaign", _("Đợt đọc"), numbered("campaign_id")),
        ChoiceFilter("fault", _("Lỗi"), "fault", FAULT_WORDS.items),
    ),
)  # fmt: skip

COMMAND_TONES: dict[str, Tone] = {
    CommandState.PROPOSED: "warn",
    CommandState.QUEUED: "info",
    CommandState.SENDING: "info",
    CommandState.CONFIRMED: "good",
    CommandState.NOT_DONE: "bad",
    CommandState.UNCERTAIN: "bad",
    CommandState.EXPIRED: "warn",
}

ORDERS = Grid(
    key="command-orders",
    page="command-orders",
    address="headend/orders",
    title=pgettext_lazy("many", "Phiếu lệnh"),
    model="commands.CommandOrder",
    row_link=("command-order", "id"),
    order="-id",
    columns=(
        Column("id", _("Số"), "id", "code", sort=True, indexed=True, link=("command-order", "id")),
        Column("kind", _("Lệnh"), "kind", "choice", labels=words_of(CommandKind)),
        Column("reason", _("Lý do"), "reason"),
        Column("maker", _("Người lập"), "maker__username"),
        Column("made", _("Lúc lập"), "made_at", "instant", sort=True),
        Column("proposal", _("Duyệt"), "proposal__state", "choice", labels=words_of(ProposalState)),
        Column("from", _("Không trước"), "not_before", "instant", shown=False),
        Column("to", _("Không sau"), "not_after", "instant"),
        UNIT,
    ),
    filters=(
        ChoiceFilter("kind", _("Lệnh"), "kind", of(CommandKind)),
        TextFilter("maker", _("Người lập"), begins("maker__username")),
        DateRangeFilter("made", _("Ngày lập"), "made_at", instants=True),
    ),
)  # fmt: skip

COMMANDS = Grid(
    key="commands",
    page="commands",
    address="headend/commands",
    title=_("Lệnh điều khiển"),
    model="commands.Command",
    unit_field="device__unit",
    row_link=("command-order", "order_id"),
    order="-id",
    live_when={"state": frozenset({CommandState.QUEUED, CommandState.SENDING})},
    columns=(
        Column("id", _("Số"), "id", "code", sort=True, indexed=True),
        Column("order", _("Phiếu lệnh"), "order_id", "code", link=("command-order", "order_id")),
        Column("serial", _("Số công tơ"), "device__meter__serial", "code",
               link=("device", "device__meter__serial")),
        Column("kind", _("Lệnh"), "kind", "choice", labels=words_of(CommandKind)),
        Column("state", _("Trạng thái"), "state", "choice", labels=words_of(CommandState),
               tones=COMMAND_TONES),
        Column("sent", _("Gửi lúc"), "sent_at", "instant"),
        Column("changed", _("Đổi lúc"), "changed_at", "instant"),
        Column("message", _("Ghi chú"), "message", says=told),
        Column("unit", _("Đơn vị"), "device__unit__name"),
    ),
    filters=(
        TextFilter("serial", _("Số công tơ"), begins("device__meter__serial")),
        ChoiceFilter("kind", _("Lệnh"), "kind", of(CommandKind)),
        ChoiceFilter("state", _("Trạng thái"), "state", of(CommandState)),
        TextFilter("order", _("Phiếu lệnh"), numbered("order_id")),
    ),
)  # fmt: skip

HEAD_END = (DEVICES, CONCENTRATORS, SESSIONS, CAMPAIGNS, TASKS, ORDERS, COMMANDS)
