"""Words of commands (IEC 61968-9 EndDeviceControl)."""

from django.db.models import TextChoices


class CommandKind(TextChoices):
    """What a meter is told to do."""

    DISCONNECT = "disconnect", "cắt điện"
    CONNECT = "connect", "đóng điện"
    ARM = "arm", "cho phép đóng tại chỗ"
    LOAD_LIMIT = "load_limit", "đặt giới hạn công suất"
    CALENDAR = "calendar", "nạp biểu giá ba thời điểm"
    CLOCK = "clock", "chỉnh đồng hồ"
    PASSWORD = "password", "đổi mật khẩu"
    KEYS = "keys", "đổi khóa"
    FIRMWARE = "firmware", "nạp phần mềm"


class CommandState(TextChoices):
    """Life of a command; what was sent is never sent again by itself."""

    PROPOSED = "proposed", "chờ duyệt"
    QUEUED = "queued", "chờ gửi"
    SENDING = "sending", "đang gửi"
    CONFIRMED = "confirmed", "đã xác nhận"
    NOT_DONE = "not_done", "không thực hiện"
    UNCERTAIN = "uncertain", "chưa rõ kết quả"
    EXPIRED = "expired", "quá hạn"
    WITHDRAWN = "withdrawn", "đã rút"


ENDED = (
    CommandState.CONFIRMED,
    CommandState.NOT_DONE,
    CommandState.UNCERTAIN,
    CommandState.EXPIRED,
    CommandState.WITHDRAWN,
)
