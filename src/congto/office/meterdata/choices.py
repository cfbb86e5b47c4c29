"""Words of meter data: what mass tables store as integers, and what readers find at the meter."""

from django.db.models import IntegerChoices, TextChoices


class RegisterKind(IntegerChoices):
    """Register of a meter (vocabulary.groups.Register)."""

    TOTAL = 0, "Tổng"
    NORMAL = 1, "Bình thường"
    PEAK = 2, "Cao điểm"
    OFF_PEAK = 3, "Thấp điểm"
    REACTIVE = 4, "Vô công"


class ReadingSource(IntegerChoices):
    """How a reading came in."""

    MANUAL = 0, "Ghi tại chỗ"
    REMOTE = 1, "Đo xa"
    ESTIMATE = 2, "Ước lượng"
    CUSTOMER = 3, "Khách hàng báo"


class VisitState(TextChoices):
    """What a reader found at the meter, field TTR_MOI of the handheld file.

    The field's name is public, its codes are not: these are this project's own.
    """

    NORMAL = "BT", "Bình thường"
    ABSENT = "VN", "Vắng nhà, không đọc được"
    NO_ACCESS = "KV", "Không vào được"
    NOT_FOUND = "KT", "Không tìm thấy công tơ"
    UNSAFE = "NG", "Nguy hiểm, ngập nước"
    UNREADABLE = "MK", "Mặt số mờ, không đọc được"
    BROKEN = "HH", "Công tơ hỏng hoặc cháy"
    SEAL_BROKEN = "MC", "Mất chì niêm phong"


class OrderState(TextChoices):
    """A re-read order is open until a reading comes or somebody takes it back."""

    OPEN = "open", "Chờ đọc lại"
    DONE = "done", "Đã đọc lại"
    CANCELLED = "cancelled", "Đã hủy"


class OrderOutcome(TextChoices):
    """What the second reading said."""

    NONE = "", "Chưa có"
    CHANGED = "changed", "Chỉ số khác"
    SAME = "same", "Chỉ số như cũ"


class EventKind(TextChoices):
    """What a meter reports beside its readings (vocabulary.events.MeterEvent)."""

    POWER_DOWN = "power_down", "Mất điện"
    POWER_UP = "power_up", "Có điện lại"
    COVER_OPEN = "cover_open", "Mở nắp công tơ"
    COVER_CLOSED = "cover_closed", "Đóng nắp công tơ"
    TERMINAL_OPEN = "terminal_open", "Mở nắp đấu dây"
    TERMINAL_CLOSED = "terminal_closed", "Đóng nắp đấu dây"
    MAGNETIC_FIELD = "magnetic_field", "Từ trường mạnh"
    MAGNETIC_GONE = "magnetic_gone", "Hết từ trường mạnh"
    REVERSE_ENERGY = "reverse_energy", "Điện ngược chiều"
    REVERSE_GONE = "reverse_gone", "Hết điện ngược chiều"
    RELAY_OPEN = "relay_open", "Rơ-le cắt"
    RELAY_CLOSED = "relay_closed", "Rơ-le đóng"
    CLOCK_SET = "clock_set", "Chỉnh đồng hồ"
    CLOCK_OFF = "clock_off", "Đồng hồ lệch"
    CLOCK_INVALID = "clock_invalid", "Đồng hồ mất giờ"
    TAMPER = "tamper", "Nghi can thiệp"
    OTHER = "other", "Sự kiện khác"


class DirtyStage(IntegerChoices):
    """What is to be derived again."""

    VALIDATION = 1, "Kiểm tra và ước lượng lại"
    DEPENDENTS = 2, "Tính lại sản lượng, tổng hợp, tổn thất"


class RuleAction(TextChoices):
    """What a rule did with the half-hours it speaks of (vocabulary.intervals.Action)."""

    DROP = "drop", "Bỏ: không có gì mới"
    REJECT = "reject", "Loại, ước lượng thay"
    TEMPORARY = "temporary", "Tạm dùng"
    SUSPECT = "suspect", "Nghi ngờ"
    WARN = "warn", "Lưu ý"
    ORDER = "order", "Cần đi kiểm tra"


class ChannelKind(IntegerChoices):
    """Channels of half-hours (vocabulary.intervals.Channel)."""

    ACTIVE_IMPORT = 1, "Hữu công nhận"
    ACTIVE_EXPORT = 2, "Hữu công phát"
    REACTIVE_IMPORT = 3, "Vô công nhận"
    REACTIVE_EXPORT = 4, "Vô công phát"


class DayFindingState(TextChoices):
    """A finding of a day is open until a person deals with it or the values no longer show it."""

    OPEN = "open", "Chưa xử lý"
    CLOSED = "closed", "Đã xử lý"
    GONE = "gone", "Không còn"
