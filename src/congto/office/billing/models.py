"""Billing runs cut by reading book, bills and bill lines, what holds a bill, what issued it."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeOperators
from django.db import models

from congto.office.billing.choices import (
    Band,
    BillKind,
    BillState,
    Charge,
    Gate,
    HoldState,
    PartitionState,
    RunState,
    Signer,
)
from congto.office.storage.ranges import validity


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
    """The billing of one period: of all books, or of those of one reading session (phiên)."""

    period_from = models.DateField()
    period_to = models.DateField()
    session = models.ForeignKey(
        "meters.ReadingSession", null=True, blank=True, on_delete=models.PROTECT
    )
    issue = models.BooleanField(
        default=True, help_text="Issue what passes both gates at once; else leave it ready"
    )
    issued_on = models.DateField(
        null=True, help_text="Kept while the run is open, so that a resumed run issues equal bills"
    )
    state = models.CharField(max_length=8, choices=RunState.choices, default=RunState.OPEN)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-period_from",)
        constraints = (
            models.UniqueConstraint(
                fields=["period_from", "period_to", "session"],
                name="billing_run_key",
                nulls_distinct=False,
            ),
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
    held = models.IntegerField(default=0, help_text="Bills that wait for people")
    parked = models.IntegerField(default=0, help_text="Accounts left out, each with a finding")
    reason = models.TextField(blank=True)

    class Meta:
        ordering = ("run", "reading_book")
        constraints = (
            models.UniqueConstraint(fields=["run", "reading_book"], name="run_partition_key"),
        )

    def __str__(self) -> str:
        return f"{self.run_id}/{self.reading_book_id}"


class InvoiceSeries(models.Model):
    """A series of invoice numbers without gaps: the row is the lock and the counter.

    `symbol` is the invoice symbol (ký hiệu, KHHDon): K without tax-authority code, two digits of
    the year, T for a sales invoice of an organisation, two letters of the issuer's own choice.
    """

    form = models.CharField(max_length=1, default="1", help_text="KHMSHDon: 1 is a VAT invoice")
    symbol = models.CharField(max_length=6)
    unit = models.ForeignKey("organisation.Unit", on_delete=models.PROTECT)
    year = models.SmallIntegerField()
    next_no = models.IntegerField(default=1)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["unit", "year"], name="invoice_series_of_unit"),
            models.UniqueConstraint(
                fields=["form", "symbol", "unit"], name="invoice_series_symbol"
            ),
        )

    def __str__(self) -> str:
        return f"{self.form}{self.symbol}"


class Issuance(models.Model):
    """Bills of one unit that were issued in one transaction; the source of their journal."""

    run = models.ForeignKey(BillingRun, null=True, on_delete=models.PROTECT)
    unit = models.ForeignKey("organisation.Unit", on_delete=models.PROTECT)
    series = models.ForeignKey(InvoiceSeries, on_delete=models.PROTECT)
    issued_on = models.DateField()
    first_no = models.IntegerField()
    bills = models.IntegerField()
    net_vnd = models.BigIntegerField()
    vat_vnd = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.pk}: {self.bills} of {self.unit_id}"


class Bill(models.Model):
    """What one agreement owes for one period; the key is agreement + period + version.

    Number, series, issuance and dates of issue are given at issue and not before, so that no
    invoice number is ever lost with a bill that was not issued.
    """

    run = models.ForeignKey(
        BillingRun, null=True, on_delete=models.PROTECT, db_constraint=False, db_index=False
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
    kind = models.SmallIntegerField(choices=BillKind.choices, default=BillKind.REGULAR)
    original = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, db_constraint=False, db_index=False,
        help_text="The bill that this one replaces or adjusts",
    )  # fmt: skip
    state = models.SmallIntegerField(choices=BillState.choices)
    reading_date = models.DateField()
    issued_on = models.DateField(null=True)
    due_date = models.DateField(null=True)
    series = models.ForeignKey(
        InvoiceSeries, null=True, on_delete=models.PROTECT, db_constraint=False, db_index=False
    )
    invoice_no = models.IntegerField(null=True)
    issuance = models.ForeignKey(
        Issuance, null=True, on_delete=models.PROTECT, db_constraint=False, db_index=False
    )
    energy_wh = models.BigIntegerField()
    net_vnd = models.BigIntegerField()
    vat_rate_bp = models.IntegerField(help_text="VAT rate in hundredths of a percent")
    vat_vnd = models.BigIntegerField()
    gross_vnd = models.BigIntegerField()
    past_day_wh = ArrayField(
        models.IntegerField(),
        default=list,
        help_text="Wh a day of the 13 periods before, the newest first: what the gates compared",
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["agreement", "period_from", "version"], name="bill_key"
            ),
            models.UniqueConstraint(
                fields=["series", "invoice_no"],
                name="bill_invoice_number",
                condition=models.Q(invoice_no__isnull=False),
            ),
            models.CheckConstraint(
                name="bill_gross_is_net_plus_vat",
                condition=models.Q(gross_vnd=models.F("net_vnd") + models.F("vat_vnd")),
            ),
            models.CheckConstraint(
                name="bill_number_at_issue",
                condition=models.Q(
                    state__in=(BillState.ISSUED, BillState.PENDING_CANCEL),
                    invoice_no__isnull=False,
                    issued_on__isnull=False,
                )
                | models.Q(state=BillState.CANCELLED)
                | models.Q(state__lt=BillState.ISSUED, invoice_no__isnull=True),
            ),
        )
        indexes = (
            models.Index(
                fields=["unit", "id"],
                name="bill_not_issued",
                condition=models.Q(state__lt=BillState.ISSUED),
            ),
            models.Index(
                fields=["original"],
                name="bill_original",
                condition=models.Q(original__isnull=False),
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
    segment = models.SmallIntegerField(default=1, help_text="Purpose on a meter of mixed use")
    part_from = models.DateField(null=True, help_text="Days of the line; null: the whole period")
    part_to = models.DateField(null=True)
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


class BillHold(models.Model):
    """Why a bill is held, by one rule: what was found, what was expected, who must sign."""

    bill = models.ForeignKey(Bill, on_delete=models.CASCADE, related_name="holds")
    rule = models.CharField(max_length=12)
    gate = models.SmallIntegerField(choices=Gate.choices)
    signer = models.SmallIntegerField(choices=Signer.choices)
    observed = models.CharField(max_length=240)
    expected = models.CharField(max_length=240)
    text = models.CharField(max_length=400)
    state = models.CharField(max_length=12, choices=HoldState.choices, default=HoldState.OPEN)
    decided_by = models.ForeignKey(
        "auth.User", null=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=400, blank=True)

    class Meta:
        ordering = ("bill", "rule")
        constraints = (models.UniqueConstraint(fields=["bill", "rule"], name="bill_hold_key"),)
        indexes = (
            models.Index(
                fields=["rule"], name="bill_hold_open", condition=models.Q(state=HoldState.OPEN)
            ),
        )

    def __str__(self) -> str:
        return f"{self.bill_id}: {self.rule}"


class HoldRule(models.Model):
    """A gate's rule with its limits from a day on, for one price group or for all."""

    rule = models.CharField(max_length=12)
    group = models.CharField(max_length=16, blank=True, help_text="Price group; empty: all")
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    enabled = models.BooleanField(default=True)
    limits = models.JSONField(help_text="Whole numbers by name; `ladder`: [times, signer] pairs")
    confidence = models.CharField(max_length=20)
    source = models.CharField(max_length=240)
    known_at = models.DateTimeField()

    class Meta:
        ordering = ("rule", "group", "valid_from")
        constraints = (
            ExclusionConstraint(
                name="hold_rule_one_in_force",
                expressions=(
                    ("rule", "="),
                    ("group", "="),
                    (validity(), RangeOperators.OVERLAPS),
                ),
            ),
        )

    def __str__(self) -> str:
        return f"{self.rule} {self.group} {self.valid_from}"
