"""What an OBIS code names, in Vietnamese and English (IEC 62056-6-1).

Codes of electricity (value group A 1) are named by their groups: C the quantity, D how it is
processed, E the rate, F the billing period. Abstract objects (A 0) have a table. Codes that a maker
defines for himself have no name.
"""

from __future__ import annotations

from typing import NamedTuple

from congto.headend.dlms.obis import OBIS_BYTES


class Name(NamedTuple):
    """A name in both languages."""

    vi: str
    en: str

    def __str__(self) -> str:
        """Return both."""
        return f"{self.vi} · {self.en}"


class Quantity(NamedTuple):
    """Value group C of a power: its nouns, to which the processing is added."""

    vi: str
    en: str


_POWERS = {
    1: Quantity("tác dụng chiều giao", "active import (+P)"),
    2: Quantity("tác dụng chiều nhận", "active export (-P)"),
    3: Quantity("phản kháng chiều giao", "reactive import (+Q)"),
    4: Quantity("phản kháng chiều nhận", "reactive export (-Q)"),
    5: Quantity("phản kháng góc phần tư I", "reactive, quadrant I"),
    6: Quantity("phản kháng góc phần tư II", "reactive, quadrant II"),
    7: Quantity("phản kháng góc phần tư III", "reactive, quadrant III"),
    8: Quantity("phản kháng góc phần tư IV", "reactive, quadrant IV"),
    9: Quantity("biểu kiến chiều giao", "apparent import (+S)"),
    10: Quantity("biểu kiến chiều nhận", "apparent export (-S)"),
    15: Quantity("tác dụng hai chiều cộng lại", "active, both ways added"),
    16: Quantity("tác dụng hai chiều bù trừ", "active, both ways netted"),
}
_MOMENTARY = {
    11: Name("Dòng điện", "Current"),
    12: Name("Điện áp", "Voltage"),
    13: Name("Hệ số công suất", "Power factor"),
    14: Name("Tần số", "Frequency"),
}
_PHASES = {0: Name("", ""), 1: Name(", pha A", ", L1"), 2: Name(", pha B", ", L2")}
_PHASES[3] = Name(", pha C", ", L3")
_NEUTRAL = {91: Name("Dòng điện trung tính", "Neutral current")}

_PROCESSES = {
    2: Name("Công suất cực đại cộng dồn", "Cumulative maximum demand"),
    4: Name("Công suất trung bình đang đo", "Demand of the running period"),
    5: Name("Công suất trung bình kỳ trước", "Demand of the last period"),
    6: Name("Công suất cực đại", "Maximum demand"),
    7: Name("Công suất tức thời", "Power now"),
    8: Name("Điện năng", "Energy"),
    9: Name("Điện năng từ đầu kỳ", "Energy of the billing period"),
    29: Name("Điện năng trong chu kỳ", "Energy of the capture period"),
}
_NEVER = 0xFF

