"""Double entry: accounts, journals, postings. Append-only; every journal sums to zero.

Triggers in PostgreSQL keep the laws (migrations 0002 and 0007): a journal's postings are inserted
in one statement whose sum per journal must be zero, each leg is one that its kind of journal may
have, no journal counts in a closed period, and nothing is updated or deleted. Seals chain what has
been written, so that a change made past the triggers is found.
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


class PermittedLeg(models.Model):
    """A kind of journal may debit or credit a kind of account; what is not listed is refused."""

    pk = models.CompositePrimaryKey("kind", "account_kind", "side")
    kind = models.SmallIntegerField(choices=JournalKind.choices)
    account_kind = models.CharField(max_length=20, choices=AccountKind.choices)
    side = models.SmallIntegerField(help_text="1 debit, -1 credit")

    def __str__(self) -> str:
        return f"{self.kind} {self.account_kind} {self.side}"


class ClosedPeriod(models.Model):
    """A month in which nothing counts any more (kỳ kế toán đã khóa); months close in order."""

    month = models.DateField(primary_key=True, help_text="Its first day")
    closed_at = models.DateTimeField()
    seal = models.ForeignKey(
        "Seal", null=True, on_delete=models.PROTECT, help_text="The last when it closed"
    )

    class Meta:
        ordering = ("-month",)

    def __str__(self) -> str:
        return f"{self.month:%m/%Y}"


class Seal(models.Model):
    """A link of the hash chain over journals: numbers after the link before, up to `last`."""

    number = models.BigIntegerField(primary_key=True, help_text="1, 2, 3 ...")
    last = models.BigIntegerField(help_text="Highest journal number that it covers")
    journals = models.BigIntegerField()
    legs = models.BigIntegerField()
    debit_vnd = models.BigIntegerField(help_text="Sum of the debits, whole đồng")
    digest = models.CharField(max_length=64, help_text="SHA-256 over the journals with their legs")
    hash = models.CharField(max_length=64, help_text="SHA-256 over this link and the one before")
    sealed_at = models.DateTimeField()

    class Meta:
        ordering = ("number",)

    def __str__(self) -> str:
        return f"{self.number}: {self.hash[:12]}"
