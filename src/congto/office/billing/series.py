"""Invoice series: one a year for each company, and which series a unit issues in."""

from __future__ import annotations

from string import ascii_uppercase
from typing import TYPE_CHECKING

from django.db import transaction

from congto.office.billing.models import InvoiceSeries
from congto.office.organisation.choices import UnitKind
from congto.office.organisation.models import Unit
from congto.vocabulary.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterable

LETTERS = len(ascii_uppercase)


@transaction.atomic
def series_of(units: Iterable[int], year: int) -> dict[int, int]:
    """Return the series in which each unit issues in a year; open those that are not open yet.

    A unit issues in the series of the company it belongs to, a unit above all companies in its own.
    """
    by_path = {unit.path: unit for unit in Unit.objects.all()}
    issuers = {number: issuer_of(number, by_path) for number in units}
    found = {one.unit_id: one.pk for one in InvoiceSeries.objects.filter(year=year)}
    for issuer in sorted(
        {unit.pk: unit for unit in issuers.values()}.values(), key=lambda u: u.path
    ):
        if issuer.pk not in found:
            one, _ = InvoiceSeries.objects.get_or_create(
                unit=issuer, year=year, defaults={"symbol": symbol(len(found), year)}
            )
            found[issuer.pk] = one.pk
    return {number: found[unit.pk] for number, unit in issuers.items()}


def issuer_of(number: int, by_path: dict[str, Unit]) -> Unit:
    """Return the company of a unit, or the unit itself where no company is at or above it."""
    unit = next((one for one in by_path.values() if one.pk == number), None)
    if unit is None:
        raise RefusedError(f"unit number {number} is not in the books")
    codes = unit.path.rstrip("/").split("/")
    above = (by_path.get("/".join(codes[:depth]) + "/") for depth in range(len(codes), 0, -1))
    return next((one for one in above if one and one.kind == UnitKind.COMPANY), unit)


def symbol(number: int, year: int) -> str:
    """Return the symbol (KHHDon) of the n-th series of a year: 0 in 2026 -> "K26TAA".

    K: without a code of the tax authority; the year; T: issued by an organisation as a seller; two
    letters of the issuer's choice (TT 78/2021/TT-BTC Art. 4, single source).
    """
    if number >= LETTERS * LETTERS:
        raise RefusedError(
            f"{number} invoice series in {year}", expected=f"at most {LETTERS * LETTERS}"
        )
    return (
        f"K{year % 100:02}T{ascii_uppercase[number // LETTERS]}{ascii_uppercase[number % LETTERS]}"
    )
