"""Cases of overdue debt and what was done about each; plans, orders, interest, deposits, write-off.

Steps are append-only and say what was done when; a case repeats what the next decision needs of
them. What is owed is never kept here: it is what the ledger says.
"""

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models

from congto.office.arrears.choices import (
    CaseState,
    DepositMove,
    OrderKind,
    OrderState,
    PlanState,
    RunState,
    StepKind,
    Way,
)
from congto.office.storage.ranges import validity


class DunningRun(models.Model):
    """The steps of one local day, cut by unit; a rerun does the units that are left."""

    day = models.DateField(unique=True)
    state = models.CharField(max_length=8, choices=RunState.choices, default=RunState.OPEN)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT)

    class Meta:
        ordering = ("-day",)

    def __str__(self) -> str:
        return f"{self.day} {self.state}"


class DunningPart(models.Model):
    """A unit's part of a run, written whole in one transaction."""

    run = models.ForeignKey(DunningRun, on_delete=models.PROTECT, related_name="parts")
    unit = models.ForeignKey("organisation.Unit", on_delete=models.PROTECT)
    state = models.CharField(max_length=8, choices=RunState.choices, default=RunState.OPEN)
    cases = models.IntegerField(default=0, help_text="Agreements that were judged")
    owed_vnd = models.BigIntegerField(default=0, help_text="Overdue, of these")
    steps = models.JSONField(default=dict, help_text="Step -> how many")

    class Meta:
        ordering = ("run", "unit")
        constraints = (models.UniqueConstraint(fields=["run", "unit"], name="dunning_part_key"),)

    def __str__(self) -> str:
        return f"{self.run_id}/{self.unit_id} {self.state}"


class Case(models.Model):
    """An agreement's overdue debt (hồ sơ nợ), from the first notice on; one is open at a time."""

    agreement = models.ForeignKey(
        "customers.Agreement", on_delete=models.PROTECT, related_name="arrears"
    )
    unit = models.ForeignKey("organisation.Unit", on_delete=models.PROTECT)
    state = models.CharField(max_length=8, choices=CaseState.choices, default=CaseState.OPEN)
    opened_on = models.DateField()
    closed_on = models.DateField(null=True)
    due_date = models.DateField(help_text="Of the oldest bill owed, at the last step")
    owed_vnd = models.BigIntegerField(help_text="Overdue at the last step")
    round = models.IntegerField(help_text="Of notices: each begins with a first one")
    notices = models.IntegerField(help_text="In the round")
    first_on = models.DateField()
    last_on = models.DateField()
    covers_due = models.DateField(help_text="Latest due date that the first notice named")
    warned_at = models.DateTimeField(null=True)
    cut_on = models.DateField(null=True, help_text="Day that the warning announced")

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                fields=["agreement"], condition=models.Q(state="open"), name="case_one_open"
            ),
        )
        indexes = (
            models.Index(
                fields=["unit", "id"], condition=models.Q(state="open"), name="case_open_unit"
            ),
        )

    def __str__(self) -> str:
        return f"{self.agreement_id} {self.opened_on} {self.state}"


class DunningStep(models.Model):
    """One thing that was done about a debt. Append-only; one of a kind a day for an agreement."""

    agreement = models.ForeignKey(
        "customers.Agreement", on_delete=models.PROTECT, db_constraint=False, db_index=False
    )
    unit = models.ForeignKey(
        "organisation.Unit", on_delete=models.PROTECT, db_constraint=False, db_index=False
    )
    kind = models.CharField(max_length=12, choices=StepKind.choices)
    day = models.DateField()
    at = models.DateTimeField()
    round = models.IntegerField(default=0, help_text="0: a reminder, before any notice")
    due_date = models.DateField(null=True, help_text="Of the oldest bill owed; null: nothing was")
    owed_vnd = models.BigIntegerField(help_text="Overdue; of a reminder: what will be due")
    cut_on = models.DateField(null=True, help_text="Day that a warning announces")

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(fields=["agreement", "kind", "day"], name="step_once_a_day"),
        )
        indexes = (
            models.Index(fields=["day", "kind"], name="step_of_day"),
            models.Index(fields=["unit", "-id"], name="step_of_unit"),
        )

    def __str__(self) -> str:
        return f"{self.agreement_id} {self.kind} {self.day}"


