"""Change of what an agreement pays: households, price group, voltage, registered power, by date."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from congto.office.billing.choices import OWED
from congto.office.control.proposals import ProposalKind, register
from congto.office.customers.choices import PriceGroup
from congto.office.customers.models import Agreement, PriceAssignment
from congto.vocabulary.errors import InvalidInputError, RefusedError

if TYPE_CHECKING:
    from datetime import datetime

    from congto.office.organisation.models import Unit

QUARTERS = 4
HOUSEHOLDS_MAX = 2000
REGISTERED_KW_MAX = 2_000_000
VOLTAGES = ("<6kV", "6-<22kV", "22-<110kV", ">=110kV")
"""Voltage classes of production and business in the price decisions; others have no class."""
TERMS = (
    "group",
    "subgroup",
    "voltage",
    "time_of_use",
    "household_quarters",
    "registered_kw",
)
"""What an assignment says besides its dates."""


class PriceAssignmentChange(ProposalKind):
    """Closes the assignment in force on the day and opens a new one from that day."""

    key = "price_assignment"
    title = "Thay đổi áp giá, số hộ"
    subject_kind = "agreement"
    labels = {  # noqa: RUF012  (the registry's protocol; nobody writes to it)
        "valid_from": "Áp dụng từ ngày",
        "group": "Mục đích sử dụng",
        "subgroup": "Nhóm nhỏ",
        "voltage": "Cấp điện áp",
        "time_of_use": "Ba giá",
        "household_quarters": "Số hộ dùng chung",
        "registered_kw": "Công suất đăng ký (kW)",
    }

    def unit(self, subject: str) -> Unit:
        """Return the district of the agreement's customer."""
        return _agreement(subject).customer.unit

    def current(self, subject: str) -> dict[str, Any]:
        """Return the latest assignment: since when, and its terms."""
        latest = _latest(_agreement(subject))
        return {"valid_from": latest.valid_from, **{name: getattr(latest, name) for name in TERMS}}

    def validate(self, subject: str, after: dict[str, Any]) -> dict[str, Any]:
        """Return the new assignment made clean, or say what is wrong with it.

        Refused: a day not after the start of the present assignment (the past is never rewritten)
        and a day inside a period already billed (that bill would no longer follow from the books;
        it is cancelled and billed again first).
        """
        unknown = after.keys() - {"valid_from", *TERMS}
        if unknown:
            raise InvalidInputError(
                _("Trường lạ: %(names)s") % {"names": ", ".join(sorted(unknown))}
            )
        agreement = _agreement(subject)
        clean = {"valid_from": _day(after.get("valid_from")), **_terms(after)}
        _refuse_past(agreement, clean["valid_from"])
        return clean

    def apply(self, subject: str, after: dict[str, Any], *, reason: str, at: datetime) -> None:
        """Close the present row on the day before and open the new one; rows keep their history."""
        agreement = Agreement.objects.select_for_update().get(code=subject)
        latest = _latest(agreement)
        start = _day(after["valid_from"])
        until = latest.valid_to
        latest.valid_to = start
        latest.save(update_fields=["valid_to"])
        PriceAssignment.objects.create(
            agreement=agreement,
            valid_from=start,
            valid_to=until,
            known_at=at,
            reason=reason[:240],
            **{name: after[name] for name in TERMS},
        )

    def shown(self, field: str, value: object) -> str:
        """Return a value as a screen shows it: labels, dd/mm/yyyy, households with a comma."""
        if value is None or value == "":
            return ""
        if field == "valid_from":
            return f"{_day(value):%d/%m/%Y}"
        if field == "group":
            return _(str(PriceGroup(str(value)).label))
        if field == "time_of_use":
            return _("Có") if value else _("Không")
        if field == "household_quarters":
            return households_text(int(str(value)))
        return str(value)


def households_text(quarters: int) -> str:
    """Write quarters of a household as households: 4 -> "1", 6 -> "1,5"."""
    exact = (Decimal(quarters) / QUARTERS).normalize()
    return f"{exact:f}".replace(".", ",")


def quarters_of(households: str) -> int:
    """Read a number of households such as "1", "1,5" or "0.25" as quarters."""
    if not re.fullmatch(r"\d{1,4}([.,]\d{1,2})?", households.strip(), re.ASCII):
        raise _wrong("household_quarters", households[:20], _("số hộ như 1 hoặc 1,5"))
    quarters = Decimal(households.strip().replace(",", ".")) * QUARTERS
    if quarters != int(quarters):
        raise _wrong("household_quarters", households, _("bội số của 0,25 hộ"))
    return int(quarters)


