"""Payment partners, their contracts, their collection quota, and the payments they report."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeOperators
from django.db import models

from congto.office.payments.choices import (
    Answer,
    AttemptState,
    Exactness,
    PartnerKind,
    QuotaMove,
)
from congto.office.storage.ranges import validity


class Partner(models.Model):
    """A bank, a payment intermediary, or the utility's own counter."""

    code = models.CharField(max_length=16, unique=True)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=12, choices=PartnerKind.choices)
    bank_account = models.CharField(
        max_length=32, help_text="Collection account that the partner's money reaches"
    )
    suspended = models.BooleanField(default=False, help_text="New payments are refused")
    networks = ArrayField(
        models.CharField(max_length=43),
        default=list,
        blank=True,
        help_text="Addresses it may call from, as 203.0.113.0/24; empty: from anywhere",
    )
    requests_per_second = models.IntegerField(default=200, help_text="Of one server process")

    class Meta:
        ordering = ("code",)

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class PartnerTerms(models.Model):
    """What the contract with a partner says from a day on (điều khoản hợp đồng thu hộ)."""

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="terms")
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    exactness = models.CharField(
        max_length=12, choices=Exactness.choices, default=Exactness.OLDEST_FIRST
    )
    cutoff_minute = models.SmallIntegerField(
        default=1440, help_text="Local minutes of the day; later payments count on the next day"
    )
    limit_vnd = models.BigIntegerField(help_text="Credit limit of the collection quota")
    credit_days = models.SmallIntegerField(default=1, help_text="Until the bank credit is due")
    netting = models.BooleanField(default=False, help_text="The fee may be kept from the credit")
    document = models.CharField(max_length=120, help_text="Contract or annex that says so")

    class Meta:
        ordering = ("partner", "valid_from")
        constraints = (
            ExclusionConstraint(
                name="partner_terms_once",
                expressions=(("partner", "="), (validity(), RangeOperators.OVERLAPS)),
            ),
            models.CheckConstraint(
                name="partner_terms_bounds",
                condition=models.Q(
                    cutoff_minute__gt=0, cutoff_minute__lte=1440, limit_vnd__gte=0,
                    credit_days__gte=0,
                ),
            ),
        )  # fmt: skip

    def __str__(self) -> str:
        return f"{self.partner_id} {self.valid_from}"


class PartnerKey(models.Model):
    """A key with which a partner signs its requests; two are valid while it changes them."""

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="keys")
    name = models.CharField(max_length=40, help_text="As the partner's requests name it")
    sealed = models.BinaryField()
    sealed_under = models.CharField(max_length=40, help_text="Name of the master key")
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("partner", "-valid_from")
        constraints = (
            models.UniqueConstraint(fields=["partner", "name"], name="partner_key_name"),
        )

    def __str__(self) -> str:
        return f"{self.partner_id} {self.name}"


class RefusedRequest(models.Model):
    """A request to the partner API that was not let in. Append-only."""

    at = models.DateTimeField()
    address = models.CharField(max_length=45)
    partner_code = models.CharField(max_length=16, help_text="As the request said")
    what = models.CharField(max_length=120, help_text="Method and path")
    reason = models.CharField(max_length=40)

    class Meta:
        ordering = ("-id",)
        indexes = (models.Index(fields=["partner_code", "-id"], name="refused_of_partner"),)

    def __str__(self) -> str:
        return f"{self.at} {self.partner_code} {self.reason}"


class Quota(models.Model):
    """A partner's collection quota (hạn mức thu) now: sums of its entries, kept under one lock.

    Available is limit + credited - posted - reserved; looked at when a payment reserves, and never
    given back but by a matched bank credit, or by a reversal before the money was remitted.
    """

    partner = models.OneToOneField(Partner, primary_key=True, on_delete=models.PROTECT)
    limit_vnd = models.BigIntegerField(default=0)
    credited_vnd = models.BigIntegerField(default=0, help_text="Matched bank credits")
    posted_vnd = models.BigIntegerField(default=0, help_text="Collected, less what was reversed")
    reserved_vnd = models.BigIntegerField(default=0, help_text="Of payments without a result")

    class Meta:
        constraints = (
            models.CheckConstraint(
                name="quota_not_negative",
                condition=models.Q(limit_vnd__gte=0, posted_vnd__gte=0, reserved_vnd__gte=0),
            ),
        )

    def __str__(self) -> str:
        return f"{self.partner_id}"


