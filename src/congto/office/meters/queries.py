"""Reads of usage points, meters and reading books."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q

from congto.office.meters.models import MeterInstallation

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date

    import polars as pl

    from congto.office.storage.bulk import Bulk
    from congto.vocabulary.periods import Period


def book_ids(books: Bulk) -> pl.DataFrame:
    """Return code and id of every reading book: one row per book."""
    return books.read("SELECT code, id FROM meters_readingbook")


def point_ids(books: Bulk) -> pl.DataFrame:
    """Return code and id of every usage point: one row per point."""
    return books.read("SELECT code, id FROM meters_usagepoint")


def meter_ids(books: Bulk) -> pl.DataFrame:
    """Return code (the serial) and id of every meter: one row per meter."""
    return books.read("SELECT serial AS code, id FROM meters_meter")


def installations(books: Bulk) -> pl.DataFrame:
    """Return which meter hangs where: one row per installation.

    Columns: usage_point_id, meter_id, valid_from, valid_to (null: still there), dial_digits.
    """
    return books.read(
        "SELECT i.usage_point_id, i.meter_id, i.valid_from, i.valid_to, m.dial_digits"
        " FROM meters_meterinstallation i JOIN meters_meter m ON m.id = i.meter_id"
    )


def points_of_meters(serials: Collection[str], on: date) -> dict[str, str]:
    """Return the code of the usage point where each meter hangs on a day, by serial."""
    rows = MeterInstallation.objects.filter(
        Q(valid_to=None) | Q(valid_to__gt=on), meter__serial__in=list(serials), valid_from__lte=on
    )
    return dict(rows.values_list("meter__serial", "usage_point__code"))


def customer_points(books: Bulk, period: Period) -> pl.DataFrame:
    """Return the customer points whose agreement is in force in a period, by id.

    One row per usage point: usage_point, agreement, element (ids).
    """
    return books.read(
        "SELECT p.id AS usage_point, p.agreement_id AS agreement, p.element_id AS element"
        " FROM meters_usagepoint p JOIN customers_agreement a ON a.id = p.agreement_id"
        " WHERE p.kind = 'customer' AND a.valid_from < $2"
        " AND (a.valid_to IS NULL OR a.valid_to > $1) ORDER BY p.id",
        (period.start, period.end),
    )
