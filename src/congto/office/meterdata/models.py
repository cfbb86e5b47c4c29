"""Register readings (append-only versions) and the usage determined from them.

Interval readings live in the Delta table (office.storage.intervals), not here.
Mass tables carry foreign keys without database constraints: a check per row would halve the speed
of a run, and the runs write only keys they have just read.
"""

from django.db import models

from congto.office.meterdata.choices import ReadingSource, RegisterKind


class RegisterReading(models.Model):
    """Dial of one register at 00:00 local time of a day; a correction is a higher version."""

    usage_point = models.ForeignKey(
        "meters.UsagePoint", on_delete=models.PROTECT, db_constraint=False, db_index=False
    )
    meter = models.ForeignKey(
        "meters.Meter", on_delete=models.PROTECT, db_constraint=False, db_index=False
    )
    register = models.SmallIntegerField(choices=RegisterKind.choices)
    read_on = models.DateField()
    version = models.SmallIntegerField(default=1)
    index_wh = models.BigIntegerField(help_text="What the dial shows, in Wh, before the multiplier")
    quality = models.SmallIntegerField(help_text="vocabulary.quality.Quality")
    source = models.SmallIntegerField(choices=ReadingSource.choices)
    known_at = models.DateTimeField(help_text="When this version entered the books")

    class Meta:
        constraints = (
            models.UniqueConstraint(
                # With the meter: on the day of a change the old and the new one are both read.
                fields=["usage_point", "meter", "register", "read_on", "version"],
                name="register_reading_key",
            ),
        )

    def __str__(self) -> str:
        return f"{self.usage_point_id} {self.read_on} {self.register}: {self.index_wh}"


class Usage(models.Model):
    """Determinants of one agreement in one period: what billing needs to know of the meters."""

    agreement = models.ForeignKey(
        "customers.Agreement", on_delete=models.PROTECT, db_constraint=False, db_index=False
    )
    reading_book = models.ForeignKey(
        "meters.ReadingBook", on_delete=models.PROTECT, db_constraint=False
    )
    period_from = models.DateField()
    period_to = models.DateField()
    version = models.SmallIntegerField(default=1)
    energy_wh = models.BigIntegerField(help_text="Billed active energy, whole kWh in Wh")
    normal_wh = models.BigIntegerField(default=0)
    peak_wh = models.BigIntegerField(default=0)
    off_peak_wh = models.BigIntegerField(default=0)
    reactive_varh = models.BigIntegerField(default=0)
    quality = models.SmallIntegerField()
    flags = models.SmallIntegerField(
        default=0, db_default=0, help_text="Sum of vocabulary.quality.UsageFlag"
    )
    known_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["agreement", "period_from", "version"], name="usage_key"
            ),
        )

    def __str__(self) -> str:
        return f"{self.agreement_id} {self.period_from}: {self.energy_wh} Wh"
