"""Words of plans, tasks and sessions."""

from django.db.models import IntegerChoices, TextChoices


class TaskKind(TextChoices):
    """What a visit does for a task."""

    HALF_HOURS = "half_hours", "biểu đồ phụ tải"
    REGISTERS = "registers", "chỉ số"
    EVENTS = "events", "sự kiện"
    CLOCK = "clock", "đồng hồ"
    COMMAND = "command", "lệnh"


class Priority(IntegerChoices):
    """Which task goes first: the smaller."""

    COMMAND = 0, "lệnh"
    ON_DEMAND = 10, "đọc tức thời"
    GAP = 20, "đọc bù"
    SCHEDULE = 30, "theo kế hoạch"


class TaskState(TextChoices):
    """Life of a task."""

    WAITING = "waiting", "chờ"
    LEASED = "leased", "đang làm"
    DONE = "done", "xong"
    FAILED = "failed", "không được"
    EXPIRED = "expired", "quá hạn"
    CANCELLED = "cancelled", "đã hủy"


class CampaignState(TextChoices):
    """Life of a campaign."""

    OPEN = "open", "đang đọc"
    CLOSED = "closed", "đã kết thúc"


class SessionOutcome(TextChoices):
    """How a session ended."""

    GOOD = "good", "tốt"
    PARTIAL = "partial", "một phần"
    FAILED = "failed", "lỗi"
