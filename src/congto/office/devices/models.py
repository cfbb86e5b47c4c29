"""Devices, concentrators, access limits, secrets at rest and their counters."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from congto.office.devices.choices import (
    CertificateUse,
    DeviceState,
    LimitKind,
    Path,
    SecretPhase,
    SecretUse,
)


class AccessLimit(models.Model):
    """A token bucket and a number of sessions at once, for all or for one cell or concentrator."""

    kind = models.CharField(max_length=12, choices=LimitKind.choices)
    code = models.CharField(max_length=40, blank=True, help_text="Empty for all")
    sessions_max = models.IntegerField(help_text="Sessions at once")
    starts_per_minute = models.IntegerField(help_text="Sessions begun, in the long run")
    burst = models.IntegerField(help_text="Sessions begun at once after a quiet time")
    tokens_milli = models.BigIntegerField(default=0, help_text="Thousandths of a start")
    refilled_at = models.DateTimeField()

    class Meta:
        ordering = ("kind", "code")
        constraints = (
            models.UniqueConstraint(fields=["kind", "code"], name="access_limit_key"),
            models.CheckConstraint(
                name="access_limit_positive",
                condition=models.Q(sessions_max__gt=0, starts_per_minute__gt=0, burst__gt=0),
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.code}"


class Concentrator(models.Model):
    """A concentrator (bộ tập trung, DCU): collects many meters over radio or power line."""

    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=120, blank=True)
    unit = models.ForeignKey("organisation.Unit", on_delete=models.PROTECT)
    adapter = models.CharField(max_length=40, blank=True, help_text="Of the files it delivers")
    host = models.CharField(max_length=80, blank=True)
    port = models.IntegerField(null=True, blank=True)
    cell = models.CharField(max_length=40, blank=True)
    state = models.CharField(max_length=10, choices=DeviceState.choices, default=DeviceState.ACTIVE)
    last_heard_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("code",)

    def __str__(self) -> str:
        return self.code


class Device(models.Model):
    """A meter that can be talked to (IEC 61968 EndDevice with its communication module)."""

    meter = models.OneToOneField("meters.Meter", on_delete=models.PROTECT, related_name="device")
    unit = models.ForeignKey(
        "organisation.Unit", on_delete=models.PROTECT, help_text="Which looks after it"
    )
    profile = models.CharField(max_length=60, help_text="Of the model, headend.profiles")
    path = models.CharField(max_length=12, choices=Path.choices, default=Path.DIRECT)
    concentrator = models.ForeignKey(
        Concentrator, null=True, blank=True, on_delete=models.PROTECT, related_name="devices"
    )
    cell = models.CharField(max_length=40, blank=True, help_text="Of the mobile network")
    host = models.CharField(max_length=80, blank=True)
    port = models.IntegerField(null=True, blank=True)
    logical_device = models.IntegerField(default=1)
    system_title = models.CharField(
        max_length=16, null=True, blank=True, unique=True, help_text="Hexadecimal digits"
    )
    state = models.CharField(max_length=10, choices=DeviceState.choices, default=DeviceState.ACTIVE)
    added_at = models.DateTimeField()
    last_seen_at = models.DateTimeField(null=True, help_text="End of the last good session")
    last_fault = models.CharField(max_length=40, blank=True, help_text="Of the last session")
    failures = models.IntegerField(default=0, help_text="Failed sessions since the last good one")
    clock_drift_s = models.IntegerField(null=True, help_text="Ahead of ours when last read")
    drift_at = models.DateTimeField(null=True)
    firmware = models.CharField(max_length=60, blank=True)

    class Meta:
        ordering = ("id",)
        indexes = (models.Index(fields=["unit", "id"], name="device_of_unit"),)
        constraints = (
            models.CheckConstraint(
                name="device_reachable",
                condition=models.Q(path="direct", port__isnull=False)
                | models.Q(path="concentrator", concentrator__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return f"{self.meter_id} {self.host}:{self.port}"


class DeviceSecret(models.Model):
    """A key or password of a device, sealed under the master key of the house; never shown.

    Its counters are kept with it: a new key starts new ones, and none is ever lowered (trigger).
    """

    device = models.ForeignKey(Device, on_delete=models.PROTECT, related_name="secrets")
    use = models.CharField(max_length=16, choices=SecretUse.choices)
    phase = models.CharField(max_length=8, choices=SecretPhase.choices, default=SecretPhase.CURRENT)
    sealed = models.BinaryField()
    sealed_under = models.CharField(max_length=40, help_text="Name of the master key")
    made_at = models.DateTimeField()
    changed_at = models.DateTimeField(help_text="When it came into this phase")
    upcoming = models.BigIntegerField(default=1, help_text="Our next invocation counter")
    proved = models.BigIntegerField(default=-1, help_text="The meter's highest that a tag proves")

    class Meta:
        ordering = ("device", "use", "phase")
        constraints = (
            models.UniqueConstraint(
                fields=["device", "use"],
                condition=models.Q(phase="current"),
                name="secret_one_current",
            ),
            models.UniqueConstraint(
                fields=["device", "use"],
                condition=models.Q(phase="pending"),
                name="secret_one_pending",
            ),
        )

    def __str__(self) -> str:
        return f"{self.device_id} {self.use} {self.phase}"


class CertificateAuthority(models.Model):
    """Who may vouch for meters: a certificate that a person trusted, until it is withdrawn."""

    name = models.CharField(max_length=200, help_text="Subject, RFC 4514")
    der = models.BinaryField()
    fingerprint = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the DER")
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField()
    added_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return self.name


class DeviceCertificate(models.Model):
    """A public key of a device, vouched for by an authority of the books; nothing in it is secret.

    One is in use at a time for a use; one that was replaced stays, with the time.
    """

    device = models.ForeignKey(Device, on_delete=models.PROTECT, related_name="certificates")
    use = models.CharField(max_length=16, choices=CertificateUse.choices)
    der = models.BinaryField()
    serial = models.CharField(max_length=48, help_text="Hexadecimal digits")
    issuer = models.CharField(max_length=200, help_text="RFC 4514")
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField()
    authority = models.ForeignKey(CertificateAuthority, on_delete=models.PROTECT)
    added_at = models.DateTimeField()
    replaced_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("device", "use", "-id")
        constraints = (
            models.UniqueConstraint(
                fields=["device", "use"],
                condition=models.Q(replaced_at=None),
                name="certificate_one_in_use",
            ),
        )

    def __str__(self) -> str:
        return f"{self.device_id} {self.use} {self.serial}"


class SecretUseRecord(models.Model):
    """Secrets of a device were opened: when, which, for what and by whom. Append-only."""

    at = models.DateTimeField()
    device = models.ForeignKey(
        Device, on_delete=models.PROTECT, db_constraint=False, related_name="secret_uses"
    )
    uses = ArrayField(models.CharField(max_length=16, choices=SecretUse.choices))
    purpose = models.CharField(max_length=40, help_text="reading, command, key change, import ...")
    subject = models.CharField(max_length=60, blank=True, help_text="Session, command or file")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT)

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"{self.at} {self.device_id} {self.purpose}"
