"""Words of arrears: steps, states, and why nothing is done."""

from django.db.models import TextChoices

from congto.vocabulary.dunning import Step, Waits


class StepKind(TextChoices):
    """What was done about a debt (vocabulary.dunning.Step)."""

    REMINDER = Step.REMINDER.value, "nhắc trước hạn"
    NOTICE = Step.NOTICE.value, "thông báo nợ"
    WARNING = Step.WARNING.value, "báo trước ngừng cấp điện"
    DISCONNECT = Step.DISCONNECT.value, "ngừng cấp điện"
    RECONNECT = Step.RECONNECT.value, "cấp điện trở lại"
    CLOSE = Step.CLOSE.value, "đóng hồ sơ"


class WaitReason(TextChoices):
    """Why nothing is done about a debt now (vocabulary.dunning.Waits)."""

    DUE = Waits.DUE.value, "chưa quá hạn"
    DAYS = Waits.DAYS.value, "chưa đủ số ngày"
    CUT_DAY = Waits.CUT_DAY.value, "chờ đến giờ đã báo"
    COMPLAINT = Waits.COMPLAINT.value, "đang có khiếu nại"
    PLAN = Waits.PLAN.value, "đang trả theo thỏa thuận"
    PROTECTED = Waits.PROTECTED.value, "phụ tải không được cắt"
    IS_CUT = Waits.IS_CUT.value, "đã ngừng cấp điện"


class CaseState(TextChoices):
    """Life of a case: open from the first notice until nothing is overdue and nothing is cut."""

    OPEN = "open", "đang theo dõi"
    CLOSED = "closed", "đã đóng"


class RunState(TextChoices):
    """A run of a day, or its part for one unit."""

    OPEN = "open", "đang chạy"
    DONE = "done", "hoàn thành"


class PlanState(TextChoices):
    """Life of a payment plan; a broken one protects no more."""

    ACTIVE = "active", "đang thực hiện"
    KEPT = "kept", "đã trả xong"
    BROKEN = "broken", "không giữ hẹn"


class OrderKind(TextChoices):
    """What an order does to the supply of a point."""

    DISCONNECT = Step.DISCONNECT.value, "ngừng cấp điện"
    RECONNECT = Step.RECONNECT.value, "cấp điện trở lại"


class Way(TextChoices):
    """Who carries an order out."""

    REMOTE = "remote", "lệnh từ xa"
    FIELD = "field", "tại chỗ"


class OrderState(TextChoices):
    """Life of an order; a remote one follows its command."""

    ORDERED = "ordered", "chờ thực hiện"
    DONE = "done", "đã thực hiện"
    NOT_DONE = "not_done", "không thực hiện"
    WITHDRAWN = "withdrawn", "đã rút"


class DepositMove(TextChoices):
    """What happened to the deposit of an agreement."""

    TAKEN = "taken", "nhận ký quỹ"
    APPLIED = "applied", "bù nợ hóa đơn"
    RETURNED = "returned", "trả lại"
