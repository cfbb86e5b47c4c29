"""What a meter showed when a command was proved, in words: each figure with what it is.

Carriers keep what they saw under the names of the protocol; verdict and reason stand in the state
and the note beside, so they are not said again.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from congto.interfaces.console.meter_words import told
from congto.office.devices.choices import SecretPhase, SecretUse
from congto.vocabulary import format_vi

if TYPE_CHECKING:
    from collections.abc import Mapping

SAID_ELSEWHERE = frozenset({"verdict", "why", "order", "deed", "command", "scripts_checked"})
NAMES = {
    "before": _("trước"),
    "after": _("sau"),
    "seen": _("đọc lại"),
    "sent": _("đã gửi"),
    "answer": _("công tơ trả lời"),
    "state": _("rơ le"),
    "control": _("trạng thái"),
    "closed": _("tiếp điểm"),
    "mode": _("chế độ"),
    "limit": _("giới hạn"),
    "value": _("mức"),
    "over_seconds": _("vượt quá (giây)"),
    "under_seconds": _("dưới mức (giây)"),
    "active": _("đang áp dụng"),
    "unit": _("đơn vị đo"),
    "emergency": _("giới hạn khẩn cấp"),
    "tables": _("biểu giá"),
    "special": _("số ngày đặc biệt"),
    "differs": _("khác ở"),
    "told": _("đồng hồ công tơ"),
    "at": _("giờ chuẩn"),
    "seconds_unsure": _("sai số (giây)"),
    "touched": _("nửa giờ bị ảnh hưởng"),
    "begin": _("từ"),
    "end": _("đến"),
    "not_before": _("không trước"),
    "phase": _("giai đoạn"),
    "phases": _("giai đoạn"),
    "holds": _("khóa công tơ nhận"),
    "against_new": _("thử khóa mới"),
    "against_old": _("thử khóa cũ"),
    "progress": _("đã nạp"),
    "begun": _("đã bắt đầu"),
    "there": _("khối đã có"),
    "blocks": _("tổng số khối"),
    "firmware": _("phần mềm đang chạy"),
    "image": _("tệp"),
    **{str(one.value): str(one.label) for one in SecretUse},
}
"""Name of what was seen -> its word; the uses of secrets are those of the books."""
VALUES = {
    "connected": _("đã đóng điện"),
    "disconnected": _("đã cắt điện"),
    "ready_for_reconnection": _("chờ đóng tại chỗ"),
    "new": _("khóa mới"),
    "old": _("khóa cũ"),
    "both": _("khóa cũ hoặc khóa mới"),
    "neither": _("không khóa nào"),
    "unknown": _("chưa biết"),
    "days": _("bảng ngày"),
    "weeks": _("bảng tuần"),
    "seasons": _("bảng mùa"),
    "name": _("tên"),
    "none": _("luôn đóng"),
    "remote_ready_by_hand": _("cắt từ xa, tại chỗ; đóng tại chỗ khi được phép"),
    "remote_direct_by_hand": _("cắt từ xa, tại chỗ; đóng từ xa"),
    "remote_ready": _("cắt từ xa; đóng tại chỗ khi được phép"),
    "remote_direct": _("cắt và đóng từ xa"),
    "remote_ready_local_direct": _("cắt từ xa, tại chỗ; công tơ tự đóng khi tự cắt"),
    "remote_ready_local_direct_no_hand": _("cắt từ xa; công tơ tự đóng khi tự cắt"),
    **{str(one.value): str(one.label) for one in SecretPhase},
}
"""Words of the protocol among the values."""


USES = {
    "reading": _("đọc"),
    "command": _("lệnh điều khiển"),
    "key change": _("đổi khóa"),
    "import": _("nạp tệp"),
    "push": _("tin công tơ tự gửi"),
    "frames": _("giải mã phiên"),
    "first call": _("gọi thử"),
}
"""What secrets of a device were opened for."""


def use_of(purpose: str) -> str:
    """Say what secrets were opened for; an unknown purpose as it is written."""
    return gettext(USES[purpose]) if purpose in USES else purpose


def lines_of(seen: Mapping[str, object]) -> list[tuple[str, str]]:
    """Return (what, how it was) of what a carrier kept; what says nothing is left out."""
    return [
        (name_of(name), text)
        for name, value in seen.items()
        if name not in SAID_ELSEWHERE and (text := text_of(name, value))
    ]


def name_of(name: str) -> str:
    """Return the word of a name; an unknown one as it is written."""
    return gettext(NAMES[name]) if name in NAMES else name


def text_of(name: str, value: object) -> str:
    """Write a value; parts by their names, states one after the other."""
    if name == "closed" and isinstance(value, bool):
        return gettext("đóng") if value else gettext("mở")
    if isinstance(value, dict):
        if name == "tables":
            return str(value.get("name", ""))
        parts = lines_of(value)
        return ", ".join(f"{word} {text}" for word, text in parts)
    if isinstance(value, list):
        if name == "special":
            return format_vi.number(len(value))
        return " → ".join(text for one in value if (text := text_of(name, one)))
    return one_value(value)


def one_value(value: object) -> str:
    """Write one value."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return gettext("có") if value else gettext("không")
    if isinstance(value, int):
        return format_vi.number(value)
    if isinstance(value, float):
        return format_vi.number(value, 1)
    return one_text(str(value))


def one_text(text: str) -> str:
    """Write a word of the protocol, an instant or a sentence of the meter."""
    if text in VALUES:
        return gettext(VALUES[text])
    try:
        return format_vi.instant(datetime.fromisoformat(text))
    except ValueError:  # no instant
        return told(text)
