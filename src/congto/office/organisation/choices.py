"""Kinds of units."""

from django.db.models import TextChoices


class UnitKind(TextChoices):
    """Levels of a power corporation."""

    CORPORATION = "corporation", "Tổng công ty"
    COMPANY = "company", "Công ty điện lực"
    DISTRICT = "district", "Điện lực"
