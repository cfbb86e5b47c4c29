"""Kinds of usage points."""

from django.db.models import TextChoices


class UsagePointKind(TextChoices):
    """A point measures what a customer takes, what a network element receives, or checks another.

    A check point has the second meter of a point. It is validated and stored like any other, and
    belongs to no bill and no balance.
    """

    CUSTOMER = "customer", "Điểm đo khách hàng"
    NETWORK = "network", "Điểm đo đầu nguồn"
    CHECK = "check", "Điểm đo đối chứng"
