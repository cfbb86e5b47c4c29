"""Kinds of usage points."""

from django.db.models import TextChoices


class UsagePointKind(TextChoices):
    """A point measures what a customer takes or what a network element receives."""

    CUSTOMER = "customer", "Điểm đo khách hàng"
    NETWORK = "network", "Điểm đo đầu nguồn"