def agreements_of(customer_code: str) -> list[Agreement]:
    """Return a customer's agreements that are in force, oldest first."""
    agreements = Agreement.objects.filter(customer__code=customer_code, valid_to=None)
    return list(agreements.select_related("customer__unit").order_by("valid_from", "code"))


def _agreement(code: str) -> Agreement:
    found = Agreement.objects.select_related("customer__unit").filter(code=code).first()
    if found is None:
        raise RefusedError(_("Không có hợp đồng %(code)s") % {"code": code})
    return found


def _latest(agreement: Agreement) -> PriceAssignment:
    latest = agreement.price_assignments.order_by("-valid_from").first()
    if latest is None:
        raise RefusedError(_("Hợp đồng %(code)s chưa được áp giá") % {"code": agreement.code})
    return latest


def _day(value: object) -> date:
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError as error:
        raise _wrong("valid_from", value, _("một ngày")) from error


def _terms(after: dict[str, Any]) -> dict[str, Any]:
    group = after.get("group")
    if group not in PriceGroup.values:
        raise _wrong("group", group, ", ".join(str(label) for label in PriceGroup.labels))
    residential = group == PriceGroup.RESIDENTIAL
    quarters = _whole("household_quarters", after, 1, HOUSEHOLDS_MAX * QUARTERS)
    if not residential and quarters != QUARTERS:
        raise _wrong("household_quarters", households_text(quarters), _("1 hộ khi không sinh hoạt"))
    voltage = after.get("voltage") or None
    if voltage is not None and voltage not in VOLTAGES:
        raise _wrong("voltage", voltage, ", ".join(VOLTAGES))
    if voltage is None and group in {PriceGroup.PRODUCTION, PriceGroup.BUSINESS}:
        raise _wrong("voltage", "", ", ".join(VOLTAGES))
    time_of_use = after.get("time_of_use")
    if not isinstance(time_of_use, bool) or (residential and time_of_use):
        raise _wrong("time_of_use", time_of_use, _("không, với điện sinh hoạt bậc thang"))
    return {
        "group": group,
        "subgroup": after.get("subgroup") or None,
        "voltage": voltage,
        "time_of_use": time_of_use,
        "household_quarters": quarters,
        "registered_kw": _whole("registered_kw", after, 0, REGISTERED_KW_MAX),
    }


def _whole(field: str, after: dict[str, Any], least: int, most: int) -> int:
    value = after.get(field)
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        span = _("số nguyên từ %(least)d đến %(most)d") % {"least": least, "most": most}
        raise _wrong(field, value, span)
    return value


def _wrong(field: str, value: object, expected: str) -> InvalidInputError:
    label = _(PriceAssignmentChange.labels[field])
    return InvalidInputError(
        _("%(label)s: nhận %(value)s, cần %(expected)s")
        % {
            "label": label,
            "value": _("để trống") if value in (None, "") else f"“{value}”",
            "expected": expected,
        }
    )


def _refuse_past(agreement: Agreement, start: date) -> None:
    latest = _latest(agreement)
    if start <= latest.valid_from:
        raise RefusedError(
            _("Áp giá hiện tại bắt đầu ngày %(day)s, ngày mới phải sau ngày đó")
            % {"day": f"{latest.valid_from:%d/%m/%Y}"}
        )
    if latest.valid_to is not None and start >= latest.valid_to:
        raise RefusedError(
            _("Áp giá của hợp đồng đã kết thúc ngày %(day)s")
            % {"day": f"{latest.valid_to:%d/%m/%Y}"}
        )
    billed = agreement.bill_set.filter(period_to__gt=start, state__in=OWED)
    bill = billed.order_by("-period_to").first()
    if bill is not None:
        last = bill.period_to - timedelta(days=1)
        raise RefusedError(
            _("Kỳ %(start)s – %(end)s đã phát hành hóa đơn số %(bill)s")
            % {
                "start": f"{bill.period_from:%d/%m/%Y}",
                "end": f"{last:%d/%m/%Y}",
                "bill": bill.pk,
            },
            action=_("chọn ngày từ %(day)s trở đi, hoặc hủy hóa đơn đó trước")
            % {"day": f"{bill.period_to:%d/%m/%Y}"},
        )


register(PriceAssignmentChange())
