"""Orders of commands, the commands themselves, caps of a day, and who may never be cut."""

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models

from congto.office.commands.choices import CommandKind, CommandState
from congto.office.storage.ranges import validity


class CommandCap(models.Model):
    """How many commands of a kind a unit may give a day, and from how many two persons decide."""

    unit = models.ForeignKey("organisation.Unit", on_delete=models.PROTECT)
    kind = models.CharField(max_length=12, choices=CommandKind.choices)
    per_day = models.IntegerField()
    two_persons_from = models.IntegerField(default=1, help_text="Meters in one order")

    class Meta:
        ordering = ("unit", "kind")
        constraints = (
            models.UniqueConstraint(fields=["unit", "kind"], name="command_cap_key"),
            models.CheckConstraint(
                name="command_cap_whole",
                condition=models.Q(per_day__gte=0, two_persons_from__gte=1),
            ),
        )

    def __str__(self) -> str:
        return f"{self.unit_id} {self.kind}"


class ProtectedPoint(models.Model):
    """A point that is never cut remotely (phụ tải không được cắt): hospital, pump station ..."""

    usage_point = models.ForeignKey(
        "meters.UsagePoint", on_delete=models.PROTECT, related_name="protections"
    )
    reason = models.CharField(max_length=240)
    document = models.CharField(max_length=120, help_text="Which says so")
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ("usage_point", "valid_from")
        constraints = (
            ExclusionConstraint(
                name="protected_point_once",
                expressions=(("usage_point", "="), (validity(), RangeOperators.OVERLAPS)),
            ),
        )

    def __str__(self) -> str:
        return f"{self.usage_point_id} {self.reason}"


class CommandOrder(models.Model):
    """An order (phiếu lệnh): one command to one or many meters, for one reason."""

    kind = models.CharField(max_length=12, choices=CommandKind.choices)
    args = models.JSONField(default=dict)
    unit = models.ForeignKey("organisation.Unit", on_delete=models.PROTECT)
    reason = models.CharField(max_length=400)
    maker = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="command_orders"
    )
    made_at = models.DateTimeField()
    not_before = models.DateTimeField()
    not_after = models.DateTimeField()
    proposal = models.OneToOneField(
        "control.Proposal", null=True, on_delete=models.PROTECT, help_text="Null: one person's"
    )
    key = models.CharField(max_length=80, null=True, unique=True)

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class Command(models.Model):
    """One meter's command: what was asked, what was seen before and after."""

    order = models.ForeignKey(CommandOrder, on_delete=models.PROTECT, related_name="commands")
    device = models.ForeignKey("devices.Device", on_delete=models.PROTECT, related_name="commands")
    kind = models.CharField(max_length=12, choices=CommandKind.choices)
    state = models.CharField(
        max_length=10, choices=CommandState.choices, default=CommandState.PROPOSED
    )
    task = models.OneToOneField("campaigns.Task", null=True, on_delete=models.PROTECT)
    changed_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, help_text="Written down before it is sent")
    progress = models.JSONField(null=True, help_text="Phases passed, for commands of several")
    seen = models.JSONField(null=True, help_text="State read back, before and after")
    message = models.CharField(max_length=400, blank=True)

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                fields=["device", "kind"],
                condition=models.Q(state__in=("proposed", "queued", "sending")),
                name="command_one_at_a_time",
            ),
        )
        indexes = (models.Index(fields=["state", "id"], name="command_of_state"),)

    def __str__(self) -> str:
        return f"{self.kind} {self.device_id} {self.state}"
