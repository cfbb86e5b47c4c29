"""Deliveries of half-hours and what is measured of their sources; values lie in the store."""

from django.conf import settings
from django.db import models

from congto.office.intake.choices import DeliveryState, Way


class Delivery(models.Model):
    """One delivered file or message; its content lies in the data folder under its hash."""

    source = models.CharField(max_length=40, help_text="Code of the system that delivers")
    delivery_id = models.CharField(max_length=120, help_text="The source's own number for it")
    name = models.CharField(max_length=200, help_text="Of the file, as errors name it")
    format = models.CharField(max_length=60)
    options = models.JSONField(default=dict, help_text="What the reader is told beside the file")
    sha256 = models.CharField(max_length=64)
    size_bytes = models.BigIntegerField()
    way = models.CharField(max_length=8, choices=Way.choices)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT)
    received_at = models.DateTimeField()
    state = models.CharField(
        max_length=10, choices=DeliveryState.choices, default=DeliveryState.RECEIVED
    )
    changed_at = models.DateTimeField(help_text="When the state became what it is")
    days = models.IntegerField(default=0, help_text="Days read")
    new_days = models.IntegerField(default=0, help_text="Of them: not known before")
    changed_days = models.IntegerField(default=0, help_text="Of them: known with other values")
    late_days = models.IntegerField(default=0, help_text="Of them: validated before, now again")
    refused_rows = models.IntegerField(default=0, help_text="Lines that were not taken")
    message = models.CharField(max_length=400, blank=True, help_text="Why it was refused")

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(fields=["source", "delivery_id"], name="delivery_key"),
        )
        indexes = (
            models.Index(
                fields=["id"], name="delivery_waiting", condition=models.Q(state="received")
            ),
        )

    def __str__(self) -> str:
        return f"{self.source} {self.delivery_id}"


class DeliveryLoad(models.Model):
    """A run that loaded a delivery; no other has its instant.

    What a load brings enters the books at that one instant, so the `known_at` of any row of the
    store or the books names the delivery, and with it the file, that the row came from.
    """

    delivery = models.ForeignKey(Delivery, on_delete=models.PROTECT, related_name="loads")
    known_at = models.DateTimeField(unique=True)

    def __str__(self) -> str:
        return f"{self.delivery_id} {self.known_at}"


class SourcePoint(models.Model):
    """A source has delivered a channel of a usage point: it is expected to do so every day."""

    source = models.CharField(max_length=40)
    usage_point = models.ForeignKey(
        "meters.UsagePoint", on_delete=models.PROTECT, db_constraint=False, db_index=False
    )
    channel = models.SmallIntegerField()
    first_day = models.DateField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["source", "channel", "usage_point"], name="source_point_key"
            ),
        )

    def __str__(self) -> str:
        return f"{self.source} {self.usage_point_id}"


class SourceDay(models.Model):
    """How complete a source's local day was, and how much of it changed afterwards.

    Half-hours of all channels and points that the source delivers. Null: not known yet.
    """

    source = models.CharField(max_length=40)
    local_day = models.DateField()
    points = models.IntegerField()
    expected = models.BigIntegerField(help_text="Half-hours of these points")
    at_seven = models.BigIntegerField(null=True, help_text="There at 07:00 of the next day")
    after_five_days = models.BigIntegerField(null=True, help_text="There at the end of day D+5")
    changed_since = models.BigIntegerField(
        null=True, help_text="Of those: another value since, or none"
    )
    measured_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["source", "local_day"], name="source_day_key"),
        )

    def __str__(self) -> str:
        return f"{self.source} {self.local_day}"
