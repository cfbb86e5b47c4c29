"""Payment partners and the payments they report."""

from django.db import models

from congto.office.payments.choices import PartnerKind


class Partner(models.Model):
    """A bank, a payment intermediary, or the utility's own counter."""

    code = models.CharField(max_length=16, unique=True)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=12, choices=PartnerKind.choices)
    bank_account = models.CharField(
        max_length=32, help_text="Collection account that the partner's money reaches"
    )

    class Meta:
        ordering = ("code",)

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class Payment(models.Model):
    """One payment of one bill; the partner's own number makes it happen once."""

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

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["partner", "partner_txn_id"], name="payment_key"),
            models.CheckConstraint(
                name="payment_amount_positive", condition=models.Q(amount_vnd__gt=0)
            ),
        )
        indexes = (
            models.Index(fields=["partner", "accounting_date"], name="payment_partner_day"),
            models.Index(fields=["unit", "id"], name="payment_unit"),
        )

    def __str__(self) -> str:
        return f"{self.partner_id} {self.partner_txn_id}: {self.amount_vnd}"
