"""Network elements as a tree: substation, feeder, transformer or bulk station."""

from django.db import models

from congto.office.network.choices import ElementKind


class NetworkElement(models.Model):
    """One metered element; `parent` is the element that feeds it in the normal switching state."""

    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=12, choices=ElementKind.choices)
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="fed"
    )
    unit = models.ForeignKey("organisation.Unit", on_delete=models.PROTECT)
    nominal_kv = models.DecimalField(max_digits=6, decimal_places=2)
    rated_kva = models.IntegerField(null=True, blank=True)
    longitude = models.FloatField(null=True, blank=True)
    latitude = models.FloatField(null=True, blank=True)

    class Meta:
        ordering = ("code",)

    def __str__(self) -> str:
        return f"{self.code} {self.name}"
