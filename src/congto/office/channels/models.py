"""Drawers and receipts, mandates and agents, lists of bills to collect, places and named lists."""

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models

from congto.office.channels.choices import DrawerState, LineState, ListKind, Tender
from congto.office.storage.ranges import validity


class Drawer(models.Model):
    """A cash drawer of a counter (ngăn kéo thu tiền)."""

    code = models.CharField(max_length=16, unique=True)
    name = models.CharField(max_length=120)
    unit = models.ForeignKey("organisation.Unit", on_delete=models.PROTECT)
    counter = models.ForeignKey("payments.Partner", on_delete=models.PROTECT)
    float_vnd = models.BigIntegerField(
        default=0, help_text="Change that stays in the drawer overnight (quỹ lẻ), whole đồng"
    )

    class Meta:
        ordering = ("code",)
        constraints = (
            models.CheckConstraint(name="drawer_float", condition=models.Q(float_vnd__gte=0)),
        )

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class DrawerTurn(models.Model):
    """A cashier's turn at a drawer (ca thu), from opening to counting."""

    drawer = models.ForeignKey(Drawer, on_delete=models.PROTECT, related_name="turns")
    unit = models.ForeignKey("organisation.Unit", on_delete=models.PROTECT)
    cashier = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    state = models.CharField(max_length=12, choices=DrawerState.choices)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                fields=["drawer"], name="drawer_one_turn", condition=models.Q(state="open")
            ),
            models.CheckConstraint(
                name="drawer_turn_closed",
                condition=models.Q(state="open", closed_at__isnull=True)
                | (~models.Q(state="open") & models.Q(closed_at__isnull=False)),
            ),
        )

    def __str__(self) -> str:
        return f"{self.drawer_id}/{self.pk}"


class TenderCount(models.Model):
    """What a turn should hold of a tender and what was counted; FLOAT at its opening."""

    turn = models.ForeignKey(DrawerTurn, on_delete=models.PROTECT, related_name="counts")
    tender = models.CharField(max_length=8, choices=Tender.choices)
    expected_vnd = models.BigIntegerField()
    counted_vnd = models.BigIntegerField()

    class Meta:
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(fields=["turn", "tender"], name="tender_count_key"),
            models.CheckConstraint(
                name="tender_count_sign",
                condition=models.Q(counted_vnd__gte=0, expected_vnd__gte=0),
            ),
        )

    def __str__(self) -> str:
        return f"{self.turn_id} {self.tender}: {self.counted_vnd}"

    @property
    def difference_vnd(self) -> int:
        """Return counted less expected: below zero where money lacks."""
        return self.counted_vnd - self.expected_vnd


class Receipt(models.Model):
    """A receipt of a counter (phiếu thu); numbers of a turn have no gap, the key makes it once."""

    turn = models.ForeignKey(DrawerTurn, on_delete=models.PROTECT, related_name="receipts")
    number = models.IntegerField(help_text="1, 2, 3 ... in its turn")
    unit = models.ForeignKey("organisation.Unit", on_delete=models.PROTECT)
    key = models.CharField(max_length=40, unique=True, help_text="Made by the form that asked")
    customer = models.ForeignKey("customers.Customer", on_delete=models.PROTECT)
    tender = models.CharField(max_length=8, choices=Tender.choices)
    amount_vnd = models.BigIntegerField()
    partner_txn_id = models.CharField(max_length=40, unique=True, help_text="Of its payments")
    issued_at = models.DateTimeField()
    reversed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(fields=["turn", "number"], name="receipt_number"),
            models.CheckConstraint(name="receipt_amount", condition=models.Q(amount_vnd__gt=0)),
        )

    def __str__(self) -> str:
        return self.partner_txn_id


class Mandate(models.Model):
    """A customer's order to its bank to pay bills by itself (ủy nhiệm trích nợ tự động)."""

    number = models.CharField(max_length=32, unique=True)
    customer = models.ForeignKey("customers.Customer", on_delete=models.PROTECT)
    unit = models.ForeignKey("organisation.Unit", on_delete=models.PROTECT)
    bank = models.ForeignKey("payments.Partner", on_delete=models.PROTECT)
    account = models.CharField(max_length=32, help_text="That the bank debits")
    holder = models.CharField(max_length=120)
    limit_vnd = models.BigIntegerField(null=True, blank=True, help_text="Of a bill; null: none")
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    document = models.CharField(max_length=120)

    class Meta:
        ordering = ("number",)
        constraints = (
            ExclusionConstraint(
                name="mandate_one_in_force",
                expressions=(("customer", "="), (validity(), RangeOperators.OVERLAPS)),
            ),
            models.CheckConstraint(
                name="mandate_limit",
                condition=models.Q(limit_vnd__isnull=True) | models.Q(limit_vnd__gt=0),
            ),
        )

    def __str__(self) -> str:
        return self.number


class Agent(models.Model):
    """A local retail-service agent (đại lý dịch vụ bán lẻ điện năng) and its contract."""

    partner = models.OneToOneField("payments.Partner", on_delete=models.PROTECT)
    unit = models.ForeignKey("organisation.Unit", on_delete=models.PROTECT)
    phone = models.CharField(max_length=20, blank=True)
    visits_homes = models.BooleanField(help_text="Collects at customers' homes, not at a point")
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    document = models.CharField(max_length=120)

    class Meta:
        ordering = ("partner__code",)

    def __str__(self) -> str:
        return f"{self.partner_id}"


