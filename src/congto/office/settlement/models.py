"""Bank statement lines and the daily close with each partner."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from congto.office.settlement.choices import DayState, LineState, ProposalState


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
    state = models.CharField(
        max_length=12, choices=LineState.choices, default=LineState.SUSPENSE,
        db_default=LineState.SUSPENSE.value,
    )  # fmt: skip

    class Meta:
        ordering = ("booking_date", "id")
        indexes = (
            models.Index(fields=["state", "booking_date", "id"], name="line_state"),
            models.Index(fields=["partner", "day"], name="line_partner_day"),
        )

    def __str__(self) -> str:
        return f"{self.bank_account} {self.booking_date}: {self.amount_vnd}"


class MatchProposal(models.Model):
    """What bank lines in suspense may be, one or several: bills, or a partner's day.

    A person confirms or rejects it; what was rejected is not proposed again.
    """

    key = models.CharField(max_length=64, unique=True, help_text="SHA-256 of lines, bills and day")
    lines = ArrayField(models.BigIntegerField(), help_text="Statement lines, ascending")
    bills = ArrayField(models.BigIntegerField(), default=list, help_text="Bills, ascending")
    partner = models.ForeignKey("payments.Partner", null=True, on_delete=models.PROTECT)
    day = models.DateField(null=True, help_text="Of collection by the partner")
    rule = models.CharField(max_length=8)
    rank = models.IntegerField(help_text="From 1 among the answers for its first line")
    why = models.CharField(max_length=240)
    lines_vnd = models.BigIntegerField()
    items_vnd = models.BigIntegerField(help_text="Of the bills, or still to come of the day")
    state = models.CharField(
        max_length=12, choices=ProposalState.choices, default=ProposalState.OPEN
    )
    proposed_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("id",)
        indexes = (models.Index(fields=["state", "id"], name="proposal_state"),)

    def __str__(self) -> str:
        return f"{self.rule} {self.why}"


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
