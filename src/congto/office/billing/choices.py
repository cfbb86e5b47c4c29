"""States of runs and bills; charges and bands as mass tables store them."""

from django.db.models import IntegerChoices, TextChoices


class RunState(TextChoices):
    """A run is done when every partition is done."""

    OPEN = "open", "Đang chạy"
    DONE = "done", "Hoàn thành"


class PartitionState(TextChoices):
    """A partition is one reading book; it is written whole or not at all."""

    WAITING = "waiting", "Chờ"
    DONE = "done", "Hoàn thành"
    FAILED = "failed", "Lỗi"


class BillState(IntegerChoices):
    """Life of a bill; an issued bill is never edited, only cancelled and billed again."""

    ERROR = 1, "Lỗi"
    HELD = 2, "Treo"
    READY = 3, "Chờ phát hành"
    ISSUED = 4, "Đã phát hành"
    CANCELLED = 6, "Đã hủy"


class Charge(IntegerChoices):
    """Kind of bill line."""

    ENERGY = 1, "Điện năng"
    REACTIVE = 2, "Công suất phản kháng"


class Band(IntegerChoices):
    """Time band of a line."""

    NORMAL = 1, "Bình thường"
    PEAK = 2, "Cao điểm"
    OFF_PEAK = 3, "Thấp điểm"
