"""Two measures kept apart, with and without difficult communes; who pays at home, and near what.

Five customers, worked out by hand. Units: PB01 has 1, 2, 4, 5; PB02 has 3. November 2026:
1 pays 305,230 by its bank's app (commune X); 2 pays 305,230 in cash at an intermediary's point
(commune Y, which is listed); 3 pays 305,230 in cash to an agent at home (place not recorded);
4 and 5 pay nothing; 4 lives in Y, 5 in X.
"""

from __future__ import annotations

import random
from datetime import UTC, date, datetime

import polars as pl
import pytest

from congto.office.billing.models import Bill
from congto.office.channels import measures as measuring
from congto.office.channels import operations
from congto.office.channels.home_visits import home_visits
from congto.office.channels.measures import measures
from congto.office.control.queries import Scope
from congto.office.customers.models import Agreement
from congto.office.meters.models import ReadingBook, UsagePoint
from congto.office.network.models import NetworkElement
from congto.office.organisation.models import Unit
from congto.office.payments import operations as payments
from congto.office.payments.acceptance import REPORTED
from congto.office.payments.models import Partner, Payment
from congto.reference.payment_channels import decisions
from congto.vocabulary.channels import share_bp
from congto.vocabulary.errors import InvalidInputError
from congto.vocabulary.periods import Period
from fixtures_collecting import BILL
from small_utility import House, build

pytestmark = pytest.mark.usefixtures("collecting_books")

NOW = datetime(2026, 11, 5, 3, 0, tzinfo=UTC)
NOVEMBER = Period.month(2026, 11)
ALL = Scope.everything()
LISTED = "861/QĐ-TTg"


@pytest.fixture
def books(collecting_books: str) -> None:
    build(House(4, 0), House(5, 0))
    for number in range(1, 6):
        point(number)
    payments.load_partners(
        [
            {"code": "V01", "name": "Ví", "kind": "intermediary", "bank_account": "V"},
            {"code": "DL1", "name": "Đại lý", "kind": "agent", "bank_account": "D"},
        ]
    )
    pay(1, "P01", "app")
    pay(2, "V01", "agent")
    pay(3, "DL1", "agent_home")
    load("communes", *({"code": c, "name": f"Xã {c}", "province": "Mẫu"} for c in "XYZ"))
    for number, commune in ((1, "X"), (2, "Y"), (4, "Y"), (5, "X")):
        place(number, commune)


def point(number: int) -> None:
    agreement = Agreement.objects.get(customer__code=f"PB{number:011}")
    element, _made = NetworkElement.objects.get_or_create(
        code="T1", name="T1", kind="transformer", unit=Unit.objects.get(code="PB01"),
        nominal_kv=0.4,
    )  # fmt: skip
    UsagePoint.objects.create(
        code=f"D{number}", kind="customer", element=element, agreement=agreement,
        unit=agreement.customer.unit, reading_book=ReadingBook.objects.order_by("code").first(),
    )  # fmt: skip


def pay(number: int, partner: str, channel: str, txn: str = "") -> None:
    bill = Bill.objects.get(agreement__customer__code=f"PB{number:011}")
    row = {
        "partner_code": partner, "partner_txn_id": txn or f"T{number}", "bill_id": bill.pk,
        "customer_code": f"PB{number:011}", "amount_vnd": BILL, "paid_at": NOW, "channel": channel,
    }  # fmt: skip
    assert payments.post_payments(pl.DataFrame([row], schema=REPORTED.columns), at=NOW).posted == 1


def load(what: str, *rows: dict[str, object]) -> None:
    dates = {name: pl.Date for name in ("valid_from", "valid_to") if name in rows[0]}
    degrees = {name: pl.Float64 for name in ("longitude", "latitude") if name in rows[0]}
    frame = pl.DataFrame(list(rows), schema_overrides=dates | degrees)
    loaded = operations.load(what, frame)
    assert loaded.rejected == 0, loaded.errors["found"].to_list()


def place(
    number: int, commune: str, start: int = 2020, end: int | None = None, **at: float
) -> None:
    row = {
        "usage_point": f"D{number}", "commune": commune, "valid_from": date(start, 1, 1),
        "valid_to": date(end, 1, 1) if end else None, "longitude": None, "latitude": None,
    }  # fmt: skip
    load("places", row | at)


def list_commune(commune: str, decision: str = LISTED, end: date | None = None) -> None:
    row = {"decision": decision, "commune": commune, "valid_from": date(2021, 6, 4)}
    load("listed_communes", {**row, "valid_to": end})


def name(decision: str = LISTED, day: date = date(2026, 1, 1)) -> None:
    operations.name_list(decision, "Quyết định giao chỉ tiêu", day, user=None, at=NOW)


