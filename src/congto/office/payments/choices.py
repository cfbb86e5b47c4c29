"""Partners and channels."""

from django.db.models import TextChoices


class PartnerKind(TextChoices):
    """Who takes the money from the customer."""

    BANK = "bank", "Ngân hàng"
    INTERMEDIARY = "intermediary", "Trung gian thanh toán"
    COUNTER = "counter", "Quầy giao dịch"