_OTHERS: dict[tuple[int, ...], Name] = {
    # the longest beginning of a code that is here names it
    (0, 0, 1, 0, 0): Name("Đồng hồ", "Clock"),
    (0, 0, 10, 0): Name("Bảng kịch bản", "Script table"),
    (0, 0, 11, 0): Name("Bảng ngày đặc biệt", "Special days table"),
    (0, 0, 12, 0): Name("Lịch trình", "Schedule"),
    (0, 0, 13, 0): Name("Lịch biểu giá", "Activity calendar"),
    (0, 0, 15, 0): Name("Lịch thao tác một lần", "Single action schedule"),
    (0, 0, 17, 0): Name("Bộ giới hạn công suất", "Limiter"),
    (0, 0, 25, 9): Name("Cấu hình tự gửi dữ liệu", "Push setup"),
    (0, 0, 40, 0): Name("Liên kết ứng dụng", "Association"),
    (0, 0, 41, 0): Name("Danh sách thiết bị lô-gic", "SAP assignment"),
    (0, 0, 42, 0): Name("Tên thiết bị lô-gic", "Logical device name"),
    (0, 0, 43, 0): Name("Thiết lập bảo mật", "Security setup"),
    (0, 0, 43, 1): Name("Bộ đếm bản tin bảo mật", "Invocation counter"),
    (0, 0, 44, 0): Name("Nạp chương trình cơ sở", "Image transfer"),
    (0, 0, 96, 1): Name("Số hiệu thiết bị", "Device identifier"),
    (0, 0, 96, 2): Name("Lần lập trình cuối", "Last programming"),
    (0, 0, 96, 3, 10): Name("Rơ-le đóng cắt", "Disconnect control"),
    (0, 0, 96, 5): Name("Trạng thái công tơ", "Meter status"),
    (0, 0, 96, 7): Name("Số lần mất điện", "Power failures"),
    (0, 0, 96, 8): Name("Thời gian hoạt động", "Time of operation"),
    (0, 0, 96, 11): Name("Mã sự kiện", "Event code"),
    (0, 0, 96, 13): Name("Thông báo cho khách hàng", "Consumer message"),
    (0, 0, 96, 14): Name("Biểu giá đang áp dụng", "Active rate"),
    (0, 0, 97, 97): Name("Thanh ghi lỗi", "Error register"),
    (0, 0, 97, 98): Name("Thanh ghi cảnh báo", "Alarm register"),
    (0, 0, 98, 1): Name("Số liệu chốt kỳ", "Billing period data"),
    (0, 0, 98, 2): Name("Số liệu chốt ngày", "Daily data"),
    (0, 0, 99, 98): Name("Nhật ký sự kiện", "Event log"),
    (1, 0, 0, 0): Name("Số hiệu điện", "Electricity identifier"),
    (1, 0, 0, 1, 0): Name("Số lần chốt kỳ", "Billing period counter"),
    (1, 0, 0, 2): Name("Phiên bản phần mềm", "Firmware version"),
    (1, 0, 0, 4, 2): Name("Tỷ số biến dòng", "Current transformer ratio"),
    (1, 0, 0, 4, 3): Name("Tỷ số biến áp", "Voltage transformer ratio"),
    (1, 0, 0, 8, 4): Name("Chu kỳ ghi biểu đồ", "Load profile period"),
    (1, 0, 98, 1): Name("Số liệu chốt kỳ", "Billing period data"),
    (1, 0, 98, 2): Name("Số liệu chốt ngày", "Daily data"),
    (1, 0, 99, 1): Name("Biểu đồ phụ tải", "Load profile"),
    (1, 0, 99, 2): Name("Biểu đồ phụ tải thứ hai", "Second load profile"),
    (1, 0, 99, 98): Name("Nhật ký sự kiện điện", "Electricity event log"),
}


def obis_name(code: bytes) -> Name | None:
    """Return what a code names, None where the standard gives it no name known here."""
    if len(code) != OBIS_BYTES:
        return None
    groups = tuple(code)
    a, _channel, c, d, e, f = groups
    found = _electricity(c, d) if a == 1 else None
    if found is not None:
        rate = Name(f", biểu {e}", f", rate {e}") if e else Name("", "")
        back = Name(f", kỳ chốt {f}", f", billing period {f}") if f != _NEVER else Name("", "")
        return Name(found.vi + rate.vi + back.vi, found.en + rate.en + back.en)
    begin = (a, 0, *groups[2:5])  # B is the channel: the same thing once more
    for length in range(len(begin), 3, -1):
        other = _OTHERS.get(begin[:length])
        if other is not None:
            return other
    return None


def _electricity(c: int, d: int) -> Name | None:
    if c in _NEUTRAL:
        return _NEUTRAL[c] if d == 7 else None
    phase, quantity = divmod(c, 20)
    where = _PHASES.get(phase)
    if where is None:
        return None
    if quantity in _MOMENTARY:
        noun = _MOMENTARY[quantity]
        return Name(noun.vi + where.vi, noun.en + where.en) if d == 7 else None
    power, process = _POWERS.get(quantity), _PROCESSES.get(d)
    if power is None or process is None:
        return None
    return Name(f"{process.vi} {power.vi}{where.vi}", f"{process.en}, {power.en}{where.en}")