def test_the_two_measures_are_kept_apart(books: None) -> None:
    """By bank or intermediary: 1 and 2 of 5 (40 %), 610,460 of 915,690 đồng (66.67 %).
    Cashless: 1 of 5 (20 %), 305,230 of 915,690 (33.33 %). At home: 3, by an agent, in neither.
    """
    found = measures(NOVEMBER, ALL).everybody
    assert (found.customers, found.payers, found.by_partner, found.cashless) == (5, 3, 2, 1)
    assert (found.home, found.home_vnd) == (1, 305_230)
    assert (found.money_vnd, found.by_partner_vnd, found.cashless_vnd) == (
        915_690, 610_460, 305_230,
    )  # fmt: skip
    assert (found.by_partner_bp, found.cashless_bp) == (4000, 2000)
    assert (found.by_partner_money_bp, found.cashless_money_bp) == (6667, 3333)
    assert measures(Period.month(2026, 10), ALL).everybody.payers == 0


def test_units_have_their_own_figures(books: None) -> None:
    first, second = measures(NOVEMBER, ALL).units
    assert (first.unit.code, first.everybody.customers, first.everybody.by_partner) == (
        "PB01",
        4,
        2,
    )
    assert (second.unit.code, second.everybody.customers, second.everybody.home) == ("PB02", 1, 1)
    only = measures(NOVEMBER, Scope(("PB/PBC/PB02/",)))
    assert [row.unit.code for row in only.units] == ["PB02"]
    assert only.everybody == second.everybody


def test_without_listed_communes_above_and_below_the_line(books: None) -> None:
    """Y is listed: 2 and 4 go. By partner 1 of 3 (33.33 %), cashless 1 of 3; of 610,460 đồng
    305,230 by partner. 3 has no place: it stays, and is counted as such.
    """
    list_commune("Y")
    name()
    found = measures(NOVEMBER, ALL)
    assert (found.without.customers, found.without.by_partner, found.without.cashless) == (3, 1, 1)
    assert (found.without.by_partner_bp, found.without.cashless_bp) == (3333, 3333)
    assert (found.without.money_vnd, found.without.by_partner_vnd) == (610_460, 305_230)
    assert (found.everybody.customers, found.unplaced) == (5, 1)
    assert (found.naming.loaded, found.naming.decision) == (1, LISTED)


def test_a_customer_with_one_point_outside_stays_and_its_money_goes_by_agreement(
    books: None,
) -> None:
    """Customer 1 has a second agreement, in Y: 1, 3 and 5 stay; what it pays for Y does not."""
    agreement = Agreement.objects.select_related("customer").get(customer__code="PB00000000001")
    second = Agreement.objects.create(
        code="PB00000000001-A2", customer=agreement.customer, valid_from=date(2026, 1, 1)
    )
    UsagePoint.objects.create(
        code="D9", kind="customer", element=NetworkElement.objects.get(), agreement=second,
        unit=agreement.customer.unit, reading_book=ReadingBook.objects.order_by("code").first(),
    )  # fmt: skip
    place(9, "Y")
    paid = Payment.objects.get(partner_txn_id="T1")
    Payment.objects.create(
        partner_id=paid.partner_id, partner_txn_id="T9", bill_id=paid.bill_id, agreement=second,
        unit_id=paid.unit_id, amount_vnd=100_000, paid_at=NOW, accounting_date=date(2026, 11, 5),
        channel="app",
    )  # fmt: skip
    list_commune("Y")
    name()
    found = measures(NOVEMBER, ALL)
    assert (found.everybody.customers, found.without.customers) == (5, 3)
    assert (found.everybody.by_partner, found.without.by_partner) == (2, 1)
    assert (found.everybody.money_vnd, found.without.money_vnd) == (1_015_690, 610_460)


def test_a_commune_that_left_the_list_counts_again(books: None) -> None:
    list_commune("Y", end=date(2026, 11, 30))
    name()
    assert measures(NOVEMBER, ALL).without.customers == 5
    assert measures(Period.month(2026, 10), ALL).without.customers == 3


def test_a_list_names_communes_as_they_were_in_its_time(books: None) -> None:
    """5 stood in Y until 2025, when Y was merged into Z; the list's time was over on 2026-01-01.
    1 stood in Y until 2024 and moved to X within the list's time: it is not left out.
    """
    UsagePoint.objects.get(code="D5").places.all().delete()
    UsagePoint.objects.get(code="D1").places.all().delete()
    place(5, "Y", 2020, 2026)
    place(5, "Z", 2026)
    place(1, "Y", 2020, 2024)
    place(1, "X", 2024)
    list_commune("Y")
    name()
    found = measures(NOVEMBER, ALL)
    assert found.naming.day == date(2025, 12, 31)
    assert found.without.customers == 2  # 1 and 3; 2, 4 and 5 were in Y


