"""The worked month of tests/flows/one_month_of_five_customers as rows, for tests of the console.

Two of its customers are here with the figures worked out by hand there: …0001 (one household,
134 kWh, tiers) and …0003 (business, three rates, multiplier 20, reactive charge).
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime

from django.contrib.auth.models import User

from congto.office.billing.models import Bill, BillingRun, BillLine, PriceDecision
from congto.office.control.models import FindingRecord, Grant
from congto.office.customers.models import Agreement, Customer, PriceAssignment
from congto.office.meterdata.models import RegisterReading, Usage
from congto.office.meters.models import Meter, MeterInstallation, ReadingBook, UsagePoint
from congto.office.network.models import NetworkElement
from congto.office.organisation.models import Unit
from congto.office.payments.models import Partner, Payment
from congto.office.scorecard.choices import CheckName
from congto.office.scorecard.models import MonthCheck, MonthFigure
from congto.vocabulary.text import plain
from world_invoices import numbered

AT = datetime(2026, 11, 3, 1, 5, tzinfo=UTC)
START, END = date(2026, 10, 1), date(2026, 11, 1)
PASSWORD = "một câu đủ dài"


@dataclass
class World:
    root: Unit
    company: Unit
    district: Unit
    other: Unit
    household: Customer
    bakery: Customer
    household_bill: Bill
    bakery_bill: Bill
    with_passwords: bool = False  # a password costs half a second, which most tests do not need

    def person(self, name: str, role: str, unit: Unit) -> User:
        user = User.objects.create_user(name, password=PASSWORD if self.with_passwords else None)
        Grant.objects.create(user=user, unit=unit, role=role)
        return user


def make_world() -> World:
    root = unit("PB00", "Tổng công ty Điện lực Mẫu", "corporation", None)
    company = unit("PB00C1", "Công ty Điện lực Hoa Sen", "company", root)
    district = unit("PB0001", "Điện lực Hoa Mai", "district", company)
    other = unit("PB0002", "Điện lực Hoa Cúc", "district", company)
    decision = PriceDecision.objects.create(
        id=8, code="1279/QĐ-BCT", effective_from=date(2025, 5, 10)
    )
    run = BillingRun.objects.create(period_from=START, period_to=END, started_at=AT)
    feeder = NetworkElement.objects.create(
        code="T1", name="Trạm biến áp Chợ Cũ", kind="transformer", unit=district, nominal_kv=0.4
    )
    book = ReadingBook.objects.create(
        code="A0101", name="Sổ 01 Hoa Mai", unit=district, reading_day=1
    )
    household, household_agreement, _point = customer(
        "PB00010000001", "Nguyễn Thị Đào", "0000411043", unit=district, element=feeder, book=book
    )
    bakery, bakery_agreement, _point = customer(
        "PB00010000003",
        "Công ty TNHH Bánh Ngọt Ánh Dương",
        "",
        unit=district,
        element=feeder,
        book=book,
    )
    household_bill = bill(run, household_agreement, 134_000, 282_620, 22_610)
    lines(household_bill, decision, [(1, 1, None, 50, 1984, 99_200)])
    lines(household_bill, decision, [(2, 2, None, 50, 2050, 102_500)])
    lines(household_bill, decision, [(3, 3, None, 34, 2380, 80_920)])
    bakery_bill = bill(run, bakery_agreement, 1_500_000, 5_279_382, 422_351)
    bands = [
        (1, 1, 1000, 3152, 3_152_000),
        (2, 2, 300, 5422, 1_626_600),
        (3, 3, 200, 1918, 383_600),
    ]
    lines(bakery_bill, decision, [(no, None, *rest) for no, *rest in bands])
    BillLine.objects.create(
        bill=bakery_bill, line_no=4, charge=2, amount_vnd=117_182, decision=decision
    )
    world = World(root, company, district, other, household, bakery, household_bill, bakery_bill)
    price_and_readings(world, household_agreement, bakery_agreement)
    pay(household_bill)
    return world


def unit(code: str, name: str, kind: str, parent: Unit | None) -> Unit:
    path = f"{parent.path if parent else ''}{code}/"
    return Unit.objects.create(
        code=code, name=name, kind=kind, parent=parent, path=path, valid_from=date(2020, 1, 1)
    )


def customer(code, name, phone, *, unit, element, book):
    address = "12 đường Hoa Mai"
    made = Customer.objects.create(
        code=code,
        name=name,
        search_text=plain(f"{code} {name} {address}"),
        address=address,
        commune="Phường Hoa Mai",
        phone=phone,
        unit=unit,
    )
    agreement = Agreement.objects.create(
        code=f"{code}-A1", customer=made, valid_from=date(2024, 1, 1)
    )
    point = UsagePoint.objects.create(
        code=f"{code}001",
        kind="customer",
        agreement=agreement,
        element=element,
        unit=unit,
        reading_book=book,
    )
    return made, agreement, point


def bill(run, agreement, energy_wh, net, vat) -> Bill:
    series, number = numbered(agreement.customer.unit)
    return Bill.objects.create(
        run=run,
        agreement=agreement,
        unit=agreement.customer.unit,
        period_from=START,
        period_to=END,
        state=4,
        reading_date=END,
        issued_on=date(2026, 11, 3),
        series=series,
        invoice_no=number,
        due_date=date(2026, 11, 10),
        energy_wh=energy_wh,
        net_vnd=net,
        vat_rate_bp=800,
        vat_vnd=vat,
        gross_vnd=net + vat,
    )


def lines(bill, decision, rows):
    for number, tier, band, kwh, price, amount in rows:
        BillLine.objects.create(
            bill=bill,
            line_no=number,
            charge=1,
            tier=tier,
            band=band,
            energy_wh=kwh * 1000,
            price_vnd=price,
            amount_vnd=amount,
            decision=decision,
        )


def price_and_readings(world, household, bakery):
    PriceAssignment.objects.create(
        agreement=household,
        valid_from=date(2024, 1, 1),
        group="residential",
        subgroup="tiered",
        known_at=AT,
    )
    PriceAssignment.objects.create(
        agreement=bakery,
        valid_from=date(2024, 1, 1),
        group="business",
        voltage="<6kV",
        time_of_use=True,
        registered_kw=45,
        known_at=AT,
    )
    hang(household, "SIM0000000001", 5, 1, {0: (4_120_000, 4_254_000)})
    registers = {
        0: (1_000_000, 1_075_000),
        1: (600_000, 650_000),
        2: (250_000, 265_000),
        3: (150_000, 160_000),
        4: (300_000, 340_000),
    }
    hang(bakery, "SIM0000000003", 6, 20, registers)
    use(household, 134_000, (0, 0, 0), 0)
    use(bakery, 1_500_000, (1_000_000, 300_000, 200_000), 800_000)


def hang(agreement, serial, digits, multiplier, registers):
    point = UsagePoint.objects.get(agreement=agreement)
    meter = Meter.objects.create(
        serial=serial, dial_digits=digits, decimals=0, three_rate=len(registers) > 1
    )
    MeterInstallation.objects.create(
        usage_point=point, meter=meter, valid_from=date(2024, 1, 1), multiplier=multiplier
    )
    for register, dials in registers.items():
        for read_on, index_wh in zip((START, END), dials, strict=True):
            read(point, meter, register, read_on, index_wh)


def read(point, meter, register, read_on, index_wh, *, version=1):
    RegisterReading.objects.create(
        usage_point=point,
        meter=meter,
        register=register,
        read_on=read_on,
        version=version,
        index_wh=index_wh,
        quality=7,
        source=0,
        known_at=AT,
    )


def use(agreement, energy_wh, bands, varh):
    point = UsagePoint.objects.get(agreement=agreement)
    Usage.objects.create(
        agreement=agreement,
        reading_book=point.reading_book,
        period_from=START,
        period_to=END,
        energy_wh=energy_wh,
        normal_wh=bands[0],
        peak_wh=bands[1],
        off_peak_wh=bands[2],
        reactive_varh=varh,
        quality=7,
        known_at=AT,
    )


def pay(bill):
    bank = Partner.objects.create(
        code="P01", name="Ngân hàng Sông Tiền", kind="bank", bank_account="1"
    )
    Payment.objects.create(
        partner=bank,
        partner_txn_id="P01-1",
        bill=bill,
        agreement=bill.agreement,
        unit=bill.unit,
        amount_vnd=bill.gross_vnd,
        paid_at=AT,
        accounting_date=date(2026, 11, 3),
        channel="app",
    )


def month_closed(world):
    """Write the month's figures of the flow case (7_kpi/summary.yaml), the other district empty."""
    figures = {
        "customers": 5,
        "bills": 4,
        "received_wh": 3_000_000,
        "bulk_wh": 500_000,
        "sold_wh": 2_304_000,
        "loss_wh": 196_000,
        "net_vnd": 6_954_642,
        "vat_vnd": 556_372,
        "gross_vnd": 7_511_014,
        "collected_vnd": 6_571_155,
        "payers": 3,
        "payers_by_partner": 2,
    }
    for one in (world.root, world.company, world.district):
        MonthFigure.objects.create(month=START, unit=one, **figures)
    MonthFigure.objects.create(month=START, unit=world.other, **dict.fromkeys(figures, 0))
    for name in CheckName:
        MonthCheck.objects.create(
            month=START, name=name, left=7_511_014, right=7_511_014, measure="VND", agrees=True
        )


def finding(world, subject):
    return FindingRecord.objects.create(
        rule="RDG-001",
        severity="warning",
        subject_kind="usage_point",
        subject=subject,
        unit=world.district,
        period_from=START,
        period_to=END,
        observed="không có",
        expected="một chỉ số",
        text="Thiếu chỉ số cuối kỳ.",
        found_at=AT,
    )
