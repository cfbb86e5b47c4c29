"""What went wrong in a session, in the words of the person who has to do something about it."""

from __future__ import annotations

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from congto.headend.dlms.faults import Fault

FAULT_WORDS: dict[str, str] = {
    Fault.SILENT: _("không trả lời"),
    Fault.UNREACHABLE: _("không kết nối được"),
    Fault.BROKEN: _("đứt kết nối"),
    Fault.REJECTED: _("công tơ từ chối liên kết"),
    Fault.REFUSED: _("công tơ từ chối yêu cầu"),
    Fault.BAD_TAG: _("sai mã xác thực (khóa không khớp)"),
    Fault.REPLAYED: _("bộ đếm bị lặp"),
    Fault.UNPROTECTED: _("thiếu mã hóa"),
    Fault.UNKNOWN_KEY: _("thiếu khóa"),
    Fault.CERTIFICATE: _("chứng thư không được chấp nhận"),
    Fault.COUNTER_SPENT: _("hết bộ đếm khóa"),
    Fault.BAD_CHECKSUM: _("sai tổng kiểm"),
    Fault.BAD_FRAME: _("khung hỏng"),
    Fault.WRONG_ADDRESS: _("sai địa chỉ"),
    Fault.BAD_SEQUENCE: _("sai thứ tự khung"),
    Fault.TRUNCATED: _("bản tin bị cắt"),
    Fault.TRAILING: _("thừa byte sau bản tin"),
    Fault.UNKNOWN_TAG: _("thẻ không có trong chuẩn"),
    Fault.BAD_VALUE: _("giá trị sai kiểu"),
    Fault.TOO_DEEP: _("cấu trúc lồng quá sâu"),
    Fault.TOO_LARGE: _("quá lớn"),
    Fault.UNEXPECTED: _("bản tin không đúng lúc"),
    Fault.WRONG_INVOKE_ID: _("trả lời câu hỏi khác"),
    "refused": _("công tơ thiếu hoặc từ chối một đối tượng"),
    "worker_lost": _("tiến trình đọc bị mất giữa chừng"),
    "not_ready": _("chưa gọi được thiết bị"),
    "no_carrier": _("chưa có cách làm việc này"),
    "internal": _("lỗi bên trong tiến trình đọc"),
    "beyond": _("đồng hồ lệch quá, không chỉnh từ xa"),
    "left": _("đồng hồ chưa đúng"),
    "shifted": _("đã dịch đồng hồ mà chưa đúng"),
    "set": _("đã đặt đồng hồ mà chưa đúng"),
    "postponed": _("chờ qua ranh giới nửa giờ"),
    "other-meter": _("công tơ khác trả lời"),
    "not-reached": _("chưa gọi được công tơ"),
}
"""Every fault of the protocol has words; a fault of another origin is shown as it is written."""


def fault_text(fault: str) -> str:
    """Say a fault; one without words as it is written."""
    return gettext(FAULT_WORDS[fault]) if fault in FAULT_WORDS else fault
