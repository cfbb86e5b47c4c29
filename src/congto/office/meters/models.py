"""Usage points, meters, installations and reading books."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeOperators
from django.db import models

from congto.office.meters.choices import UsagePointKind
from congto.office.storage.ranges import validity


class ReadingSession(models.Model):
    """Books read on the same days (phiên ghi chỉ số): one to three fixed days of each month."""

    code = models.CharField(max_length=16, unique=True)
    name = models.CharField(max_length=120)
    days = ArrayField(
        models.SmallIntegerField(), help_text="Days of the month, rising: 1, 2 or 3 cycles a month"
    )

    class Meta:
        ordering = ("code",)

    def __str__(self) -> str:
        return f"{self.code} {self.days}"


class ReadingBook(models.Model):
    """A book of points read in one session (sổ ghi chỉ số); the partition of every mass run."""

    code = models.CharField(max_length=16, unique=True)
    name = models.CharField(max_length=120)
    unit = models.ForeignKey("organisation.Unit", on_delete=models.PROTECT)
    reading_day = models.SmallIntegerField(help_text="Day of the month on which the book is read")
    session = models.ForeignKey(
        ReadingSession,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        help_text="Null: one cycle a month on the reading day",
    )

    class Meta:
        ordering = ("code",)

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class UsagePoint(models.Model):
    """A place where energy is metered (IEC 61968 UsagePoint)."""

    code = models.CharField(max_length=48, unique=True)
    kind = models.CharField(max_length=8, choices=UsagePointKind.choices)
    agreement = models.ForeignKey(
        "customers.Agreement",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="usage_points",
    )
    element = models.ForeignKey(
        "network.NetworkElement",
        on_delete=models.PROTECT,
        related_name="usage_points",
        help_text="Customer points: the element that feeds them; network points: the one metered",
    )
    unit = models.ForeignKey("organisation.Unit", on_delete=models.PROTECT)
    reading_book = models.ForeignKey(
        ReadingBook, null=True, blank=True, on_delete=models.PROTECT, related_name="usage_points"
    )
    check_of = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        db_index=False,
        on_delete=models.PROTECT,
        related_name="check_points",
        help_text="The point that this one's meter checks; not billed, not in any balance",
    )

    class Meta:
        ordering = ("code",)
        constraints = (
            models.CheckConstraint(
                name="usage_point_check",
                condition=models.Q(kind="check", check_of__isnull=False)
                | (~models.Q(kind="check") & models.Q(check_of__isnull=True)),
            ),
            models.UniqueConstraint(
                fields=["check_of"],
                name="usage_point_one_check",
                condition=models.Q(check_of__isnull=False),  # a small index: few points have one
            ),
        )

    def __str__(self) -> str:
        return self.code


class Meter(models.Model):
    """A meter; the dial shows `dial_digits` whole digits and `decimals` places of a kWh."""

    serial = models.CharField(max_length=32, unique=True)
    dial_digits = models.SmallIntegerField()
    decimals = models.SmallIntegerField()
    remote = models.BooleanField(default=False)
    three_rate = models.BooleanField(default=False)
    phases = models.SmallIntegerField(null=True, blank=True, help_text="1 or 3; null: not known")
    current_a_max = models.IntegerField(
        null=True, blank=True, help_text="Highest current it measures, as its plate says"
    )
    voltage_v = models.IntegerField(
        null=True, blank=True, help_text="Of one phase, as its plate says, rounded up (57.7: 58)"
    )

    class Meta:
        ordering = ("serial",)
        constraints = (
            models.CheckConstraint(
                name="meter_phases",
                condition=models.Q(phases__isnull=True) | models.Q(phases__in=(1, 3)),
            ),
            models.CheckConstraint(
                name="meter_limits",
                condition=(models.Q(current_a_max__isnull=True) | models.Q(current_a_max__gt=0))
                & (models.Q(voltage_v__isnull=True) | models.Q(voltage_v__gt=0)),
            ),
        )

    def __str__(self) -> str:
        return self.serial


class MeterInstallation(models.Model):
    """Which meter hangs at which point from a day on; one meter at one point at a time."""

    usage_point = models.ForeignKey(
        UsagePoint, on_delete=models.PROTECT, related_name="installations"
    )
    meter = models.ForeignKey(Meter, on_delete=models.PROTECT, related_name="installations")
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    multiplier = models.IntegerField(default=1, help_text="CT ratio x VT ratio")

    class Meta:
        ordering = ("usage_point", "valid_from")
        constraints = (
            ExclusionConstraint(
                name="installation_one_meter_per_point",
                # The key first: nearly all ranges are open-ended and overlap.
                expressions=(("usage_point", "="), (validity(), RangeOperators.OVERLAPS)),
            ),
            ExclusionConstraint(
                name="installation_one_point_per_meter",
                # The key first: nearly all ranges are open-ended and overlap.
                expressions=(("meter", "="), (validity(), RangeOperators.OVERLAPS)),
            ),
        )

    def __str__(self) -> str:
        return f"{self.usage_point_id} {self.meter_id} {self.valid_from}"
