"""Sentences of findings on half-hours in English: rules write them in Vietnamese.

A test asks that every sentence of the rules is here.
"""

from __future__ import annotations

import re

from django.utils.translation import get_language

from congto.interfaces.console.fault_words import FAULT_WORDS, fault_text
from congto.interfaces.console.meter_words import OF_CARRIERS, label, told
from congto.interfaces.console.phrases import Phrases

PHRASES = {
    # where and when
    "Điểm đo {}, ngày {}: {}": "Usage point {}, {}: {}",
    "Điểm đo {}, ngày {}, {}-{}: {}": "Usage point {}, {}, {}-{}: {}",
    "{} (chiều phát)": "{} (export)",
    "{} (vô công nhận)": "{} (reactive import)",
    "{} (vô công phát)": "{} (reactive export)",
    "{} giờ": "{} hours",
    # bits of the meter
    "đồng hồ không đúng": "clock wrong",
    "số liệu không hợp lệ": "data invalid",
    "mất điện": "power down",
    "đồng hồ được chỉnh": "clock adjusted",
    "giờ mùa hè": "daylight saving",
    "{}, {}": "{}, {}",
    # meters that are read from afar
    "Công tơ {}: phiên đọc hỏng vì khóa, mật khẩu hoặc bộ đếm ({})."
    " Đối chiếu khóa với hồ sơ của nhà sản xuất.": (
        "Meter {}: a session failed by key, password or counter ({})."
        " Compare its keys with the maker's file."
    ),
    "Công tơ {} không đọc được như mẫu của loại công tơ nói ({})."
    " Sửa mẫu hoặc địa chỉ, hoặc kiểm tra công tơ.": (
        "Meter {} cannot be read as the profile of its model says ({})."
        " Correct profile or address, or look at the meter."
    ),
    "Công tơ {}: {} nửa giờ ngày {} chưa đọc được và công tơ không còn giữ.": (
        "Meter {}: {} half-hours of {} were never read, and it keeps them no more."
    ),
    "Công tơ {}: đồng hồ lệch quá, không chỉnh được từ xa ({})."
    " Cần người quyết định hoặc đến tại chỗ.": (
        "Meter {}: the clock is too far off to be put right from afar ({})."
        " A person has to decide, or go there."
    ),
    # commands
    "Lệnh số {} ({}) tới công tơ {}: {}. {}": "Command {} ({}) to meter {}: {}. {}",
    # what, and what to do
    "tổng các bộ chỉ số theo giờ {} khác bộ tổng {}. Cần kiểm tra công tơ ba giá.": (
        "the rate registers add up to {}, the total register says {}. Check the three-rate meter."
    ),
    "công tơ chính đo {}, công tơ đối chứng đo {}, lệch quá cấp chính xác."
    " Cần kiểm định và đối chiếu.": (
        "the main meter measured {}, the check meter {}, more than their accuracy allows."
        " Have both tested."
    ),
    "đồng hồ công tơ lệch {} giây (cho phép {} giây). Cần đồng bộ đồng hồ.": (
        "the meter's clock is off by {} s ({} s allowed). Synchronise the clock."
    ),
    "đồng hồ công tơ lệch {} giây (quá {} giây), số liệu không được dùng."
    " Cần đồng bộ đồng hồ và thu thập lại.": (
        "the meter's clock is off by {} s (more than {} s), the values are not used."
        " Synchronise the clock and read again."
    ),
    "đồng hồ công tơ bị chỉnh {} giây (quá {} giây), các giá trị này là tạm tính."
    " Cần đối chiếu với chỉ số.": (
        "the meter's clock was set by {} s (more than {} s), these values are temporary."
        " Compare with the register."
    ),
    "cả ngày dùng {}, cao hơn mức thường thấy (tối đa {}). Cần kiểm tra nếu lặp lại.": (
        "{} in the day, more than usual (at most {}). Check if it comes again."
    ),
    "cả ngày dùng {}, thấp hơn mức thường thấy (tối thiểu {}). Cần kiểm tra nếu lặp lại.": (
        "{} in the day, less than usual (at least {}). Check if it comes again."
    ),
    "Điểm đo {}, kỳ đến hết ngày {}: mỗi ngày dùng {}, cao hơn mức {} mỗi ngày so với kỳ trước và"
    " cùng kỳ năm trước. Cần kiểm tra trước khi lập hóa đơn.": (
        "Usage point {}, period up to {}: {} a day, above {} a day against the period before and"
        " the year before. Check before billing."
    ),
    "Điểm đo {}, kỳ đến hết ngày {}: mỗi ngày dùng {}, thấp hơn mức {} mỗi ngày so với kỳ trước và"
    " cùng kỳ năm trước. Cần kiểm tra trước khi lập hóa đơn.": (
        "Usage point {}, period up to {}: {} a day, below {} a day against the period before and"
        " the year before. Check before billing."
    ),
    "dùng {} trong khi đã ngừng cấp điện hoặc chấm dứt hợp đồng."
    " Cần kiểm tra rơ le và niêm phong tại chỗ.": (
        "{} used while supply is cut or the contract has ended. Check relay and seals on site."
    ),
    "mỗi giá trị dài {} giây thay vì {} giây, số liệu không được dùng."
    " Cần đặt lại chu kỳ ghi của công tơ hoặc định dạng tệp.": (
        "each value covers {} s in place of {} s, the values are not used."
        " Set the meter's recording interval or the file's format right."
    ),
    "giá trị bắt đầu lệch {} giây so với mốc nửa giờ, số liệu không được dùng."
    " Cần kiểm tra mốc thời gian trong tệp.": (
        "values begin {} s off the half-hour, they are not used. Check the times in the file."
    ),
    "công tơ trong tệp không phải công tơ đang treo tại điểm đo, số liệu không được dùng."
    " Cần đối chiếu biên bản treo tháo.": (
        "the meter in the file is not the one installed at the point, the values are not used."
        " Compare with the record of installation and removal."
    ),
    "thiếu {} giá trị nửa giờ. Cần thu thập lại từ công tơ.": (
        "{} half-hours are missing. Read the meter again."
    ),
    "hệ số nhân hoặc đơn vị trong tệp ({}) khác hồ sơ ({}), số liệu không được dùng."
    " Cần đối chiếu hồ sơ treo tháo và cấu hình tệp.": (
        "multiplier or unit in the file ({}) differ from the records ({}), the values are not used."
        " Compare the installation record with the file's settings."
    ),
    "có giá trị âm, thấp nhất {}, không được dùng. Cần kiểm tra kênh đo và đấu dây.": (
        "negative values, the lowest {}, are not used. Check channel and wiring."
    ),
    "chỉ số cuối ngày {} nhỏ hơn chỉ số đầu ngày {}, không phải quay vòng."
    " Cần kiểm tra và đọc lại chỉ số.": (
        "the register at the day's end {} is below the one at its start {}, and it is no rollover."
        " Check and read it again."
    ),
    "có giá trị {}, vượt khả năng đo của công tơ ({}), không được dùng."
    " Cần kiểm tra hệ số nhân và công tơ.": (
        "a value of {}, more than the meter can measure ({}), is not used."
        " Check the multiplier and the meter."
    ),
    "có giá trị {}, vượt mức {} tính theo công suất đăng ký."
    " Cần kiểm tra hệ số nhân và công suất sử dụng.": (
        "a value of {}, above {} by the registered power."
        " Check the multiplier and the power in use."
    ),
    "đã ước tính {} ngày (hoặc kỳ hóa đơn) liên tiếp, cho phép {}."
    " Cần lập lệnh kiểm tra công tơ và đường truyền.": (
        "estimated {} days (or billing periods) in a row, {} allowed."
        " Order a check of the meter and its communication."
    ),
    "điện năng phản kháng {} quá lớn so với điện năng tác dụng (tối đa {})."
    " Cần kiểm tra đấu dây mạch đo.": (
        "reactive energy {} is too large for the active energy (at most {}). Check the wiring."
    ),
    "công tơ một pha vừa nhận vừa phát {} trong cùng nửa giờ. Cần kiểm tra đấu dây mạch đo.": (
        "a single-phase meter took and gave {} in the same half-hour. Check the wiring."
    ),
    "chỉ số đầu ngày {} nhỏ hơn chỉ số đã lưu trước đó {}, không được dùng. Cần đọc lại chỉ số.": (
        "the register at the day's start {} is below the one stored before {}, it is not used."
        " Read it again."
    ),
    "tổng giá trị nửa giờ {}, theo chỉ số {}, không được dùng. Cần thu thập lại một lần.": (
        "half-hours add up to {}, the register says {}, they are not used. Read once more."
    ),
    "đã thu thập lại, tổng giá trị nửa giờ vẫn là {}, theo chỉ số {}."
    " Cần kiểm tra hệ số nhân và đồng hồ công tơ.": (
        "read again, half-hours still add up to {}, the register says {}."
        " Check the multiplier and the meter's clock."
    ),
    "nguồn số liệu có hạng thấp hơn số liệu đang dùng, không thay thế.": (
        "the source ranks below what is in use, nothing is replaced."
    ),
    "số liệu mới {} khác số đã lập hóa đơn {}. Cần xem xét lập lại hóa đơn.": (
        "the new value {} differs from what was billed, {}. Consider billing again."
    ),
    "có điện năng nhận nhưng thiếu kênh khác ({} nửa giờ)."
    " Cần thu thập lại kênh phát và vô công.": (
        "import was delivered and another channel was not ({} half-hours)."
        " Read export and reactive energy again."
    ),
    "giá trị {} cao đột biến so với các giá trị khác trong ngày (tối đa {})."
    " Cần đối chiếu với chỉ số.": (
        "a value of {} stands out from the day's others (at most {}). Compare with the register."
    ),
    "công tơ báo {}. Giá trị không được dùng, cần thu thập lại.": (
        "the meter reports: {}. The values are not used, read them again."
    ),
    "công tơ báo {}. Cần kiểm tra cài đặt công tơ.": (
        "the meter reports: {}. Check the meter's settings."
    ),
    "công tơ báo {}. Cần đối chiếu với nhật ký sự kiện.": (
        "the meter reports: {}. Compare with its event log."
    ),
    "giá trị {} cao gấp nhiều lần nửa giờ trước (tối đa {}). Xem lại khi có thời gian.": (
        "a value of {} is many times the half-hour before (at most {}). Look when there is time."
    ),
    "{} liền một giá trị không đổi. Cần kiểm tra công tơ có bị treo số liệu không.": (
        "one value for {} without change. Check whether the meter's data are stuck."
    ),
    "Trạm {}, ngày {}: khách hàng dùng tổng cộng {}, vượt mức {} theo công tơ tổng của trạm."
    " Cần rà soát khách hàng thuộc trạm và công tơ tổng.": (
        "Substation {}, {}: customers used {} together, above {} by the substation's meter."
        " Check which customers belong to it, and its meter."
    ),
    "số liệu giống hệt số liệu đã có ({}), không lưu lại.": (
        "the same values as are stored already ({}), not stored again."
    ),
    "đã {} ngày liền không dùng điện. Cần kiểm tra tại chỗ: khách hàng còn dùng điện,"
    " hay công tơ không chạy.": (
        "no use for {} days in a row. Check on site: does the customer still use electricity,"
        " or does the meter stand still?"
    ),
    "{} liền không dùng điện trong khi bình thường luôn có dùng, không ghi nhận mất điện."
    " Cần kiểm tra mạch đo.": (
        "no use for {} where there always is some, and no outage is recorded."
        " Check the measuring circuit."
    ),
}

IN_ENGLISH = Phrases({**PHRASES, **OF_CARRIERS}, otherwise=label)
OF_COMMAND = re.compile(r"(?P<what>Lệnh số \d+ \(.*?\) tới công tơ \S+: .*?\. )(?P<note>.*)")
"""The finding of a command ends with what its carrier or the meter said."""
FAULT = re.compile(r"(?<=\()[a-z_-]+(?=\))")


def finding_text(text: str) -> str:
    """Return the sentence of a finding in the language in use, faults of meters in words."""
    if get_language() != "vi":
        return IN_ENGLISH.of(text)
    command = OF_COMMAND.fullmatch(text)
    if command:
        return command["what"] + told(command["note"])
    return FAULT.sub(lambda one: fault_text(one[0]) if one[0] in FAULT_WORDS else one[0], text)
