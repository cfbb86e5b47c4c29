"""Filters of the head end, faults and states in words and colours, and the row of its pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import template
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop as noop

from congto.interfaces.console.fault_words import fault_text
from congto.interfaces.console.grid.head_end import (
    COMMAND_TONES,
    DEVICE_TONES,
    OUTCOME_TONES,
    TASK_TONES,
)
from congto.office.campaigns.choices import TaskKind
from congto.office.devices.choices import SecretUse
from congto.vocabulary import format_vi

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.template import Context

register = template.Library()


@register.filter
def fault(name: str) -> str:
    """Say what went wrong."""
    return fault_text(name)


@register.filter
def device_tone(state: str) -> str:
    """Return the colour of a device's state."""
    return DEVICE_TONES.get(state, "")


@register.filter
def outcome_tone(outcome: str) -> str:
    """Return the colour of how a session ended."""
    return OUTCOME_TONES.get(outcome, "")


@register.filter
def task_tone(state: str) -> str:
    """Return the colour of a task's state."""
    return TASK_TONES.get(state, "")


@register.filter
def command_tone(state: str) -> str:
    """Return the colour of a command's state."""
    return COMMAND_TONES.get(state, "")


@register.filter
def task_kinds(kinds: Sequence[str]) -> list[str]:
    """Return the words of several kinds of tasks, still to be said."""
    return [str(TaskKind(kind).label) for kind in kinds]


@register.filter
def secret_use(use: str) -> str:
    """Return the word of a use of secrets, still to be said."""
    return str(SecretUse(use).label)


@register.filter
def stage(name: str) -> str:
    """Say how far a reading is that somebody waits for."""
    return gettext(STAGES[name])


STAGES = {
    "queued": noop("trong hàng đợi"),
    "connecting": noop("đang kết nối"),
    "reading": noop("đang đọc"),
    "done": noop("đã đọc xong"),
    "failed": noop("không đọc được"),
}
ARGUMENTS = {
    "watts": noop("Công suất tối đa (W)"),
    "over_seconds": noop("Vượt quá bao lâu thì cắt (giây)"),
    "under_seconds": noop("Dưới mức bao lâu thì đóng (giây)"),
    "day": noop("Biểu giá áp dụng từ ngày"),
    "across": noop("Cho phép nhảy qua mốc nửa giờ"),
    "uses": noop("Đổi những khóa nào"),
    "image": noop("Mã SHA-256 của tệp phần mềm"),
    "version": noop("Phiên bản"),
}


@register.filter
def argument(name: str) -> str:
    """Say what an argument of a command is; an unknown one as it is written."""
    return gettext(ARGUMENTS[name]) if name in ARGUMENTS else name


@register.filter
def argument_value(value: object) -> str:
    """Write the value of an argument."""
    if value is None:
        return gettext("không giới hạn")
    if isinstance(value, bool):
        return gettext("có") if value else gettext("không")
    if isinstance(value, int):
        return format_vi.number(value)
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


@register.filter
def seconds(value: int | None) -> str:
    """Write how far a clock is ahead (+) or behind (−); a dash where it was never read."""
    if value is None:
        return "–"
    return f"{'+' if value > 0 else ''}{format_vi.number(value)} s"


@register.filter
def minute_of_day(minutes: int) -> str:
    """Write a minute of the day as a time: 245 -> "04:05"."""
    return f"{minutes // 60:02}:{minutes % 60:02}"


TABS = (
    ("headend", _("Tổng quan")),
    ("devices", _("Thiết bị")),
    ("concentrators", _("Bộ tập trung")),
    ("plans", _("Kế hoạch đọc")),
    ("campaigns", _("Đợt đọc")),
    ("tasks", _("Việc")),
    ("sessions", _("Phiên")),
    ("command-orders", _("Phiếu lệnh")),
)


@register.inclusion_tag("console/headend/tabs.html", takes_context=True)
def headend_tabs(context: Context) -> dict[str, Any]:
    """Show the pages of the head end; the one that is open, or its parent, is marked."""
    path = context["request"].path
    return {
        "tabs": [
            {"url": (url := reverse(name)), "label": label, "here": _is_here(path, url)}
            for name, label in TABS
        ]
    }


def _is_here(path: str, url: str) -> bool:
    return path == url or (url != reverse("headend") and path.startswith(f"{url}/"))
