"""States of a settlement day."""

from django.db.models import TextChoices


class DayState(TextChoices):
    """A day closes only when collected = credited by the bank."""

    OPEN = "open", "Chưa chốt"
    CLOSED = "closed", "Đã chốt"
    DIFFERENCE = "difference", "Chênh lệch"
