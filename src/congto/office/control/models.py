"""Grants, audit rows, proposals, jobs, findings and saved views: what every stage uses."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from congto.office.control.choices import (
    FindingSeverity,
    FindingState,
    JobRequest,
    JobState,
    ProposalState,
    Role,
)


class Grant(models.Model):
    """A person holds a role in a unit and everything below it."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="grants"
    )
    unit = models.ForeignKey("organisation.Unit", on_delete=models.PROTECT)
    role = models.CharField(max_length=16, choices=Role.choices)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["user", "unit", "role"], name="grant_key"),)

    def __str__(self) -> str:
        return f"{self.user_id} {self.role} {self.unit_id}"


class AuditEntry(models.Model):
    """One row per operation: who, when, what, before, after, why. Append-only by trigger."""

    at = models.DateTimeField()
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT)
    operation = models.CharField(max_length=60)
    unit = models.ForeignKey("organisation.Unit", null=True, on_delete=models.PROTECT)
    subject_kind = models.CharField(max_length=40)
    subject = models.CharField(max_length=60)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    reason = models.CharField(max_length=400, blank=True)
    key = models.CharField(
        max_length=80, null=True, unique=True, help_text="The caller's key: the operation runs once"
    )

    class Meta:
        ordering = ("-id",)
        indexes = (
            models.Index(fields=["subject_kind", "subject"], name="audit_subject"),
            models.Index(fields=["operation", "id"], name="audit_operation"),
        )

    def __str__(self) -> str:
        return f"{self.at} {self.operation} {self.subject}"


class Proposal(models.Model):
    """A change that one person proposes and another decides."""

    kind = models.CharField(max_length=40)
    subject_kind = models.CharField(max_length=40)
    subject = models.CharField(max_length=60)
    unit = models.ForeignKey("organisation.Unit", on_delete=models.PROTECT)
    before = models.JSONField()
    after = models.JSONField()
    reason = models.CharField(max_length=400)
    state = models.CharField(
        max_length=12, choices=ProposalState.choices, default=ProposalState.PENDING
    )
    maker = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="proposals_made"
    )
    made_at = models.DateTimeField()
    checker = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="proposals_checked",
    )
    decided_at = models.DateTimeField(null=True)
    decision_reason = models.CharField(max_length=400, blank=True)

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                fields=["kind", "subject"],
                condition=models.Q(state="pending"),
                name="proposal_one_pending",
            ),
            models.CheckConstraint(
                name="proposal_checker_is_another",
                condition=models.Q(checker__isnull=True)
                | ~models.Q(checker=models.F("maker"))
                | models.Q(state="withdrawn"),
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.subject} {self.state}"


class Job(models.Model):
    """A background job a person can watch, pause and take the result of."""

    kind = models.CharField(max_length=40)
    title = models.CharField(max_length=160)
    params = models.JSONField(default=dict)
    state = models.CharField(max_length=12, choices=JobState.choices, default=JobState.QUEUED)
    request = models.CharField(max_length=8, choices=JobRequest.choices, blank=True, default="")
    checkpoint = models.JSONField(
        null=True, help_text="Where the job goes on after a pause or a crash; its kind's own words"
    )
    done = models.BigIntegerField(default=0)
    total = models.BigIntegerField(default=0)
    message = models.CharField(max_length=400, blank=True)
    result_file = models.CharField(max_length=240, blank=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT)
    unit = models.ForeignKey("organisation.Unit", null=True, on_delete=models.PROTECT)
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"{self.kind} {self.state}"


class FindingRecord(models.Model):
    """A finding kept in the books; the key makes a rerun find the same row."""

    rule = models.CharField(max_length=12)
    severity = models.CharField(max_length=8, choices=FindingSeverity.choices)
    subject_kind = models.CharField(max_length=40)
    subject = models.CharField(max_length=120)
    unit = models.ForeignKey("organisation.Unit", null=True, on_delete=models.PROTECT)
    period_from = models.DateField(null=True)
    period_to = models.DateField(null=True)
    observed = models.CharField(max_length=240)
    expected = models.CharField(max_length=240)
    text = models.CharField(max_length=400)
    state = models.CharField(max_length=8, choices=FindingState.choices, default=FindingState.OPEN)
    found_at = models.DateTimeField()

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                fields=["rule", "subject", "period_from", "period_to"],
                name="finding_key",
                nulls_distinct=False,
            ),
        )
        indexes = (
            # The lists show what is open, of one unit or of all, newest first.
            models.Index(fields=["unit", "id"], name="finding_of_unit"),
            models.Index(
                fields=["unit", "id"], name="finding_open", condition=models.Q(state="open")
            ),
            models.Index(fields=["subject_kind", "subject"], name="finding_subject"),
        )

    def __str__(self) -> str:
        return f"{self.rule} {self.subject}"


class SavedView(models.Model):
    """A person's (or everybody's) named filter and columns of one list."""

    grid = models.CharField(max_length=40)
    name = models.CharField(max_length=80)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE)
    query = models.CharField(max_length=600)
    columns = ArrayField(models.CharField(max_length=40), default=list)

    class Meta:
        ordering = ("name",)
        constraints = (
            models.UniqueConstraint(
                fields=["grid", "name", "user"], name="saved_view_key", nulls_distinct=False
            ),
        )

    def __str__(self) -> str:
        return f"{self.grid}/{self.name}"
