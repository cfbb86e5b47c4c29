"""Checks that close a month."""

from django.db.models import TextChoices


class CheckName(TextChoices):
    """What must agree at the end of a month."""

    USAGE_IS_READINGS = "usage_is_readings", "Sản lượng = chỉ số"
    BILLS_ARE_LEDGER = "bills_are_ledger", "Hóa đơn = sổ cái"
    REVENUE_IS_LEDGER = "revenue_is_ledger", "Doanh thu hóa đơn = sổ cái"
    VAT_IS_LEDGER = "vat_is_ledger", "Thuế GTGT hóa đơn = sổ cái"
    PAYMENTS_ARE_STATEMENTS = "payments_are_statements", "Tiền thu = sao kê"
    ENERGY_CLOSES = "energy_closes", "Bán + tổn thất = nhận"
    LEDGER_SUMS_TO_ZERO = "ledger_sums_to_zero", "Sổ cái cân bằng"
