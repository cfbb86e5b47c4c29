"""Billing runs cut by reading book, bills and bill lines."""

from django.db import models

from congto.office.billing.choices import Band, BillState, Charge, PartitionState, RunState


class PriceDecision(models.Model):
    """A price decision known to the books; the numbers live in congto.reference."""

    id = models.SmallIntegerField(primary_key=True)
    code = models.CharField(max_length=40, unique=True)
    effective_from = models.DateField()

    class Meta:
        ordering = ("effective_from",)

    def __str__(self) -> str:
        return self.code


class BillingRun(models.Model):
    """The billing of one period."""

    period_from = models.DateField()
    period_to = models.DateField()
    issued_on = models.DateField(
        null=True, help_text="Kept while the run is open, so that a resumed run issues equal bills"
    )
    state = models.CharField(max_length=8, choices=RunState.choices, default=RunState.OPEN)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-period_from",)
        constraints = (
            models.UniqueConstraint(fields=["period_from", "period_to"], name="billing_run_key"),
        )

    def __str__(self) -> str:
        return f"{self.period_from}..{self.period_to}"


class RunPartition(models.Model):
    """One reading book of a run, written whole in one transaction: a rerun takes what is left."""

    run = models.ForeignKey(BillingRun, on_delete=models.CASCADE, related_name="partitions")
    reading_book = models.ForeignKey("meters.ReadingBook", on_delete=models.PROTECT)
    state = models.CharField(
        max_length=8, choices=PartitionState.choices, default=PartitionState.WAITING
    )
    accounts = models.IntegerField(default=0, help_text="Usages of the period in the book")
    bills = models.IntegerField(default=0)
    net_vnd = models.BigIntegerField(default=0)
    gross_vnd = models.BigIntegerField(default=0)
    parked = models.IntegerField(default=0, help_text="Accounts left out, each with a finding")
    reason = models.TextField(blank=True)

    class Meta:
        ordering = ("run", "reading_book")
        constraints = (
            models.UniqueConstraint(fields=["run", "reading_book"], name="run_partition_key"),
        )

    def __str__(self) -> str:
        return f"{self.run_id}/{self.reading_book_id}"


class Bill(models.Model):
    """What one agreement owes for one period; the key is agreement + period + version."""

    run = models.ForeignKey(
        BillingRun, on_delete=models.PROTECT, db_constraint=False, db_index=False
    )
    agreement = models.ForeignKey(
        "customers.Agreement", on_delete=models.PROTECT, db_constraint=False, db_index=False
    )
    unit = models.ForeignKey(
        "organisation.Unit", on_delete=models.PROTECT, db_constraint=False, db_index=False
    )
    period_from = models.DateField()
    period_to = models.DateField()
    version = models.SmallIntegerField(default=1)
    state = models.SmallIntegerField(choices=BillState.choices)
    reading_date = models.DateField()
    issued_on = models.DateField()
    due_date = models.DateField()
    energy_wh = models.BigIntegerField()
    net_vnd = models.BigIntegerField()
    vat_rate_bp = models.IntegerField(help_text="VAT rate in hundredths of a percent")
    vat_vnd = models.BigIntegerField()
    gross_vnd = models.BigIntegerField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["agreement", "period_from", "version"], name="bill_key"
            ),
            models.CheckConstraint(
                name="bill_gross_is_net_plus_vat",
                condition=models.Q(gross_vnd=models.F("net_vnd") + models.F("vat_vnd")),
            ),
        )

    def __str__(self) -> str:
        return f"{self.pk}: {self.agreement_id} {self.period_from}"


class BillLine(models.Model):
    """One line: charge x price decision x tier or band."""

    pk = models.CompositePrimaryKey("bill_id", "line_no")
    bill = models.ForeignKey(
        Bill, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="lines"
    )
    line_no = models.SmallIntegerField()
    charge = models.SmallIntegerField(choices=Charge.choices)
    tier = models.SmallIntegerField(null=True)
    band = models.SmallIntegerField(null=True, choices=Band.choices)
    energy_wh = models.BigIntegerField(null=True)
    price_vnd = models.IntegerField(null=True, help_text="đồng per kWh")
    amount_vnd = models.BigIntegerField()
    decision = models.ForeignKey(
        PriceDecision, on_delete=models.PROTECT, db_constraint=False, db_index=False
    )

    def __str__(self) -> str:
        return f"{self.bill_id}/{self.line_no}: {self.amount_vnd}"
