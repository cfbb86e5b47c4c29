"""Roles, states of proposals and jobs, severities of findings."""

from django.db.models import TextChoices


class Role(TextChoices):
    """What a person may do in the units where they hold the role."""

    CLERK = "clerk", "Nhân viên"
    ACCOUNTANT = "accountant", "Kế toán"
    INSPECTOR = "inspector", "Kiểm tra viên"
    DISPATCHER = "dispatcher", "Điều độ viên"
    CARE_AGENT = "care_agent", "Điện thoại viên"
    ANALYST = "analyst", "Phân tích viên"
    MANAGER = "manager", "Quản lý"
    ADMINISTRATOR = "administrator", "Quản trị"


class ProposalState(TextChoices):
    """A proposal waits for a second person."""

    PENDING = "pending", "Chờ duyệt"
    APPROVED = "approved", "Đã duyệt"
    REJECTED = "rejected", "Từ chối"
    WITHDRAWN = "withdrawn", "Rút lại"


class JobState(TextChoices):
    """Life of a background job."""

    QUEUED = "queued", "Chờ chạy"
    RUNNING = "running", "Đang chạy"
    PAUSED = "paused", "Tạm dừng"
    DONE = "done", "Xong"
    FAILED = "failed", "Lỗi"
    CANCELLED = "cancelled", "Đã hủy"


class JobRequest(TextChoices):
    """What a person has asked of a running job; it obeys between two steps."""

    PAUSE = "pause", "Đang chờ tạm dừng"
    CANCEL = "cancel", "Đang chờ hủy"


class FindingState(TextChoices):
    """A finding is open until somebody has dealt with it."""

    OPEN = "open", "Chưa xử lý"
    CLOSED = "closed", "Đã xử lý"


class FindingSeverity(TextChoices):
    """What the finding does to the value (vocabulary.findings.Severity)."""

    INFO = "info", "Thông tin"
    WARNING = "warning", "Cảnh báo"
    REJECT = "reject", "Loại bỏ"
