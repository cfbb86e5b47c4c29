"""A small utility for tests of control, lists and proposals: one corporation, two districts."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

from django.contrib.auth.models import User

from congto.office.billing.choices import BillState
from congto.office.billing.models import Bill, BillingRun
from congto.office.control.choices import Role
from congto.office.control.models import FindingRecord, Grant
from congto.office.customers.models import Agreement, Customer, PriceAssignment
from congto.office.organisation.models import Unit
from congto.vocabulary.text import plain
from world_invoices import numbered

AT = datetime(2026, 11, 5, 3, 0, tzinfo=UTC)


@dataclass
class World:
    root: Unit
    north: Unit
    south: Unit

    def person(self, name: str, role: Role, unit: Unit) -> User:
        user = User.objects.create_user(name, password="a long pass-phrase")
        Grant.objects.create(user=user, unit=unit, role=role)
        return user

    def customer(self, code: str, unit: Unit, name: str = "Nguyễn Thị Đào") -> Agreement:
        customer = Customer.objects.create(
            code=code,
            name=name,
            address="12 đường Hoa Sữa",
            unit=unit,
            search_text=plain(f"{code} {name} 12 đường Hoa Sữa"),
        )
        agreement = Agreement.objects.create(
            code=f"HD{code}", customer=customer, valid_from=date(2020, 1, 1)
        )
        PriceAssignment.objects.create(
            agreement=agreement, valid_from=date(2020, 1, 1), group="residential", known_at=AT
        )
        return agreement

    def bill(self, agreement: Agreement, start: date, end: date, gross: int = 108) -> Bill:
        run, _made = BillingRun.objects.get_or_create(
            period_from=start, period_to=end, defaults={"started_at": AT}
        )
        vat = gross * 8 // 108
        series, number = numbered(agreement.customer.unit)
        return Bill.objects.create(
            run=run,
            agreement=agreement,
            unit=agreement.customer.unit,
            period_from=start,
            period_to=end,
            state=BillState.ISSUED,
            reading_date=end,
            issued_on=end,
            series=series,
            invoice_no=number,
            due_date=end,
            energy_wh=134_000,
            net_vnd=gross - vat,
            vat_rate_bp=800,
            vat_vnd=vat,
            gross_vnd=gross,
        )

    def finding(self, subject: str, unit: Unit | None) -> FindingRecord:
        return FindingRecord.objects.create(
            rule="RDG-001",
            severity="warning",
            subject_kind="usage_point",
            subject=subject,
            unit=unit,
            observed="không có",
            expected="một chỉ số",
            text="Thiếu chỉ số cuối kỳ",
            found_at=AT,
        )


def make_world() -> World:
    since = {"valid_from": date(2020, 1, 1)}
    root = Unit.objects.create(
        code="PB", name="Tổng công ty", kind="corporation", path="PB/", **since
    )
    company = Unit.objects.create(
        code="PB01", name="Công ty 1", kind="company", parent=root, path="PB/PB01/", **since
    )
    districts = [
        Unit.objects.create(
            code=code, name=name, kind="district", parent=company, path=f"PB/PB01/{code}/", **since
        )
        for code, name in (("PB0101", "Điện lực Bắc"), ("PB0102", "Điện lực Nam"))
    ]
    return World(root, *districts)
