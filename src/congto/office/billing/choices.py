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
    """Life of a bill; an issued bill is never edited, only cancelled and billed again.

    incomplete, error: a stub without lines that the next run replaces. held: rated, waits for
    people. ready: may be issued. From issued on it has an invoice number and is in the ledger.
    """

    INCOMPLETE = 0, "Thiếu số liệu"
    ERROR = 1, "Lỗi tính tiền"
    HELD = 2, "Treo chờ kiểm tra"
    READY = 3, "Chờ phát hành"
    ISSUED = 4, "Đã phát hành"
    PENDING_CANCEL = 5, "Chờ hủy"
    CANCELLED = 6, "Đã hủy"


STUBS = (BillState.INCOMPLETE, BillState.ERROR)
"""Not billed yet: the next run tries again and replaces them."""

OWED = (BillState.ISSUED, BillState.PENDING_CANCEL)
"""In the ledger as a receivable; a bill whose cancelling is only proposed is still owed."""


def owed_states() -> list[int]:
    """Return OWED as the numbers that mass tables store."""
    return [state.value for state in OWED]


class BillKind(IntegerChoices):
    """What an invoice is to the tax authority: by itself, in place of one, or a change of one."""

    REGULAR = 1, "Hóa đơn kỳ"
    REPLACEMENT = 2, "Hóa đơn thay thế"
    ADJUSTMENT = 3, "Hóa đơn điều chỉnh"


class Gate(IntegerChoices):
    """Where a bill is stopped before issue."""

    RATED = 1, "Sau tính tiền"
    INVOICED = 2, "Sau lập hóa đơn"


class HoldState(TextChoices):
    """What became of a hold."""

    OPEN = "open", "Chờ xử lý"
    RELEASED = "released", "Đã duyệt phát hành"
    REREAD = "reread", "Đã yêu cầu đọc lại"
    ESTIMATED = "estimated", "Đã tạm tính"
    CANCELLED = "cancelled", "Đã hủy hóa đơn"
    REPLACED = "replaced", "Đã lập lại"


class Signer(IntegerChoices):
    """Who must sign the release of a held bill; the ladder of the rule names one."""

    CLERK = 0, "Nhân viên"
    TEAM_LEADER = 1, "Đội trưởng"
    HEAD = 2, "Trưởng phòng"
    DEPUTY_DIRECTOR = 3, "Phó giám đốc"
    DIRECTOR = 4, "Giám đốc"


class Charge(IntegerChoices):
    """Kind of bill line."""

    ENERGY = 1, "Điện năng"
    REACTIVE = 2, "Công suất phản kháng"


class Band(IntegerChoices):
    """Time band of a line."""

    NORMAL = 1, "Bình thường"
    PEAK = 2, "Cao điểm"
    OFF_PEAK = 3, "Thấp điểm"
