"""Tenders at a counter, states of drawers and of collection lists."""

from django.db.models import TextChoices


class Tender(TextChoices):
    """How a customer at the counter pays; FLOAT is the change that lies in the drawer overnight."""

    FLOAT = "float", "Quỹ lẻ đầu ca"
    CASH = "cash", "Tiền mặt"
    CARD = "card", "Thẻ"
    TRANSFER = "transfer", "Chuyển khoản, VietQR"


class DrawerState(TextChoices):
    """A drawer's turn is open until it is counted, and ends when a difference has been decided."""

    OPEN = "open", "Đang thu"
    BALANCED = "balanced", "Đã kiểm, khớp"
    DIFFERENCE = "difference", "Đã kiểm, chênh lệch"
    SETTLED = "settled", "Chênh lệch đã ghi sổ"


class ListKind(TextChoices):
    """Who is asked to collect the bills of a list."""

    DEBIT = "debit", "Trích nợ tự động"
    AGENT = "agent", "Giao thu đại lý"


class LineState(TextChoices):
    """What became of a bill on a list; TAKEN and WAITING mean that money was taken for it."""

    OUT = "out", "Đã giao, chờ kết quả"
    PAID = "paid", "Đã thu, đã chấm nợ"
    REFUSED = "refused", "Không thu được"
    WAITING = "waiting", "Đã thu, chưa chấm nợ"
    TAKEN = "taken", "Đã thu nhưng hóa đơn đã trả: hoàn lại"
    RETURNED = "returned", "Đã hoàn lại"
    RECALLED = "recalled", "Đã rút khỏi bảng kê"


OVER_LIMIT = "vượt hạn mức ủy nhiệm"
"""Reason of a line that its mandate does not cover: it is on the list, and not in the file."""
