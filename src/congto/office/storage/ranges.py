"""Date ranges in constraints: two dated rows are never in force at once."""

from django.contrib.postgres.fields import DateRangeField, RangeBoundary
from django.db.models import Func


class DateRange(Func):
    """`daterange(from, to, '[)')`: half-open; an absent end is open."""

    function = "DATERANGE"
    output_field = DateRangeField()


def validity() -> DateRange:
    """Return the range of the house's dated rows, columns `valid_from` and `valid_to`."""
    return DateRange("valid_from", "valid_to", RangeBoundary())