class Complaint(models.Model):
    """A complaint about bills or meter: while it is open, no supply is cut for debt."""

    agreement = models.ForeignKey(
        "customers.Agreement", on_delete=models.PROTECT, related_name="complaints"
    )
    valid_from = models.DateField(help_text="Opened on")
    valid_to = models.DateField(
        null=True, blank=True, help_text="The day it is no more; null: open"
    )
    text = models.CharField(max_length=400)
    answer = models.CharField(max_length=400, blank=True)

    class Meta:
        ordering = ("-valid_from",)
        constraints = (
            ExclusionConstraint(
                name="complaint_one_at_a_time",
                expressions=(("agreement", "="), (validity(), RangeOperators.OVERLAPS)),
            ),
        )

    def __str__(self) -> str:
        return f"{self.agreement_id} {self.valid_from}"


class PaymentPlan(models.Model):
    """An agreement to pay bills one by one; while it is kept, nothing else is done."""

    agreement = models.ForeignKey(
        "customers.Agreement", on_delete=models.PROTECT, related_name="payment_plans"
    )
    state = models.CharField(max_length=8, choices=PlanState.choices, default=PlanState.ACTIVE)
    made_on = models.DateField()
    owed_vnd = models.BigIntegerField(help_text="On its bills when it was made")
    ended_on = models.DateField(null=True)

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                fields=["agreement"], condition=models.Q(state="active"), name="plan_one_active"
            ),
        )

    def __str__(self) -> str:
        return f"{self.agreement_id} {self.made_on} {self.state}"


class Instalment(models.Model):
    """A bill that is paid by a day at the latest: payments clear whole bills, so do instalments."""

    plan = models.ForeignKey(PaymentPlan, on_delete=models.PROTECT, related_name="instalments")
    bill = models.ForeignKey("billing.Bill", on_delete=models.PROTECT, db_constraint=False)
    due_on = models.DateField()
    amount_vnd = models.BigIntegerField(help_text="Owed on the bill when the plan was made")

    class Meta:
        ordering = ("plan", "due_on", "bill")
        constraints = (
            models.UniqueConstraint(fields=["plan", "bill"], name="instalment_key"),
            models.CheckConstraint(
                name="instalment_positive", condition=models.Q(amount_vnd__gt=0)
            ),
        )

    def __str__(self) -> str:
        return f"{self.plan_id}/{self.bill_id}: {self.due_on}"


