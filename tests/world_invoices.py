"""Invoice numbers for bills that a test's world enters by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from congto.office.billing.models import InvoiceSeries

if TYPE_CHECKING:
    from congto.office.organisation.models import Unit


def numbered(unit: Unit) -> tuple[InvoiceSeries, int]:
    """Take the next number of a unit's series of 2026; the series is opened where it is absent."""
    series, _ = InvoiceSeries.objects.get_or_create(
        unit=unit, year=2026, defaults={"symbol": f"K26T{unit.pk % 26 + 65:c}A"}
    )
    number = series.next_no
    series.next_no += 1
    series.save()
    return series, number
