"""The month in figures, one row a unit; derived from the other books and never typed."""

from django.db import models

from congto.office.scorecard.choices import CheckName


class MonthFigure(models.Model):
    """One unit in one month."""

    month = models.DateField(help_text="First day of the month")
    unit = models.ForeignKey("organisation.Unit", on_delete=models.PROTECT)
    customers = models.IntegerField()
    bills = models.IntegerField()
    received_wh = models.BigIntegerField()
    bulk_wh = models.BigIntegerField()
    sold_wh = models.BigIntegerField()
    loss_wh = models.BigIntegerField()
    net_vnd = models.BigIntegerField(help_text="Revenue before VAT")
    vat_vnd = models.BigIntegerField()
    gross_vnd = models.BigIntegerField()
    collected_vnd = models.BigIntegerField()
    payers = models.IntegerField(help_text="Customers who paid")
    payers_by_partner = models.IntegerField(help_text="Of them by bank or intermediary")

    class Meta:
        ordering = ("month", "unit")
        constraints = (models.UniqueConstraint(fields=["month", "unit"], name="month_figure_key"),)

    def __str__(self) -> str:
        return f"{self.month} {self.unit_id}"


class MonthCheck(models.Model):
    """One sum check of a month: both sides in their unit, and whether they agree."""

    month = models.DateField()
    name = models.CharField(max_length=32, choices=CheckName.choices)
    left = models.BigIntegerField()
    right = models.BigIntegerField()
    measure = models.CharField(max_length=8, help_text="Wh or VND")
    agrees = models.BooleanField()

    class Meta:
        ordering = ("month", "name")
        constraints = (models.UniqueConstraint(fields=["month", "name"], name="month_check_key"),)

    def __str__(self) -> str:
        return f"{self.month} {self.name}: {self.agrees}"
