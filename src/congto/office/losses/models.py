"""Energy balances: what an element received, what left it by other meters, what is lost."""

from django.db import models

from congto.office.losses.choices import BalanceLevel


class EnergyBalance(models.Model):
    """One element in one month, from meters only."""

    month = models.DateField(help_text="First day of the month")
    element = models.ForeignKey("network.NetworkElement", on_delete=models.PROTECT)
    unit = models.ForeignKey("organisation.Unit", on_delete=models.PROTECT)
    level = models.CharField(max_length=12, choices=BalanceLevel.choices)
    received_wh = models.BigIntegerField()
    passed_on_wh = models.BigIntegerField(help_text="Received by the elements it feeds")
    bulk_wh = models.BigIntegerField(help_text="Handed over at bulk stations")
    sold_wh = models.BigIntegerField(help_text="Billed to the customers fed directly")
    loss_wh = models.BigIntegerField()
    points = models.IntegerField(help_text="Customer points that should have been read")
    points_measured = models.IntegerField(help_text="Customer points with a measured usage")

    class Meta:
        ordering = ("month", "element")
        constraints = (
            models.UniqueConstraint(fields=["month", "element"], name="energy_balance_key"),
        )

    def __str__(self) -> str:
        return f"{self.month} {self.element_id}: {self.loss_wh} Wh"
