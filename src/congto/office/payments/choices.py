"""Partners, the terms of their contracts, and what becomes of their payments."""

from django.db.models import TextChoices


class PartnerKind(TextChoices):
    """Who takes the money from the customer."""

    BANK = "bank", "Ngân hàng"
    INTERMEDIARY = "intermediary", "Trung gian thanh toán"
    COUNTER = "counter", "Quầy giao dịch"
    AGENT = "agent", "Đại lý dịch vụ bán lẻ điện năng"


class Exactness(TextChoices):
    """Which of a customer's open bills one payment has to clear; each of them whole."""

    ANY = "any", "hóa đơn bất kỳ"
    OLDEST_FIRST = "oldest_first", "hóa đơn cũ trước"
    ALL = "exact", "tất cả hóa đơn nợ"


class AttemptState(TextChoices):
    """How far a payment of a partner came; what is not RESERVED is final but for a reversal."""

    RESERVED = "reserved", "giữ hạn mức, chờ kết quả"
    POSTED = "posted", "đã chấm nợ"
    REJECTED = "rejected", "từ chối"
    REVERSED = "reversed", "đã hủy chấm nợ"


class QuotaMove(TextChoices):
    """Why a partner's collection quota changed."""

    GRANT = "grant", "cấp hạn mức"
    CREDIT = "credit", "ngân hàng báo có"
    RESERVE = "reserve", "giữ"
    POST = "post", "chấm nợ"
    VOID = "void", "bỏ giữ"
    REVERSE = "reverse", "hủy chấm nợ"


class Answer(TextChoices):
    """Answers to a payment; the numbers beside them in the partner API never change."""

    OK = "OK", "Thành công"
    PENDING = "PENDING", "Chưa có kết quả"
    ALREADY_PAID = "ALREADY_PAID", "Hóa đơn đã thanh toán"
    AMOUNT_MISMATCH = "AMOUNT_MISMATCH", "Số tiền không khớp"
    MUST_PAY_OLDEST_FIRST = "MUST_PAY_OLDEST_FIRST", "Phải trả hóa đơn cũ trước"
    MUST_PAY_ALL = "MUST_PAY_ALL", "Phải trả hết các hóa đơn nợ"
    QUOTA_EXCEEDED = "QUOTA_EXCEEDED", "Vượt hạn mức thu"
    PARTNER_SUSPENDED = "PARTNER_SUSPENDED", "Đối tác đang tạm dừng"
    CUTOFF_CLOSED = "CUTOFF_CLOSED", "Đã qua giờ chốt ngày"
    ID_REUSED = "ID_REUSED", "Mã giao dịch đã dùng cho nội dung khác"
    NOT_FOUND = "NOT_FOUND", "Không tìm thấy"
    INVOICE_CANCELLED = "INVOICE_CANCELLED", "Hóa đơn đã hủy"
    IN_DISPUTE = "IN_DISPUTE", "Đang tra soát"
    NEVER_RECEIVED = "NEVER_RECEIVED", "Chưa từng nhận giao dịch này"
    ALREADY_REVERSED = "ALREADY_REVERSED", "Đã hủy trước đó"
