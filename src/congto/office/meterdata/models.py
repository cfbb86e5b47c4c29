"""Register readings (append-only versions) and the usage determined from them.

Interval readings live in the Delta table (office.storage.intervals), not here.
Mass tables carry foreign keys without database constraints: a check per row would halve the speed
of a run, and the runs write only keys they have just read.
"""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from congto.office.meterdata.choices import (
    ChannelKind,
    DayFindingState,
    DirtyStage,
    EventKind,
    OrderOutcome,
    OrderState,
    ReadingSource,
    RegisterKind,
    RuleAction,
    VisitState,
)


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


class RouteStop(models.Model):
    """Where a usage point stands on the way through its reading book, and where its meter hangs."""

    usage_point = models.OneToOneField(
        "meters.UsagePoint", on_delete=models.PROTECT, related_name="route_stop"
    )
    position = models.IntegerField(help_text="Place in the book; points without one come last")
    pole = models.CharField(max_length=40, blank=True)
    meter_box = models.CharField(max_length=40, blank=True)

    class Meta:
        ordering = ("position",)

    def __str__(self) -> str:
        return f"{self.usage_point_id} {self.position}"


class ReadingRound(models.Model):
    """A reader walks one book for one reading day."""

    book = models.ForeignKey("meters.ReadingBook", on_delete=models.PROTECT)
    read_on = models.DateField(help_text="The readings are of 00:00 of this day")
    reader = models.CharField(max_length=40, blank=True, help_text="Code of the reader")
    opened_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["book", "read_on"], name="reading_round_key"),
        )

    def __str__(self) -> str:
        return f"{self.book_id} {self.read_on}"


class ReadingVisit(models.Model):
    """What a reader found at a point; the newest of a reading day counts, none is edited.

    A visit without a reading of that day is a missed read, and its state says why.
    """

    usage_point = models.ForeignKey("meters.UsagePoint", on_delete=models.PROTECT)
    read_on = models.DateField()
    state = models.CharField(max_length=2, choices=VisitState.choices, default=VisitState.NORMAL)
    note = models.CharField(max_length=240, blank=True)
    reader = models.CharField(max_length=40, blank=True)
    confirmed = models.CharField(
        max_length=120, blank=True, help_text="Rules whose doubt the reader answered: read again"
    )
    demands = models.JSONField(
        default=dict, help_text="Register -> highest power in W and its local time, as read"
    )
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT)
    known_at = models.DateTimeField()

    class Meta:
        ordering = ("id",)
        indexes = (
            models.Index(fields=["usage_point", "read_on"], name="visit_of_point"),
            models.Index(fields=["read_on", "id"], name="visit_of_day"),
        )

    def __str__(self) -> str:
        return f"{self.usage_point_id} {self.read_on} {self.state}"


class ReadingPhoto(models.Model):
    """A picture of a dial; the file lies in the data folder under the hash of its content."""

    usage_point = models.ForeignKey("meters.UsagePoint", on_delete=models.PROTECT)
    read_on = models.DateField()
    file = models.CharField(max_length=80)
    size_bytes = models.IntegerField()
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT)
    known_at = models.DateTimeField()

    class Meta:
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(
                fields=["usage_point", "read_on", "file"], name="reading_photo_key"
            ),
        )

    def __str__(self) -> str:
        return self.file


class RereadOrder(models.Model):
    """Somebody has to read a point again; the next reading closes it."""

    usage_point = models.ForeignKey("meters.UsagePoint", on_delete=models.PROTECT)
    read_on = models.DateField(help_text="The reading in doubt is of 00:00 of this day")
    reason = models.CharField(max_length=400)
    origin_kind = models.CharField(max_length=40, blank=True, help_text="bill, finding or empty")
    origin = models.CharField(max_length=60, blank=True)
    state = models.CharField(max_length=10, choices=OrderState.choices, default=OrderState.OPEN)
    outcome = models.CharField(
        max_length=8, choices=OrderOutcome.choices, blank=True, default=OrderOutcome.NONE
    )
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="rereads_asked"
    )
    asked_at = models.DateTimeField()
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="rereads_closed"
    )
    closed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(
                fields=["usage_point", "read_on"],
                condition=models.Q(state="open"),
                name="reread_one_open",
            ),
        )
        indexes = (
            models.Index(fields=["id"], name="reread_open", condition=models.Q(state="open")),
        )

    def __str__(self) -> str:
        return f"{self.usage_point_id} {self.read_on} {self.state}"


