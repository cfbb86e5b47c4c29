"""Plans, campaigns, the queue of tasks and the sessions that carried them out."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from congto.office.campaigns.choices import (
    CampaignState,
    Priority,
    SessionOutcome,
    TaskKind,
    TaskState,
)

GIVEN_UP_AFTER = 2
"""A meter that answered twice without a row has none (our choice; nothing published)."""


class Plan(models.Model):
    """A plan of reading (kế hoạch đọc): what, whom, and in which windows of the day."""

    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=120)
    kinds = ArrayField(models.CharField(max_length=12, choices=TaskKind.choices))
    unit = models.ForeignKey("organisation.Unit", on_delete=models.PROTECT)
    profiles = ArrayField(
        models.CharField(max_length=60), default=list, blank=True, help_text="Empty: every model"
    )
    path = models.CharField(max_length=12, blank=True, help_text="devices Path; empty: both")
    begins = ArrayField(
        models.SmallIntegerField(), help_text="Local minutes of the day at which windows begin"
    )
    window_minutes = models.SmallIntegerField()
    priority = models.SmallIntegerField(choices=Priority.choices, default=Priority.SCHEDULE)
    attempts_max = models.SmallIntegerField(default=3, help_text="Of one task in one window")
    answers_max = models.SmallIntegerField(
        default=GIVEN_UP_AFTER,
        db_default=GIVEN_UP_AFTER,
        help_text="A row is asked for no more after so many whole answers without it",
    )
    enabled = models.BooleanField(default=True)

    class Meta:
        ordering = ("code",)

    def __str__(self) -> str:
        return self.code


class Campaign(models.Model):
    """One window of a plan, or one reading asked for by a person (đợt đọc)."""

    plan = models.ForeignKey(Plan, null=True, blank=True, on_delete=models.PROTECT)
    name = models.CharField(max_length=120)
    unit = models.ForeignKey("organisation.Unit", on_delete=models.PROTECT)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT)
    opens_at = models.DateTimeField()
    closes_at = models.DateTimeField()
    state = models.CharField(
        max_length=8, choices=CampaignState.choices, default=CampaignState.OPEN
    )
    total = models.IntegerField(default=0, help_text="Tasks")

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(fields=["plan", "opens_at"], name="campaign_of_window"),
        )

    def __str__(self) -> str:
        return self.name


class Visit(models.Model):
    """A device that a worker talks to now, or whose results it has not entered yet.

    A meter has one association: the database lets no second visit to a device begin. The row is
    gone when the results are in the books, or when the lease ran out because the worker died.
    """

    device = models.OneToOneField(
        "devices.Device", on_delete=models.PROTECT, db_constraint=False, related_name="visit"
    )
    worker = models.CharField(max_length=60)
    began_at = models.DateTimeField()
    leased_until = models.DateTimeField()
    cell = models.CharField(max_length=40, blank=True, help_text="Whose permit it holds")
    concentrator = models.CharField(max_length=40, blank=True, help_text="Whose permit it holds")
    associated_at = models.DateTimeField(null=True, help_text="Null: still connecting")
    over = models.BooleanField(default=False, help_text="Holds no permit any more")

    class Meta:
        ordering = ("id",)
        indexes = (models.Index(fields=["leased_until"], name="visit_leased"),)

    def __str__(self) -> str:
        return f"{self.device_id} {self.worker}"


class Session(models.Model):
    """A session with a device (phiên): how it went and where its frames are kept."""

    visit = models.BigIntegerField(
        null=True, unique=True, help_text="Number of the visit: entered once"
    )

    device = models.ForeignKey(
        "devices.Device", on_delete=models.PROTECT, db_constraint=False, related_name="sessions"
    )
    worker = models.CharField(max_length=60)
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField()
    outcome = models.CharField(max_length=8, choices=SessionOutcome.choices)
    fault = models.CharField(max_length=40, blank=True, help_text="headend.dlms.faults.Fault")
    sentence = models.CharField(max_length=400, blank=True, help_text="What went wrong")
    delivery = models.ForeignKey(
        "intake.Delivery", null=True, on_delete=models.PROTECT, help_text="Its half-hours"
    )
    first_at = models.DateTimeField(null=True, help_text="Begin of the half-hours it read")
    last_at = models.DateTimeField(null=True, help_text="End of them")
    half_hours = models.IntegerField(default=0)
    register_delivery = models.ForeignKey(
        "intake.Delivery",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Its registers",
    )
    registers = models.IntegerField(default=0, help_text="Of 00:00 that it read")
    frames_file = models.CharField(max_length=120, blank=True, help_text="In the data folder")
    frames_offset = models.BigIntegerField(default=0)
    frames_bytes = models.IntegerField(default=0)

    class Meta:
        ordering = ("-id",)
        indexes = (
            models.Index(fields=["device", "-id"], name="session_of_device"),
            models.Index(fields=["began_at"], name="session_began"),
        )

    def __str__(self) -> str:
        return f"{self.device_id} {self.began_at} {self.outcome}"


class Task(models.Model):
    """One thing to do at one device; leased to a worker, whose lease expires if it dies."""

    campaign = models.ForeignKey(
        Campaign, null=True, on_delete=models.PROTECT, related_name="tasks"
    )
    device = models.ForeignKey(
        "devices.Device", on_delete=models.PROTECT, db_constraint=False, related_name="tasks"
    )
    kind = models.CharField(max_length=12, choices=TaskKind.choices)
    args = models.JSONField(default=dict, help_text="Ranges, registers ...")
    subject = models.CharField(
        max_length=60, blank=True, help_text="What asked for it, as a command's number"
    )
    key = models.CharField(
        max_length=80, null=True, unique=True, help_text="The caller's key: asked for once"
    )
    priority = models.SmallIntegerField(choices=Priority.choices)
    state = models.CharField(max_length=9, choices=TaskState.choices, default=TaskState.WAITING)
    created_at = models.DateTimeField()
    due_at = models.DateTimeField(help_text="Not before")
    expires_at = models.DateTimeField(help_text="Not after")
    attempts = models.SmallIntegerField(default=0)
    attempts_max = models.SmallIntegerField(default=3)
    visit = models.BigIntegerField(null=True, help_text="Number of the visit that has it now")
    leased_by = models.CharField(max_length=60, blank=True)
    leased_until = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    session = models.ForeignKey(
        Session, null=True, on_delete=models.SET_NULL, related_name="tasks", help_text="The last"
    )
    fault = models.CharField(max_length=40, blank=True)
    result = models.JSONField(null=True, help_text="What came of it, in its kind's own words")

    class Meta:
        ordering = ("-id",)
        indexes = (
            models.Index(
                fields=["priority", "due_at"],
                name="task_waiting",
                condition=models.Q(state="waiting"),
            ),
            models.Index(
                fields=["leased_until"], name="task_leased", condition=models.Q(state="leased")
            ),
            models.Index(fields=["device", "-id"], name="task_of_device"),
            models.Index(
                fields=["device"],
                name="task_open",
                condition=models.Q(state__in=("waiting", "leased")),
            ),
            models.Index(fields=["campaign", "state"], name="task_of_campaign"),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.device_id} {self.state}"


class LackedDay(models.Model):
    """A day of which a meter answered whole ranges without some of the rows (không có dòng).

    `answers` counts for each half-hour, the first that of 00:00, how many answers lacked it.
    """

    device = models.ForeignKey(
        "devices.Device", on_delete=models.PROTECT, db_constraint=False, related_name="lacked_days"
    )
    local_day = models.DateField()
    answers = ArrayField(models.SmallIntegerField(), size=48)

    class Meta:
        ordering = ("device", "local_day")
        constraints = (
            models.UniqueConstraint(fields=["device", "local_day"], name="lacked_day_once"),
        )
        indexes = (models.Index(fields=["local_day"], name="lacked_day"),)

    def __str__(self) -> str:
        return f"{self.device_id} {self.local_day}"
