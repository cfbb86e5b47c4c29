"""Kinds of network elements."""

from django.db.models import TextChoices


class ElementKind(TextChoices):
    """Elements that have a meter of their own (IEC 61968 names)."""

    SUBSTATION = "substation", "Trạm 110 kV"
    FEEDER = "feeder", "Lộ trung áp"
    TRANSFORMER = "transformer", "Trạm biến áp"
    BULK_STATION = "bulk_station", "Trạm đo đầu nguồn"