class AgentBook(models.Model):
    """A reading book whose bills an agent collects; a book has one agent at a time."""

    agent = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="books")
    book = models.ForeignKey("meters.ReadingBook", on_delete=models.PROTECT)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ("book__code", "valid_from")
        constraints = (
            ExclusionConstraint(
                name="agent_book_one_in_force",
                expressions=(("book", "="), (validity(), RangeOperators.OVERLAPS)),
            ),
        )

    def __str__(self) -> str:
        return f"{self.agent_id} {self.book_id}"


class CollectionList(models.Model):
    """Bills handed to a bank or an agent for collection (bảng kê giao thu): out as a file."""

    kind = models.CharField(max_length=8, choices=ListKind.choices)
    partner = models.ForeignKey("payments.Partner", on_delete=models.PROTECT)
    unit = models.ForeignKey("organisation.Unit", on_delete=models.PROTECT)
    collect_on = models.DateField()
    channel = models.CharField(max_length=24, help_text="Of the payments that it brings")
    lines_count = models.IntegerField()
    total_vnd = models.BigIntegerField()
    made_at = models.DateTimeField()

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                fields=["partner", "unit", "collect_on"], name="collection_list_key"
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.partner_id} {self.collect_on}"


class CollectionLine(models.Model):
    """A bill on a list; it is out on one list at a time."""

    list = models.ForeignKey(CollectionList, on_delete=models.PROTECT, related_name="lines")
    number = models.IntegerField(help_text="1, 2, 3 ... in its list")
    unit = models.ForeignKey("organisation.Unit", on_delete=models.PROTECT)
    bill = models.ForeignKey("billing.Bill", on_delete=models.PROTECT, db_constraint=False)
    agreement = models.ForeignKey("customers.Agreement", on_delete=models.PROTECT)
    mandate = models.ForeignKey(Mandate, null=True, on_delete=models.PROTECT)
    reference = models.CharField(max_length=24, unique=True)
    amount_vnd = models.BigIntegerField()
    state = models.CharField(max_length=8, choices=LineState.choices)
    reason = models.CharField(max_length=120, blank=True)
    paid_at = models.DateTimeField(null=True)
    tries = models.IntegerField(default=0, help_text="Numbers under which it was posted")

    class Meta:
        ordering = ("list", "number")
        constraints = (
            models.UniqueConstraint(
                fields=["bill"],
                name="bill_on_one_list",
                # Not where money waits: it may come late, when the bill is out elsewhere.
                condition=models.Q(state="out"),
            ),
            models.UniqueConstraint(fields=["list", "number"], name="collection_line_number"),
            models.CheckConstraint(name="collection_amount", condition=models.Q(amount_vnd__gt=0)),
        )

    def __str__(self) -> str:
        return self.reference


class ListResult(models.Model):
    """A result file of a list; the same file again does nothing."""

    list = models.ForeignKey(CollectionList, on_delete=models.PROTECT, related_name="results")
    digest = models.CharField(max_length=64, help_text="SHA-256 of the file")
    came_at = models.DateTimeField()
    told = models.JSONField(help_text="Counts by what became of the lines, and sentences")

    class Meta:
        ordering = ("-id",)
        constraints = (models.UniqueConstraint(fields=["list", "digest"], name="list_result_once"),)

    def __str__(self) -> str:
        return f"{self.list_id} {self.digest[:12]}"


class Commune(models.Model):
    """A commune or ward under its code; merged ones stay, since lists name them."""

    code = models.CharField(max_length=8, unique=True)
    name = models.CharField(max_length=120)
    province = models.CharField(max_length=120)

    class Meta:
        ordering = ("code",)

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class PointPlace(models.Model):
    """In which commune, and where, a usage point stands from a day on."""

    usage_point = models.ForeignKey(
        "meters.UsagePoint", on_delete=models.PROTECT, related_name="places"
    )
    commune = models.ForeignKey(Commune, on_delete=models.PROTECT)
    longitude = models.FloatField(null=True, blank=True)
    latitude = models.FloatField(null=True, blank=True)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ("usage_point", "valid_from")
        constraints = (
            ExclusionConstraint(
                name="point_place_one_in_force",
                expressions=(("usage_point", "="), (validity(), RangeOperators.OVERLAPS)),
            ),
        )

    def __str__(self) -> str:
        return f"{self.usage_point_id} {self.commune_id} {self.valid_from}"


class ListedCommune(models.Model):
    """A commune of special difficulty by a decision; it may leave the list before the others."""

    decision = models.CharField(max_length=24, help_text="As reference data name it: 900/QĐ-TTg")
    commune = models.ForeignKey(Commune, on_delete=models.PROTECT)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ("decision", "commune")
        constraints = (
            models.UniqueConstraint(fields=["decision", "commune"], name="listed_commune_once"),
        )

    def __str__(self) -> str:
        return f"{self.decision} {self.commune_id}"


class KpiNaming(models.Model):
    """Which decision's list the target of a unit's payment channels names, from a day on."""

    valid_from = models.DateField(unique=True)
    decision = models.CharField(max_length=24)
    document = models.CharField(max_length=120, help_text="That sets the target")

    class Meta:
        ordering = ("-valid_from",)

    def __str__(self) -> str:
        return f"{self.valid_from} {self.decision}"


class PartnerPoint(models.Model):
    """Where a partner or an agent takes payments (điểm thu)."""

    code = models.CharField(max_length=32, unique=True)
    partner = models.ForeignKey("payments.Partner", on_delete=models.PROTECT)
    name = models.CharField(max_length=160)
    address = models.CharField(max_length=240, blank=True)
    longitude = models.FloatField()
    latitude = models.FloatField()
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ("code",)

    def __str__(self) -> str:
        return f"{self.code} {self.name}"
