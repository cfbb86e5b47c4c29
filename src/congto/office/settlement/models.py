"""Bank statement lines and the daily close with each partner."""

from django.db import models

from congto.office.settlement.choices import DayState


class BankStatementLine(models.Model):
    """One line of a bank statement; the dedupe key makes a second import do nothing."""

    bank_account = models.CharField(max_length=32)
    booking_date = models.DateField()
    amount_vnd = models.BigIntegerField(help_text="Positive is a credit")
    reference = models.CharField(max_length=64)
    text = models.CharField(max_length=240)
    partner = models.ForeignKey(
        "payments.Partner",
        null=True,
        on_delete=models.PROTECT,
        help_text="Whom the reference names; empty: the money waits in suspense",
    )
    day = models.DateField(null=True, help_text="Day of collection that the reference names")
    dedupe_key = models.CharField(max_length=64, unique=True)

    class Meta:
        ordering = ("booking_date", "id")

    def __str__(self) -> str:
        return f"{self.bank_account} {self.booking_date}: {self.amount_vnd}"


class SettlementDay(models.Model):
    """One partner, one day: what we posted against what the bank credited."""

    partner = models.ForeignKey("payments.Partner", on_delete=models.PROTECT)
    day = models.DateField()
    state = models.CharField(max_length=12, choices=DayState.choices)
    collected_count = models.IntegerField()
    collected_vnd = models.BigIntegerField()
    credited_vnd = models.BigIntegerField()
    difference_vnd = models.BigIntegerField()
    snapshot = models.CharField(
        max_length=64, help_text="SHA-256 over the day's payments and bank lines"
    )

    class Meta:
        ordering = ("day", "partner")
        constraints = (
            models.UniqueConstraint(fields=["partner", "day"], name="settlement_day_key"),
        )

    def __str__(self) -> str:
        return f"{self.partner_id} {self.day} {self.state}"