class QuotaEntry(models.Model):
    """One change of a quota. Append-only; what causes it may cause it once."""

    partner = models.ForeignKey(
        Partner, on_delete=models.PROTECT, db_constraint=False, db_index=False
    )
    move = models.CharField(max_length=8, choices=QuotaMove.choices)
    source = models.BigIntegerField(help_text="Terms, statement line or attempt, by the move")
    amount_vnd = models.BigIntegerField(help_text="May be negative for GRANT and CREDIT only")
    day = models.DateField(null=True, help_text="Of collection, that a bank credit is for")
    at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["move", "source"], name="quota_entry_key"),
            models.CheckConstraint(
                name="quota_entry_sign",
                condition=models.Q(amount_vnd__gt=0) | models.Q(move__in=("grant", "credit")),
            ),
        )
        indexes = (models.Index(fields=["partner", "-id"], name="quota_entry_partner"),)

    def __str__(self) -> str:
        return f"{self.partner_id} {self.move} {self.amount_vnd}"


class Attempt(models.Model):
    """A payment as a partner sent it; the partner's number makes it happen once, for ever."""

    partner = models.ForeignKey(
        Partner, on_delete=models.PROTECT, db_constraint=False, db_index=False
    )
    partner_txn_id = models.CharField(max_length=40)
    body = models.BinaryField(help_text="SHA-256 of the request")
    state = models.CharField(max_length=8, choices=AttemptState.choices)
    answer = models.CharField(max_length=24, choices=Answer.choices)
    detail = models.JSONField(null=True, help_text="Beside the answer, as what was expected")
    request = models.JSONField(help_text="Customer, bills with amounts, channel, time")
    amount_vnd = models.BigIntegerField()
    received_at = models.DateTimeField()
    accounting_date = models.DateField()
    late = models.BooleanField(default=False, help_text="After the cut-off: counts the next day")
    reversal_key = models.CharField(max_length=40, blank=True)
    reversed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["partner", "partner_txn_id"], name="attempt_key"),
        )
        indexes = (
            models.Index(
                fields=["id"], name="attempt_reserved", condition=models.Q(state="reserved")
            ),
        )

    def __str__(self) -> str:
        return f"{self.partner_id} {self.partner_txn_id} {self.state}"


class Payment(models.Model):
    """One payment of one bill, or what takes one back; the partner's number makes it happen once.

    A payment that clears several bills has a row for each. A reversal is a row of the negative
    amount that names the row it takes back, so that sums over rows are always right.
    """

    partner = models.ForeignKey(
        Partner, on_delete=models.PROTECT, db_constraint=False, db_index=False
    )
    partner_txn_id = models.CharField(max_length=40)
    bill = models.ForeignKey(
        "billing.Bill", on_delete=models.PROTECT, db_constraint=False, related_name="payments"
    )
    agreement = models.ForeignKey(
        "customers.Agreement", on_delete=models.PROTECT, db_constraint=False, db_index=False
    )
    unit = models.ForeignKey(
        "organisation.Unit", on_delete=models.PROTECT, db_constraint=False, db_index=False
    )
    amount_vnd = models.BigIntegerField()
    paid_at = models.DateTimeField()
    accounting_date = models.DateField()
    channel = models.CharField(max_length=24)
    reverses = models.OneToOneField(
        "self", null=True, db_index=False, on_delete=models.PROTECT, related_name="reversal"
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["partner", "partner_txn_id", "bill"],
                name="payment_once",
                condition=models.Q(reverses__isnull=True),
            ),
            models.CheckConstraint(
                name="payment_sign",
                condition=models.Q(amount_vnd__gt=0, reverses__isnull=True)
                | models.Q(amount_vnd__lt=0, reverses__isnull=False),
            ),
        )
        indexes = (
            models.Index(fields=["partner", "accounting_date"], name="payment_partner_day"),
            models.Index(fields=["unit", "id"], name="payment_unit"),
        )

    def __str__(self) -> str:
        return f"{self.partner_id} {self.partner_txn_id}: {self.amount_vnd}"
