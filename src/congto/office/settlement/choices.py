"""States of settlement days, of bank lines, and of what is proposed for them."""

from django.db.models import TextChoices


class DayState(TextChoices):
    """A day closes only when collected = credited by the bank."""

    OPEN = "open", "Chưa chốt"
    CLOSED = "closed", "Đã chốt"
    DIFFERENCE = "difference", "Chênh lệch"


class LineState(TextChoices):
    """What is known of a bank line; of a USED one a rest may still be in suspense."""

    PARTNER = "partner", "Tiền đối tác chuyển về"
    CUSTOMER = "customer", "Khách hàng chuyển khoản"
    SUSPENSE = "suspense", "Chờ xử lý"
    USED = "used", "Dùng vào ký quỹ, lãi"


class ProposalState(TextChoices):
    """What became of a proposal; STALE: its lines or bills are settled otherwise."""

    OPEN = "open", "Chờ quyết định"
    CONFIRMED = "confirmed", "Đã xác nhận"
    REJECTED = "rejected", "Đã bác"
    STALE = "stale", "Hết hiệu lực"
