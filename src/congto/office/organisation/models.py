"""The tree of units, dated: units merge and change companies."""

from django.db import models

from congto.office.organisation.choices import UnitKind


class Unit(models.Model):
    """One unit in one place of the tree for a time; `path` makes a subtree one prefix search."""

    code = models.CharField(max_length=16, unique=True)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=12, choices=UnitKind.choices)
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="children"
    )
    path = models.CharField(
        max_length=80, unique=True, help_text="Codes from the root down, each followed by a slash"
    )
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ("path",)
        indexes = (models.Index(fields=["path"], name="unit_path", opclasses=["text_pattern_ops"]),)

    def __str__(self) -> str:
        return f"{self.code} {self.name}"
