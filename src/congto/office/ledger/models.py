"""Double entry: accounts, journals, postings. Append-only; every journal sums to zero.

Both rules are kept by triggers in PostgreSQL (migration 0002): a journal's postings are inserted
in one statement whose sum per journal must be zero, and neither table can be updated or deleted.
The ledger knows accounts, parties and items as numbers; it never knows what a bill is.
"""

from django.db import models

from congto.office.ledger.choices import AccountKind, JournalKind


class Account(models.Model):
    """One account of the books."""

    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=160)
    kind = models.CharField(max_length=20, choices=AccountKind.choices)
    unit = models.ForeignKey("organisation.Unit", null=True, on_delete=models.PROTECT)

    class Meta:
        ordering = ("code",)

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class Journal(models.Model):
    """One business event; (kind, source) is unique, so writing it again does nothing."""

    kind = models.SmallIntegerField(choices=JournalKind.choices)
    source = models.BigIntegerField(help_text="Number of what caused it, in its own book")
    accounting_date = models.DateField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["kind", "source"], name="journal_key"),)

    def __str__(self) -> str:
        return f"{self.pk}: {self.kind}/{self.source}"


class Posting(models.Model):
    """One leg: positive is debit, negative is credit, in whole đồng."""

    pk = models.CompositePrimaryKey("journal_id", "leg")
    journal = models.ForeignKey(
        Journal, on_delete=models.PROTECT, db_constraint=False, db_index=False
    )
    leg = models.IntegerField()
    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, db_constraint=False, db_index=False
    )
    party = models.BigIntegerField(null=True, help_text="Who owes or is owed (agreement number)")
    item = models.BigIntegerField(null=True, help_text="Open item that the leg opens or clears")
    amount_vnd = models.BigIntegerField()

    class Meta:
        indexes = (
            models.Index(
                fields=["item"], name="posting_item", condition=models.Q(item__isnull=False)
            ),
        )

    def __str__(self) -> str:
        return f"{self.journal_id}/{self.leg}: {self.amount_vnd}"
