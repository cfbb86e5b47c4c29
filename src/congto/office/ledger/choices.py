"""Accounts, kinds of journals, and which journal may touch which accounts."""

from django.db.models import IntegerChoices, TextChoices


class AccountKind(TextChoices):
    """What an account holds."""

    RECEIVABLE = "receivable", "Phải thu tiền điện"
    RECEIVABLE_VAT = "receivable_vat", "Phải thu thuế GTGT"
    REVENUE = "revenue", "Doanh thu bán điện"
    VAT_PAYABLE = "vat_payable", "Thuế GTGT phải nộp"
    PARTNER_CLEARING = "partner_clearing", "Phải thu đối tác thu hộ"
    BANK = "bank", "Tiền gửi ngân hàng"
    CASH = "cash", "Tiền mặt tại quầy"
    SUSPENSE = "suspense", "Chờ xử lý"
    UNAPPLIED = "unapplied", "Khách hàng trả trước"
    LATE_INTEREST = "late_interest", "Phải thu lãi chậm trả"
    INTEREST_INCOME = "interest_income", "Doanh thu lãi chậm trả"
    WRITE_OFF = "write_off", "Chi phí xử lý nợ khó đòi"
    DEPOSIT = "deposit", "Nhận ký quỹ của khách hàng"
    SHORTAGE = "shortage", "Tiền thiếu chờ xử lý"
    OVERAGE = "overage", "Tiền thừa chờ giải quyết"


class JournalKind(IntegerChoices):
    """Why a journal was written; with its source it is the idempotency key."""

    BILL = 1, "Phát hành hóa đơn"
    PAYMENT = 2, "Thu tiền"
    BANK_CREDIT = 3, "Báo có ngân hàng"
    BILL_CANCELLED = 4, "Hủy hóa đơn"
    TRANSFER = 5, "Chuyển tiền đã thu sang hóa đơn khác"
    CREDIT = 6, "Tiền đã thu thành tiền trả trước"
    BILL_ADJUSTED = 7, "Phát hành hóa đơn điều chỉnh"
    PAYMENT_REVERSED = 8, "Hủy chấm nợ"
    DRAWER_DIFFERENCE = 20, "Chênh lệch kiểm quỹ tại quầy"
    LATE_INTEREST = 30, "Tính lãi chậm trả"
    WRITE_OFF = 31, "Xử lý nợ khó đòi"
    DEPOSIT = 32, "Nhận ký quỹ"
    DEPOSIT_APPLIED = 33, "Ký quỹ bù nợ"
    DEPOSIT_RETURNED = 34, "Trả lại ký quỹ"
    INTEREST_PAID = 35, "Thu lãi chậm trả"
    SUSPENSE_CLEARED = 40, "Tiền chờ xử lý đã rõ nguồn"
