"""Filters of the head end, faults and states in words and colours, and the row of its pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import template
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop as noop
from django.utils.translation import pgettext_lazy as pgettext

from congto.interfaces.console.device_words import phrase
from congto.interfaces.console.fault_words import fault_text
from congto.interfaces.console.grid.head_end import (
    COMMAND_TONES,
    DEVICE_TONES,
    OUTCOME_TONES,
    TASK_TONES,
)
from congto.office.campaigns.choices import TaskKind
from congto.office.control.permissions import Action, granted_paths
from congto.office.devices.choices import SecretUse
from congto.vocabulary import format_vi

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.template import Context
    from django.utils.functional import _StrOrPromise

register = template.Library()


@register.filter
def reason(text: str) -> str:
    """Say why a row of devices was refused."""
    return phrase(text)


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


TABS: tuple[tuple[str, _StrOrPromise, tuple[tuple[str, _StrOrPromise, Action | None], ...]], ...]
TABS = (
    ("headend", _("Tổng quan"), ()),
    (
        "devices",
        pgettext("many", "Thiết bị"),
        (("onboarding", _("Thêm thiết bị"), Action.MANAGE_DEVICES),),
    ),
    ("concentrators", pgettext("many", "Bộ tập trung"), ()),
    (
        "plans",
        _("Kế hoạch đọc"),
        (
            ("plan-new", _("Lập kế hoạch đọc"), Action.RUN_JOBS),
            ("access-limits", _("Giới hạn truy cập"), None),
        ),
    ),
    ("campaigns", pgettext("many", "Đợt đọc"), ()),
    ("tasks", pgettext("many", "Việc"), ()),
    ("sessions", pgettext("many", "Phiên"), ()),
    (
        "command-orders",
        pgettext("many", "Phiếu lệnh"),
        (
            ("command-order-new", _("Lập phiếu lệnh"), Action.COMMAND),
            ("commands", _("Lệnh điều khiển"), None),
            ("protected-points", _("Phụ tải không được cắt"), None),
            ("command-caps", _("Hạn mức lệnh"), None),
        ),
    ),
)
"""Pages in the order of work: name, word, and the pages that belong to each with their rights."""


@register.inclusion_tag("console/headend/tabs.html", takes_context=True)
def headend_tabs(context: Context) -> dict[str, Any]:
    """Show the pages of the head end, and beside the open one those that belong to it."""
    request = context["request"]
    tabs, beside = [], []
    for name, label, below in TABS:
        here = any(_is_here(request.path, one) for one in (name, *(one for one, *_rest in below)))
        tabs.append({"url": reverse(name), "label": label, "here": here})
        if here:
            beside = [
                {"url": reverse(one), "label": word, "here": _is_here(request.path, one)}
                for one, word, right in below
                if right is None or granted_paths(request.user, right)
            ]
    return {"tabs": tabs, "beside": beside}


def _is_here(path: str, name: str) -> bool:
    url = reverse(name)
    return path == url or (name != "headend" and path.startswith(f"{url}/"))
