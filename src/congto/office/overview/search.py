"""One box that finds a customer, a meter, a usage point or a bill by whatever the clerk has.

Every way in is an index: codes, serials and points by their unique index (exact or by beginning),
phones by their own, names and addresses by the trigram index over `search_text`. No query counts,
none answers more than `LIMIT` rows, and none runs longer than `PATIENCE_MS`, so the box stays quick
with eight million customers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from django.db import OperationalError, connection, transaction
from django.db.models import Q

from congto.office.billing.models import Bill
from congto.office.customers.models import Customer
from congto.office.meters.models import Meter, MeterInstallation, UsagePoint
from congto.vocabulary.text import plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.models import QuerySet

    from congto.office.control.queries import Scope

LIMIT = 30
CANDIDATES = 150
"""Rows of a name search that are ranked; the first by code when more match."""

PATIENCE_MS = 2500
SHORTEST_WORD = 3
"""A trigram index needs three letters; a search without such a word is not started."""

CUSTOMER_CODE = re.compile(r"[A-Z]{2}[0-9A-Z]{11}")
PHONE = re.compile(r"(?:\+?84|0)\d{9,10}")
BILL_NUMBER_MAX = 2**63 - 1


class Kind(StrEnum):
    """What a result leads to."""

    CUSTOMER = "customer"
    METER = "meter"
    POINT = "point"
    BILL = "bill"


@dataclass(frozen=True, slots=True)
class Hit:
    """One result: the customer or bill it opens and the text that matched."""

    kind: Kind
    key: str
    title: str
    subtitle: str
    detail: str


@dataclass(slots=True)
class Found:
    """What a search answered, and as what the input was understood."""

    text: str
    readings: list[str] = field(default_factory=list)
    hits: list[Hit] = field(default_factory=list)
    exact: Hit | None = None
    too_short: bool = False
    too_broad: bool = False

    @property
    def words(self) -> list[str]:
        """Return the words to highlight, without diacritics."""
        return plain(self.text).split()


def search(text: str, scope: Scope) -> Found:
    """Answer a search inside the scope; `exact` is set when one thing bears exactly this code."""
    found = Found(text=" ".join(text.split()))
    compact = re.sub(r"[\s.\-]", "", found.text).upper()
    if len(compact) < SHORTEST_WORD and not compact.isdigit():
        found.too_short = True
        return found
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('statement_timeout', %s, true)", [str(PATIENCE_MS)])
            for hit in _hits(found, compact, scope):
                if hit not in found.hits:
                    found.hits.append(hit)
                if len(found.hits) == LIMIT or found.exact:
                    break
            cursor.execute("SELECT set_config('statement_timeout', '0', true)")
    except OperationalError as error:
        if "statement timeout" not in str(error):
            raise
        found.too_broad = True
    return found


def _hits(found: Found, compact: str, scope: Scope) -> Iterator[Hit]:
    """Try each understanding of the input, the most certain first."""
    if CUSTOMER_CODE.fullmatch(compact):
        found.readings.append("customer_code")
        for hit in _customers(Q(code=compact), scope):
            found.exact = hit
            yield hit
    if PHONE.fullmatch(compact):
        found.readings.append("phone")
        yield from _customers(Q(phone__in=_phone_forms(compact)), scope)
    if compact.isdigit() and int(compact) <= BILL_NUMBER_MAX:
        found.readings.append("bill_number")
        yield from _bills(int(compact), scope)
    if compact.isascii() and compact.isalnum() and any(mark.isdigit() for mark in compact):
        found.readings += ["part_of_code", "meter_serial", "usage_point"]
        yield from _by_beginning(found, compact, scope)
    found.readings.append("name_or_address")
    yield from _by_words(found, scope)


def _by_beginning(found: Found, compact: str, scope: Scope) -> Iterator[Hit]:
    """Find codes, serials and points that begin with the input."""
    yield from _customers(Q(code__startswith=compact), scope)
    for hit in _meters(compact, scope):
        if hit.title == compact:
            found.exact = found.exact or hit
        yield hit
    yield from _points(compact, scope)


def _by_words(found: Found, scope: Scope) -> Iterator[Hit]:
    """Find customers whose code, name or address contains every word, the best first."""
    words = found.words
    if not any(len(word) >= SHORTEST_WORD for word in words):
        found.too_short = not found.hits
        return
    contains = Q()
    for word in words:
        contains &= Q(search_text__contains=word)
    phrase = " ".join(words)
    candidates = _query(contains, scope)[:CANDIDATES]
    for customer in sorted(candidates, key=lambda row: _rank(plain(row.name), phrase, words)):
        yield _customer_hit(customer)


def _rank(name: str, phrase: str, words: list[str]) -> tuple[bool, bool, int, str]:
    """Sort: the name is the phrase, begins with it, has the most whole words; then by name."""
    whole_words = sum(word in name.split() for word in words)
    return (name != phrase, not name.startswith(phrase), -whole_words, name)


def _query(condition: Q, scope: Scope) -> QuerySet[Customer]:
    queryset = scope.filter(Customer.objects.filter(condition)).select_related("unit")
    return queryset.order_by("code")


def _customers(condition: Q, scope: Scope) -> Iterator[Hit]:
    yield from (_customer_hit(customer) for customer in _query(condition, scope)[:LIMIT])


def _customer_hit(customer: Customer) -> Hit:
    detail = " · ".join(
        part for part in (customer.address, customer.phone, customer.unit.name) if part
    )
    return Hit(Kind.CUSTOMER, customer.code, customer.name, customer.code, detail)


def _bills(number: int, scope: Scope) -> Iterator[Hit]:
    bills = scope.filter(Bill.objects.filter(pk=number)).select_related("agreement__customer")
    for bill in bills:
        customer = bill.agreement.customer
        period = f"{bill.period_from:%d/%m/%Y}"
        yield Hit(
            Kind.BILL, str(bill.pk), str(bill.pk), customer.code, f"{customer.name} · {period}"
        )


def _meters(serial: str, scope: Scope) -> Iterator[Hit]:
    """Find meters by the beginning of their serial, each with the customer it hangs at."""
    meters = Meter.objects.filter(serial__startswith=serial).order_by("serial")[:LIMIT]
    hanging = MeterInstallation.objects.filter(
        meter__in=[meter.pk for meter in meters],
        valid_to=None,
        usage_point__agreement__isnull=False,
    ).select_related("meter", "usage_point__agreement__customer")
    for installation in scope.filter(hanging, "usage_point__unit").order_by("meter__serial"):
        agreement = installation.usage_point.agreement
        assert agreement is not None  # the query asked for points of customers
        customer = agreement.customer
        yield Hit(
            Kind.METER, customer.code, installation.meter.serial, customer.code, customer.name
        )


def _points(code: str, scope: Scope) -> Iterator[Hit]:
    points = UsagePoint.objects.filter(code__startswith=code, agreement__isnull=False)
    chosen = scope.filter(points).select_related("agreement__customer").order_by("code")
    for point in chosen[:LIMIT]:
        assert point.agreement is not None  # the query asked for points of customers
        customer = point.agreement.customer
        yield Hit(Kind.POINT, customer.code, point.code, customer.code, customer.name)


def _phone_forms(number: str) -> list[str]:
    """Return the ways one number is written: national, international with and without plus."""
    national = re.sub(r"^\+?84", "0", number)
    return [national, f"84{national[1:]}", f"+84{national[1:]}"]