def test_a_place_from_a_later_day_ends_the_one_before_whatever_is_loaded_again(
    books: None,
) -> None:
    """On 1/7/2025 communes merged: one file for all points, with no word on the old rows."""
    merged = {
        "usage_point": "D2", "commune": "Z", "valid_from": date(2025, 7, 1), "valid_to": None,
        "longitude": None, "latitude": None,
    }  # fmt: skip
    frame = pl.DataFrame(
        [merged, merged | {"usage_point": "D3"}], schema_overrides={"valid_to": pl.Date}
    )
    first = operations.load("places", frame)
    assert (first.inserted, first.rejected) == (2, 0)
    again = operations.load("places", frame)
    assert (again.inserted, again.unchanged, again.rejected) == (0, 2, 0)
    old = frame.with_columns(commune=pl.lit("Y"), valid_from=date(2020, 1, 1))[:1]
    assert operations.load("places", old).unchanged == 1
    held = UsagePoint.objects.get(code="D2").places.values_list(
        "commune__code", "valid_from", "valid_to"
    )
    assert list(held) == [
        ("Y", date(2020, 1, 1), date(2025, 7, 1)),
        ("Z", date(2025, 7, 1), None),
    ]


def test_a_place_that_was_recorded_after_the_list_is_taken_as_the_earliest(books: None) -> None:
    UsagePoint.objects.get(code="D2").places.all().delete()
    place(2, "Y", 2026)
    list_commune("Y")
    name()
    assert measures(NOVEMBER, ALL).without.customers == 3


def test_a_target_that_names_a_replaced_list_is_told_so(books: None) -> None:
    """204/QĐ-TTg (2016) was replaced by 900/QĐ-TTg on 20/6/2017."""
    name("204/QĐ-TTg", date(2016, 6, 1))
    old = decisions()["204/QĐ-TTg"]
    assert (old.communes, old.replaced_by, old.replaced_from) == (
        2275, "900/QĐ-TTg", date(2017, 6, 20),
    )  # fmt: skip
    assert measuring.naming_on(Period.month(2016, 12)).current
    assert not measuring.naming_on(Period.month(2018, 1)).current
    name("900/QĐ-TTg", date(2018, 2, 1))
    assert measuring.naming_on(Period.month(2018, 2)).current
    assert not measuring.naming_on(Period.month(2018, 1)).current
    assert not measuring.naming_on(NOVEMBER).current  # 2017-2020
    assert measuring.naming_on(Period.month(2015, 1)).decision == ""


def test_a_list_without_its_document_is_refused(collecting_books: str) -> None:
    with pytest.raises(InvalidInputError, match="Thiếu văn bản"):
        operations.name_list(LISTED, " ", date(2026, 1, 1), user=None, at=NOW)


def test_money_taken_back_counts_for_nobody(books: None) -> None:
    paid = Payment.objects.get(partner_txn_id="T1")
    Payment.objects.create(
        partner_id=paid.partner_id, partner_txn_id="T1", bill_id=paid.bill_id,
        agreement_id=paid.agreement_id, unit_id=paid.unit_id, amount_vnd=-BILL, paid_at=NOW,
        accounting_date=paid.accounting_date, channel="app", reverses=paid,
    )  # fmt: skip
    found = measures(NOVEMBER, ALL).everybody
    assert (found.payers, found.cashless, found.cashless_vnd, found.money_vnd) == (2, 0, 0, 610_460)


def test_a_channel_that_nobody_explains_is_counted_and_named(books: None) -> None:
    Payment.objects.filter(partner_txn_id="T1").update(channel="pigeon")
    found = measures(NOVEMBER, ALL)
    assert (found.everybody.unknown, found.everybody.cashless, found.everybody.by_partner) == (
        1,
        0,
        2,
    )
    assert found.unknown == [("bank", "pigeon")]


