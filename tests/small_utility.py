"""A few customers in the books, made with the ORM, for tests of billing and what follows it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime

from congto.office.customers.models import Agreement, Customer, PriceAssignment
from congto.office.meterdata.models import Usage
from congto.office.meters.models import ReadingBook
from congto.office.organisation.models import Unit
from congto.vocabulary.periods import Period

MONTH = Period.month(2026, 10)
AT = datetime(2026, 11, 3, 1, 0, tzinfo=UTC)
ISSUED = date(2026, 11, 3)


@dataclass
class House:
    """One customer: code suffix, kWh of the month, and what its price is assigned as."""

    number: int
    kwh: int
    group: str = "residential"
    subgroup: str | None = None
    voltage: str | None = None
    priced: bool = True
    book: str = "A1"
    unit: str = "PB01"


def units() -> dict[str, Unit]:
    found = {unit.code: unit for unit in Unit.objects.all()}
    if found:
        return found
    top = Unit.objects.create(
        code="PB", name="Tổng", kind="corporation", path="PB/", valid_from=date(2020, 1, 1)
    )
    company = Unit.objects.create(
        code="PBC", name="Công ty", kind="company", parent=top, path="PB/PBC/",
        valid_from=date(2020, 1, 1),
    )  # fmt: skip
    for code in ("PB01", "PB02"):
        Unit.objects.create(
            code=code, name=f"Điện lực {code}", kind="district", parent=company,
            path=f"PB/PBC/{code}/", valid_from=date(2020, 1, 1),
        )  # fmt: skip
    return units()


def build(*houses: House) -> None:
    """Enter customers with agreements, price assignments and the usage of MONTH."""
    tree = units()
    for house in houses:
        unit = tree[house.unit]
        book, _ = ReadingBook.objects.get_or_create(
            code=house.book, defaults={"name": house.book, "unit": unit, "reading_day": 1}
        )
        code = f"PB{house.number:011}"
        customer = Customer.objects.create(
            code=code, name=code, search_text=code.lower(), address="", unit=unit
        )
        agreement = Agreement.objects.create(
            code=f"{code}-A1", customer=customer, valid_from=date(2026, 1, 1)
        )
        if house.priced:
            assign(agreement, house)
        use(agreement, book, house.kwh)


def assign(agreement: Agreement, house: House, **dates: date) -> None:
    PriceAssignment.objects.create(
        agreement=agreement, group=house.group, subgroup=house.subgroup, voltage=house.voltage,
        known_at=AT, **({"valid_from": date(2026, 1, 1)} | dates),
    )  # fmt: skip


def use(agreement: Agreement, book: ReadingBook, kwh: int) -> None:
    Usage.objects.create(
        agreement=agreement, reading_book=book, period_from=MONTH.start, period_to=MONTH.end,
        energy_wh=kwh * 1000, quality=7, known_at=AT,
    )  # fmt: skip
