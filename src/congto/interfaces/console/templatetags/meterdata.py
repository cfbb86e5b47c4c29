"""Words of half-hours on screens: rules, actions, methods, times of day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import template
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from congto.office.control.choices import FindingSeverity
from congto.office.meterdata.choices import EventKind
from congto.office.overview.point_events import EXCHANGED, HUNG, TAKEN_DOWN
from congto.vocabulary import format_vi
from congto.vocabulary.events import MeterEvent
from congto.vocabulary.intervals import Action, Method
from congto.vocabulary.periods import LOCAL_ZONE

if TYPE_CHECKING:
    from congto.office.overview.point_events import Happening

register = template.Library()

RULE_NAMES = {
    "V-01": _("Công tơ không đúng điểm đo"),
    "V-02": _("Giao lại không đổi"),
    "V-03": _("Độ dài và mốc nửa giờ"),
    "V-04": _("Thiếu nửa giờ"),
    "V-05": _("Đồng hồ công tơ lệch"),
    "V-06": _("Công tơ báo trạng thái"),
    "V-07": _("Giá trị âm hoặc chỉ số lùi"),
    "V-08": _("Vượt mức vật lý"),
    "V-09": _("Đột biến trong ngày"),
    "V-10": _("Tổng nửa giờ khác chỉ số"),
    "V-11": _("Ba giờ khác bộ tổng"),
    "V-12": _("Ngày cao hoặc thấp bất thường"),
    "V-13": _("Tháng cao hoặc thấp bất thường"),
    "V-14": _("Nhiều nửa giờ bằng không"),
    "V-15": _("Nhiều ngày không dùng điện"),
    "V-16": _("Dùng điện khi đã ngừng cấp"),
    "V-17": _("Giá trị đứng yên"),
    "V-18": _("Vô công không hợp lý"),
    "V-19": _("Nhảy bậc so với nửa giờ trước"),
    "V-20": _("Hệ số nhân hoặc đơn vị khác"),
    "V-21": _("Thiếu kênh đi cùng"),
    "V-22": _("Ước lượng kéo dài"),
    "V-23": _("Số liệu đổi sau khi lập hóa đơn"),
    "V-24": _("Khác công tơ kiểm tra"),
    "V-25": _("Chỉ số lùi theo thời gian"),
    "V-26": _("Tổng khách hàng lớn hơn trạm"),
}
GATE_NAMES = {
    "USG-101": _("Nửa giờ thiếu"),
    "USG-102": _("Nửa giờ ước lượng"),
    "USG-103": _("Nửa giờ sửa tay"),
    "USG-104": _("Nửa giờ chưa kiểm tra"),
    "USG-105": _("Chỉ số hai đầu kỳ"),
    "USG-106": _("Tổng nửa giờ so với chỉ số"),
}
ACTION_NAMES = {
    Action.DROP: _("bỏ, không có gì mới"),
    Action.REJECT: _("loại, ước lượng lại"),
    Action.TEMPORARY: _("dùng tạm"),
    Action.SUSPECT: _("dùng, nghi ngờ"),
    Action.WARN: _("dùng, cảnh báo"),
    Action.ORDER: _("cần người đến"),
}
ACTION_TONES = {
    Action.REJECT: "bad",
    Action.ORDER: "bad",
    Action.TEMPORARY: "warn",
    Action.SUSPECT: "warn",
    Action.WARN: "info",
    Action.DROP: "",
}
METHOD_NAMES = {
    Method.CHECK_METER: _("công tơ kiểm tra"),
    Method.LIKE_DAY: _("ngày tương tự"),
    Method.AVERAGE_LIKE_DAY: _("bình quân ngày tương tự"),
    Method.LINEAR: _("nội suy"),
    Method.ZERO: _("không điện"),
    Method.PREVIOUS_YEAR: _("cùng kỳ năm trước"),
    Method.SCALED_LIKE_DAYS: _("ngày tương tự theo chỉ số"),
    Method.CUSTOMER_CLASS: _("biểu đồ nhóm khách hàng"),
    Method.REGISTER_AVERAGE: _("bình quân chỉ số"),
    Method.EDITED: _("người sửa"),
    Method.FLAT_NEIGHBOUR: _("phẳng theo nửa giờ bên"),
    Method.FLAT_REGISTER: _("phẳng theo chỉ số"),
}


EVENT_NAMES: dict[str, str] = {
    HUNG: _("Treo công tơ"),
    EXCHANGED: _("Thay công tơ"),
    TAKEN_DOWN: _("Tháo công tơ"),
    **{kind.value: str(kind.label) for kind in EventKind},
}
"""What happens at a point; those of meters in the order in which screens list them."""

EVENT_TONES: dict[str, str] = {
    **dict.fromkeys((MeterEvent.POWER_DOWN, MeterEvent.RELAY_OPEN), "warn"),
    **dict.fromkeys((MeterEvent.CLOCK_OFF, MeterEvent.CLOCK_INVALID), "warn"),
    **dict.fromkeys((MeterEvent.COVER_OPEN, MeterEvent.TERMINAL_OPEN, MeterEvent.TAMPER), "bad"),
    **dict.fromkeys((MeterEvent.MAGNETIC_FIELD, MeterEvent.REVERSE_ENERGY), "bad"),
}


@register.filter
def event_kind(kind: str) -> str:
    """Say what happened at a point."""
    return gettext(EVENT_NAMES[kind])


@register.filter
def event_tone(kind: str) -> str:
    """Return the colour of an event: what may be a fraud, what may explain a reading."""
    return EVENT_TONES.get(kind, "")


@register.filter
def ended(event: Happening) -> str:
    """Write when an event ended: the time of day, with the day where it is another one."""
    if event.ended_at is None:
        return ""
    local = event.ended_at.astimezone(LOCAL_ZONE)
    return f"{local:%H:%M}" if local.date() == event.day else format_vi.instant(local)


@register.filter
def clock_words(event: Happening) -> str:
    """Say how far a clock was moved or stands off; nothing where it is not said."""
    if event.seconds is None:
        return ""
    ahead = event.seconds >= 0
    if event.kind == MeterEvent.CLOCK_SET:
        words = gettext("tiến %(seconds)s giây") if ahead else gettext("lùi %(seconds)s giây")
    else:
        words = gettext("nhanh %(seconds)s giây") if ahead else gettext("chậm %(seconds)s giây")
    return words % {"seconds": format_vi.number(abs(event.seconds))}


@register.filter
def interval_rule(code: str) -> str:
    """Say what a rule of half-hours looks at; an unknown one as it is written."""
    return gettext(RULE_NAMES.get(code, code))


@register.filter
def gate_rule(code: str) -> str:
    """Say what a rule before billing from half-hours looks at; an unknown one as it is written."""
    return gettext(GATE_NAMES.get(code, code))


@register.filter
def rule_action(word: str) -> str:
    """Say what a rule does with a value."""
    return gettext(ACTION_NAMES[Action(word)])


@register.filter
def action_tone(word: str) -> str:
    """Return the colour of an action."""
    return ACTION_TONES[Action(word)]


@register.filter
def method(code: int | None) -> str:
    """Say how a value was made; nothing for a measured one."""
    return gettext(METHOD_NAMES[Method(code)]) if code else ""


@register.filter
def half_hour(index: int) -> str:
    """Write where a half-hour begins: 13 -> "06:30", 48 -> "24:00"."""
    return f"{index // 2:02}:{index % 2 * 30:02}"


@register.filter
def plain_energy(value_wh: int | None) -> str:
    """Write Wh as kWh (varh as kvarh) without the unit; a dash where there is none."""
    return "–" if value_wh is None else format_vi.kwh(value_wh).removesuffix(" kWh")


@register.filter
def factor(value: int | None) -> str:
    """Write thousandths as a factor: 920 -> "0,920"; a dash where it is not known."""
    return "–" if value is None else format_vi.number(value / 1000, 3)


REGISTER_RULES = {
    "RDG-001": _("Thiếu chỉ số"),
    "RDG-002": _("Chỉ số lùi"),
    "RDG-003": _("Quay vòng"),
    "RDG-004": _("Vượt mức có thể"),
    "RDG-005": _("Ba giờ khác bộ tổng"),
    "RDG-006": _("Không sử dụng điện"),
    "RDG-007": _("Ba giá mà công tơ một giá"),
    "RDG-010": _("Thiếu nửa giờ"),
    "RDG-011": _("Nửa giờ âm"),
    "RDG-012": _("Tổng nửa giờ khác chỉ số"),
}


@register.filter
def register_rule(code: str) -> str:
    """Say what a rule of register readings looks at; an unknown one as it is written."""
    return gettext(REGISTER_RULES.get(code, code))


@register.filter
def severity(word: str) -> str:
    """Say what a finding of registers does to the value."""
    return gettext(str(FindingSeverity(word).label))


CLASS_NAMES = {
    "residential": _("Sinh hoạt"),
    "low_voltage": _("Hạ áp, ngoài sinh hoạt"),
    "own_transformer": _("Trạm riêng"),
    "network": _("Điểm đo lưới"),
}
ROLE_NAMES = {
    "initial_load": _("nạp ban đầu"),
    "push": _("công tơ gửi"),
    "manual": _("người nhập"),
    "estimate": _("ước lượng"),
}


@register.filter
def customer_class(name: str) -> str:
    """Say a class of customers that limits are kept for; empty is all of them."""
    return gettext(CLASS_NAMES[name]) if name else gettext("mọi nhóm")


@register.filter
def source_role(name: str) -> str:
    """Say how a delivery came to be."""
    return gettext(ROLE_NAMES[name])


@register.filter
def permille(value: int | None) -> str:
    """Write thousandths in percent: 987 -> "98,7 %"; a dash where it is not known."""
    return "–" if value is None else f"{value // 10},{value % 10}\u00a0%"


@register.filter
def whole_percent(value: int) -> str:
    """Write thousandths as whole percent, cut: 999 -> "99", only 1000 is "100"."""
    return str(value // 10)