class MeterEvent(models.Model):
    """What a meter reported beside its readings: power, covers, magnet, direction, relay, clock.

    A row a moment, as reported. `ended_at` of a row that begins something is set from the row that
    ends it, whichever was delivered first (events_pairs).
    """

    usage_point = models.ForeignKey(
        "meters.UsagePoint", on_delete=models.PROTECT, db_constraint=False, db_index=False
    )
    kind = models.CharField(max_length=20, choices=EventKind.choices)
    code = models.CharField(
        max_length=24, blank=True, help_text="The sender's own, of events that have no other kind"
    )
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, help_text="Null: a moment, or no end is known")
    seconds = models.IntegerField(
        null=True, help_text="Clock set: how far forward; clock off: how far ahead of true time"
    )
    detail = models.CharField(max_length=240, blank=True)
    source = models.CharField(max_length=40, help_text="Who delivered it first")
    known_at = models.DateTimeField()

    class Meta:
        ordering = ("began_at",)
        constraints = (
            models.UniqueConstraint(
                fields=["usage_point", "began_at", "kind", "code"], name="meter_event_key"
            ),
        )
        indexes = (
            # A day's run looks for what began in the weeks before, of a run of points.
            models.Index(fields=["began_at", "usage_point"], name="meter_event_when"),
            # A relay may have been open for months.
            models.Index(
                fields=["usage_point", "began_at"],
                name="meter_event_relay",
                condition=models.Q(kind__in=("relay_open", "relay_closed")),
            ),
        )

    def __str__(self) -> str:
        return f"{self.usage_point_id} {self.began_at} {self.kind}"


class ValidatedPart(models.Model):
    """A run of usage points whose local day is validated, or has begun to be.

    What is delivered for it from then on is late and marked dirty.
    """

    local_day = models.DateField()
    part = models.IntegerField(help_text="Usage points part x 250,000 up to the next part")
    points = models.IntegerField(default=0, help_text="Days validated, all channels")
    done_at = models.DateTimeField(null=True, help_text="Null: begun, to be run again")

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["local_day", "part"], name="validated_part_key"),
        )

    def __str__(self) -> str:
        return f"{self.local_day} {self.part}"


class ClassDay(models.Model):
    """Clean days of a channel and customer class on a local day, added up (vee_class)."""

    local_day = models.DateField()
    channel = models.SmallIntegerField(choices=ChannelKind.choices)
    customer_class = models.SmallIntegerField(help_text="vocabulary.intervals.CustomerClass")
    days = models.BigIntegerField(help_text="Points whose day is in the sums")
    sums = ArrayField(models.BigIntegerField(), help_text="48 half-hours, Wh or varh")
    stale = models.BooleanField(
        default=False, help_text="A change of the day's rows has begun; to be added up anew"
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["local_day", "channel", "customer_class"], name="class_day_key"
            ),
        )

    def __str__(self) -> str:
        return f"{self.local_day} {self.channel} {self.customer_class}: {self.days}"


class LeaningDay(models.Model):
    """A point's day of which some half-hours had no like day.

    They lean, or would, on last year, on registers or on the mean customer of the class.
    """

    usage_point = models.ForeignKey(
        "meters.UsagePoint", on_delete=models.PROTECT, db_constraint=False, db_index=False
    )
    local_day = models.DateField()
    channel = models.SmallIntegerField(choices=ChannelKind.choices)
    customer_class = models.SmallIntegerField(help_text="vocabulary.intervals.CustomerClass")

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["local_day", "usage_point", "channel"], name="leaning_day_key"
            ),
        )
        indexes = (models.Index(fields=["usage_point", "local_day"], name="leaning_day_point"),)

    def __str__(self) -> str:
        return f"{self.local_day} {self.usage_point_id} {self.channel}"


class DirtyDay(models.Model):
    """A point's day from which something has to be derived again; gone when that is done."""

    usage_point = models.ForeignKey(
        "meters.UsagePoint", on_delete=models.PROTECT, db_constraint=False, db_index=False
    )
    local_day = models.DateField()
    stage = models.SmallIntegerField(choices=DirtyStage.choices)
    times = models.IntegerField(
        default=1, help_text="Marks so far: one that came during the work is not taken back by it"
    )
    since = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["stage", "local_day", "usage_point"], name="dirty_day_key"
            ),
        )

    def __str__(self) -> str:
        return f"{self.local_day} {self.usage_point_id} {self.stage}"