class SupplyOrder(models.Model):
    """An order (phiếu) to cut the supply of one point for debt, or to give it back.

    Whether a point is cut is what the latest order that was carried out says.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="orders")
    usage_point = models.ForeignKey("meters.UsagePoint", on_delete=models.PROTECT)
    unit = models.ForeignKey("organisation.Unit", on_delete=models.PROTECT)
    kind = models.CharField(max_length=12, choices=OrderKind.choices)
    way = models.CharField(max_length=8, choices=Way.choices)
    state = models.CharField(max_length=10, choices=OrderState.choices, default=OrderState.ORDERED)
    not_before = models.DateTimeField()
    not_after = models.DateTimeField()
    command_order = models.ForeignKey(
        "commands.CommandOrder", null=True, on_delete=models.PROTECT, related_name="supply_orders"
    )
    maker = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    result = models.CharField(max_length=400, blank=True)

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                fields=["usage_point"],
                condition=models.Q(state="ordered"),
                name="supply_order_one_waits",
            ),
            models.CheckConstraint(
                name="supply_order_way",
                condition=models.Q(way="remote", command_order__isnull=False)
                | models.Q(way="field", command_order__isnull=True),
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.usage_point_id} {self.state}"


class InterestCharge(models.Model):
    """Interest of a bill paid late, counted up to a day: what it came to, and what was new."""

    bill = models.ForeignKey(
        "billing.Bill", on_delete=models.PROTECT, db_constraint=False, related_name="interest"
    )
    agreement = models.ForeignKey(
        "customers.Agreement", on_delete=models.PROTECT, db_constraint=False, db_index=False
    )
    unit = models.ForeignKey(
        "organisation.Unit", on_delete=models.PROTECT, db_constraint=False, db_index=False
    )
    until = models.DateField()
    total_vnd = models.BigIntegerField(help_text="From the due date to the day")
    amount_vnd = models.BigIntegerField(help_text="Total less what was charged before; posted")

    class Meta:
        ordering = ("-id",)
        indexes = (models.Index(fields=["unit", "-id"], name="interest_of_unit"),)

    def __str__(self) -> str:
        return f"{self.bill_id} {self.until}: {self.amount_vnd}"


class InterestPayment(models.Model):
    """Interest of one bill paid by a bank transfer that waits in suspense."""

    bill = models.ForeignKey("billing.Bill", on_delete=models.PROTECT, db_constraint=False)
    agreement = models.ForeignKey("customers.Agreement", on_delete=models.PROTECT)
    unit = models.ForeignKey("organisation.Unit", on_delete=models.PROTECT)
    line = models.ForeignKey("settlement.BankStatementLine", on_delete=models.PROTECT)
    amount_vnd = models.BigIntegerField()
    accounting_date = models.DateField()

    class Meta:
        constraints = (
            models.CheckConstraint(
                name="interest_payment_positive", condition=models.Q(amount_vnd__gt=0)
            ),
        )

    def __str__(self) -> str:
        return f"{self.bill_id}: {self.amount_vnd}"


class WriteOff(models.Model):
    """What was still owed on a bill and is given up; a bill is given up once."""

    bill = models.OneToOneField("billing.Bill", on_delete=models.PROTECT, db_constraint=False)
    agreement = models.ForeignKey("customers.Agreement", on_delete=models.PROTECT)
    unit = models.ForeignKey("organisation.Unit", on_delete=models.PROTECT)
    net_vnd = models.BigIntegerField()
    vat_vnd = models.BigIntegerField()
    interest_vnd = models.BigIntegerField()
    document = models.CharField(max_length=120, help_text="Decision that says so")
    accounting_date = models.DateField()

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"{self.bill_id} {self.document}"


class Deposit(models.Model):
    """One move of the deposit that an agreement has given (ký quỹ). Append-only."""

    agreement = models.ForeignKey(
        "customers.Agreement", on_delete=models.PROTECT, related_name="deposits"
    )
    unit = models.ForeignKey("organisation.Unit", on_delete=models.PROTECT)
    move = models.CharField(max_length=8, choices=DepositMove.choices)
    amount_vnd = models.BigIntegerField(help_text="Positive: taken; negative: applied, returned")
    bill = models.ForeignKey(
        "billing.Bill", null=True, on_delete=models.PROTECT, db_constraint=False
    )
    line = models.ForeignKey(
        "settlement.BankStatementLine", null=True, on_delete=models.PROTECT,
        help_text="Transfer that waits in suspense; of a deposit taken",
    )  # fmt: skip
    document = models.CharField(max_length=120)
    accounting_date = models.DateField()

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.CheckConstraint(
                name="deposit_move",
                condition=models.Q(
                    move="taken", amount_vnd__gt=0, line__isnull=False, bill__isnull=True
                )
                | models.Q(move="applied", amount_vnd__lt=0, line__isnull=True, bill__isnull=False)
                | models.Q(move="returned", amount_vnd__lt=0, line__isnull=True, bill__isnull=True),
            ),
        )

    def __str__(self) -> str:
        return f"{self.agreement_id} {self.move} {self.amount_vnd}"
