"""Filters of the head end, faults and states in words and colours, and the row of its pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import template
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from congto.interfaces.console.fault_words import fault_text
from congto.interfaces.console.grid.head_end import (
    COMMAND_TONES,
    DEVICE_TONES,
    OUTCOME_TONES,
    TASK_TONES,
)
from congto.office.campaigns.choices import TaskKind
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
