"""Customers, agreements and the price assigned to each agreement, dated."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from congto.office.customers.choices import PriceGroup
from congto.office.storage.ranges import validity


class Customer(models.Model):
    """A person or organisation that buys electricity."""

    code = models.CharField(max_length=13, unique=True)
    name = models.CharField(max_length=200)
    search_text = models.CharField(
        max_length=400, help_text="Code, name and address, lower case without diacritics"
    )
    address = models.CharField(max_length=240)
    commune = models.CharField(max_length=120, blank=True)
    phone = models.CharField(max_length=20, blank=True)
    unit = models.ForeignKey("organisation.Unit", on_delete=models.PROTECT)

    class Meta:
        ordering = ("code",)
        indexes = (
            GinIndex(fields=["search_text"], name="customer_search", opclasses=["gin_trgm_ops"]),
            models.Index(fields=["phone"], name="customer_phone"),
            models.Index(fields=["unit", "code"], name="customer_unit"),
        )

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class Agreement(models.Model):
    """A contract of one customer; the account that is billed."""

    code = models.CharField(max_length=20, unique=True)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="agreements")
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    purpose = models.CharField(
        max_length=16,
        choices=PriceGroup.choices,
        blank=True,
        db_default="",
        default="",
        help_text="Purpose of use as signed; empty: not recorded",
    )

    class Meta:
        ordering = ("code",)

    def __str__(self) -> str:
        return self.code


class PriceAssignment(models.Model):
    """Which prices an agreement pays from a day on; two are never in force at once."""

    agreement = models.ForeignKey(
        Agreement, on_delete=models.PROTECT, related_name="price_assignments"
    )
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    group = models.CharField(max_length=16, choices=PriceGroup.choices)
    subgroup = models.CharField(max_length=60, null=True, blank=True)
    voltage = models.CharField(max_length=12, null=True, blank=True)
    time_of_use = models.BooleanField(default=False)
    peak_for_all = models.BooleanField(
        default=False,
        db_default=False,
        help_text="The buyer refused the three-rate meter: all energy at the peak price",
    )
    household_quarters = models.IntegerField(
        default=4, help_text="Quarters of a household quota: 4 is one household"
    )
    registered_kw = models.IntegerField(default=0)
    known_at = models.DateTimeField(help_text="When this row entered the books")
    reason = models.CharField(max_length=240, blank=True)

    class Meta:
        ordering = ("agreement", "valid_from")
        constraints = (
            ExclusionConstraint(
                name="price_assignment_one_in_force",
                # The key first: nearly all ranges are open-ended and overlap.
                expressions=(("agreement", "="), (validity(), RangeOperators.OVERLAPS)),
            ),
            models.CheckConstraint(
                name="price_assignment_quota_positive",
                condition=models.Q(household_quarters__gte=1),
            ),
        )

    def __str__(self) -> str:
        return f"{self.agreement_id} {self.group} {self.valid_from}"


class PriceSegment(models.Model):
    """One purpose of a meter of mixed use, by agreement: a share, or a fixed number of kWh.

    The segments of an assignment stand for its group, subgroup, voltage and quota. The last one
    has neither share nor kWh: it takes the remainder.
    """

    assignment = models.ForeignKey(
        PriceAssignment, on_delete=models.PROTECT, related_name="segments"
    )
    segment = models.SmallIntegerField(help_text="1, 2, ... in the order of the agreement")
    group = models.CharField(max_length=16, choices=PriceGroup.choices)
    subgroup = models.CharField(max_length=60, null=True, blank=True)
    voltage = models.CharField(max_length=12, null=True, blank=True)
    household_quarters = models.IntegerField(default=4)
    share_bp = models.IntegerField(null=True, help_text="Share in hundredths of a percent")
    fixed_kwh = models.IntegerField(null=True, help_text="kWh of a period")

    class Meta:
        ordering = ("assignment", "segment")
        constraints = (
            models.UniqueConstraint(fields=["assignment", "segment"], name="price_segment_key"),
            models.CheckConstraint(
                name="price_segment_one_measure",
                condition=models.Q(share_bp__isnull=True) | models.Q(fixed_kwh__isnull=True),
            ),
        )

    def __str__(self) -> str:
        return f"{self.assignment_id}/{self.segment} {self.group}"
