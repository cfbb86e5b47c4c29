"""Levels of an energy balance."""

from django.db.models import TextChoices


class BalanceLevel(TextChoices):
    """Where in the network the energy is lost."""

    SUBSTATION = "substation", "Trạm 110 kV và thanh cái"
    FEEDER = "feeder", "Lộ trung áp"
    TRANSFORMER = "transformer", "Trạm biến áp và lưới hạ áp"