def test_who_pays_at_home_and_the_point_near_by(books: None) -> None:
    """The transformer stands at 106.00 E 10.00 N; a point 0.01 degrees north is 1,112 m away."""
    partner_point = {
        "code": "V01-1", "partner": "V01", "name": "Chợ", "address": None, "longitude": 106.0,
        "latitude": 10.01, "valid_from": date(2026, 1, 1), "valid_to": None,
    }  # fmt: skip
    load("points", partner_point)
    load(
        "points",
        partner_point | {"code": "V01-0", "latitude": 10.001, "valid_to": date(2026, 6, 1)},
    )
    assert home_visits(NOVEMBER, ALL).areas()[0].unknown == 1
    NetworkElement.objects.update(longitude=106.0, latitude=10.0)
    found = home_visits(NOVEMBER, ALL)
    (row,) = found.customers.to_dicts()
    assert (row["code"], row["unit"], row["amount_vnd"]) == ("PB00000000003", "PB02", BILL)
    assert (row["point"], row["distance_m"], row["partner"]) == ("V01-1", 1112, "Ví")
    (area,) = found.areas()
    assert (area.customers, area.near, area.far, area.unknown) == (1, 1, 0, 0)
    far = home_visits(NOVEMBER, ALL, radius_m=1111).areas()[0]
    assert (far.near, far.far) == (0, 1)
    place(3, "X", longitude=106.0, latitude=10.005)  # its own place is known: 556 m
    assert home_visits(NOVEMBER, ALL).customers["distance_m"].to_list() == [556]
    assert home_visits(NOVEMBER, Scope(("PB/PBC/PB01/",))).areas() == []


BY_PARTNER = {"bank", "intermediary"}
CASHLESS = {("bank", "app"), ("bank", "auto_debit"), ("intermediary", "app")}
AT_HOME = {("agent", "agent_home")}
CHOICES = [
    ("P01", "bank", "app"), ("P01", "bank", "counter"), ("P02", "bank", "auto_debit"),
    ("V01", "intermediary", "agent"), ("V01", "intermediary", "app"),
    ("DL1", "agent", "agent_home"), ("P02", "bank", "smoke signal"),
]  # fmt: skip


@pytest.mark.parametrize("seed", [11, 2026])
def test_figures_are_those_of_a_naive_count(books: None, seed: int) -> None:
    """Sixty payments drawn at random, a third of them taken back, counted with dicts beside it."""
    draw = random.Random(seed)  # noqa: S311  (a test's dice)
    Payment.objects.all().delete()
    list_commune("Y")
    name()
    some_bill = Bill.objects.order_by("pk")[0].pk
    agreements = list(Agreement.objects.select_related("customer__unit").order_by("pk"))
    partners = {one.code: one.pk for one in Partner.objects.all()}
    drawn = []
    for n in range(60):
        agreement, (code, kind, channel) = draw.choice(agreements), draw.choice(CHOICES)
        at = datetime(2026, draw.choice([10, 11, 11]), draw.randint(1, 28), 3, n, tzinfo=UTC)
        amount, back = draw.randint(1, 10**6), draw.random() < 1 / 3
        row = {
            "partner_id": partners[code], "partner_txn_id": f"R{n}", "bill_id": some_bill,
            "agreement": agreement, "unit": agreement.customer.unit, "paid_at": at,
            "accounting_date": at.date(), "channel": channel,
        }  # fmt: skip
        paid = Payment.objects.create(amount_vnd=amount, **row)
        if back:
            Payment.objects.create(amount_vnd=-amount, reverses=paid, **row)
        drawn.append((agreement.customer.code, kind, channel, at, amount, back))
    found = measures(NOVEMBER, ALL)
    everybody = {one.customer.code for one in agreements}
    listed = {"PB00000000002", "PB00000000004"}
    for figures, who in ((found.everybody, everybody), (found.without, everybody - listed)):
        kept = sorted(
            (at, code, kind, channel, amount)
            for code, kind, channel, at, amount, back in drawn
            if at.month == 11 and not back and code in who
        )
        last = {code: (kind, channel) for _at, code, kind, channel, _amount in kept}
        assert (figures.customers, figures.payers) == (len(who), len(last))
        assert figures.by_partner == sum(kind in BY_PARTNER for kind, _channel in last.values())
        assert figures.cashless == sum(way in CASHLESS for way in last.values())
        assert figures.home == sum(way in AT_HOME for way in last.values())
        assert figures.unknown == sum(way == ("bank", "smoke signal") for way in last.values())
        assert figures.money_vnd == sum(row[4] for row in kept)
        assert figures.by_partner_vnd == sum(row[4] for row in kept if row[2] in BY_PARTNER)
        assert figures.cashless_vnd == sum(row[4] for row in kept if row[2:4] in CASHLESS)
    home = home_visits(NOVEMBER, ALL)
    assert home.customers.height == found.everybody.home


@pytest.mark.parametrize(
    ("part", "whole", "bp"), [(1, 3, 3333), (2, 3, 6667), (1, 8, 1250), (0, 5, 0), (1, 0, None)]
)
def test_shares_are_rounded_half_up(part: int, whole: int, bp: int | None) -> None:
    assert share_bp(part, whole) == bp
    assert share_bp(1, 20_000) == 1  # 0.005 %