class DayFinding(models.Model):
    """What a rule found in the half-hours of a point's day (frame DAY_FINDINGS)."""

    rule = models.CharField(max_length=5)
    action = models.CharField(max_length=9, choices=RuleAction.choices)
    usage_point = models.ForeignKey(
        "meters.UsagePoint", on_delete=models.PROTECT, db_constraint=False, db_index=False
    )
    channel = models.SmallIntegerField(choices=ChannelKind.choices)
    local_day = models.DateField()
    first = models.SmallIntegerField(help_text="First half-hour, 0 to 47")
    last = models.SmallIntegerField(help_text="Last half-hour, included")
    observed = models.BigIntegerField(help_text="In the unit of the rule, mostly Wh")
    expected = models.BigIntegerField()
    state = models.CharField(
        max_length=8, choices=DayFindingState.choices, default=DayFindingState.OPEN
    )
    found_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["local_day", "usage_point", "channel", "rule", "first"],
                name="day_finding_key",
            ),
        )
        indexes = (
            # The queue: what is open, by kind, the newest day first.
            models.Index(
                fields=["rule", "local_day"],
                name="day_finding_open",
                condition=models.Q(state="open"),
            ),
        )

    def __str__(self) -> str:
        return f"{self.rule} {self.usage_point_id} {self.local_day} {self.first}"


class DecidedRule(models.Model):
    """A rule of half-hours as the utility decided it, from a day on, for one class or for all.

    Published rows stay in the reference; of a rule and class the row that began last is in force.
    """

    rule = models.CharField(max_length=5)
    customer_class = models.CharField(max_length=16, blank=True, help_text="Empty: all classes")
    valid_from = models.DateField()
    enabled = models.BooleanField(default=True)
    roles = ArrayField(models.CharField(max_length=16))
    limits = models.JSONField(help_text="Whole numbers by name")
    source = models.CharField(max_length=400)
    known_at = models.DateTimeField()

    class Meta:
        ordering = ("rule", "customer_class", "valid_from")
        constraints = (
            models.UniqueConstraint(
                fields=["rule", "customer_class", "valid_from"], name="decided_rule_key"
            ),
        )

    def __str__(self) -> str:
        return f"{self.rule} {self.customer_class} {self.valid_from}"


class DecidedGateRule(models.Model):
    """A rule before billing from half-hours as the utility decided it, from a day on.

    Published rows stay in the reference; of a rule and group the row that began last is in force.
    """

    rule = models.CharField(max_length=12)
    group = models.CharField(max_length=16, blank=True, help_text="Price group; empty: all")
    valid_from = models.DateField()
    enabled = models.BooleanField(default=True)
    limits = models.JSONField(help_text="Whole numbers by name")
    source = models.CharField(max_length=400)
    known_at = models.DateTimeField()

    class Meta:
        ordering = ("rule", "group", "valid_from")
        constraints = (
            models.UniqueConstraint(
                fields=["rule", "group", "valid_from"], name="decided_gate_rule_key"
            ),
        )

    def __str__(self) -> str:
        return f"{self.rule} {self.group} {self.valid_from}"


class DayCompleteness(models.Model):
    """How much of a day the remotely read points of a unit delivered: by 07:00 and by now."""

    unit = models.ForeignKey("organisation.Unit", on_delete=models.PROTECT)
    local_day = models.DateField()
    points = models.IntegerField(help_text="Points with a meter that is read remotely")
    early = models.BigIntegerField(help_text="Half-hours there at 07:00 of the next day")
    present = models.BigIntegerField(help_text="Half-hours there when it was counted")
    counted_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["local_day", "unit"], name="day_completeness_key"),
        )

    def __str__(self) -> str:
        return f"{self.local_day} {self.unit_id}"


class DayEdit(models.Model):
    """Half-hours that a person put in place of others; holds until a delivery brings new ones."""

    usage_point = models.ForeignKey("meters.UsagePoint", on_delete=models.PROTECT)
    channel = models.SmallIntegerField(choices=ChannelKind.choices)
    local_day = models.DateField()
    before = ArrayField(models.IntegerField(null=True), help_text="The day before the edit, Wh")
    values = ArrayField(
        models.IntegerField(null=True), help_text="48 half-hours, Wh; null: left as it was"
    )
    reason = models.CharField(max_length=400)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        help_text="Null: proposed and approved, the proposal says by whom",
    )
    edited_at = models.DateTimeField()

    class Meta:
        ordering = ("id",)
        indexes = (models.Index(fields=["local_day", "usage_point"], name="day_edit_of_point"),)

    def __str__(self) -> str:
        return f"{self.usage_point_id} {self.local_day}"
