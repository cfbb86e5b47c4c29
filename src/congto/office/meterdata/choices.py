"""Registers, sources and qualities as integers that mass tables store."""

from django.db.models import IntegerChoices


class RegisterKind(IntegerChoices):
    """Register of a meter (vocabulary.groups.Register)."""

    TOTAL = 0, "Tổng"
    NORMAL = 1, "Bình thường"
    PEAK = 2, "Cao điểm"
    OFF_PEAK = 3, "Thấp điểm"
    REACTIVE = 4, "Vô công"


class ReadingSource(IntegerChoices):
    """How a reading came in."""

    MANUAL = 0, "Ghi tại chỗ"
    REMOTE = 1, "Đo xa"
    ESTIMATE = 2, "Ước lượng"
    CUSTOMER = 3, "Khách hàng báo"
